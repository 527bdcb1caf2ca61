// A machine from a profile that was made from known numbers.
#include "exec/profile/measured_machine.h"

#include <gtest/gtest.h>

#include "exec/host/computer.h"
#include "models/cost/cost_table.h"
#include "tests/exec/replay/networks.h"

namespace partita::exec {
namespace {

const Computer kComputer{"test", {0, 1}, Bytes{std::int64_t{1} << 34}, 2.0};

class MeasuredMachineTest : public testing::Test {
 protected:
  const Network network_ = branched_cnn();
  const Hardware before_ = HardwareBuilder::build(heterogeneous_machine(kComputer));

  static ProfileRow row(const std::string& kind, const std::string& signature,
                        const std::string& processor, Bytes size, Time time) {
    ProfileRow row;
    row.kind = kind;
    row.signature = signature;
    row.processor = processor;
    row.size = size;
    row.samples = 9;
    row.min = row.p10 = row.median = row.p90 = time;
    return row;
  }
};

// cpu0: 3 us + n / (4 GB/s); cpu1: 5 us + n / (1 GB/s).
TEST_F(MeasuredMachineTest, CopiesAreFittedExactlyWhereTheyAreExact) {
  Profile profile;
  for (const std::int64_t n : {1'000, 64'000, 2'000'000}) {
    for (const std::string way : {"mem0>shared", "shared>mem0"}) {
      profile.add(row("copy", way, "cpu0", Bytes{n}, 3us + 1_ps * (n * 250)));
    }
    profile.add(row("copy", "mem1>shared", "cpu1", Bytes{n}, 5us + 1_ps * (n * 1000)));
  }
  const HardwareParts parts = measured_machine(network_, before_, profile);
  EXPECT_NEAR(microseconds(parts.processors[ProcessorId{0}].copy_setup), 3, 1e-3);
  EXPECT_NEAR(microseconds(parts.processors[ProcessorId{1}].copy_setup), 5, 1e-3);
  EXPECT_NEAR(static_cast<double>(parts.links[LinkId{0}].bandwidth.value), 4e9, 1e6);
  EXPECT_NEAR(static_cast<double>(parts.links[LinkId{1}].bandwidth.value), 1e9, 1e6);
  // A copy alone is limited by its link, not by the memory that it reads and writes.
  EXPECT_GE(parts.memories[MemoryId{0}].bandwidth.value, 7'990'000'000);
}

// One size tells a rate, and no set-up.
TEST_F(MeasuredMachineTest, OneSizeOfCopyGivesARateOnly) {
  Profile profile;
  profile.add(row("copy", "mem0>shared", "cpu0", Bytes{1'000'000}, 500us));
  const HardwareParts parts = measured_machine(network_, before_, profile);
  EXPECT_EQ(parts.processors[ProcessorId{0}].copy_setup, Time{0});
  EXPECT_NEAR(static_cast<double>(parts.links[LinkId{0}].bandwidth.value), 2e9, 1e6);
}

TEST_F(MeasuredMachineTest, CopiesThatBendMakeRegimesOfTheLink) {
  Profile profile;
  for (int i = 0; i < 15; ++i) {
    // 1 us and 10 GB/s to 64 KiB, from there 2 GB/s.
    const std::int64_t n = std::int64_t{4096} << i, slow = std::max<std::int64_t>(0, n - 65536);
    profile.add(
        row("copy", "mem0>shared", "cpu0", Bytes{n}, 1us + 1_ps * ((n - slow) * 100 + slow * 500)));
  }
  const Hardware after = HardwareBuilder::build(measured_machine(network_, before_, profile));
  EXPECT_EQ(after.processors()[ProcessorId{0}].copy_setup, Time{0});
  ASSERT_GE(after.links()[LinkId{0}].regimes.size(), 2u);
  EXPECT_TRUE(after.links()[LinkId{1}].regimes.empty());
  // 32 KiB alone: 1 us + 3.2768 us; 8 MiB: 1 us + 6.5536 us + 4161.536 us.
  const Leg& leg = (*after.route(MemoryId{1}, MemoryId{3}))[0];
  for (const auto& [size, expected] : {std::pair{32768, 4.2768}, std::pair{8 << 20, 4169.0896}}) {
    const Pace pace = leg.pace(Bytes{size});
    const double rate =
        static_cast<double>(std::min(pace.cap, after.fastest(leg, Content::Activation).value));
    EXPECT_NEAR(microseconds(pace.wait) + size / rate * 1e6, expected, expected * 0.05);
  }
}

TEST_F(MeasuredMachineTest, TheTimeBetweenLayersIsTheLaunchOverhead) {
  Profile profile;
  profile.add(row("overhead", "launch", "cpu1", Bytes{0}, 2us));
  const HardwareParts parts = measured_machine(network_, before_, profile);
  EXPECT_EQ(parts.processors[ProcessorId{1}].launch_overhead, 2us);
  EXPECT_EQ(parts.processors[ProcessorId{0}].launch_overhead,
            before_.processors()[ProcessorId{0}].launch_overhead);
}

// Alone 10 + 30 us, beside one other 15 + 33 us: 8 us lost of 40, so 1.2 times as long. Beside two
// others 10 us took 14: 2 us lost to each, of 10. All together (8 + 2) / (40 + 10) = 0.2.
TEST_F(MeasuredMachineTest, InterferenceIsTheSlowdownOfThePackage) {
  HardwareParts three = before_.parts();
  const MemoryId memory = three.memories.push_back(three.memories[MemoryId{1}]);
  three.memories[memory].name = "mem2";
  three.processors.push_back(three.processors[ProcessorId{1}]);
  three.processors[ProcessorId{2}].name = "cpu2";
  three.processors[ProcessorId{2}].memory = memory;
  const auto beside = [&](const std::string& signature, int level, const std::string& with,
                          Time together, Time alone) {
    ProfileRow made = row("interference", signature, "cpu0", Bytes{1}, together);
    made.level = level;
    made.with = with;
    made.alone = alone;
    return made;
  };
  Profile profile;
  profile.add(beside("a", 2, "cpu1", 15us, 10us));
  profile.add(beside("b", 2, "cpu1", 33us, 30us));
  profile.add(beside("a", 3, "cpu1+cpu2", 14us, 10us));
  ProfileRow seldom = beside("c", 2, "cpu1", 900us, 10us);
  seldom.samples = 2;
  profile.add(seldom);
  // Somebody who is not of the package disturbs by other means.
  profile.add(beside("a", 2, "gpu", 90us, 10us));
  const Hardware hardware = HardwareBuilder::build(three);
  EXPECT_NEAR(measured_machine(network_, hardware, profile).packages[0].slowdown, 1.2, 1e-9);
}

TEST_F(MeasuredMachineTest, NoPackageIsFasterThanAloneOrSlowerThanInTurns) {
  for (const auto& [together, expected] : {std::pair{9us, 1.0}, std::pair{50us, 2.0}}) {
    Profile profile;
    ProfileRow made = row("interference", "a", "cpu0", Bytes{1}, together);
    made.level = 2;
    made.with = "cpu1";
    made.alone = 10us;
    profile.add(made);
    EXPECT_EQ(measured_machine(network_, before_, profile).packages[0].slowdown, expected);
  }
}

// Every layer of a family at the same rate: the roofline then gives back what was measured.
TEST_F(MeasuredMachineTest, TheRooflineOfTheMachineGivesBackTheProfile) {
  Profile profile;
  for (const LayerId id : network_.layers()) {
    const Layer& layer = network_.layer(id);
    const OpFamily family = info(layer.kind).family;
    if (layer.work.flops.value == 0) continue;
    // Convolutions at 50 GFLOP/s, everything else at 1.
    const FlopRate rate{family == OpFamily::Conv ? 50'000'000'000 : 1'000'000'000};
    profile.add(row("layer", network_.signature(id), "cpu0", layer.work.traffic(),
                    std::max(Time{1}, layer.work.flops / rate)));
  }
  const Hardware after = HardwareBuilder::build(measured_machine(network_, before_, profile));
  EXPECT_NEAR(static_cast<double>(
                  after.processors()[ProcessorId{0}].peak[std::size_t(DataType::F32)]->value),
              50e9, 1e6);
  for (const LayerId id : network_.layers()) {
    const ProfileRow* measured = profile.layer(network_.signature(id), "cpu0");
    if (measured == nullptr) continue;
    const auto cost = roofline(network_, id, after, ProcessorId{0});
    ASSERT_TRUE(cost);
    EXPECT_NEAR(microseconds(cost->time), microseconds(measured->median),
                microseconds(measured->median) * 0.01)
        << network_.layer(id).name;
  }
  // Nothing was measured on the other processor, so nothing changed there.
  EXPECT_EQ(after.processors()[ProcessorId{1}].peak, before_.processors()[ProcessorId{1}].peak);
}

}  // namespace
}  // namespace partita::exec
