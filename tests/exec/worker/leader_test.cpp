// A leader that gets what it should not get: every answer is a sentence, and it never hangs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <random>

#include "exec/worker/channel.h"
#include "exec/worker/crew_protocol.h"

namespace partita::exec {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// partita-worker, spoken to directly.
class Started {
 public:
  Started() {
    auto [ours, theirs] = socket_pair();
    channel_ = Channel(std::move(ours));
    process_ = fork();
    if (process_ == 0) {
      dup2(theirs.number(), STDIN_FILENO);
      dup2(theirs.number(), STDOUT_FILENO);
      const auto program =
          std::filesystem::read_symlink("/proc/self/exe").parent_path() / "partita-worker";
      execl(program.c_str(), "partita-worker", "--stdio", nullptr);
      _exit(127);
    }
  }
  ~Started() {
    channel_ = Channel();
    waitpid(process_, nullptr, 0);
  }

  // What it answers; of a refusal, the sentence.
  std::string ask(CrewRequest request, const Writer& content) {
    channel_.send(static_cast<std::uint32_t>(request), content);
    Message message = channel_.receive(20s);
    if (static_cast<Reply>(message.kind) == Reply::Done) return "done";
    return message.content.get<std::string>();
  }
  void greet() {
    Writer hello;
    hello.put(build_number());
    ASSERT_EQ(ask(CrewRequest::Hello, hello), "done");
  }

 private:
  Channel channel_;
  pid_t process_ = -1;
};

// x -> relu -> y on one worker.
Model model() {
  Model model;
  model.layers.push_back({"relu", OpKind::Relu, {}, {TensorId{0}}, {TensorId{1}}, {}});
  Tensor x;
  x.name = "x";
  x.kind = TensorKind::Input;
  x.shape = {4};
  x.consumers = {LayerId{0}};
  Tensor y = x;
  y.name = "y";
  y.kind = TensorKind::Activation;
  y.consumers.clear();
  model.tensors = {x, y};
  model.recipes = {Recipe{}, Recipe{}};
  return model;
}

CrewOrder order() {
  CrewOrder all;
  PrepareOrder one;
  one.part.order = {LayerId{0}};
  one.part.inputs = {TensorId{0}};
  one.part.kept = {TensorId{1}};
  one.inputs = {{TensorId{0}, 512}};
  one.results = {{TensorId{1}, 576}};
  one.shared_bytes = all.shared_bytes = 1024;
  one.worker = 0;
  one.workers = one.taking_part = 1;
  one.results_at = 576;
  one.results_bytes = 64;
  all.orders = {one};
  all.gives.resize(1);
  all.inputs = {{512, std::vector<std::byte>(16)}};
  return all;
}

void start(Started& worker) {
  worker.greet();
  Writer specs;
  specs.put(std::size_t{1});
  WorkerSpec spec;
  spec.name = "cpu";
  spec.plugin = "cpu-reference";
  write(specs, spec);
  specs.put(std::int64_t{5'000});
  ASSERT_EQ(worker.ask(CrewRequest::Start, specs), "done");
}

Writer of(const Model& model) {
  Writer out;
  write(out, model);
  return out;
}
Writer of(const CrewOrder& order) {
  Writer out;
  write(out, order);
  return out;
}

TEST(Leader, OfAnotherBuildIsRefused) {
  Started worker;
  Writer hello;
  hello.put(build_number() + 1);
  EXPECT_THAT(worker.ask(CrewRequest::Hello, hello), HasSubstr("of another build"));
}

TEST(Leader, RequestsOutOfTurnAreRefused) {
  Started silent;
  EXPECT_THAT(silent.ask(CrewRequest::Load, of(model())), HasSubstr("says hello"));
  Started early;
  early.greet();
  EXPECT_THAT(early.ask(CrewRequest::Load, of(model())), HasSubstr("no crew has been started"));
  Started unloaded;
  start(unloaded);
  EXPECT_THAT(unloaded.ask(CrewRequest::Prepare, of(order())), HasSubstr("before its network"));
  const auto unprepared = [](CrewRequest request, const Writer& content) {
    Started worker;
    start(worker);
    EXPECT_EQ(worker.ask(CrewRequest::Load, of(model())), "done");
    return worker.ask(request, content);
  };
  Writer run, no_values;
  write(run, RunOrder{});
  write(no_values, std::vector<PlacedValues>{});
  EXPECT_THAT(unprepared(CrewRequest::Run, run), HasSubstr("before its plan"));
  EXPECT_THAT(unprepared(CrewRequest::Inputs, no_values), HasSubstr("before its plan"));
  EXPECT_THAT(unprepared(CrewRequest::Results, no_values), HasSubstr("before its plan"));
}

TEST(Leader, APlanThatIsWholeRuns) {
  Started worker;
  start(worker);
  ASSERT_EQ(worker.ask(CrewRequest::Load, of(model())), "done");
  ASSERT_EQ(worker.ask(CrewRequest::Prepare, of(order())), "done");
  RunOrder run;
  run.number = 1;
  Writer content;
  write(content, run);
  EXPECT_EQ(worker.ask(CrewRequest::Run, content), "done");
  // Two at once where there is one seat, one after the other.
  run = {.number = 2, .first = 2, .count = 2, .arrivals = {}, .keep_results = false};
  Writer both;
  write(both, run);
  EXPECT_EQ(worker.ask(CrewRequest::Run, both), "done");
  run.keep_results = true;  // nobody made room for them
  Writer kept;
  write(kept, run);
  EXPECT_THAT(worker.ask(CrewRequest::Run, kept), HasSubstr("requests that are none"));
}

TEST(Leader, DamageIsNamed) {
  const auto refusal = [](const std::function<void(CrewOrder&)>& damage) {
    Started worker;
    start(worker);
    EXPECT_EQ(worker.ask(CrewRequest::Load, of(model())), "done");
    CrewOrder damaged = order();
    damage(damaged);
    return worker.ask(CrewRequest::Prepare, of(damaged));
  };
  EXPECT_THAT(refusal([](CrewOrder& o) { o.orders[0].part.order = {LayerId{7}}; }),
              HasSubstr("a layer that there is not"));
  EXPECT_THAT(refusal([](CrewOrder& o) { o.shared_bytes = 1ull << 40; }),
              HasSubstr("memories of different sizes"));
  EXPECT_THAT(refusal([](CrewOrder& o) { o.weight_bytes = 1ull << 55; }),
              HasSubstr("memories of different sizes"));
  EXPECT_THAT(refusal([](CrewOrder& o) { o.shared_bytes = o.orders[0].shared_bytes = 1ull << 55; }),
              HasSubstr("this computer has"));
  EXPECT_THAT(refusal([](CrewOrder& o) { o.orders[0].part.inputs = {}; }),
              HasSubstr("a tensor that is not there"));
  EXPECT_THAT(refusal([](CrewOrder& o) { o.orders[0].part.kept = {TensorId{9}}; }),
              HasSubstr("a tensor that there is not"));
  EXPECT_THAT(refusal([](CrewOrder& o) { o.orders[0].inputs[0].offset = 1 << 20; }),
              HasSubstr("outside its memory"));
  EXPECT_THAT(refusal([](CrewOrder& o) { o.orders[0].part.order.push_back(LayerId{0}); }),
              HasSubstr("twice"));
  const auto seats = [](std::uint32_t count) {
    return [=](CrewOrder& o) { o.orders[0].seats = count; };
  };
  EXPECT_THAT(refusal(seats(0)), HasSubstr("seats for 0 requests at once: it must be 1 to 1024"));
  EXPECT_THAT(refusal(seats(1025)), HasSubstr("seats for 1025 requests at once"));
  EXPECT_THAT(refusal([](CrewOrder& o) {
                o.orders[0].seats = 3;
                o.orders[0].seat_bytes = 448;
              }),
              HasSubstr("outside its memory"));
  EXPECT_THAT(refusal([](CrewOrder& o) { o.orders[0].results_at = 577; }),
              HasSubstr("not among the others"));
  EXPECT_THAT(refusal([](CrewOrder& o) { o.orders[0].kept = 100; }),
              HasSubstr("kept results are outside"));
  const auto outside = [](std::uint32_t arena, std::uint64_t data) {
    return [=](CrewOrder& o) { o.orders[0].outside = {{TensorId{1}, arena, data}}; };
  };
  EXPECT_THAT(refusal(outside(kNobody, 1 << 20)), HasSubstr("outside its memory"));
  EXPECT_THAT(refusal(outside(kNobody, 577)), HasSubstr("lies where none can"));
  EXPECT_THAT(refusal(outside(0, 0)), HasSubstr("an arena that there is not"));
  EXPECT_THAT(refusal([](CrewOrder& o) {
                o.orders[0].arenas = {{7, 64, {}}};
              }),
              HasSubstr("a worker that there is not"));
  EXPECT_THAT(
      refusal([](CrewOrder& o) {
        o.orders[0].arenas = {{0, 1ull << 63, {}}};
        o.orders[0].seats = 2;
      }),
      HasSubstr("wants 9223372036854775808 B of worker 'cpu' for each of 2 requests: more"));
  // A processor of the host's memory has none of its own to share.
  EXPECT_THAT(refusal([](CrewOrder& o) {
                o.orders[0].arenas = {{0, 64, {}}};
              }),
              HasSubstr("shares no memory with others"));
  const auto told = [](Handover::After after, std::uint32_t which, std::uint64_t slot) {
    return [=](CrewOrder& o) { o.orders[0].handovers = {{after, which, slot, 0}}; };
  };
  EXPECT_THAT(refusal(told(Handover::After::Layer, 3, 640)),
              HasSubstr("a layer that is not there"));
  EXPECT_THAT(refusal(told(Handover::After::Pack, 0, 640)), HasSubstr("a copy that it has not"));
  EXPECT_THAT(refusal(told(Handover::After::Unpack, 0, 640)), HasSubstr("a copy that it has not"));
  EXPECT_THAT(refusal(told(Handover::After::Layer, 0, 641)), HasSubstr("a slot is not where"));
  EXPECT_THAT(refusal(told(Handover::After::Layer, 0, 1 << 20)), HasSubstr("outside its memory"));
  EXPECT_THAT(refusal([](CrewOrder& o) { o.orders.clear(); }),
              HasSubstr("another number of workers"));
}

// Bytes turned into others, or missing at the end: refused, or run, but answered.
TEST(Leader, AnyDamageIsAnswered) {
  std::mt19937 random(5);
  for (int i = 0; i < 40; ++i) {
    Started worker;
    start(worker);
    const bool of_model = i % 2 == 0;
    std::vector<std::byte> bytes = (of_model ? of(model()) : of(order())).bytes();
    if (i % 5 == 0) {
      bytes.resize(random() % bytes.size());
    } else {
      for (int k = 0; k < 3; ++k) bytes[random() % bytes.size()] = static_cast<std::byte>(random());
    }
    if (!of_model) {
      ASSERT_EQ(worker.ask(CrewRequest::Load, of(model())), "done");
    }
    const auto answer =
        worker.ask(of_model ? CrewRequest::Load : CrewRequest::Prepare, Writer(bytes));
    EXPECT_FALSE(answer.empty());
  }
}

}  // namespace
}  // namespace partita::exec
