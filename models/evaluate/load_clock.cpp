#include "models/evaluate/load_clock.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace partita {
namespace {

constexpr std::int64_t kMillion = 1'000'000;
constexpr int kMostTurnsAhead = 10'000;

std::int64_t millionths(double ratio) {
  return std::llround(ratio * static_cast<double>(kMillion));
}

Ratio speed_beside(const BusyShare& busy) {
  return {std::clamp<std::int64_t>(kMillion - millionths(busy.share), 1, kMillion - 1), kMillion};
}

}  // namespace

Ratio speed_of(const SlowedDown& slowed) { return {kMillion, millionths(slowed.factor)}; }

LoadClock::LoadClock(const Hardware& hardware)
    : processors_(hardware.processors().size()), channels_(hardware.channels().size()) {
  for (const ChannelId id : ids<ChannelId>(channels_.size())) {
    channels_[id].capacity = hardware.channels()[id].capacity.value;
  }
  for (const LoadSpec& spec : hardware.load()) add(spec, hardware);
  for (std::uint32_t i = 0; i < entries_.size(); ++i) first_.push_back({entries_[i].from, i, true});
  std::make_heap(first_.begin(), first_.end());
  std::sort(loaded_.begin(), loaded_.end());
  loaded_.erase(std::unique(loaded_.begin(), loaded_.end()), loaded_.end());
  restart();
}

void LoadClock::add(const LoadSpec& spec, const Hardware& hardware) {
  Entry entry;
  entry.from = spec.from;
  entry.until = spec.until;
  entry.every = spec.every;
  if (const auto* traffic = std::get_if<LinkTraffic>(&spec.effect)) {
    const auto& [forward, backward] = hardware.channels_of(traffic->link);
    if (traffic->way != TrafficWay::Backward) entry.across[0] = forward;
    if (traffic->way != TrafficWay::Forward) entry.across[1] = backward;
    entry.rate = traffic->rate;
  } else if (const auto* local = std::get_if<MemoryTraffic>(&spec.effect)) {
    entry.across[0] = hardware.channel_of(local->memory);
    entry.rate = local->rate;
  } else if (const auto* busy = std::get_if<BusyShare>(&spec.effect)) {
    entry.processor = busy->processor;
    entry.speed = speed_beside(*busy);
  } else if (const auto* slowed = std::get_if<SlowedDown>(&spec.effect)) {
    entry.processor = slowed->processor;
    entry.speed = speed_of(*slowed);
    if (entry.is_loss()) return;
  } else {
    entry.processor = std::get<Lost>(spec.effect).processor;
  }
  for (const auto& channel : entry.across) {
    if (channel) loaded_.push_back(*channel);
  }
  entries_.push_back(entry);
}

void LoadClock::restart() {
  if (entries_.empty()) return;
  turns_ = first_;
  next_ = turns_.front().at;
  for (OnProcessor& processor : processors_) {
    processor.slow_entries.clear();
    processor.speeds.clear();
    processor.losses = 0;
  }
  for (OnChannel& channel : channels_) channel.rate = 0;
}

std::optional<LoadClock::Turn> LoadClock::following(const Turn& turn) const {
  const Entry& entry = entries_[turn.entry];
  if (!entry.until) return std::nullopt;
  const Time length = *entry.until - entry.from;
  if (!turn.begins && !entry.every) return std::nullopt;
  const Time at = after(turn.at, turn.begins ? length : *entry.every - length);
  if (at == Time::max()) return std::nullopt;
  return Turn{at, turn.entry, !turn.begins};
}

void LoadClock::advance() {
  for (const ProcessorId id : changed_processors_) processors_[id].changed = false;
  for (const ChannelId id : changed_channels_) channels_[id].changed = false;
  changed_processors_.clear();
  changed_channels_.clear();
  const Time now = next_;
  while (!turns_.empty() && turns_.front().at == now) {
    std::pop_heap(turns_.begin(), turns_.end());
    const Turn due = turns_.back();
    turns_.pop_back();
    turn(due);
    if (const auto then = following(due)) {
      turns_.push_back(*then);
      std::push_heap(turns_.begin(), turns_.end());
    }
  }
  next_ = turns_.empty() ? Time::max() : turns_.front().at;
  std::sort(changed_processors_.begin(), changed_processors_.end());
  std::sort(changed_channels_.begin(), changed_channels_.end());
}

void LoadClock::turn(const Turn& turn) {
  const Entry& entry = entries_[turn.entry];
  if (entry.processor) return turn_processor(turn, entry);
  for (const auto& id : entry.across) {
    if (!id) continue;
    OnChannel& channel = channels_[*id];
    channel.rate += turn.begins ? entry.rate.value : -entry.rate.value;
    if (!std::exchange(channel.changed, true)) changed_channels_.push_back(*id);
  }
}

void LoadClock::turn_processor(const Turn& turn, const Entry& entry) {
  OnProcessor& processor = processors_[*entry.processor];
  if (!std::exchange(processor.changed, true)) changed_processors_.push_back(*entry.processor);
  if (entry.is_loss()) {
    processor.losses += turn.begins ? 1 : -1;
    return;
  }
  std::vector<std::uint32_t>& held = processor.slow_entries;
  const auto place = std::lower_bound(held.begin(), held.end(), turn.entry);
  if (turn.begins) {
    held.insert(place, turn.entry);
  } else {
    held.erase(place);
  }
  processor.speeds.clear();
  for (const std::uint32_t i : held) processor.speeds.push_back(entries_[i].speed);
}

bool LoadClock::returns(ProcessorId id) const {
  std::vector<Turn> turns;
  for (const Turn& turn : turns_) {
    const Entry& entry = entries_[turn.entry];
    if (entry.processor == id && entry.is_loss()) turns.push_back(turn);
  }
  std::make_heap(turns.begin(), turns.end());
  int losses = processors_[id].losses;
  for (int i = 0; i < kMostTurnsAhead && !turns.empty(); ++i) {
    std::pop_heap(turns.begin(), turns.end());
    const Turn due = turns.back();
    turns.pop_back();
    losses += due.begins ? 1 : -1;
    if (const auto then = following(due)) {
      turns.push_back(*then);
      std::push_heap(turns.begin(), turns.end());
    }
    const bool last_of_instant = turns.empty() || turns.front().at > due.at;
    if (losses == 0 && last_of_instant) return true;
  }
  return false;
}

}  // namespace partita
