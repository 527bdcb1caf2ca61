// What travels: TLM-2.0 generic payloads out of a pool, each with a note of the way it takes.
#pragma once

#include <cstdint>
#include <memory>
#include <tlm>
#include <vector>

#include "models/base/units.h"

namespace partita::sim {

class PacketPool;
class PacketPort;
struct Packet;

// Who sent packets along a path, and is told how far they are. All times may lie in the future;
// the latter two are told of packets marked as last alone.
class PacketOwner {
 public:
  virtual void sent(Time) {}          // one has left its first hop
  virtual void left(Time at) = 0;     // the last byte has left by the hop `PacketPath::left_hop`
  virtual void arrived(Time at) = 0;  // the last byte is where it was to go

 protected:
  ~PacketOwner() = default;
};

// One way through the machine, held open as long as packets are on it.
struct PacketPath {
  struct Hop {
    PacketPort* port = nullptr;
    std::uint32_t lane = 0;  // its queue there
  };
  static constexpr std::uint32_t kNoHop = 0xffff'ffff;
  std::vector<Hop> hops;
  std::uint32_t left_hop = 0;
  PacketOwner* owner = nullptr;
  // Where the last hop leads to a switch that sends on to several outputs: the paths from there on,
  // each bound to the last hop's port by `out`. Copies come from the pool.
  struct Fork {
    PacketPath* path = nullptr;
    std::uint32_t out = 0;
  };
  std::vector<Fork> forks = {};
  PacketPool* pool = nullptr;
  const PacketPort* before = nullptr;  // the port at which it forked off another path
};

// The note on a payload. A packet is at hop `hop` of its path; behind the last one it is at its
// target, or stands in the buffer of a switch until the last of its copies has gone on.
struct Packet : tlm::tlm_extension<Packet> {
  const PacketPath* path = nullptr;
  std::uint32_t hop = 0;
  tlm::tlm_generic_payload* copy_of = nullptr;  // at hop 0 behind a fork
  std::size_t copies = 0;                       // in the buffer still
  Time copies_gone{0};                          // the last of those that have gone on
  std::int64_t bytes = 0;                       // payload
  std::int64_t headers = 0;                     // bytes beside the payload, whatever the link
  std::int64_t count = 0;  // how many travel as one: a train, with a header of the link's for each
  Time gap{0};             // the sender of the first hop leaves its wire idle this long before
  Time tail{0};            // when the last byte reaches the hop
  bool first = false, last = false;  // of its transfer, or of a part of it that is told of

  static Packet& of(tlm::tlm_generic_payload& payload) { return *payload.get_extension<Packet>(); }
  tlm::tlm_extension_base* clone() const override { return new Packet(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override {
    *this = static_cast<const Packet&>(other);
  }
};

// Payloads go back into the pool when nobody holds them any more, and are never freed before it.
//
// Model: content does not matter to anybody's time, so all payloads share one buffer, as long as
// the longest of them.
class PacketPool : public tlm::tlm_mm_interface {
 public:
  // Held once, by the caller.
  tlm::tlm_generic_payload& make(tlm::tlm_command command, std::uint64_t address,
                                 std::int64_t bytes);
  void free(tlm::tlm_generic_payload* payload) override;
  std::size_t out() const { return all_.size() - idle_.size(); }

 private:
  std::vector<std::unique_ptr<tlm::tlm_generic_payload>> all_;
  std::vector<tlm::tlm_generic_payload*> idle_;
  std::vector<unsigned char> content_;
};

}  // namespace partita::sim
