#include "sim/packet/pcie.h"

#include <algorithm>

#include "models/base/assert.h"
#include "models/hardware/link_rates.h"

namespace partita::sim {
namespace {

constexpr std::int64_t pieces(std::int64_t size, std::int64_t each) {
  return (size + each - 1) / each;
}

}  // namespace

PcieDevice::PcieDevice(const sc_core::sc_module_name& name, Clock& clock,
                       const PacketFormat& format)
    : sc_module(name), up("up"), down("down"), clock_(clock), format_(format) {
  up.register_nb_transport_bw(this, &PcieDevice::sent);
}

void PcieDevice::start(const Load& load, const PcieEnds& ends, PacketPath& writes,
                       PacketPath& requests) {
  load_ = load;
  ends_ = ends;
  writes_ = &writes;
  requests_ = &requests;
  issued_ = done_ = 0;
  offset_ = 0;
  oldest_ = 0;
  made_ = clock_.now();
  const std::int64_t requests_each = pieces(load.size.value, format_.max_read_request.value);
  parts_.assign(static_cast<std::size_t>(load.transfers), load.read ? requests_each : 0);
  for (std::size_t i = 0; i < (load.read ? ends.tags : ends.buffer); ++i) issue(clock_.now());
}

// The next packet, if there is one left, from the place or tag that is free at `at`.
void PcieDevice::issue(Time at) {
  if (issued_ == load_.transfers) return;
  const std::int64_t most = (load_.read ? format_.max_read_request : format_.max_payload).value;
  const std::int64_t bytes = std::min(most, load_.size.value - offset_);
  tlm::tlm_generic_payload& payload =
      pool_.make(load_.read ? tlm::TLM_READ_COMMAND : tlm::TLM_WRITE_COMMAND,
                 static_cast<std::uint64_t>(offset_), bytes);
  made_ = std::max(made_, at) + pieces(bytes, ends_.chunk.value) * ends_.chunk_time;
  offset_ += bytes;
  Packet& packet = Packet::of(payload);
  packet.path = load_.read ? requests_ : writes_;
  packet.bytes = load_.read ? 0 : bytes;
  packet.headers = (load_.read ? format_.request_header : format_.write_header).value;
  packet.tail = made_;
  if (offset_ == load_.size.value) {
    packet.last = !load_.read;
    offset_ = 0;
    ++issued_;
  }
  sc_core::sc_time delay = to_sc(made_ - clock_.now());
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  up->nb_transport_fw(payload, phase, delay);
}

tlm::tlm_sync_enum PcieDevice::sent(int, tlm::tlm_generic_payload&, tlm::tlm_phase& phase,
                                    sc_core::sc_time& delay) {
  if (phase == tlm::BEGIN_RESP && !load_.read) issue(clock_.now() + from_sc(delay));
  return tlm::TLM_COMPLETED;
}

void PcieDevice::request_done(Time at) {
  // Requests are answered in their order.
  if (--parts_[oldest_] == 0) {
    ++oldest_;
    transfer_done(at);
  }
  issue(at);
}

void PcieDevice::transfer_done(Time at) {
  ++done_;
  if (done_ == load_.transfers / 4) quarter_ = at;
  end_ = at;
}

Time PcieDevice::time_each() const {
  PARTITA_ASSERT(done_ == load_.transfers, "transfers are under way");
  return (end_ - quarter_) / (load_.transfers - load_.transfers / 4);
}

RootComplex::RootComplex(const sc_core::sc_module_name& name, Clock& clock,
                         const PacketFormat& format)
    : sc_module(name), up("up"), down("down"), memory("memory"), clock_(clock), format_(format) {
  up.register_nb_transport_fw(this, &RootComplex::take);
  memory.register_nb_transport_bw(this, &RootComplex::answered);
  down.register_nb_transport_bw(this, &RootComplex::sent);
}

void RootComplex::start(const PcieEnds& ends, PacketPath& completions) {
  ends_ = ends;
  completions_ = &completions;
}

// Everything goes on to the memory as it is, and its answers come back as they are.
tlm::tlm_sync_enum RootComplex::take(int, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) {
  const bool asks = phase == tlm::BEGIN_REQ;
  const tlm::tlm_sync_enum answer = memory->nb_transport_fw(payload, phase, delay);
  const bool answered =
      answer == tlm::TLM_COMPLETED || (answer == tlm::TLM_UPDATED && phase == tlm::BEGIN_RESP);
  if (asks && answered && payload.is_read()) complete(payload, clock_.now() + from_sc(delay));
  return answer;
}

tlm::tlm_sync_enum RootComplex::answered(int, tlm::tlm_generic_payload& payload,
                                         tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  if (phase == tlm::BEGIN_RESP && payload.is_read()) {
    complete(payload, clock_.now() + from_sc(delay));
  }
  return up->nb_transport_bw(payload, phase, delay);
}

tlm::tlm_sync_enum RootComplex::sent(int, tlm::tlm_generic_payload&, tlm::tlm_phase&,
                                     sc_core::sc_time&) {
  return tlm::TLM_COMPLETED;
}

void RootComplex::complete(const tlm::tlm_generic_payload& request, Time at) {
  std::int64_t left = request.get_data_length();
  Time gap = ends_.read_gap;
  while (left > 0) {
    const std::int64_t bytes = std::min(format_.max_payload.value, left);
    left -= bytes;
    tlm::tlm_generic_payload& payload =
        pool_.make(tlm::TLM_WRITE_COMMAND, request.get_address(), bytes);
    Packet& packet = Packet::of(payload);
    packet.path = completions_;
    packet.bytes = bytes;
    packet.headers = format_.completion_header.value;
    packet.gap = std::exchange(gap, Time{0});
    packet.tail = at;
    packet.last = left == 0;
    sc_core::sc_time delay = to_sc(at - clock_.now());
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    down->nb_transport_fw(payload, phase, delay);
  }
}

PcieHost::PcieHost(int generation, int lanes, Time latency, tlm::tlm_base_target_socket<32>* memory)
    : latency_(latency),
      format_(packet_format("pcie")),
      device_("device", clock_, format_),
      up_("up", clock_),
      down_("down", clock_),
      root_("root_complex", clock_, format_) {
  const LinkRate* rate = link_rate("pcie", generation);
  PARTITA_ASSERT(rate != nullptr && lanes >= 1 && lanes <= rate->most_lanes, "no such link");
  PacketPort::Wire wire;
  wire.numerator = static_cast<Wide>(std::pico::den) * 8;
  wire.denominator = static_cast<Wide>(rate->bits_per_second) * lanes;
  for (const Fraction& share : {rate->encoding, rate->protocol}) {
    wire.numerator *= share.denominator;
    wire.denominator *= share.numerator;
  }
  up_.load(wire);
  down_.load(wire);

  device_.up.bind(up_.in);
  up_.out.bind(root_.up);
  root_.down.bind(down_.in);
  down_.out.bind(device_.down.in);
  if (memory == nullptr) {
    constexpr Time kMemoryLatency{400'000};
    memory_ = std::make_unique<PacketMemory>("memory", kMemoryLatency);
    root_.memory.bind(memory_->in);
  } else {
    root_.memory.bind(*memory);
  }
  for (Told* told : {&write_done_, &read_done_, &nobody_}) told->device = &device_;
  write_done_.done = &PcieDevice::transfer_done;
  read_done_.done = &PcieDevice::request_done;
}

PcieHost::~PcieHost() = default;

Time PcieHost::time_each(const PcieDevice::Load& load, const PcieEnds& ends) {
  // Sockets find their ways at the end of elaboration.
  if (sc_core::sc_get_status() == sc_core::SC_ELABORATION) sc_core::sc_start(sc_core::SC_ZERO_TIME);
  clock_.restart();
  up_.reset();
  down_.reset();
  const auto path = [&](PacketPort& port, std::size_t window, PacketOwner& owner) {
    PacketPort::LaneSpec lane;
    lane.window = window;
    lane.latency = latency_;
    return PacketPath{{{&port, port.open(lane)}}, 0, &owner};
  };
  writes_ = path(up_, ends.credits, write_done_);
  requests_ = path(up_, ends.tags, nobody_);
  completions_ = path(down_, ends.tags, read_done_);
  root_.start(ends, completions_);
  device_.start(load, ends, writes_, requests_);
  sc_core::sc_start();
  return device_.time_each();
}

}  // namespace partita::sim
