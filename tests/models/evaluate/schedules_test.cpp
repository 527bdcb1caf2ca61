// Schedules that others have published, replayed by the evaluator.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "models/evaluate/evaluate.h"
#include "models/network/costed_graph.h"
#include "models/network/implied_machine.h"
#include "tests/support/machine.h"

namespace partita {
namespace {

// Topcuoglu, Hariri, Wu, "Performance-effective and low-complexity task scheduling for
// heterogeneous computing", IEEE TPDS 13(3), 2002: the graph of figure 2 with the times of table 1,
// and the HEFT schedule of figure 3 (a).
TEST(Evaluate, TheHeftScheduleOfTopcuogluTakes80) {
  constexpr int kTimes[10][3] = {{14, 16, 9},  {13, 19, 18}, {11, 13, 19}, {13, 8, 17},
                                 {12, 13, 10}, {13, 16, 9},  {7, 15, 11},  {5, 11, 14},
                                 {18, 12, 20}, {21, 7, 16}};
  constexpr int kEdges[15][3] = {{1, 2, 18}, {1, 3, 12}, {1, 4, 9},   {1, 5, 11},  {1, 6, 14},
                                 {2, 8, 19}, {2, 9, 16}, {3, 7, 23},  {4, 8, 27},  {4, 9, 23},
                                 {5, 9, 13}, {6, 8, 15}, {7, 10, 17}, {8, 10, 11}, {9, 10, 13}};
  std::string layers, edges;
  CostTable costs(10, 3);
  for (int task = 0; task < 10; ++task) {
    const auto& time = kTimes[task];
    layers += fmt::format(
        R"({}{{"name": "{}", "times": {{"p1": "{} us", "p2": "{} us", "p3": "{} us"}}}})",
        task == 0 ? "" : ",", task + 1, time[0], time[1], time[2]);
    for (int p = 0; p < 3; ++p) {
      costs.set(static_cast<LayerId>(task), static_cast<ProcessorId>(p),
                LayerCost{std::chrono::microseconds{time[p]}, Bytes{}, CostSource::Given});
    }
  }
  for (const auto& [from, to, time] : kEdges) {
    edges += fmt::format(R"({}{{"from": "{}", "to": "{}", "time": "{} us"}})",
                         edges.empty() ? "" : ",", from, to, time);
  }
  const Network network = load_costed_graph(Document::parse_text(
      fmt::format(R"({{"costed_graph": 1, "name": "topcuoglu", "processors": ["p1", "p2", "p3"],
                      "layers": [{}], "edges": [{}]}})",
                  layers, edges),
      "topcuoglu.json"));
  const Hardware hardware = HardwareBuilder::build(implied_machine(network));

  const auto of = [&](int task) { return *network.layer_named(std::to_string(task)); };
  const std::vector<std::vector<int>> schedule{{2, 8}, {4, 6, 9, 10}, {1, 3, 5, 7}};
  std::vector<std::vector<int>> orders;
  for (const auto& tasks : schedule) {
    auto& order = orders.emplace_back();
    for (const int task : tasks) order.push_back(static_cast<int>(of(task)));
  }
  Evaluator evaluator(network, hardware, costs);
  const Timeline timeline = evaluator.run(test::plan_of(network, hardware, orders));
  const auto start = [&](int task) { return timeline.layers[of(task)].start; };
  EXPECT_EQ(start(1), 0us);
  EXPECT_EQ(start(4), 18us);
  EXPECT_EQ(start(3), 9us);
  EXPECT_EQ(start(2), 27us);
  EXPECT_EQ(start(5), 28us);
  EXPECT_EQ(start(6), 26us);
  EXPECT_EQ(start(9), 56us);
  EXPECT_EQ(start(7), 38us);
  EXPECT_EQ(start(8), 57us);
  EXPECT_EQ(start(10), 73us);
  EXPECT_EQ(timeline.makespan, 80us);
}

}  // namespace
}  // namespace partita
