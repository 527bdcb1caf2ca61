#include "sim/packet/packet_port.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tlm_utils/simple_target_socket.h>

#include "sim/packet/packet_memory.h"

namespace partita::sim {
namespace {

using testing::ElementsAre;

// Puts packets into a port, and does not wait for anything.
class Feeder : public sc_core::sc_module {
 public:
  explicit Feeder(const sc_core::sc_module_name& name) : sc_module(name), out("out") {
    out.register_nb_transport_bw(this, &Feeder::sent);
  }
  tlm_utils::multi_passthrough_initiator_socket<Feeder> out;

  void put(const PacketPath& path, std::int64_t bytes, bool last, Time after = Time{0},
           std::int64_t count = 1) {
    tlm::tlm_generic_payload& payload = pool.make(tlm::TLM_WRITE_COMMAND, 0, bytes);
    Packet& packet = Packet::of(payload);
    packet.path = &path;
    packet.bytes = bytes;
    packet.count = count;
    packet.tail = after;
    packet.last = last;
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay = to_sc(after);
    out->nb_transport_fw(payload, phase, delay);
  }
  PacketPool pool;

 private:
  tlm::tlm_sync_enum sent(int, tlm::tlm_generic_payload&, tlm::tlm_phase&, sc_core::sc_time&) {
    return tlm::TLM_COMPLETED;
  }
};

struct Witness : PacketOwner {
  Time left_at{-1}, arrived_at{-1};
  void left(Time at) override { left_at = at; }
  void arrived(Time at) override { arrived_at = at; }
};

// Two wires of 1 B/ns, each with a header of 10 B before a packet, latency 100 ns, one behind the
// other.
class PacketPortTest : public testing::Test {
 protected:
  void SetUp() override {
    feeder.out.bind(first.in);
    first.out.bind(second.in);
    second.out.bind(memory.in);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    clock.restart();
  }
  void load(PacketPort::Wire on_second = wire(1)) {
    first.load(wire(1));
    second.load(on_second);
    first.reset();
    second.reset();
  }
  static PacketPort::Wire wire(std::int64_t bytes_a_nanosecond) {
    PacketPort::Wire wire;
    wire.numerator = 1000;
    wire.denominator = bytes_a_nanosecond;
    wire.header_each = 10;
    return wire;
  }
  PacketPath path(PacketOwner& owner, PacketPort::LaneSpec lane = {}) {
    lane.latency = 100ns;
    if (lane.window == 1) lane.window = 8;
    const std::uint32_t in_first = first.open(lane);
    lane.latency = Time{0};
    return {{{&first, in_first}, {&second, second.open(lane)}}, 0, &owner};
  }

  Clock clock;
  Feeder feeder{"feeder"};
  PacketPort first{"first", clock}, second{"second", clock};
  PacketMemory memory{"memory"};
};

// 90 B and a header take 100 ns on each wire. The head follows its header: it is at the second wire
// 10 + 100 ns after the start, so the tail reaches the memory's wire end at 110 + 100.
TEST_F(PacketPortTest, APacketCutsThrough) {
  load();
  Witness witness;
  const PacketPath way = path(witness);
  feeder.put(way, 90, true);
  sc_core::sc_start();
  EXPECT_EQ(witness.left_at, 100ns);
  EXPECT_EQ(witness.arrived_at, 210ns);
  EXPECT_EQ(memory.bytes_written(), 90);
  EXPECT_EQ(feeder.pool.out(), 0u);
}

// The second wire is twice as fast: 50 ns for the packet, of which the last byte comes at 200 ns,
// so that it sets out at 150, not at 110.
TEST_F(PacketPortTest, AFastWireWaitsForASlowOne) {
  load(wire(2));
  Witness witness;
  const PacketPath way = path(witness);
  feeder.put(way, 90, true);
  sc_core::sc_start();
  EXPECT_EQ(witness.arrived_at, 200ns);
}

// And at half the speed it is the second that takes 200 ns: 110 + 200.
TEST_F(PacketPortTest, ASlowWireTakesItsTime) {
  PacketPort::Wire slow = wire(1);
  slow.numerator = 2000;
  load(slow);
  Witness witness;
  const PacketPath way = path(witness);
  feeder.put(way, 90, true);
  sc_core::sc_start();
  EXPECT_EQ(witness.arrived_at, 310ns);
}

// Ten packets follow each other without a gap: 10 x 100 on the first wire, 110 later on the second.
TEST_F(PacketPortTest, PacketsFollowEachOther) {
  load();
  Witness witness;
  const PacketPath way = path(witness);
  for (int i = 0; i < 10; ++i) feeder.put(way, 90, i == 9);
  sc_core::sc_start();
  EXPECT_EQ(witness.left_at, 1000ns);
  EXPECT_EQ(witness.arrived_at, 1110ns);
}

// One credit. The second wire sends the packet from 110 to 210 ns, and its credit is back at 310:
// every packet takes 310 ns, so the third leaves at 2 x 310 + 100.
TEST_F(PacketPortTest, WithoutACreditNothingGoes) {
  load();
  Witness witness;
  PacketPort::LaneSpec lane;
  lane.latency = 100ns;
  lane.window = 1;
  const std::uint32_t in_first = first.open(lane);
  lane.window = 8;
  lane.latency = Time{0};
  const PacketPath way{{{&first, in_first}, {&second, second.open(lane)}}, 0, &witness};
  for (int i = 0; i < 3; ++i) feeder.put(way, 90, i == 2);
  sc_core::sc_start();
  EXPECT_EQ(witness.left_at, 720ns);
}

// 800 bits a packet, one in 3,200 wrong: with the fourth packet the count is 1, so it goes again,
// 50 ns after it was sent, and counts again; then with the seventh. Nine times 100 ns and twice 50.
TEST_F(PacketPortTest, EveryFourthPacketArrivesWrong) {
  PacketPort::Wire wrong = wire(1);
  wrong.bit_errors = 1'000'000'000'000'000'000 / 3200;
  wrong.replay_delay = 50ns;
  load();
  first.load(wrong);
  first.reset();
  Witness witness;
  const PacketPath way = path(witness);
  for (int i = 0; i < 7; ++i) feeder.put(way, 90, i == 6);
  sc_core::sc_start();
  EXPECT_EQ(first.replays(), 2);
  EXPECT_EQ(witness.left_at, 1000ns);
  EXPECT_EQ(witness.arrived_at, 1110ns) << "order is kept";
  EXPECT_EQ(memory.bytes_written(), 7 * 90) << "nothing comes twice";
}

// Of a train of eight such packets, two arrive wrong: eight and two times 100 ns, twice 50.
TEST_F(PacketPortTest, OfATrainSinglePacketsGoAgain) {
  PacketPort::Wire wrong = wire(1);
  wrong.bit_errors = 1'000'000'000'000'000'000 / 3200;
  wrong.replay_delay = 50ns;
  load();
  first.load(wrong);
  first.reset();
  Witness witness;
  const PacketPath way = path(witness);
  feeder.put(way, 8 * 90, true, Time{0}, 8);
  sc_core::sc_start();
  EXPECT_EQ(first.replays(), 2);
  EXPECT_EQ(witness.left_at, 1100ns);
}

// Room for two packets of 100 B. The first two go at 0 and 100; the second wire has sent them at
// 210 and 310, and their room is back 100 ns later, for the third and fourth: 310 to 410, 410 to
// 510. So the fifth goes when the third's is: at 620.
TEST_F(PacketPortTest, WithoutRoomNothingGoes) {
  PacketPort::Wire narrow = wire(1);
  narrow.credits = 200;
  load();
  first.load(narrow);
  first.reset();
  Witness witness;
  const PacketPath way = path(witness);
  for (int i = 0; i < 5; ++i) feeder.put(way, 90, i == 4);
  sc_core::sc_start();
  EXPECT_EQ(witness.left_at, 720ns);
}

// All lanes share it: with room for one, the second lane's packet waits for the first's, 310 ns.
TEST_F(PacketPortTest, LanesShareTheRoom) {
  PacketPort::Wire narrow = wire(1);
  narrow.credits = 199;
  load();
  first.load(narrow);
  first.reset();
  Witness one, two;
  const PacketPath way_one = path(one, {.input = 0});
  const PacketPath way_two = path(two, {.input = 1});
  feeder.put(way_one, 90, true);
  feeder.put(way_two, 90, true);
  sc_core::sc_start();
  EXPECT_EQ(one.left_at, 100ns);
  EXPECT_EQ(two.left_at, 410ns);
}

// From 1 to 0.5 B/ns after the second of four packets has set out: 2 x 100 + 2 x 200.
TEST_F(PacketPortTest, AnotherRateCountsFromTheNextPacketOn) {
  load();
  Witness witness;
  const PacketPath way = path(witness);
  for (int i = 0; i < 4; ++i) feeder.put(way, 90, i == 3);
  sc_core::sc_start(sc_core::sc_time(150, sc_core::SC_NS));
  first.change_rate(2000, 1);
  sc_core::sc_start();
  EXPECT_EQ(witness.left_at, 600ns);
}

// A wire of 3 B/ns: 90 + 10 B take 33.3 ns. Three of them take 100 ns, not 3 x 34.
TEST_F(PacketPortTest, FractionsOfAPicosecondAreNotLost) {
  PacketPort::Wire third;
  third.numerator = 1000;
  third.denominator = 3;
  third.header_each = 10;
  load();
  first.load(third);
  Witness witness;
  const PacketPath way = path(witness);
  for (int i = 0; i < 3; ++i) feeder.put(way, 90, i == 2);
  sc_core::sc_start();
  EXPECT_EQ(witness.left_at, 100ns);
}

// Two inputs with four packets each, all there at once: by turns the fifth and sixth packets end
// lane one and lane two at 700 and 800 ns; first come, first served ends the first at 400.
TEST_F(PacketPortTest, TheArbiterDecidesWhoGoes) {
  for (const auto& [arbiter, expected] :
       {std::pair{Arbiter::RoundRobin, 700ns}, std::pair{Arbiter::Priority, 400ns}}) {
    load();
    PacketPort::Wire arbitrated = wire(1);
    arbitrated.arbiter = arbiter;
    first.load(arbitrated);
    first.reset();
    clock.restart();
    Witness one, two;
    const PacketPath way_one = path(one, {.input = 0, .rank = 0});
    const PacketPath way_two = path(two, {.input = 1, .rank = 1});
    for (int i = 0; i < 4; ++i) {
      feeder.put(way_two, 90, i == 3);
      feeder.put(way_one, 90, i == 3);
    }
    sc_core::sc_start();
    EXPECT_EQ(one.left_at, expected);
    EXPECT_EQ(two.left_at, 800ns);
  }
}

// A memory that knows nothing of this house: blocking transport alone, 64 bytes, 30 ns an access.
class ForeignMemory : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(ForeignMemory);
  explicit ForeignMemory(const sc_core::sc_module_name& name) : sc_module(name), socket("socket") {
    socket.register_b_transport(this, &ForeignMemory::access);
  }
  tlm_utils::simple_target_socket<ForeignMemory> socket;
  std::vector<std::pair<std::uint64_t, unsigned>> writes;

 private:
  void access(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    ASSERT_TRUE(payload.is_write());
    writes.emplace_back(payload.get_address(), payload.get_data_length());
    delay += sc_core::sc_time(30, sc_core::SC_NS);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }
};

class ForeignMemoryTest : public testing::Test {};

// The packet is whole at 100 + 100 ns, and the memory takes 30 more.
TEST_F(ForeignMemoryTest, StandsInForOurs) {
  Clock clock;
  Feeder feeder("feeder");
  PacketPort port("port", clock);
  ForeignMemory memory("memory");
  feeder.out.bind(port.in);
  port.out.bind(memory.socket);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  clock.restart();
  PacketPort::Wire wire;
  wire.numerator = 1000;
  port.load(wire);
  port.reset();
  Witness witness;
  PacketPort::LaneSpec lane;
  lane.latency = 100ns;
  lane.window = 2;
  const PacketPath path{{{&port, port.open(lane)}}, 0, &witness};
  for (int i = 0; i < 3; ++i) feeder.put(path, 100, i == 2);
  sc_core::sc_start();
  EXPECT_THAT(memory.writes,
              ElementsAre(std::pair{0u, 100u}, std::pair{0u, 100u}, std::pair{0u, 100u}));
  EXPECT_GE(witness.arrived_at, 430ns);
  EXPECT_EQ(feeder.pool.out(), 0u);
}

// A wire to a switch that sends on over a fast wire and one of half the speed, without latency.
class PacketForkTest : public testing::Test {
 protected:
  void SetUp() override {
    feeder.out.bind(trunk.in);
    trunk.out.bind(fast.in);
    trunk.out.bind(slow.in);
    fast.out.bind(fast_memory.in);
    slow.out.bind(slow_memory.in);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    clock.restart();
    PacketPort::Wire wire;
    wire.numerator = 1000;
    wire.header_each = 10;
    for (PacketPort* port : {&trunk, &fast}) port->load(wire);
    wire.numerator = 2000;
    slow.load(wire);
    for (PacketPort* port : {&trunk, &fast, &slow}) port->reset();
  }
  void open(std::size_t window) {
    PacketPort::LaneSpec lane;
    lane.window = 8;
    to_fast = {{{&fast, fast.open(lane)}}, PacketPath::kNoHop, &at_fast};
    to_slow = {{{&slow, slow.open(lane)}}, PacketPath::kNoHop, &at_slow};
    lane.latency = 100ns;
    lane.window = window;
    way = {{{&trunk, trunk.open(lane)}}, 0, &sent};
    way.forks = {{&to_fast, 0}, {&to_slow, 1}};
    way.pool = &feeder.pool;
    to_fast.before = to_slow.before = &trunk;
  }

  Clock clock;
  Feeder feeder{"feeder"};
  PacketPort trunk{"trunk", clock}, fast{"fast", clock}, slow{"slow", clock};
  PacketMemory fast_memory{"fast_memory"}, slow_memory{"slow_memory"};
  Witness sent, at_fast, at_slow;
  PacketPath way, to_fast, to_slow;
};

// 100 ns on the first wire; the head is at the switch at 110, and the tail has left it at 210 and,
// in twice the time, at 310.
TEST_F(PacketForkTest, APacketGoesOnEveryWay) {
  open(8);
  feeder.put(way, 90, true);
  sc_core::sc_start();
  EXPECT_EQ(sent.left_at, 100ns);
  EXPECT_EQ(at_fast.arrived_at, 210ns);
  EXPECT_EQ(at_slow.arrived_at, 310ns);
  EXPECT_EQ(trunk.bytes_sent(), 90) << "once";
  EXPECT_EQ(fast_memory.bytes_written(), 90);
  EXPECT_EQ(slow_memory.bytes_written(), 90);
  EXPECT_EQ(feeder.pool.out(), 0u);
}

// One credit: it comes back, 100 ns later, when the slow copy has gone as well. So the second packet
// goes from 410 to 510, is on the slow wire from 520 to 720, and the third goes at 820.
TEST_F(PacketForkTest, TheLastCopyFreesTheBuffer) {
  open(1);
  for (int i = 0; i < 3; ++i) feeder.put(way, 90, i == 2);
  sc_core::sc_start();
  EXPECT_EQ(sent.left_at, 920ns);
  EXPECT_EQ(at_fast.arrived_at, 1030ns);
  EXPECT_EQ(at_slow.arrived_at, 1130ns);
  EXPECT_EQ(slow_memory.bytes_written(), 270);
}

// Room for one packet of 100 B on the first wire: the same.
TEST_F(PacketForkTest, TheLastCopyGivesRoom) {
  PacketPort::Wire narrow;
  narrow.numerator = 1000;
  narrow.header_each = 10;
  narrow.credits = 100;
  trunk.load(narrow);
  trunk.reset();
  open(8);
  for (int i = 0; i < 3; ++i) feeder.put(way, 90, i == 2);
  sc_core::sc_start();
  EXPECT_EQ(sent.left_at, 920ns);
  EXPECT_EQ(at_slow.arrived_at, 1130ns);
}

}  // namespace
}  // namespace partita::sim
