// A profile of a small network on the real workers: complete, and nothing about how long anything
// takes.
#include "exec/profile/profiler.h"

#include <gtest/gtest.h>

#include <set>

#include "exec/profile/measured_machine.h"
#include "tests/exec/replay/networks.h"

namespace partita::exec {
namespace {

using namespace std::chrono_literals;

class ProfilerTest : public testing::Test {
 protected:
  const Network network_ = branched_cnn();

  Profile profile_on(const Hardware& hardware) {
    ProfileOptions options;
    options.repetitions = 3;
    options.time_limit = 3s;
    options.progress = [this](const std::string&, double done) {
      EXPECT_GE(done, last_);
      EXPECT_LE(done, 1.0);
      last_ = done;
    };
    return profile(network_, hardware, 3, options);
  }
  double last_ = 0;
};

TEST_F(ProfilerTest, EverySignatureOnEveryProcessorAndCopiesBothWays) {
  const Hardware hardware = workers(2);
  const Profile measured = profile_on(hardware);
  std::set<std::string> signatures;
  for (const LayerId layer : network_.layers()) signatures.insert(network_.signature(layer));
  std::size_t layers = 0;
  std::set<std::pair<std::string, std::string>> ways;
  for (const ProfileRow& row : measured.rows()) {
    EXPECT_GE(row.samples, 1);
    EXPECT_LT(Time{0}, row.min);
    EXPECT_LE(row.min, row.p10);
    EXPECT_LE(row.p10, row.median);
    EXPECT_LE(row.median, row.p90);
    EXPECT_EQ(row.environment.size(), 16u);
    if (row.kind == "layer") {
      ++layers;
      EXPECT_EQ(signatures.count(row.signature), 1u) << row.signature;
    } else {
      ways.emplace(row.signature, row.processor);
    }
  }
  EXPECT_EQ(layers, 2 * signatures.size());
  const std::set<std::pair<std::string, std::string>> expected{{"mem0>shared", "cpu0"},
                                                               {"shared>mem0", "cpu0"},
                                                               {"mem1>shared", "cpu1"},
                                                               {"shared>mem1", "cpu1"}};
  EXPECT_EQ(ways, expected);
  // Caps differ, so measurements under them must not be mixed up.
  const auto& rows = measured.rows();
  std::set<std::string> environments;
  for (const ProfileRow& row : rows) environments.insert(row.processor + row.environment);
  EXPECT_EQ(environments.size(), 2u);

  // What was measured makes a machine that passes every check.
  HardwareBuilder::build(measured_machine(network_, hardware, measured));
}

TEST_F(ProfilerTest, OneProcessorHasNoCopies) {
  const Profile measured = profile_on(workers(1));
  for (const ProfileRow& row : measured.rows()) EXPECT_EQ(row.kind, "layer");
}

}  // namespace
}  // namespace partita::exec
