// Profiles of small networks on real workers and on devices that are not there: complete, kept to
// their budget, gone on with; and nothing about how long anything takes.
#include "exec/profile/profiler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "exec/profile/measured_machine.h"
#include "models/hardware/describe.h"
#include "tests/exec/replay/fakes.h"
#include "tests/support/temporary_folder.h"

namespace partita::exec {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;

class ProfilerTest : public testing::Test {
 protected:
  void SetUp() override {
    options_.repetitions = 3;
    options_.time_limit = 60s;  // on a busy computer few runs are clean
    options_.largest_copy = Bytes{1 << 20};
    options_.energy = folder_ / "none";
    options_.progress = [this](const std::string&, double done) {
      EXPECT_GE(done, last_);
      EXPECT_LE(done, 1.0);
      last_ = done;
    };
  }
  ProfileResult profile_on(const Hardware& hardware) { return profile_of(network_, hardware); }
  ProfileResult profile_of(const Network& network, const Hardware& hardware) {
    last_ = 0;
    return profile(network, hardware, 3, options_);
  }
  std::string file(const std::string& name) const { return (folder_ / name).string(); }
  std::string text(const std::string& name) const {
    std::ifstream in(file(name));
    return {std::istreambuf_iterator<char>(in), {}};
  }

  // Measurements that do not depend on who overlaps whom.
  static std::set<std::string> rows_of(const Profile& profile) {
    std::set<std::string> keys;
    for (const ProfileRow& row : profile.rows()) {
      if (row.level == 1) keys.insert(measurement_key(row));
    }
    return keys;
  }
  static std::set<std::string> kinds_of(const Profile& profile) {
    std::set<std::string> kinds;
    for (const ProfileRow& row : profile.rows()) kinds.insert(row.kind);
    return kinds;
  }

  const Network network_ = branched_cnn();
  ProfileOptions options_;
  const test::TemporaryFolder folder_;
  double last_ = 0;
};

// Two processors of one memory have layers, interference and overheads, and nothing to copy.
TEST_F(ProfilerTest, ProcessorsOfOneMemoryCopyNothing) {
  options_.repetitions = 30;  // on a busy computer few runs beside each other are clean
  const Profile measured = profile_on(sharing(workers(2), {{1, 0}})).profile;
  EXPECT_THAT(kinds_of(measured), testing::IsSupersetOf({"layer", "interference", "overhead"}));
  EXPECT_THAT(kinds_of(measured), testing::Not(testing::Contains("copy")));
  EXPECT_THAT(kinds_of(measured), testing::Not(testing::Contains("copies")));
}

// A device of 100 W: a row's energy is 100 W times its time.
TEST_F(ProfilerTest, DevicesThatCountForThemselvesGiveTheirRowsEnergy) {
  options_.repetitions = 60;
  const ProfileResult result = profile_on(with_fakes(2, "time=400000,watts=100,clock_khz=1980000"));
  std::size_t with_energy = 0;
  for (const ProfileRow& row : result.profile.rows()) {
    if (!row.energy_pj) continue;
    EXPECT_EQ(row.processor, "cpu1");
    const double watts =
        static_cast<double>(*row.energy_pj) / static_cast<double>(row.median.count());
    // On a busy computer the moments of reading are off; a wrong unit would be off by a thousand.
    EXPECT_GT(watts, 1);
    EXPECT_LT(watts, 10'000);
    ++with_energy;
  }
  EXPECT_GT(with_energy, 0u);
  EXPECT_THAT(result.notes, testing::Contains(HasSubstr("'cpu1' ran at 1980 to 1980 MHz")));
}

TEST_F(ProfilerTest, EverySignatureOnEveryProcessorAndCopiesBothWays) {
  const Hardware hardware = workers(2);
  const Profile measured = profile_on(hardware).profile;
  std::set<std::string> signatures;
  for (const LayerId layer : network_.layers()) signatures.insert(network_.signature(layer));
  std::map<std::string, std::size_t> count;
  std::set<std::pair<std::string, std::string>> ways, environments;
  for (const ProfileRow& row : measured.rows()) {
    EXPECT_GE(row.samples, 1);
    EXPECT_LT(Time{0}, row.min);
    EXPECT_LE(row.min, row.p10);
    EXPECT_LE(row.p10, row.median);
    EXPECT_LE(row.median, row.p90);
    EXPECT_EQ(row.environment.size(), 16u);
    EXPECT_EQ(row.clock, "host");
    EXPECT_EQ(row.energy_pj, std::nullopt);
    ++count[row.kind];
    environments.emplace(row.processor, row.environment);
    if (row.kind == "layer") {
      EXPECT_EQ(signatures.count(row.signature), 1u) << row.signature;
      ASSERT_TRUE(row.footprint);
    } else if (row.kind == "copy") {
      ways.emplace(row.signature, row.processor);
    }
  }
  EXPECT_EQ(count["layer"], 2 * signatures.size());
  EXPECT_EQ(count["subgraph"], 2 * 3u);
  // launch, tiny layer, start, run
  EXPECT_EQ(count["overhead"], 2 * 4u);
  const std::set<std::pair<std::string, std::string>> expected{{"mem0>shared", "cpu0"},
                                                               {"shared>mem0", "cpu0"},
                                                               {"mem1>shared", "cpu1"},
                                                               {"shared>mem1", "cpu1"}};
  EXPECT_EQ(ways, expected);
  std::set<std::int64_t> sizes;
  for (const ProfileRow& row : measured.copies("mem0>shared", "cpu0")) sizes.insert(row.size.value);
  for (const std::int64_t size : {4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20}) {
    EXPECT_EQ(sizes.count(size), 1u) << size;
  }
  // Caps differ, so measurements under them must not be mixed up.
  EXPECT_EQ(environments.size(), 2u);

  // What was measured makes a machine that passes every check.
  HardwareBuilder::build(measured_machine(network_, hardware, measured));
}

TEST_F(ProfilerTest, OneProcessorHasNoCopiesAndNobodyBesideIt) {
  EXPECT_EQ(kinds_of(profile_on(workers(1)).profile),
            (std::set<std::string>{"layer", "subgraph", "overhead"}));
}

// 300 us each, whatever the layer; a copy takes 200 us and 1 us for each KB, so 4 KiB 204.1 us.
TEST_F(ProfilerTest, DevicesAreProfiledByTheirOwnClocks) {
  const Hardware hardware = fakes(2, "time=300000,copy_setup=200000,copy_ns_per_mb=1000000");
  const ProfileResult result = profile_on(hardware);
  EXPECT_THAT(result.unreached, IsEmpty());
  for (const ProfileRow& row : result.profile.rows()) {
    EXPECT_EQ(row.clock, "device");
    if (row.kind == "layer") {
      EXPECT_GE(row.min, 300us) << row.signature;
    }
    if (row.kind == "copy") {
      EXPECT_GE(row.min, 200us + row.size.value * 1ns) << row.signature;
    }
  }
  EXPECT_EQ(kinds_of(result.profile).count("interference"), 1u);
  const Hardware after =
      HardwareBuilder::build(measured_machine(network_, hardware, result.profile));
  const Route& way = *after.route(*after.memory_named("mem0"), *after.memory_named("shared"));
  EXPECT_GE(copy_time(after, way, Bytes{4096}), 100us);
}

TEST_F(ProfilerTest, LayersOfSeveralNetworksAreMeasuredOnce) {
  const Network other = attention_block();
  const ProfileResult both = profile({&network_, &other}, workers(1), 3, options_);
  std::set<std::string> signatures;
  for (const Network* each : {&network_, &other}) {
    for (const LayerId layer : each->layers()) signatures.insert(each->signature(layer));
  }
  for (const std::string& signature : signatures) {
    EXPECT_NE(both.profile.layer(signature, "cpu0"), nullptr) << signature;
  }
}

TEST_F(ProfilerTest, TheBudgetLeavesOutWhatSaysLeast) {
  options_.time_limit = 1ms;  // one turn is made however short the time is
  const ProfileResult result = profile_on(fakes(2, "time=1000"));
  EXPECT_EQ(kinds_of(result.profile).count("layer"), 1u);
  EXPECT_EQ(kinds_of(result.profile).count("copies"), 0u);
  EXPECT_THAT(result.unreached, testing::Contains("copies of 2 processors at once"));
  EXPECT_THAT(result.unreached, testing::Not(testing::Contains("layers on cpu0")));
}

TEST_F(ProfilerTest, EnergyIsReadFromTheCounters) {
  std::filesystem::create_directories(folder_ / "intel-rapl:0");
  std::ofstream(folder_ / "intel-rapl:0/name") << "package-0\n";
  std::ofstream(folder_ / "intel-rapl:0/max_energy_range_uj") << "1000000000\n";
  std::ofstream(folder_ / "intel-rapl:0/energy_uj") << "5\n";
  options_.energy = folder_.path();
  const ProfileResult result = profile_on(workers(1));
  EXPECT_THAT(result.notes, IsEmpty());
  // A counter that stands still: no power, which is not the same as no counter.
  for (const ProfileRow& row : result.profile.rows()) EXPECT_EQ(row.energy_pj, 0);
  options_.energy = folder_ / "none";
  EXPECT_THAT(profile_on(workers(1)).notes,
              testing::ElementsAre(HasSubstr("energy is not measured")));
}

// Stopped after any number of runs, a profile is gone on with, and comes to the same rows. A third
// call has nothing left to do.
TEST_F(ProfilerTest, GoesOnWhereItWasStopped) {
  const Hardware hardware = fakes(2, "time=1000");
  const std::set<std::string> whole = rows_of(profile_on(hardware).profile);
  for (const int runs : {1, 4, 9, 15}) {
    options_.file = file("stopped.csv");
    options_.replace = true;
    int left = runs;
    options_.stop = [&] { return --left <= 0; };
    const ProfileResult stopped = profile_on(hardware);
    EXPECT_TRUE(stopped.stopped);
    EXPECT_FALSE(stopped.unreached.empty() && stopped.unfinished.empty());
    EXPECT_EQ(rows_of(Profile::load(options_.file)), rows_of(stopped.profile));
    options_.replace = false;
    options_.stop = {};
    const ProfileResult rest = profile_on(hardware);
    EXPECT_EQ(rest.rows_before, stopped.profile.rows().size());
    EXPECT_EQ(rows_of(rest.profile), whole) << runs;
    const Profile saved = Profile::load(options_.file);
    EXPECT_EQ(rows_of(saved), whole) << runs;
    // Nothing disturbs a device that is not there: all have as many samples as were wanted.
    for (const ProfileRow& row : saved.rows()) {
      if (row.kind == "layer") {
        EXPECT_GE(row.samples, options_.repetitions) << row.signature;
      }
    }
  }
}

// The same where nobody asks: a process that is killed while it measures.
TEST_F(ProfilerTest, AKilledProfileLosesOneMeasurementAtMost) {
  const Hardware hardware = fakes(2, "time=1000");
  const std::set<std::string> whole = rows_of(profile_on(hardware).profile);
  options_.file = file("killed.csv");
  const pid_t child = fork();
  if (child == 0) {
    int left = 8;
    options_.stop = [&] {
      if (--left == 0) raise(SIGKILL);
      return false;
    };
    profile_on(hardware);
    _exit(1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  const Profile saved = Profile::load(options_.file);
  EXPECT_FALSE(saved.rows().empty());
  EXPECT_LT(rows_of(saved).size(), whole.size());
  EXPECT_EQ(rows_of(profile_on(hardware).profile), whole);
}

// What has enough samples is not measured again: the rows stay as they are, to the byte.
TEST_F(ProfilerTest, WhatIsThereIsNotMeasuredAgain) {
  const Hardware hardware = workers(1);
  options_.file = file("profile.csv");
  options_.repetitions = 1;
  const ProfileResult first = profile_on(hardware);
  EXPECT_THAT(first.unfinished, IsEmpty());
  const std::string before = text("profile.csv");
  const ProfileResult second = profile_on(hardware);
  EXPECT_EQ(second.rows, 0u);
  EXPECT_EQ(second.measured.size(), 1u);  // its overheads: there is no layer to measure
  EXPECT_EQ(text("profile.csv"), before);
  // Layers of another network come in addition.
  const Network other = attention_block();
  const ProfileResult third = profile_of(other, hardware);
  EXPECT_EQ(third.rows_before, first.profile.rows().size());
  for (const ProfileRow& row : first.profile.rows()) {
    EXPECT_NE(third.profile.same(row), nullptr) << row.signature;
  }
}

TEST_F(ProfilerTest, OtherEnvironmentsAreRefusedUnlessReplaced) {
  options_.file = file("profile.csv");
  options_.repetitions = 1;
  profile_on(workers(1));
  Profile elsewhere;
  const Profile here = Profile::load(options_.file);
  for (ProfileRow row : here.rows()) {
    row.environment = "0123456789abcdef";
    elsewhere.add(row);
  }
  elsewhere.save(options_.file);
  const std::string before = text("profile.csv");
  try {
    profile_on(workers(1));
    FAIL() << "accepted";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr(options_.file + ": error: its rows of 'cpu0' were measured "
                                                        "in environment '0123456789abcdef'"));
    EXPECT_THAT(error.what(), HasSubstr("--out"));
    EXPECT_THAT(error.what(), HasSubstr("--replace"));
  }
  EXPECT_EQ(text("profile.csv"), before);
  options_.replace = true;
  EXPECT_NE(profile_on(workers(1)).profile.environment_of("cpu0"), "0123456789abcdef");
}

}  // namespace
}  // namespace partita::exec
