// Whatever the collective and the way it is done, everybody gets what they should.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <set>

#include "models/collectives/reduction_unit.h"
#include "models/evaluate/evaluate.h"
#include "models/network/collective_kind.h"
#include "tests/models/collectives/equal_links.h"

namespace partita {
namespace {

using test::OneCollective;
using Values = std::vector<std::int64_t>;

std::int64_t power_of_10(std::size_t i) { return i == 0 ? 1 : 10 * power_of_10(i - 1); }

// What the tensors hold when the layers of an expanded network do what their names say: operand i
// is 10^i everywhere, so that a sum tells how often each went into it. Of one that is cut for all,
// each element is another.
class Interpreter {
 public:
  explicit Interpreter(const Network& network, bool counts_elements = false)
      : network_(network), counts_elements_(counts_elements) {
    for (const LayerId layer : network.layers()) run(network.layer(layer));
  }
  const Values& operator[](const std::string& tensor) const { return values_.at(tensor); }

 private:
  void run(const Layer& layer) {
    if (layer.name.front() == 'x') {
      const Tensor& x = network_.tensor(layer.outputs.front());
      values_[x.name] =
          Values(elements(layer.outputs.front()), power_of_10(std::stoul(layer.name.substr(1))));
      if (counts_elements_) std::iota(values_[x.name].begin(), values_[x.name].end(), 0);
      return;
    }
    if (layer.kind == OpKind::AllReduce) return add_up(layer);
    if (layer.name.ends_with("/start") && layer.inputs.size() > 1) return cut_each(layer);
    Values all;
    for (const TensorId input : layer.inputs) {
      const Values& part = values_.at(network_.tensor(input).name);
      all.insert(all.end(), part.begin(), part.end());
    }
    hand_out(layer, all);
  }
  void add_up(const Layer& layer) {
    Values sum = values_.at(network_.tensor(layer.inputs.front()).name);
    for (std::size_t i = 1; i < layer.inputs.size(); ++i) {
      const Values& part = values_.at(network_.tensor(layer.inputs[i]).name);
      ASSERT_EQ(part.size(), sum.size()) << layer.name;
      for (std::size_t at = 0; at < sum.size(); ++at) sum[at] += part[at];
    }
    for (const TensorId output : layer.outputs) values_[network_.tensor(output).name] = sum;
  }
  // Several operands on one processor: the name of a part says of which it is, "part3.1.0" of the
  // second in an all-to-all, "part3" of the fourth in an all-gather, counted around.
  void cut_each(const Layer& layer) {
    for (const TensorId output : layer.outputs) {
      const std::string name = network_.tensor(output).name;
      const std::string numbers = name.substr(name.rfind("part") + 4);
      const std::size_t dot = numbers.find('.');
      const std::size_t rank =
          dot == std::string::npos ? std::stoul(numbers) % 4 : std::stoul(numbers.substr(dot + 1));
      values_[name] = Values(elements(output), power_of_10(rank));
    }
  }
  // One behind the other, or the same to each where there is not enough.
  void hand_out(const Layer& layer, const Values& all) {
    std::size_t wanted = 0, from = 0;
    for (const TensorId output : layer.outputs) wanted += elements(output);
    for (const TensorId output : layer.outputs) {
      if (wanted > all.size()) from = 0;
      ASSERT_LE(from + elements(output), all.size()) << layer.name;
      values_[network_.tensor(output).name] =
          Values(all.begin() + static_cast<std::ptrdiff_t>(from),
                 all.begin() + static_cast<std::ptrdiff_t>(from + elements(output)));
      from += elements(output);
    }
  }
  std::size_t elements(TensorId id) const {
    return static_cast<std::size_t>(network_.tensor(id).elements());
  }

  const Network& network_;
  const bool counts_elements_;
  std::map<std::string, Values> values_;
};

// What result r should hold, in any order.
Values expected(const OneCollective& one, std::size_t elements) {
  if (one.kind == OpKind::Broadcast) return Values(elements, 1);
  std::int64_t sum = 0;
  Values each;
  for (std::size_t i = 0; i < one.ranks; ++i) {
    sum += power_of_10(i);
    each.insert(each.end(), elements / one.ranks, power_of_10(i));
  }
  const bool adds = one.kind == OpKind::AllReduce || one.kind == OpKind::ReduceScatter;
  return adds ? Values(elements, sum) : each;
}

constexpr std::array kKinds{OpKind::AllReduce,     OpKind::ReduceScatter, OpKind::AllGather,
                            OpKind::AllToAll,      OpKind::Broadcast,     OpKind::GatherToOne,
                            OpKind::ScatterFromOne};

// All elements, and none twice.
void expect_all_are_there(const OneCollective& one, const Interpreter& values) {
  Values all, whole(static_cast<std::size_t>(one.elements));
  std::iota(whole.begin(), whole.end(), 0);
  for (std::size_t r = 0; r < one.ranks; ++r) {
    const Values& result = values[fmt::format("sum{}", r)];
    all.insert(all.end(), result.begin(), result.end());
  }
  EXPECT_THAT(all, testing::UnorderedElementsAreArray(whole));
}

void expect_all_get_theirs(const OneCollective& one, const CollectiveChoice& choice) {
  SCOPED_TRACE(fmt::format("{} of {} ranks, {} elements, {}", to_string(one.kind), one.ranks,
                           one.elements, to_string(choice)));
  const Hardware hardware = test::equal_links(6);
  const Expanded made = test::expanded(one, hardware, choice);
  const bool cuts = one.kind == OpKind::ScatterFromOne;
  const Interpreter values(made.network, cuts);
  if (cuts) expect_all_are_there(one, values);
  for (std::size_t r = 0; !cuts && r < test::results_of(one); ++r) {
    const Values& result = values[fmt::format("sum{}", r)];
    EXPECT_THAT(result, testing::UnorderedElementsAreArray(expected(one, result.size())))
        << "rank " << r;
  }
  Evaluator evaluator(made.network, made.hardware, made.costs);
  const Timeline& timeline = evaluator.run(made.plan);
  EXPECT_THAT(violations(timeline, made.network, made.hardware, made.plan), testing::IsEmpty());
}

TEST(Collectives, EverybodyGetsTheirs) {
  for (const OpKind kind : kKinds) {
    for (const std::size_t ranks : {2, 3, 4, 6}) {
      const auto whole = static_cast<std::int64_t>(ranks);
      // Even parts; parts that differ; fewer elements than there are pieces.
      for (const std::int64_t elements : {12 * whole, 5 * whole + whole, whole}) {
        for (const int pieces : {1, 2, 5}) {
          for (const auto algorithm :
               {CollectiveAlgorithm::Ring, CollectiveAlgorithm::Tree, CollectiveAlgorithm::Direct,
                CollectiveAlgorithm::InSwitch}) {
            const bool adds = kind == OpKind::AllReduce || kind == OpKind::ReduceScatter;
            if (algorithm == CollectiveAlgorithm::InSwitch && !adds) continue;
            expect_all_get_theirs({.kind = kind, .ranks = ranks, .elements = elements},
                                  {algorithm, pieces});
            if (testing::Test::HasFailure()) return;
          }
        }
      }
    }
  }
}

TEST(Collectives, RanksOnOneProcessorAddUpThereFirst) {
  for (const OpKind kind : kKinds) {
    for (const auto algorithm : {CollectiveAlgorithm::Ring, CollectiveAlgorithm::Tree}) {
      expect_all_get_theirs({.kind = kind, .ranks = 4, .elements = 20, .on = {2, 0, 2, 5}},
                            {algorithm, 2});
    }
  }
}

TEST(Collectives, BlocksNeedNotBeEqual) {
  // 1001 elements among 4, and 3 among 4: one block is not there.
  for (const std::int64_t elements : {1001, 3}) {
    for (const auto algorithm :
         {CollectiveAlgorithm::Ring, CollectiveAlgorithm::Tree, CollectiveAlgorithm::Direct}) {
      expect_all_get_theirs({.kind = OpKind::AllReduce, .elements = elements}, {algorithm});
    }
  }
}

// Bytes that leave each memory.
std::vector<std::int64_t> sent(const Expanded& made) {
  Evaluator evaluator(made.network, made.hardware, made.costs);
  const Timeline& timeline = evaluator.run(made.plan);
  std::vector<std::int64_t> bytes(made.hardware.memories().size(), 0);
  for (const LegSpan& leg : timeline.legs) {
    const Transfer& transfer = made.plan.transfers()[leg.transfer];
    bytes[index(transfer.src)] += made.network.tensor(transfer.tensor).size.value;
  }
  return bytes;
}

TEST(Collectives, ARingSendsTheLeastThatSuffices) {
  // 2 (k - 1) / k of 12,000 elements of 4 B each.
  for (const std::size_t ranks : {2, 3, 4, 6}) {
    const OneCollective one{.kind = OpKind::AllReduce, .ranks = ranks, .elements = 12'000};
    const Hardware hardware = test::equal_links(ranks);
    const auto k = static_cast<std::int64_t>(ranks);
    for (const int pieces : {1, 3}) {
      EXPECT_THAT(sent(test::expanded(one, hardware, {CollectiveAlgorithm::Ring, pieces})),
                  testing::Each(2 * (k - 1) * 48'000 / k));
    }
  }
}

// To one, or from one, of four: 4000 B of each, or 1000 B for each. Along the ring p1 to p2 to p3 to
// p0, or p0 to p1 to p2 to p3. Of the trees below p0, one has p3 below p1, the mirrored one, of every
// second block, p1 below p3.
TEST(Collectives, WhoSendsWhatOfAGatherAndAScatter) {
  const auto bytes = [](OpKind kind, CollectiveAlgorithm algorithm) {
    return sent(test::expanded({.kind = kind}, test::equal_links(4), {algorithm}));
  };
  using testing::ElementsAre;
  using enum CollectiveAlgorithm;
  EXPECT_THAT(bytes(OpKind::GatherToOne, Direct), ElementsAre(0, 4000, 4000, 4000));
  EXPECT_THAT(bytes(OpKind::GatherToOne, Ring), ElementsAre(0, 4000, 8000, 12'000));
  EXPECT_THAT(bytes(OpKind::GatherToOne, Tree), ElementsAre(0, 4000, 4000, 8000));
  EXPECT_THAT(bytes(OpKind::ScatterFromOne, Direct), ElementsAre(3000, 0, 0, 0));
  EXPECT_THAT(bytes(OpKind::ScatterFromOne, Ring), ElementsAre(3000, 2000, 1000, 0));
  EXPECT_THAT(bytes(OpKind::ScatterFromOne, Tree), ElementsAre(3000, 1000, 0, 0));
}

// Of eight parts that go down the tree, every second one goes down the mirrored one: p7's by p1 and
// p3, p5's by p2; but p4's by p7, and p2's by p6.
TEST(Collectives, AScatterGoesDownTheTree) {
  const Expanded made =
      test::expanded({.kind = OpKind::ScatterFromOne, .ranks = 8, .elements = 1000},
                     test::equal_links(8), {CollectiveAlgorithm::Tree});
  std::set<std::pair<std::size_t, std::size_t>> sent;
  for (const Transfer& each : made.plan.transfers())
    sent.insert({index(each.src), index(each.dst)});
  using Pair = std::pair<std::size_t, std::size_t>;
  EXPECT_THAT(sent, testing::ElementsAre(Pair{0, 1}, Pair{0, 2}, Pair{0, 6}, Pair{0, 7}, Pair{1, 3},
                                         Pair{2, 5}, Pair{3, 7}, Pair{6, 2}, Pair{7, 4}));
}

// Whoever reads the result collects: p2, which makes nothing, at the end of the ring.
TEST(Collectives, AGatherGoesToWhoReadsIt) {
  const OneCollective one{.kind = OpKind::GatherToOne, .ranks = 2};
  const Hardware hardware = test::equal_links(3);
  const Network network = test::network_of(one);
  const auto layer = [&](const char* name) { return *network.layer_named(name); };
  Placement placement;
  placement.processor.assign(network.layer_count(), ProcessorId{0});
  placement.processor[layer("x1")] = ProcessorId{1};
  placement.processor[layer("y0")] = ProcessorId{2};
  placement.order = {{layer("x0"), layer("c")}, {layer("x1")}, {layer("y0")}};
  Plan plan = std::get<Plan>(make_plan(network, hardware, std::move(placement), "by hand"));
  plan = with_choices(std::move(plan), {{layer("c"), {CollectiveAlgorithm::Ring}}});
  const auto made =
      with_collectives(network, hardware, test::costs_of_1ns(network, hardware), plan);
  EXPECT_THAT(sent(std::get<Expanded>(made)), testing::ElementsAre(4000, 8000, 0));
}

// Inner nodes of one tree are leaves of the other.
TEST(Collectives, InTwoTreesEverybodyAddsUpOnce) {
  for (const std::size_t ranks : {2, 4, 6}) {
    const Expanded made = test::expanded({.kind = OpKind::AllReduce, .ranks = ranks},
                                         test::equal_links(ranks), {CollectiveAlgorithm::Tree});
    std::vector<int> sums(ranks, 0);
    for (const LayerId layer : made.network.layers()) {
      if (made.network.layer(layer).kind == OpKind::AllReduce) {
        ++sums[index(made.plan.processor(layer))];
      }
    }
    EXPECT_THAT(sums, testing::Each(1)) << ranks << " ranks";
  }
}

TEST(Collectives, ASwitchIsSentEverythingOnceAndSendsItToEach) {
  const OneCollective one{.kind = OpKind::AllReduce};
  const std::vector<std::int64_t> bytes =
      sent(test::expanded(one, test::equal_links(4), {CollectiveAlgorithm::InSwitch, 8}));
  EXPECT_THAT(bytes, testing::ElementsAre(4000, 4000, 4000, 4000, 16'000));
}

// What is sent beside the steps keeps its priority: the input of x1, on its way to its processor.
TEST(Collectives, OtherTransfersKeepTheirPriorities) {
  HardwareParts parts = test::equal_links(2).parts();
  parts.host = MemoryId{0};
  const Hardware hardware = HardwareBuilder::build(parts);
  NetworkBuilder builder("one");
  const auto tensor = [&](const std::string& name, TensorKind kind) {
    Tensor made;
    made.name = name;
    made.shape = {8};
    made.kind = kind;
    return builder.add_tensor(std::move(made));
  };
  const auto layer = [&](const std::string& name, OpKind kind, std::vector<TensorId> inputs,
                         std::vector<TensorId> outputs) {
    Layer made;
    made.name = name;
    made.kind = kind;
    made.inputs = std::move(inputs);
    made.outputs = std::move(outputs);
    builder.add_layer(std::move(made));
  };
  const TensorId in = tensor("in", TensorKind::Input);
  const TensorId x0 = tensor("x0", TensorKind::Activation),
                 x1 = tensor("x1", TensorKind::Activation),
                 s0 = tensor("s0", TensorKind::Activation),
                 s1 = tensor("s1", TensorKind::Activation);
  layer("x0", OpKind::Opaque, {}, {x0});
  layer("x1", OpKind::Opaque, {in}, {x1});
  layer("c", OpKind::AllReduce, {x0, x1}, {s0, s1});
  const Network network = builder.build({"one", 0, 0});
  Placement placement{{ProcessorId{0}, ProcessorId{1}, ProcessorId{0}},
                      {{LayerId{0}, LayerId{2}}, {LayerId{1}}}};
  Plan plan = std::get<Plan>(make_plan(network, hardware, std::move(placement), "mine"));
  std::vector<Transfer> transfers = plan.transfers();
  for (Transfer& each : transfers) each.priority = each.tensor == in ? 5 : 0;
  plan = with_choices(with_transfer_order(network, std::move(plan), transfers),
                      {{LayerId{2}, {CollectiveAlgorithm::Ring}}});
  const auto made =
      with_collectives(network, hardware, test::costs_of_1ns(network, hardware), plan);
  ASSERT_TRUE(std::holds_alternative<Expanded>(made));
  const Plan& in_steps = std::get<Expanded>(made).plan;
  for (const Transfer& each : in_steps.transfers()) {
    EXPECT_EQ(each.priority, each.tensor == in ? 5 : 0);
  }
  EXPECT_EQ(in_steps.transfers().at(0).tensor, in);
}

TEST(Collectives, OneProcessorAloneTakesNoSteps) {
  const OneCollective one{.kind = OpKind::AllReduce, .ranks = 3, .on = {1, 1, 1}};
  const Expanded made = test::expanded(one, test::equal_links(2), {CollectiveAlgorithm::Ring});
  EXPECT_EQ(made.network.layer_count(), test::network_of(one).layer_count());
  EXPECT_TRUE(made.plan.collectives().empty());
}

TEST(Collectives, TheUnitOfASwitchChangesNothingElse) {
  HardwareParts parts = test::equal_links(3).parts();
  parts.switches[SwitchId{0}].ports = 3;  // all taken
  const Hardware before = HardwareBuilder::build(std::move(parts));
  std::map<SwitchId, ProcessorId> units;
  const Hardware after = with_reduction_units(before, {SwitchId{0}}, units);
  EXPECT_EQ(units.at(SwitchId{0}), ProcessorId{3});
  EXPECT_EQ(after.processors().size(), before.processors().size() + 1);
  for (const MemoryId src : ids<MemoryId>(before.memories().size())) {
    for (const MemoryId dst : ids<MemoryId>(before.memories().size())) {
      if (src == dst) continue;
      ASSERT_EQ(after.route(src, dst)->size(), 1u);
      const Leg &a = before.route(src, dst)->front(), &b = after.route(src, dst)->front();
      EXPECT_EQ(a.latency, b.latency);
      EXPECT_EQ(a.engine, b.engine);
      EXPECT_EQ(a.channels.size(), b.channels.size());
    }
  }
}

std::string reason(const OneCollective& one, const Hardware& hardware,
                   const CollectiveChoice& choice) {
  const Network network = test::network_of(one);
  const auto made = with_collectives(network, hardware, test::costs_of_1ns(network, hardware),
                                     test::plan_of(one, network, hardware, choice));
  const auto* bad = std::get_if<BadPlan>(&made);
  return bad == nullptr ? "" : bad->reason;
}

TEST(Collectives, SayWhatCannotBeDone) {
  EXPECT_EQ(
      reason({.kind = OpKind::AllGather}, test::equal_links(4), {CollectiveAlgorithm::InSwitch}),
      "all_gather 'c' adds up nothing that a switch could do in_switch");
  HardwareParts parts = test::equal_links(4).parts();
  parts.switches[SwitchId{0}].reduction.reset();
  EXPECT_EQ(reason({.kind = OpKind::AllReduce}, HardwareBuilder::build(parts),
                   {CollectiveAlgorithm::InSwitch}),
            "'c' cannot be done in_switch: no switch with a reduction is joined to the memories of "
            "p0, p1, p2, p3");
  parts.processors[ProcessorId{2}].supports.fill(false);
  EXPECT_EQ(reason({.kind = OpKind::AllReduce}, HardwareBuilder::build(parts),
                   {CollectiveAlgorithm::Ring}),
            "layer 'c/p2/sum0' cannot run: 'p2' does not support elementwise");
}

TEST(Collectives, ChoicesAreWrittenAsTheyAreRead) {
  for (const char* text : {"central", "ring", "ring/4", "tree/2", "direct", "in_switch/1024"}) {
    const auto choice = collective_choice_from(text);
    ASSERT_TRUE(choice.has_value()) << text;
    EXPECT_EQ(to_string(*choice), text);
  }
  for (const char* text : {"", "rings", "ring/", "ring/0", "ring/1025", "ring/4x", "ring/-1"}) {
    EXPECT_FALSE(collective_choice_from(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace partita
