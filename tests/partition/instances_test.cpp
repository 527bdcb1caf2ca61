// Readers of published instances, and the independent computation of what answers are worth.
#include "tests/partition/instances/instances.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "models/base/file.h"
#include "tests/partition/instances/recheck.h"

namespace partita::test {
namespace {

using nlohmann::ordered_json;

class Folder : public testing::Test {
 protected:
  void SetUp() override {
    path = std::filesystem::temp_directory_path() /
           ("partita_instances_" + std::to_string(::getpid()));
    std::filesystem::create_directories(path / "deep");
  }
  void TearDown() override { std::filesystem::remove_all(path); }

  std::filesystem::path path;
};

// a -> b -> c and a -> c; b and c are of one colour.
constexpr std::string_view kOperators = R"({"maxSizePerFPGA": 10, "maxFPGAs": 2, "maxCPUs": 1,
  "nodes": [{"id": 1, "supportedOnFpga": 1, "cpuLatency": 9, "fpgaLatency": 1.5, "size": 4},
            {"id": 2, "supportedOnFpga": true, "cpuLatency": 9, "fpgaLatency": 2, "size": 4,
             "isBackwardNode": 0},
            {"id": 3, "supportedOnFpga": 0, "cpuLatency": 9, "fpgaLatency": 3, "size": 4}],
  "edges": [{"sourceId": 1, "destId": 2, "cost": 0.25}, {"sourceId": 1, "destId": 3, "cost": 0.25},
            {"sourceId": 2, "destId": 3, "cost": 0.5}]})";
constexpr std::string_view kStages =
    "node1 -- Input0 -- forward_compute_time=100.0, backward_compute_time=0.0, activation_size=1\n"
    "node2 -- Conv2d(3, 64) -- forward_compute_time=1.5, backward_compute_time=2.5, "
    "activation_size=1\n"
    "node3 -- ReLU -- forward_compute_time=1.0, backward_compute_time=1.0, activation_size=1\n"
    "\tnode1 -- node2\n\tnode2 -- node3\n";
constexpr std::string_view kListing = "#tasks\n0: 5, 10\n1: 10, 5\n#edges\n0: 0, 1, 4\n#end\n";

TEST_F(Folder, InstancesAreToldApartByWhatIsInThem) {
  write_file(path / "references.csv",
             "instance,objective,value\ndeep/any name.json,max_load,3.5\n"
             "deep/any name.json,contiguous_max_load,4\n");
  write_file(path / "deep" / "any name.json", kOperators);
  write_file(path / "deep" / "g.txt", kStages);
  write_file(path / "deep" / "t.txt", kListing);
  write_file(path / "deep" / "other.json", "{\"nodes\": 3}");
  write_file(path / "deep" / "broken.json", R"({"nodes": [{}], "edges": [], "maxFPGAs": 1})");
  write_file(path / "deep" / "notes.txt", "nothing");
  std::vector<std::string> skipped;
  const auto found = find_instances(path, skipped);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].name, "deep/any name.json");
  ASSERT_EQ(found[0].references.size(), 2u);
  EXPECT_EQ(found[0].references[1].objective, "contiguous_max_load");
  EXPECT_EQ(found[0].references[1].value, 4);
  EXPECT_TRUE(std::holds_alternative<OperatorGraph>(found[0].graph));
  EXPECT_TRUE(std::holds_alternative<StageGraph>(found[1].graph));
  EXPECT_TRUE(std::holds_alternative<TaskGraph>(found[2].graph));
  EXPECT_TRUE(found[2].references.empty());
  ASSERT_EQ(skipped.size(), 1u);
  EXPECT_NE(skipped[0].find("broken.json"), std::string::npos) << skipped[0];
  // From below, the names and references are the same.
  const auto below = find_instances(path / "deep", skipped);
  ASSERT_EQ(below.size(), 3u);
  EXPECT_EQ(below[0].name, "deep/any name.json");
}

TEST_F(Folder, OperatorGraphs) {
  write_file(path / "a.json", kOperators);
  const OperatorGraph graph = read_operator_graph(path / "a.json");
  ASSERT_EQ(graph.nodes.size(), 3u);
  EXPECT_EQ(graph.accelerators, 2u);
  EXPECT_EQ(graph.nodes[0].accelerator, 1.5);
  EXPECT_EQ(graph.nodes[0].send, 0.25);
  EXPECT_FALSE(graph.nodes[2].accelerator.has_value());
  EXPECT_FALSE(graph.nodes[1].colour.has_value());
  // 1 alone: 1.5 + 0.25; 2 alone: 2 + 0.25 + 0.5; 3 on the CPU: 9.
  EXPECT_EQ(value_of(path / "a.json", "max_load", {{"1", 0}, {"2", 1}, {"3", 2}}), 9);
  EXPECT_THROW(value_of(path / "a.json", "max_load", {{"1", 0}, {"2", 1}}), std::runtime_error);
  EXPECT_THROW(value_of(path / "a.json", "max_load", {{"1", 0}, {"2", 1}, {"3", 3}}),
               std::runtime_error);
  EXPECT_THROW(value_of(path / "a.json", "max_load", {{"1", 0}, {"2", 1}, {"3", 1}}),
               std::runtime_error);  // 3 is not supported there
  // A path leaves the CPU at 1 and comes back to it at 3.
  EXPECT_EQ(value_of(path / "a.json", "max_load", {{"1", 2}, {"2", 1}, {"3", 2}}), 18);
  EXPECT_THROW(value_of(path / "a.json", "contiguous_max_load", {{"1", 2}, {"2", 1}, {"3", 2}}),
               std::runtime_error);
  std::string text(kOperators);
  text.replace(text.find("10,"), 2, "7");  // bytes that an accelerator holds; two nodes have 8
  write_file(path / "b.json", text);
  EXPECT_THROW(value_of(path / "b.json", "max_load", {{"1", 0}, {"2", 0}, {"3", 2}}),
               std::runtime_error);
}

TEST_F(Folder, MistakesOfOperatorGraphsNameTheFile) {
  const auto mistake = [&](std::string_view from, std::string_view to) {
    std::string text(kOperators);
    text.replace(text.find(from), from.size(), to);
    write_file(path / "wrong.json", text);
    try {
      read_operator_graph(path / "wrong.json");
    } catch (const std::exception& error) {
      EXPECT_NE(std::string(error.what()).find("wrong.json"), std::string::npos);
      return std::string(error.what());
    }
    return std::string("no mistake");
  };
  EXPECT_NE(mistake("\"destId\": 2", "\"destId\": 7").find("names node 7"), std::string::npos);
  EXPECT_NE(mistake("\"id\": 2", "\"id\": 1").find("node 1 is there twice"), std::string::npos);
  EXPECT_NE(mistake("\"destId\": 3, \"cost\": 0.5", "\"destId\": 1, \"cost\": 0.5").find("cycle"),
            std::string::npos);
  EXPECT_NE(mistake("\"destId\": 3, \"cost\": 0.25", "\"destId\": 3, \"cost\": 1").find("cost"),
            std::string::npos);
}

TEST_F(Folder, Stages) {
  write_file(path / "g.txt", kStages);
  const StageGraph graph = read_stage_graph(path / "g.txt");
  ASSERT_EQ(graph.nodes.size(), 2u);  // the input is dropped
  EXPECT_EQ(graph.nodes[0].time, 4);
  EXPECT_EQ(graph.nodes[0].successors, std::vector<std::size_t>{1});
  EXPECT_EQ(value_of(path / "g.txt", "stages:2", {{"node2", 0}, {"node3", 1}}), 4);
  EXPECT_EQ(value_of(path / "g.txt", "stages:2", {{"node2", 1}, {"node3", 1}}), 6);
  EXPECT_THROW(value_of(path / "g.txt", "stages:2", {{"node2", 1}, {"node3", 0}}),
               std::runtime_error);
  EXPECT_THROW(value_of(path / "g.txt", "stages:2", {{"node2", 0}, {"node3", 2}}),
               std::runtime_error);
}

TEST_F(Folder, Schedules) {
  write_file(path / "t.txt", kListing);
  const auto at = [](int task, int processor, double start) {
    return ordered_json{{"task", task}, {"processor", processor}, {"start", start}};
  };
  const auto value = [&](const ordered_json& first, const ordered_json& second) {
    return value_of(path / "t.txt", "makespan", ordered_json::array({first, second}));
  };
  EXPECT_EQ(value(at(0, 0, 0), at(1, 1, 9)), 14);  // 5 + 4 of the edge + 5
  EXPECT_EQ(value(at(0, 0, 0), at(1, 0, 5)), 15);  // 5 + 10
  EXPECT_THROW(value(at(0, 0, 0), at(1, 1, 8.5)), std::runtime_error);
  EXPECT_THROW(value(at(0, 0, 0), at(1, 0, 4)), std::runtime_error);
  EXPECT_THROW(value(at(0, 0, 0), at(0, 0, 9)), std::runtime_error);
}

}  // namespace
}  // namespace partita::test
