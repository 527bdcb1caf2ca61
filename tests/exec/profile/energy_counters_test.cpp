// Counters of energy in a tree of files as the system shows it.
#include "exec/profile/energy_counters.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temporary_folder.h"

namespace partita::exec {
namespace {

namespace fs = std::filesystem;

class EnergyCountersTest : public testing::Test {
 protected:
  void write(const std::string& zone, const std::string& file, const std::string& text) const {
    fs::create_directories(root_ / zone);
    std::ofstream(root_ / zone / file) << text << "\n";
  }
  void zone(const std::string& name, const std::string& what, std::int64_t energy) const {
    write(name, "name", what);
    write(name, "max_energy_range_uj", "1000000");
    write(name, "energy_uj", std::to_string(energy));
  }
  const test::TemporaryFolder folder_;
  const fs::path& root_ = folder_.path();
};

TEST_F(EnergyCountersTest, PackagesAreAddedUpAndTheirPartsAreNot) {
  zone("intel-rapl:0", "package-0", 1000);
  zone("intel-rapl:0:0", "core", 500);
  zone("intel-rapl:1", "package-1", 2000);
  zone("intel-rapl:2", "psys", 9000);
  write("intel-rapl", "enabled", "1");
  EnergyCounters counters(root_);
  EXPECT_EQ(counters.absent(), "");
  EXPECT_EQ(counters.since_last(), std::nullopt);
  zone("intel-rapl:0", "package-0", 1300);
  zone("intel-rapl:0:0", "core", 700);
  zone("intel-rapl:1", "package-1", 2050);
  zone("intel-rapl:2", "psys", 9900);
  EXPECT_EQ(counters.since_last(), 350);
  EXPECT_EQ(counters.since_last(), 0);
}

// From 999,900 over 1,000,000 to 50: 150 uJ.
TEST_F(EnergyCountersTest, ACounterThatBeginsAnewIsSeenThrough) {
  zone("intel-rapl:0", "package-0", 999'900);
  EnergyCounters counters(root_);
  counters.since_last();
  zone("intel-rapl:0", "package-0", 50);
  EXPECT_EQ(counters.since_last(), 150);
}

TEST_F(EnergyCountersTest, WhereThereAreNoneThatIsSaid) {
  zone("intel-rapl:0:0", "core", 500);
  EnergyCounters counters(root_);
  EXPECT_EQ(counters.absent(),
            "energy is not measured: no counter of a package in '" + root_.string() + "'");
  EXPECT_EQ(counters.since_last(), std::nullopt);
  EXPECT_NE(EnergyCounters(root_ / "nowhere").absent(), "");
}

TEST_F(EnergyCountersTest, WhereTheyCannotBeReadThatIsSaid) {
  zone("intel-rapl:0", "package-0", 500);
  write("intel-rapl:0", "energy_uj", "");
  EnergyCounters counters(root_);
  EXPECT_EQ(counters.absent(), "energy is not measured: '" + root_.string() +
                                   "/intel-rapl:0/energy_uj' may not be read");
}

TEST_F(EnergyCountersTest, ACounterThatGoesAwayGivesNothing) {
  zone("intel-rapl:0", "package-0", 500);
  EnergyCounters counters(root_);
  counters.since_last();
  fs::remove(root_ / "intel-rapl:0" / "energy_uj");
  EXPECT_EQ(counters.since_last(), std::nullopt);
  zone("intel-rapl:0", "package-0", 600);
  EXPECT_EQ(counters.since_last(), std::nullopt);
  zone("intel-rapl:0", "package-0", 700);
  EXPECT_EQ(counters.since_last(), 100);
}

}  // namespace
}  // namespace partita::exec
