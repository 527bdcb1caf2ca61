#include "models/network/costed_graph.h"

#include <configured/source_dir.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "models/hardware/hardware.h"
#include "models/network/collective_kind.h"
#include "models/network/implied_machine.h"

namespace partita {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kExample = R"({
 "costed_graph": 1, "name": "example", "processors": ["cpu0", "gpu0"],
 "layers": [
  {"name": "last", "times": {"cpu0": "9 us"}},
  {"name": "first", "times": {"cpu0": "12 us", "gpu0": "3 us"}, "memory": "3 MB",
   "workspace": "1 kB"},
  {"name": "middle", "times": {"gpu0": "250 ns"}}],
 "edges": [
  {"from": "first", "to": "middle", "tensor": "x", "size": "1 MB"},
  {"from": "first", "to": "last", "tensor": "x", "size": "1 MB"},
  {"from": "middle", "to": "last", "time": "18 ns"}]})";

Network example() { return load_costed_graph(Document::parse_text(kExample, "example.json")); }

TEST(CostedGraphTest, LayersTimesAndTensorsAreRead) {
  const Network network = example();
  EXPECT_EQ(network.name(), "example");
  ASSERT_EQ(network.layer_count(), 3u);
  const GivenTimes& given = *network.given_times();
  EXPECT_THAT(given.processors, ElementsAre("cpu0", "gpu0"));
  // In topological order: first, middle, last. Times follow their layers.
  const LayerId first{0}, middle{1}, last{2};
  EXPECT_EQ(network.layer(first).name, "first");
  EXPECT_THAT(given.times[first], ElementsAre(Time{12us}, Time{3us}));
  EXPECT_THAT(given.times[middle], ElementsAre(std::nullopt, Time{250ns}));
  EXPECT_THAT(given.times[last], ElementsAre(Time{9us}, std::nullopt));
  EXPECT_EQ(network.layer(first).work.workspace, Bytes{1000});
  EXPECT_EQ(network.total_weights(), Bytes{3'000'000});
  EXPECT_EQ(network.parameters(), 0);

  const Tensor& x = network.tensor(network.layer(first).outputs.front());
  EXPECT_EQ(x.name, "x");
  EXPECT_EQ(x.size, Bytes{1'000'000});
  EXPECT_THAT(x.consumers, ElementsAre(middle, last));
  EXPECT_FALSE(x.transfer_time.has_value());
  const Tensor& delayed = network.tensor(network.layer(middle).outputs.front());
  EXPECT_EQ(delayed.transfer_time, Time{18ns});
  EXPECT_EQ(delayed.size, Bytes{0});
}

TEST(CostedGraphTest, WhatIsWrittenReadsBackTheSame) {
  const Network once = example();
  const std::string text = to_costed_json(once);
  const Network twice = load_costed_graph(Document::parse_text(text, "again.json"));
  EXPECT_EQ(to_costed_json(twice), text);
  EXPECT_EQ(twice.given_times()->times, once.given_times()->times);
  EXPECT_EQ(twice.total_weights(), once.total_weights());
  EXPECT_EQ(boost::num_edges(twice.graph()), boost::num_edges(once.graph()));
}

// Operands and results in the order of the edges; the weight is none.
TEST(CostedGraphTest, CollectivesAreReadAndWritten) {
  const Network network = load_costed_graph(Document::parse_text(R"({
 "costed_graph": 1, "name": "sum", "processors": ["p0", "p1"],
 "layers": [{"name": "a", "times": {"p0": "1 us"}}, {"name": "b", "times": {"p1": "1 us"}},
            {"name": "sum", "times": {"p0": "1 us"}, "memory": "1 kB", "collective": "all_reduce"},
            {"name": "c", "times": {"p0": "1 us"}}, {"name": "d", "times": {"p1": "1 us"}}],
 "edges": [{"from": "b", "to": "sum", "tensor": "y", "size": "4 kB"},
           {"from": "a", "to": "sum", "tensor": "x", "size": "4 kB"},
           {"from": "sum", "to": "d", "tensor": "y_sum", "size": "4 kB"},
           {"from": "sum", "to": "c", "tensor": "x_sum", "size": "4 kB"}]})",
                                                                 "sum.json"));
  const Layer& sum = network.layer(*network.layer_named("sum"));
  EXPECT_EQ(collective_of(sum), OpKind::AllReduce);
  EXPECT_EQ(collective_of(network.layer(*network.layer_named("a"))), std::nullopt);
  std::vector<std::string> operands, results;
  for (const TensorId id : collective_operands(network, sum)) {
    operands.push_back(network.tensor(id).name);
  }
  for (const TensorId id : sum.outputs) results.push_back(network.tensor(id).name);
  EXPECT_EQ(operands, (std::vector<std::string>{"y", "x"}));
  EXPECT_EQ(results, (std::vector<std::string>{"y_sum", "x_sum"}));
  const std::string text = to_costed_json(network);
  EXPECT_EQ(to_costed_json(load_costed_graph(Document::parse_text(text, "again.json"))), text);
  EXPECT_NE(text.find("\"collective\": \"all_reduce\""), std::string::npos);
}

TEST(CostedGraphTest, ALayerAloneIsAGraph) {
  const Network network = load_costed_graph(Document::parse_text(
      R"({"costed_graph": 1, "name": "one", "processors": ["p"],
          "layers": [{"name": "a", "times": {"p": "1 ps"}}]})",
      "one.json"));
  EXPECT_EQ(network.layer_count(), 1u);
  EXPECT_TRUE(network.outputs().empty());
}

TEST(CostedGraphTest, TheImpliedMachineIsAMachine) {
  const Hardware hardware = HardwareBuilder::build(implied_machine(example()));
  EXPECT_TRUE(hardware.processor_named("cpu0").has_value());
  const auto gpu = hardware.processor_named("gpu0");
  ASSERT_TRUE(gpu.has_value());
  const MemoryId from = hardware.processors()[ProcessorId{0}].memory;
  const Route* route = hardware.route(from, hardware.processors()[*gpu].memory);
  ASSERT_NE(route, nullptr);
  ASSERT_EQ(route->size(), 1u);
  EXPECT_TRUE(route->front().engine.has_value());  // so that no processor is busy copying
  EXPECT_EQ(route->front().latency, Time{0});
  EXPECT_FALSE(hardware.host().has_value());
}

std::string content(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

TEST(CostedGraphTest, EveryBadFileGetsItsOwnError) {
  const std::filesystem::path folder = PARTITA_SOURCE_DIR "/tests/bad_inputs/costed_graph";
  int tried = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    ++tried;
    std::istringstream expected(content(entry.path().string() + ".expected"));
    std::string error = "no error";
    try {
      load_costed_graph(Document::parse_file(entry.path()));
    } catch (const ConfigError& thrown) {
      error = thrown.what();
    }
    std::string line;
    ASSERT_TRUE(std::getline(expected, line)) << entry.path();
    do {
      EXPECT_THAT(error, HasSubstr(line)) << entry.path();
    } while (std::getline(expected, line));
  }
  EXPECT_GE(tried, 20);
}

}  // namespace
}  // namespace partita
