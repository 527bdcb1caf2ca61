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

namespace partita {

// A processor that has lost its work so often without finishing anything is taken as gone for good:
// what it does takes longer than it is ever there.
constexpr std::uint32_t kMostLosses = 1000;

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
  // Goes on to next(). What may have changed stands in changed_processors() and changed_channels(),
  // in ascending order, until the next call.
  void advance();
  const std::vector<ProcessorId>& changed_processors() const { return changed_processors_; }
  const std::vector<ChannelId>& changed_channels() const { return changed_channels_; }

  // As of the last advance().
  std::span<const Ratio> speeds(ProcessorId id) const { return processors_[id].speeds; }
  bool lost(ProcessorId id) const { return processors_[id].losses > 0; }
  // 0 to the channel's capacity.
  Bandwidth traffic(ChannelId id) const {
    const OnChannel& channel = channels_[id];
    return {static_cast<std::int64_t>(std::min<Wide>(channel.rate, channel.capacity))};
  }
  // Of a lost processor: whether it ever comes back. Looks ahead; where losses overlap, only at
  // their next 10,000 beginnings and ends.
  bool returns(ProcessorId id) const;

  // Channels that ever have traffic, in ascending order.
  const std::vector<ChannelId>& loaded_channels() const { return loaded_; }
  bool empty() const { return entries_.empty(); }

 private:
  struct Entry {
    std::optional<ProcessorId> processor;
    Ratio speed;                                     // 1: it is lost
    std::array<std::optional<ChannelId>, 2> across;  // of a half-duplex link, both ways: twice it
    Bandwidth rate;
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
  struct OnChannel {
    Wide rate = 0;  // of all, which may be more than it can carry
    std::int64_t capacity = 0;
    bool changed = false;
  };

  void add(const LoadSpec& spec, const Hardware& hardware);
  void turn(const Turn& turn);
  void turn_processor(const Turn& turn, const Entry& entry);
  // The turn after this one of the same entry.
  std::optional<Turn> following(const Turn& turn) const;

  std::vector<Entry> entries_;
  std::vector<Turn> first_;  // of each entry, as a heap
  std::vector<Turn> turns_;  // a heap: the next of each entry
  Time next_ = Time::max();
  IdVector<ProcessorId, OnProcessor> processors_;
  IdVector<ChannelId, OnChannel> channels_;
  std::vector<ChannelId> loaded_;
  std::vector<ProcessorId> changed_processors_;
  std::vector<ChannelId> changed_channels_;
};

}  // namespace partita
