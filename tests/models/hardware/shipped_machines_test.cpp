// What holds of every machine in hw_configs.
#include <configured/source_dir.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <regex>

#include "models/hardware/describe.h"
#include "models/hardware/load_hardware.h"
#include "tests/models/hardware/same_machine.h"

namespace partita {
namespace {

const std::filesystem::path kFolder = std::filesystem::path{PARTITA_SOURCE_DIR} / "hw_configs";

std::vector<std::string> names_of_files() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class ShippedMachine : public testing::TestWithParam<std::string> {
 protected:
  std::filesystem::path file() const { return kFolder / (GetParam() + ".yaml"); }
};

TEST_P(ShippedMachine, IsCalledLikeItsFile) { EXPECT_EQ(load_hardware(file()).name(), GetParam()); }

TEST_P(ShippedMachine, IsTheSameAfterItWasWrittenAndRead) {
  const Hardware machine = load_hardware(file());
  const std::string text = to_yaml(machine);
  const Hardware again = load_hardware(Document::parse_text(text, "again.yaml"));
  test::expect_same(machine, again);
  EXPECT_EQ(to_yaml(again), text);
  EXPECT_EQ(describe(again), describe(machine));
}

TEST_P(ShippedMachine, HasARouteBetweenAnyTwoMemoriesOfProcessors) {
  const Hardware machine = load_hardware(file());
  for (const ProcessorSpec& from : machine.processors()) {
    for (const ProcessorSpec& to : machine.processors()) {
      if (from.memory == to.memory) continue;
      EXPECT_NE(machine.route(from.memory, to.memory), nullptr) << from.name << " to " << to.name;
    }
  }
}

TEST_P(ShippedMachine, GivesNoReasonToWarn) {
  EXPECT_EQ(warnings(load_hardware(file())), std::vector<std::string>{});
}

// Every line with a number that has a unit, or is an efficiency, says where it comes from: on the
// line, or at the head of the file ("All numbers ... are assumptions").
TEST_P(ShippedMachine, NamesTheSourceOfEveryNumber) {
  std::ifstream in(file());
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (text.find("# All numbers") != std::string::npos) return;
  const std::regex number(R"(:\s*\{?[^#]*\d[^#]*\b(GB|GiB|B/s|GB/s|TB/s|FLOP/s|us|ns|W|mW|pJ/b)\b|)"
                          R"((efficiency|slowdown)\S*: *\{?[^#*&]*\d)");
  std::istringstream lines(text);
  std::string previous;
  for (std::string line; std::getline(lines, line);) {
    if (line.find("description:") == std::string::npos && std::regex_search(line, number)) {
      const bool has_source = line.find('#') != std::string::npos;
      const bool above = previous.find('#') != std::string::npos;
      EXPECT_TRUE(has_source || above) << line;
    }
    previous = line;
  }
}

TEST_P(ShippedMachine, PointsEditorsToTheSchema) {
  std::ifstream in(file());
  std::string first;
  std::getline(in, first);
  EXPECT_EQ(first, "# yaml-language-server: $schema=schema.json");
}

TEST_P(ShippedMachine, StandsInTheTableOfTheReadme) {
  std::ifstream in(kFolder / "README.md");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  EXPECT_NE(text.find("| `" + GetParam() + ".yaml` |"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Files, ShippedMachine, testing::ValuesIn(names_of_files()),
                         [](const auto& test) { return test.param; });

TEST(ShippedMachines, AreThere) { EXPECT_GE(names_of_files().size(), 12u); }

// GPUs of one pair share a PCIe switch, which is slower than NVLink: nearest must mean NVLink all
// the same.
TEST(ShippedMachines, DgxGpusMeetOverNvlink) {
  for (const char* name : {"dgx_a100.yaml", "dgx_h100.yaml"}) {
    const Hardware machine = load_hardware(kFolder / name);
    const Route& route =
        *machine.route(*machine.memory_named("hbm0"), *machine.memory_named("hbm1"));
    ASSERT_EQ(route.size(), 1u);
    EXPECT_EQ(machine.channels()[route[0].channels[1]].name, "nvlink0>");
  }
}

// Rows before columns: from tile 0 to tile 15 along the top row, then down the last column.
TEST(ShippedMachines, TheMeshIsCrossedAlongXThenAlongY) {
  const Hardware machine = load_hardware(kFolder / "npu16.yaml");
  const Route& route =
      *machine.route(*machine.memory_named("sram0"), *machine.memory_named("sram15"));
  ASSERT_EQ(route.size(), 1u);
  std::vector<std::string> names;
  for (const ChannelId channel : route[0].channels)
    names.push_back(machine.channels()[channel].name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"sram0", "port0>", "mesh_x0_0>", "mesh_x0_1>", "mesh_x0_2>",
                                      "mesh_y3>", "mesh_y7>", "mesh_y11>", "port15<", "sram15"}));
  // 8 links of 1 ns and 7 routers of 2 ns.
  EXPECT_EQ(route[0].latency, 22ns);
}

}  // namespace
}  // namespace partita
