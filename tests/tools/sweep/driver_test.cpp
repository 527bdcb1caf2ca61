#include "tools/partita/sweep/driver.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <map>
#include <thread>

#include "models/base/diagnostics.h"
#include "tests/support/temporary_folder.h"
#include "tests/tools/sweep/fake_points.h"
#include "tools/partita/sweep/local_engine.h"

namespace partita::command {
namespace {

using namespace std::chrono_literals;
using test::fake_points;

// A sweep of `count` points, each of which does what `act` says for its number.
struct Case {
  explicit Case(std::function<std::vector<std::string>(std::size_t)> act) : act_(std::move(act)) {}

  ResultStore::Registered add(ResultStore& store, std::size_t count) const {
    SweepHeader header;
    header.name = "fake";
    header.verb = "fake";
    header.description = R"({"axes": [{"name": "n"}]})";
    header.hash = "hash of " + std::to_string(count);
    header.places = count;
    header.axes = {{"n", ""}};
    return store.add(header, [&](std::size_t i) {
      return Place{i, 0, "id" + std::to_string(i), {static_cast<std::int64_t>(i)}};
    });
  }

  CommandOf commands() const {
    return [this](std::size_t i) {
      PointCommand command;
      command.id = "id" + std::to_string(i);
      command.arguments = act_(i);
      command.command = "fake " + std::to_string(i);
      command.configuration = "{}";
      return command;
    };
  }

  SweepOutcome run(ResultStore& store, std::size_t count, DriverOptions options = {},
                   std::size_t workers = 2, PointLimits limits = {}) const {
    options.program = {"{}", "1", "test"};
    const auto registered = add(store, count);
    LocalEngine engine(fake_points(), {.workers = workers, .limits = limits});
    return run_sweep(store, registered.sweep, commands(), {}, engine, options);
  }

  std::function<std::vector<std::string>(std::size_t)> act_;
};

std::vector<std::string> square(std::size_t i) { return {"square", std::to_string(i)}; }

std::multimap<std::string, int> lines_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::multimap<std::string, int> lines;
  for (std::string line; std::getline(in, line);) lines.emplace(line, 1);
  return lines;
}

TEST(Driver, ComputesAllPointsAndFindsThemAgain) {
  const test::TemporaryFolder folder;
  ResultStore store(folder / "r.db", ResultStore::Open::OrNew);
  const Case points(square);
  const SweepOutcome first = points.run(store, 700);
  EXPECT_EQ(first.points, 700u);
  EXPECT_EQ(first.done, 700u);
  EXPECT_EQ(first.computed, 700u);
  EXPECT_EQ(first.found, 0u);
  EXPECT_FALSE(first.was_interrupted);
  const SweepOutcome second = points.run(store, 700);
  EXPECT_EQ(second.done, 700u);
  EXPECT_EQ(second.computed, 0u);
  EXPECT_EQ(second.found, 700u);
  // Another sweep that has them, too.
  const SweepOutcome larger = points.run(store, 710);
  EXPECT_EQ(larger.computed, 10u);
  EXPECT_EQ(larger.found, 700u);
}

TEST(Driver, KeepsWhatFailedAndTriesItAgainOnlyWhenAsked) {
  const test::TemporaryFolder folder;
  ResultStore store(folder / "r.db", ResultStore::Open::OrNew);
  bool is_mended = false;
  const Case points([&](std::size_t i) {
    if (i == 3) return std::vector<std::string>{"no"};
    if (i == 5) return is_mended ? square(5) : std::vector<std::string>{"fail"};
    if (i == 6) return is_mended ? square(6) : std::vector<std::string>{"crash"};
    return square(i);
  });
  const SweepOutcome first = points.run(store, 10);
  EXPECT_EQ(first.done, 7u);
  EXPECT_EQ(first.no, 1u);
  EXPECT_EQ(first.failed, 2u);
  is_mended = true;
  EXPECT_EQ(points.run(store, 10).failed, 2u);
  DriverOptions retry;
  retry.retry = true;
  const SweepOutcome second = points.run(store, 10, retry);
  EXPECT_EQ(second.computed, 2u);
  EXPECT_EQ(second.failed, 0u);
  EXPECT_EQ(second.done, 9u);
  EXPECT_EQ(second.no, 1u) << "an answer is no failure";
}

TEST(Driver, ShardsShareThePlaces) {
  const test::TemporaryFolder folder;
  const std::string log = (folder / "log").string();
  const Case points([&](std::size_t i) {
    return std::vector<std::string>{"log", log, std::to_string(i)};
  });
  ResultStore store(folder / "r.db", ResultStore::Open::OrNew);
  DriverOptions shard;
  shard.shards = 3;
  shard.shard = 1;
  const SweepOutcome outcome = points.run(store, 10, shard);
  EXPECT_EQ(outcome.points, 3u);  // 1, 4, 7
  EXPECT_EQ(outcome.computed, 3u);
  const auto lines = lines_of(log);
  EXPECT_EQ(lines.size(), 3u);
  for (const char* place : {"1", "4", "7"}) EXPECT_EQ(lines.count(place), 1u) << place;
}

TEST(Driver, PlacesWithOnePointComputeItOnce) {
  const test::TemporaryFolder folder;
  const std::string log = (folder / "log").string();
  ResultStore store(folder / "r.db", ResultStore::Open::OrNew);
  SweepHeader header;
  header.name = "twice";
  header.verb = "fake";
  header.hash = "twice";
  header.places = 6;
  const auto registered = store.add(header, [](std::size_t i) {
    return Place{i, 0, "id" + std::to_string(i / 2), {}};
  });
  LocalEngine engine(fake_points(), {.workers = 2});
  const auto command = [&](std::size_t i) {
    PointCommand result;
    result.arguments = {"log", log, std::to_string(i / 2)};
    return result;
  };
  DriverOptions options;
  options.program = {"{}", "1", "test"};
  const SweepOutcome outcome = run_sweep(store, registered.sweep, command, {}, engine, options);
  EXPECT_EQ(outcome.done, 6u);
  EXPECT_EQ(outcome.computed, 6u);
  EXPECT_EQ(lines_of(log).size(), 3u);
}

TEST(Driver, AnInterruptedSweepKeepsWhatIsThereAndGoesOn) {
  const test::TemporaryFolder folder;
  ResultStore store(folder / "r.db", ResultStore::Open::OrNew);
  const Case points([](std::size_t) { return std::vector<std::string>{"sleep", "5"}; });
  DriverOptions options;
  std::size_t finished = 0;
  options.progress = [&](const SweepProgress& now) { finished = now.finished; };
  options.is_interrupted = [&] { return finished >= 10; };
  const SweepOutcome first = points.run(store, 100, options);
  EXPECT_TRUE(first.was_interrupted);
  EXPECT_GE(first.done, 10u);
  EXPECT_LT(first.done, 100u);
  EXPECT_EQ(first.missing, 100 - first.done);
  const SweepOutcome second = points.run(store, 100);
  EXPECT_EQ(second.found, first.done);
  EXPECT_EQ(second.computed, 100 - first.done);
}

// Two processes, one file: they share the points, and none is computed twice.
TEST(Driver, TwoDriversShareAFile) {
  const test::TemporaryFolder folder;
  const std::string log = (folder / "log").string();
  const Case points([&](std::size_t i) {
    if (i % 10 == 0) return std::vector<std::string>{"sleep", "3"};
    return std::vector<std::string>{"log", log, std::to_string(i)};
  });
  const auto path = folder / "r.db";
  { ResultStore store(path, ResultStore::Open::OrNew); }
  const pid_t other = fork();
  if (other == 0) {
    ResultStore store(path, ResultStore::Open::Existing);
    const SweepOutcome outcome = points.run(store, 600);
    _exit(outcome.done == 600 ? 0 : 1);
  }
  ResultStore store(path, ResultStore::Open::Existing);
  const SweepOutcome outcome = points.run(store, 600);
  EXPECT_EQ(outcome.done, 600u) << "it waits for what the other one computes";
  int status = 0;
  waitpid(other, &status, 0);
  EXPECT_EQ(status, 0);
  const auto lines = lines_of(log);
  EXPECT_EQ(lines.size(), 540u);
  for (const auto& [line, one] : lines) EXPECT_EQ(lines.count(line), 1u) << line;
}

// kill -9: claims of a process that is no more hold nobody up, and what it had written stays.
TEST(Driver, TakesOverFromADriverThatWasKilled) {
  const test::TemporaryFolder folder;
  const std::string log = (folder / "log").string();
  const Case points([&](std::size_t i) {
    return std::vector<std::string>{"log", log, std::to_string(i)};
  });
  const Case slow([&](std::size_t) { return std::vector<std::string>{"sleep", "20"}; });
  const auto path = folder / "r.db";
  { ResultStore store(path, ResultStore::Open::OrNew); }
  const pid_t other = fork();
  if (other == 0) {
    ResultStore store(path, ResultStore::Open::Existing);
    slow.run(store, 200);
    _exit(0);
  }
  ResultStore store(path, ResultStore::Open::Existing);
  const auto sweep = points.add(store, 200).sweep;
  const auto done = [&] { return count_places(store.places(sweep), {}).done; };
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (done() == 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(20ms);
  }
  kill(other, SIGKILL);
  waitpid(other, nullptr, 0);
  const auto before = count_places(store.places(sweep), {});
  EXPECT_GT(before.done, 0u);
  EXPECT_LT(before.done, 200u);
  const auto start = std::chrono::steady_clock::now();
  const SweepOutcome outcome = points.run(store, 200);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s) << "less than the lease of 30 s";
  EXPECT_EQ(outcome.done, 200u);
  EXPECT_EQ(outcome.found, before.done);
  EXPECT_EQ(lines_of(log).size(), 200 - before.done);
}

}  // namespace
}  // namespace partita::command
