// A PCI Express device that does DMA to the memory of its host: the transaction layer packet by
// packet.
#pragma once

#include <memory>
#include <systemc>
#include <tlm>

#include "models/hardware/packet_format.h"
#include "sim/clock.h"
#include "sim/packet/packet.h"
#include "sim/packet/packet_memory.h"
#include "sim/packet/packet_port.h"

namespace partita::sim {

// What the two ends add to the link.
struct PcieEnds {
  // The device moves data in chunks, one after the other, and is busy `chunk_time` with each.
  Bytes chunk{256};
  Time chunk_time{0};
  // The way back is idle this long before the completions of each read request.
  Time read_gap{0};
  std::size_t tags = 64;     // read requests under way
  std::size_t credits = 32;  // posted packets that the host has room for
  std::size_t buffer = 4;    // packets that wait in the device
};

// The device: cuts transfers into posted writes or read requests, and issues them.
//
// Model: a write of n bytes is cut at the largest payload, a read at the largest read request. The
//   next packet is made when there is a place in the buffer (write) or a tag (read), in
//   chunks x chunk_time. A write is done when its last packet is in memory, a read when its last
//   completion has come.
// Left out: addresses off a boundary; descriptors and doorbells.
class PcieDevice : public sc_core::sc_module {
 public:
  PcieDevice(const sc_core::sc_module_name& name, Clock& clock, const PacketFormat& format);

  tlm_utils::multi_passthrough_initiator_socket<PcieDevice> up;
  // Completions come here; their path tells the device.
  PacketMemory down;

  // Transfers of one size, back to back, from now on.
  struct Load {
    bool read = false;
    Bytes size{1};
    int transfers = 1;
  };
  void start(const Load& load, const PcieEnds& ends, PacketPath& writes, PacketPath& requests);

  void transfer_done(Time at);  // the last packet of one
  void request_done(Time at);   // all completions of one
  // Average time of a transfer, once the first quarter of them has filled all buffers.
  Time time_each() const;

 private:
  tlm::tlm_sync_enum sent(int, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                          sc_core::sc_time& delay);
  void issue(Time at);

  Clock& clock_;
  const PacketFormat format_;
  PacketPool pool_;
  Load load_;
  PcieEnds ends_;
  PacketPath* writes_ = nullptr;
  PacketPath* requests_ = nullptr;
  int issued_ = 0, done_ = 0;
  std::int64_t offset_ = 0;          // in the transfer that is being issued
  std::vector<std::int64_t> parts_;  // read requests still missing, of each transfer
  std::size_t oldest_ = 0;
  Time made_{0};
  Time quarter_{0}, end_{0};
};

// The host's end: hands packets to the memory behind it, and answers read requests.
//
// Model: completions carry the largest payload, and follow each other on the wire.
// Left out: completions cut at addresses; ordering of reads behind writes.
class RootComplex : public sc_core::sc_module {
 public:
  RootComplex(const sc_core::sc_module_name& name, Clock& clock, const PacketFormat& format);

  tlm_utils::multi_passthrough_target_socket<RootComplex> up;
  tlm_utils::multi_passthrough_initiator_socket<RootComplex> down;
  tlm_utils::multi_passthrough_initiator_socket<RootComplex> memory;

  void start(const PcieEnds& ends, PacketPath& completions);

 private:
  tlm::tlm_sync_enum take(int, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                          sc_core::sc_time& delay);
  tlm::tlm_sync_enum answered(int, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                              sc_core::sc_time& delay);
  tlm::tlm_sync_enum sent(int, tlm::tlm_generic_payload&, tlm::tlm_phase&, sc_core::sc_time&);
  void complete(const tlm::tlm_generic_payload& request, Time at);

  Clock& clock_;
  const PacketFormat format_;
  PacketPool pool_;
  PcieEnds ends_;
  PacketPath* completions_ = nullptr;
};

// Device, link and host put together. All of it is elaborated once, and loaded again and again.
class PcieHost {
 public:
  // `memory`: what stands behind the root complex instead of our own; any TLM-2.0 target.
  PcieHost(int generation, int lanes, Time latency,
           tlm::tlm_base_target_socket<32>* memory = nullptr);
  ~PcieHost();

  // Time of one transfer of many. Throws Error if it starves.
  Time time_each(const PcieDevice::Load& load, const PcieEnds& ends);

 private:
  // Tells the device.
  struct Told : PacketOwner {
    PcieDevice* device = nullptr;
    void (PcieDevice::*done)(Time) = nullptr;
    void left(Time) override {}
    void arrived(Time at) override { (device->*done)(at); }
  };

  Clock clock_;
  const Time latency_;
  const PacketFormat format_;
  PcieDevice device_;
  PacketPort up_, down_;
  RootComplex root_;
  std::unique_ptr<PacketMemory> memory_;
  PacketPath writes_, requests_, completions_;
  Told write_done_, read_done_, nobody_;
};

}  // namespace partita::sim
