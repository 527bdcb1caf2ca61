#include "models/hardware/link_capacity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/machine.h"

namespace partita {
namespace {

using testing::HasSubstr;

// Packets of 256 B behind 16 B, 1 GB/s.
LinkSpec link(Time latency = 500ns) {
  LinkSpec spec;
  spec.name = "wire";
  spec.kind = "link";
  spec.bandwidth = Bandwidth{1'000'000'000};
  spec.latency = latency;
  return spec;
}

TEST(LinkCapacity, IsTheBandwidthOfAPerfectLink) {
  EXPECT_EQ(link_capacity(link(), 500ns), Bandwidth{1'000'000'000});
}

// 2,176 bits at 10^-6: p = 0.002176. A replay costs its own 256 ns and the round trip of 1 us, or
// 1,000 B: 10^9 * (1 - p) * 256 / (256 + 1000 p).
TEST(LinkCapacity, ReplaysTakeTheirShare) {
  LinkSpec spec = link();
  spec.bit_error_rate = 1e-6;
  EXPECT_EQ(replay_delay(spec), 1us);
  EXPECT_EQ(link_capacity(spec, 500ns), Bandwidth{989'413'981});
  // Without a delay only the packet itself: (1 - p).
  spec.replay_delay = Time{0};
  EXPECT_EQ(link_capacity(spec, 500ns), Bandwidth{997'824'000});
}

// Rates and delays at their ends stay within 128 bits.
TEST(LinkCapacity, LastsWithTheLargestNumbers) {
  LinkSpec spec = link();
  spec.bandwidth = Bandwidth{std::numeric_limits<std::int64_t>::max()};
  spec.bit_error_rate = 0.5 / 2176;
  spec.replay_delay = Time{std::pico::den};
  // Each packet is sent twice, and waits a second between: just less than 256 B a second.
  EXPECT_EQ(link_capacity(spec, Time{0}), Bandwidth{255});
}

// Four packets (1,088 B) in the 256 ns of the first and two crossings: 1,024 B in 1,256 ns.
TEST(LinkCapacity, CreditsLastForARoundTrip) {
  LinkSpec spec = link();
  spec.credits = Bytes{1088};
  EXPECT_EQ(link_capacity(spec, 500ns), Bandwidth{815'286'624});
  spec.credits = Bytes{1087};  // three
  EXPECT_EQ(link_capacity(spec, 500ns), Bandwidth{611'464'968});
  // Five packets last 1,280 ns, longer than the round trip.
  spec.credits = Bytes{5 * 272};
  EXPECT_EQ(link_capacity(spec, 500ns), Bandwidth{1'000'000'000});
}

TEST(LinkCapacity, SaysWhatCannotBe) {
  LinkSpec spec = link();
  spec.credits = Bytes{271};
  EXPECT_THAT(credits_problem(spec),
              HasSubstr("cannot hold a packet of 'link' (256 B behind 16 B)"));
  spec.credits = Bytes{272};
  EXPECT_EQ(credits_problem(spec), "");
  spec.bit_error_rate = 0.51 / 2176;
  EXPECT_THAT(error_rate_problem(spec), HasSubstr("more than half"));
  spec.bit_error_rate = -1e-12;
  EXPECT_THAT(error_rate_problem(spec), HasSubstr("must be at least 0"));
  spec.replay_delay = Time{std::pico::den + 1};
  EXPECT_THAT(replay_delay_problem(spec), HasSubstr("more than 1 s"));
}

// Each direction of a link has the credits of its own receiver, which stands behind a switch or
// not.
TEST(LinkCapacity, CountsTheSwitchAtTheReceiver) {
  test::Machine machine;
  const MemoryId m0 = machine.memory("m0", Bandwidth{100'000'000'000});
  machine.processor("p0", m0);
  const SwitchId node = machine.node("switch", 1us);
  machine.parts.links[machine.link("wire", m0, node, Bandwidth{1'000'000'000}, 500ns)].credits =
      Bytes{1088};
  const Hardware hardware = machine.build();
  // To the switch: 1,024 B in 256 + 2 x 1,500 ns.
  EXPECT_EQ(hardware.channels()[ChannelId{1}].capacity, Bandwidth{314'496'314});
  EXPECT_EQ(hardware.channels()[ChannelId{2}].capacity, Bandwidth{815'286'624});
  EXPECT_EQ(hardware.channels()[ChannelId{1}].burst, Bandwidth{1'000'000'000});
}

// An engine beside m1 reads from m0: 1 GB/s, 10 us each way, four requests of 512 B under way.
class PullTest : public testing::Test {
 protected:
  Leg leg(int outstanding) {
    test::Machine machine;
    const MemoryId m0 = machine.memory("m0", Bandwidth{100'000'000'000});
    const MemoryId m1 = machine.memory("m1", Bandwidth{100'000'000'000});
    machine.processor("p0", m0);
    machine.parts.engines[machine.engine("dma", m1, Time{0}, Direction::In)].outstanding =
        outstanding;
    machine.link("wire", m0, m1, Bandwidth{1'000'000'000}, 10us);
    return machine.build().route(m0, m1)->front();
  }
  // A header of 16 B at 1.0625 GB/s: 15,058.8 ps.
  const Time kAsks = 10us + Time{15'059};
};

TEST_F(PullTest, DataStartsAfterARequest) {
  const Pace pace = leg(4).pace(Bytes{2048});
  EXPECT_EQ(pace.wait, kAsks);
  EXPECT_EQ(pace.cap, Pace{}.cap) << "all of it is asked for at once";
  EXPECT_EQ(leg(4).pace_of_links(Bytes{2048}).wait, Time{0});
}

// One byte more waits a round trip of 20 us, a header and 512 ns; then it takes 1 ns.
TEST_F(PullTest, ASecondRoundWaitsForTheFirst) {
  const Time round_trip = kAsks + 10us + 512ns;
  const Pace pace = leg(4).pace(Bytes{2049});
  EXPECT_EQ(pace.cap, (Bytes{2049} / (round_trip + 1ns)).value);
}

// 41 requests last 20,992 ns, longer than the round trip of 20,527; 40 do not.
TEST_F(PullTest, EnoughRequestsKeepTheLinkBusy) {
  EXPECT_EQ(leg(41).pace(Bytes{1'000'000}).cap, Pace{}.cap);
  EXPECT_LT(leg(40).pace(Bytes{1'000'000}).cap, 1'000'000'000);
}

// Who stands at the source writes.
TEST_F(PullTest, AnEngineAtTheSourceAsksForNothing) {
  test::Machine machine;
  const MemoryId m0 = machine.memory("m0", Bandwidth{100'000'000'000});
  const MemoryId m1 = machine.memory("m1", Bandwidth{100'000'000'000});
  machine.processor("p0", m0);
  machine.parts.engines[machine.engine("dma", m1)].outstanding = 4;
  machine.link("wire", m0, m1, Bandwidth{1'000'000'000}, 10us);
  const Hardware hardware = machine.build();
  EXPECT_FALSE(hardware.route(m1, m0)->front().pull);
  EXPECT_TRUE(hardware.route(m0, m1)->front().pull);
}

}  // namespace
}  // namespace partita
