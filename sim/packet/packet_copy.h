// One copy on its way as packets.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "models/evaluate/fluid.h"
#include "sim/fabric.h"
#include "sim/leg_job.h"
#include "sim/packet/packet.h"

namespace partita::sim {

class PacketNetwork;

// Model: a copy is cut into packets of the smallest largest payload on its way, each with a header
//   on every link. The copier is free when the last of them has left by the narrowest channel, as a
//   flow would have: what a faster link before that puts into buffers is still its own.
//   A copy that is read (Leg::pull) begins with requests, each as long as a header, that go from
//   its engine back to the source. A request that is there is answered with its data; when all of
//   that is at the engine, the next one goes.
//   A multicast goes as one along what its branches share, and is copied where they part.
//   Packets of a long copy travel in trains, which hold a wire together: 1,024 trains a copy where
//   that takes no more than `longest_train` packets in each, else more trains; more also where
//   credits or requests under way would be fewer than 64 trains.
// Left out: completions have the headers of writes (4 B more on PCIe), so that both carry just the
//   link's usable bandwidth; completions cut at addresses.
class PacketCopy {
 public:
  explicit PacketCopy(PacketNetwork& network) : network_(network), requests_(*this) {}
  PacketCopy(const PacketCopy&) = delete;
  PacketCopy& operator=(const PacketCopy&) = delete;

  void start(FlowId flow, LegJob& job, FlowOwner& owner);

  const LegJob& job() const { return *job_; }
  FlowId flow() const { return flow_; }
  std::int64_t packets_in_a_train() const { return train_ / payload_; }

 private:
  friend class PacketNetwork;
  // A way without a fork: all of it, or what leads from one fork to the next or to the end.
  struct Data : PacketOwner {
    explicit Data(PacketCopy& of) : copy(of) {}
    void sent(Time at) override;
    void left(Time at) override;
    void arrived(Time at) override;
    PacketCopy& copy;
    PacketPath path;
    LegJob* job = nullptr;       // one that goes there
    std::size_t first = 0;       // of the hops, in the job's channels
    std::int64_t to_arrive = 0;  // parts
  };
  struct Requests : PacketOwner {
    explicit Requests(PacketCopy& of) : copy(of) {}
    void left(Time) override {}
    void arrived(Time at) override;
    PacketCopy& copy;
    PacketPath path;
  };

  void choose_sizes();
  Data& open_data(const std::vector<LegJob*>& jobs, std::size_t first);
  void choose_left_hop();
  std::int64_t parts() const;
  void ask_next(Time at);
  void answer_next(Time at);
  void send_next(Time at);

  PacketNetwork& network_;
  std::deque<Data> data_;  // the first ways_ are in use; the first of all begins at the source
  std::size_t ways_ = 0, ends_ = 0;  // ends: at which not everything has arrived
  Requests requests_;
  LegJob* job_ = nullptr;
  const Pull* pull_ = nullptr;
  FlowOwner* owner_ = nullptr;
  FlowId flow_{};
  std::int64_t payload_ = 0, train_ = 0;  // bytes of a packet, of all that travel as one
  std::int64_t part_ = 0;           // bytes that are answered together: all, where nobody asks
  std::int64_t requests_each_ = 1;  // that travel as one
  std::int64_t asked_ = 0, due_ = 0, sent_ = 0;  // bytes
  std::int64_t to_leave_ = 0;                    // parts
  std::int64_t cap_ = kNoCap;                    // B/s at which the data comes
  Time next_at_{0};                              // when the next of it does
};

}  // namespace partita::sim
