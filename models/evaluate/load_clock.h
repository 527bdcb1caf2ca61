// Which entries of a machine's load hold at which time, and what they come to together.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <tuple>
#include <vector>

#include "models/evaluate/fluid.h"
#include "models/hardware/hardware.h"
#include "models/plan/plan.h"

namespace partita {

// A processor that has lost its work so often without finishing anything is taken as gone for good:
// what it does takes longer than it is ever there.
constexpr std::uint32_t kMostLosses = 1000;

// A flow of others over one channel.
struct LoadFlow {
  ChannelId channel{};
  std::int32_t priority = 0;
  friend auto operator<=>(const LoadFlow&, const LoadFlow&) = default;
};
// Before all that are ours.
constexpr std::int32_t kBeforeAll = kMostPriority + 1;

// What is left of the speed of layers. A factor that rounds to 1 slows down nobody.
Ratio speed_of(const SlowedDown& slowed);

// Model: LoadSpec. Speeds of one processor stand in the order of the machine file, as hindered()
//   applies them.
// Left out: changes that cancel out at one instant, which are none.
class LoadClock {
 public:
  explicit LoadClock(const Hardware& hardware);

  // Back to before time 0.
  void restart();

  // When something changes next; Time::max() where nothing does any more.
  Time next() const { return next_; }
  // Goes on to next(). What may have changed stands in changed_processors() and changed_flows(),
  // in ascending order, until the next call.
  void advance();
  const std::vector<ProcessorId>& changed_processors() const { return changed_processors_; }
  const std::vector<std::uint32_t>& changed_flows() const { return changed_flows_; }

  // As of the last advance().
  std::span<const Ratio> speeds(ProcessorId id) const { return processors_[id].speeds; }
  bool lost(ProcessorId id) const { return processors_[id].losses > 0; }
  // Of one of flows(): 0 to the channel's capacity.
  std::int64_t rate(std::uint32_t flow) const;
  // Of a lost processor: whether it ever comes back. Looks ahead; where losses overlap, only at
  // their next 10,000 beginnings and ends.
  bool returns(ProcessorId id) const;

  // All that others ever do on channels: of each, one for all traffic, and one for what it lacks
  // while its link is slowed down, which nobody else gets.
  const std::vector<LoadFlow>& flows() const { return flows_; }
  bool empty() const { return entries_.empty(); }

 private:
  struct Entry {
    std::optional<ProcessorId> processor;
    Ratio speed;  // 1: it is lost
    // Of a half-duplex link, traffic both ways is twice on it; it is slowed down once.
    std::array<std::optional<ChannelId>, 2> across;
    std::array<std::optional<std::uint32_t>, 2> flow;  // those of the channels, in flows_
    Bandwidth rate;                                    // of traffic
    bool on_link = false;                              // it is slowed down to `speed`
    Time from{0};
    std::optional<Time> until, every;

    bool is_loss() const { return speed.numerator == speed.denominator; }
  };
  // An entry begins or ends to hold.
  struct Turn {
    Time at{0};
    std::uint32_t entry = 0;
    bool begins = true;
    friend bool operator<(const Turn& a, const Turn& b) {
      return std::tie(a.at, a.entry) > std::tie(b.at, b.entry);  // the first on top of a heap
    }
  };
  struct OnProcessor {
    std::vector<std::uint32_t> slow_entries;  // that hold, ascending
    std::vector<Ratio> speeds;                // of those
    int losses = 0;
    bool changed = false;
  };
  struct OnFlow {
    std::int64_t capacity = 0;                // of the channel
    Wide rate = 0;                            // of all traffic, which may be more than that
    std::vector<std::uint32_t> slow_entries;  // that hold, ascending
    bool changed = false;
  };

  void add(const LoadSpec& spec, const Hardware& hardware);
  void lay_out_flows(const Hardware& hardware);
  void turn(const Turn& turn);
  void turn_processor(const Turn& turn, const Entry& entry);
  static void hold(std::vector<std::uint32_t>& held, const Turn& turn);
  // The turn after this one of the same entry.
  std::optional<Turn> following(const Turn& turn) const;

  std::vector<Entry> entries_;
  std::vector<Turn> first_;  // of each entry, as a heap
  std::vector<Turn> turns_;  // a heap: the next of each entry
  Time next_ = Time::max();
  IdVector<ProcessorId, OnProcessor> processors_;
  std::vector<LoadFlow> flows_;  // ascending
  std::vector<OnFlow> on_flows_;
  std::vector<ProcessorId> changed_processors_;
  std::vector<std::uint32_t> changed_flows_;
};

}  // namespace partita
