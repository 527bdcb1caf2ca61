#include "sim/packet/pcie.h"

#include <gtest/gtest.h>
#include <tlm_utils/simple_target_socket.h>

namespace partita::sim {
namespace {

// Generation 3, eight lanes, of which acknowledgements leave 0.919: 8 GT/s x 8 / 8 x 128 / 130 x
// 0.919 = 7.2388 B/ns.
constexpr double kRate = 8.0 * 128 / 130 * 0.919;

double nanoseconds(Time time) { return static_cast<double>(time.count()) / 1e3; }

class PcieTest : public testing::Test {
 protected:
  double write(std::int64_t size, PcieEnds ends = {}) {
    return nanoseconds(host.time_each({false, Bytes{size}, 400}, ends));
  }
  double read(std::int64_t size, PcieEnds ends = {}) {
    return nanoseconds(host.time_each({true, Bytes{size}, 400}, ends));
  }
  PcieHost host{3, 8, Time{100'000}};
};

// 256 B behind 24 B; 257 B are two packets with two headers.
TEST_F(PcieTest, WritesCarryHeaders) {
  EXPECT_NEAR(write(256), 280 / kRate, 0.01);
  EXPECT_NEAR(write(257), (280 + 25) / kRate, 0.01);
  EXPECT_NEAR(write(2048), 8 * 280 / kRate, 0.05);
}

// Completions of 256 B behind 20 B; the requests go the other way.
TEST_F(PcieTest, ReadsComeBackInCompletions) {
  EXPECT_NEAR(read(512), 2 * 276 / kRate, 0.01);
  EXPECT_NEAR(read(513), (2 * 276 + 21) / kRate, 0.01);
}

// 257 B are three chunks of 128 B at most: 3 x 20 ns, more than the wire takes.
TEST_F(PcieTest, TheDeviceMovesChunks) {
  PcieEnds ends;
  ends.chunk = Bytes{128};
  ends.chunk_time = 20ns;
  EXPECT_NEAR(write(257, ends), 60, 0.01);
  EXPECT_NEAR(write(64, ends), 20, 0.01);
}

// 1024 B are two requests.
TEST_F(PcieTest, EachReadRequestLeavesAGap) {
  PcieEnds ends;
  ends.read_gap = 7ns;
  EXPECT_NEAR(read(1024, ends), 4 * 276 / kRate + 14, 0.02);
}

// One tag: a read of 64 B takes the way there and back, the memory's 400 ns and both packets.
TEST_F(PcieTest, WithoutATagNothingIsAsked) {
  PcieEnds ends;
  ends.tags = 1;
  EXPECT_NEAR(read(64, ends), 200 + 400 + (24 + 84) / kRate, 0.01);
}

class ForeignMemory : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(ForeignMemory);
  explicit ForeignMemory(const sc_core::sc_module_name& name) : sc_module(name), socket("socket") {
    socket.register_b_transport(this, &ForeignMemory::access);
  }
  tlm_utils::simple_target_socket<ForeignMemory> socket;
  std::int64_t written = 0, read = 0;

 private:
  void access(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    (payload.is_write() ? written : read) += payload.get_data_length();
    delay += sc_core::sc_time(10, sc_core::SC_NS);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }
};

// A memory of somebody else behind the root complex, with blocking transport alone: every byte that
// is sent comes to it, and every byte that is asked for comes from it.
TEST(PcieForeignMemoryTest, StandsBehindTheRootComplex) {
  ForeignMemory memory("foreign");
  PcieHost host(3, 8, Time{100'000}, &memory.socket);
  host.time_each({false, Bytes{700}, 8}, {});
  EXPECT_EQ(memory.written, 8 * 700);
  host.time_each({true, Bytes{700}, 8}, {});
  EXPECT_EQ(memory.read, 8 * 700);
}

}  // namespace
}  // namespace partita::sim
