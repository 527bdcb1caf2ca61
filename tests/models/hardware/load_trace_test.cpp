// Load from a trace, and every file of tests/bad_inputs/load_trace with the errors beside it.
#include "models/hardware/load_trace.h"

#include <configured/source_dir.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "models/base/file.h"
#include "models/hardware/load_hardware.h"
#include "tests/models/hardware/same_machine.h"
#include "tests/models/hardware/small_machine.h"

namespace partita {
namespace {

const std::filesystem::path kFolder =
    std::filesystem::path{PARTITA_SOURCE_DIR} / "tests/bad_inputs/load_trace";

// p0 on m0, p1 on m1, joined by a bus.
Hardware machine() {
  HardwareParts parts = test::two_processors();
  parts.links.push_back(test::link("bus", MemoryId{0}, MemoryId{1}, 1us));
  return HardwareBuilder::build(parts);
}

Hardware traced(const std::string& text) {
  const auto file = std::filesystem::path{testing::TempDir()} / "day.csv";
  std::ofstream(file, std::ios::binary) << text;
  return with_load_trace(machine(), file);
}

TEST(LoadTrace, ValuesHoldUntilTheNextRow) {
  const Hardware hardware = traced(
      "time,part,what,value\n"
      "0 s,bus,traffic,6 GB/s\n"
      "1 us,p1,lost,true\n"
      "1 us,p0,share,0.5\n"
      "2 us,bus,traffic,0 B/s\n"
      "2 us,bus,forward,1 GB/s\n"
      "3 us,p0,share,0.25\n"
      "4 us,p1,lost,false\n"
      "5 us,m0,traffic,2 GB/s\n"
      "6 us,p0,slowdown,1.5\n");
  const auto& load = hardware.load();
  ASSERT_EQ(load.size(), 7u);
  const auto expect = [&](std::size_t i, const std::string& name, const LoadEffect& effect,
                          Time from, std::optional<Time> until) {
    EXPECT_EQ(load[i].name, name);
    EXPECT_TRUE(load[i].effect == effect) << name;
    EXPECT_EQ(load[i].from, from) << name;
    EXPECT_EQ(load[i].until, until) << name;
    EXPECT_EQ(load[i].every, std::nullopt) << name;
  };
  const Bandwidth gigabyte{1'000'000'000};
  expect(0, "day, line 2", LinkTraffic{LinkId{0}, TrafficWay::Both, gigabyte * 6}, 0us, 2us);
  expect(1, "day, line 3", Lost{ProcessorId{1}}, 1us, 4us);
  expect(2, "day, line 4", BusyShare{ProcessorId{0}, 0.5}, 1us, 3us);
  expect(3, "day, line 6", LinkTraffic{LinkId{0}, TrafficWay::Forward, gigabyte}, 2us, {});
  expect(4, "day, line 7", BusyShare{ProcessorId{0}, 0.25}, 3us, {});
  expect(5, "day, line 9", MemoryTraffic{MemoryId{0}, gigabyte * 2}, 5us, {});
  expect(6, "day, line 10", SlowedDown{ProcessorId{0}, 1.5}, 6us, {});
  // The resolved machine keeps what the trace said.
  test::expect_same(load_hardware(Document::parse_text(to_yaml(hardware), "again.yaml")), hardware);
}

TEST(LoadTrace, StandsBesideWhatTheMachineSays) {
  HardwareParts parts = machine().parts();
  LoadSpec crash;
  crash.name = "crash";
  crash.effect = Lost{ProcessorId{0}};
  parts.load.push_back(crash);
  const auto file = std::filesystem::path{testing::TempDir()} / "more.csv";
  std::ofstream(file, std::ios::binary) << "time,part,what,value\n1 us,p1,lost,true\n";
  const Hardware both = with_load_trace(HardwareBuilder::build(parts), file);
  ASSERT_EQ(both.load().size(), 2u);
  EXPECT_EQ(both.load()[0].name, "crash");
  EXPECT_EQ(both.load()[1].name, "more, line 2");
}

std::vector<std::string> bad_files() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".csv") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class BadLoadTrace : public testing::TestWithParam<std::string> {};

TEST_P(BadLoadTrace, GivesTheExpectedErrors) {
  const std::string file = (kFolder / (GetParam() + ".csv")).string();
  try {
    with_load_trace(machine(), file);
    FAIL() << "accepted";
  } catch (const ConfigError& error) {
    std::string found = std::string{error.what()} + "\n";
    const std::string prefix = kFolder.string() + "/";
    for (auto at = found.find(prefix); at != std::string::npos; at = found.find(prefix)) {
      found.erase(at, prefix.size());
    }
    EXPECT_EQ(found, read_file(file + ".expected"));
  }
}

INSTANTIATE_TEST_SUITE_P(Files, BadLoadTrace, testing::ValuesIn(bad_files()),
                         [](const auto& test) { return test.param; });

TEST(BadLoadTraces, AreThere) { EXPECT_GE(bad_files().size(), 5u); }

}  // namespace
}  // namespace partita
