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

LoadClock::LoadClock(const Hardware& hardware) : processors_(hardware.processors().size()) {
  for (const LoadSpec& spec : hardware.load()) add(spec, hardware);
  for (std::uint32_t i = 0; i < entries_.size(); ++i) first_.push_back({entries_[i].from, i, true});
  std::make_heap(first_.begin(), first_.end());
  lay_out_flows(hardware);
  restart();
}

void LoadClock::lay_out_flows(const Hardware& hardware) {
  const auto priority = [](const Entry& entry) { return entry.on_link ? kBeforeAll : 0; };
  for (const Entry& entry : entries_) {
    for (const auto& channel : entry.across) {
      if (channel) flows_.push_back({*channel, priority(entry)});
    }
  }
  std::sort(flows_.begin(), flows_.end());
  flows_.erase(std::unique(flows_.begin(), flows_.end()), flows_.end());
  for (const LoadFlow& flow : flows_) {
    on_flows_.emplace_back().capacity = hardware.channels()[flow.channel].capacity.value;
  }
  for (Entry& entry : entries_) {
    for (std::size_t way = 0; way < entry.across.size(); ++way) {
      if (!entry.across[way]) continue;
      const LoadFlow flow{*entry.across[way], priority(entry)};
      const auto place = std::lower_bound(flows_.begin(), flows_.end(), flow);
      entry.flow[way] = static_cast<std::uint32_t>(place - flows_.begin());
    }
  }
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
  } else if (const auto* link = std::get_if<SlowedLink>(&spec.effect)) {
    const auto& [forward, backward] = hardware.channels_of(link->link);
    entry.across[0] = forward;
    if (backward != forward) entry.across[1] = backward;
    entry.speed = speed_of({{}, link->factor});
    entry.on_link = true;
    if (entry.is_loss()) return;  // it rounds to 1
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
  for (OnFlow& flow : on_flows_) {
    flow.rate = 0;
    flow.slow_entries.clear();
  }
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
  for (const std::uint32_t id : changed_flows_) on_flows_[id].changed = false;
  changed_processors_.clear();
  changed_flows_.clear();
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
  std::sort(changed_flows_.begin(), changed_flows_.end());
}

void LoadClock::turn(const Turn& turn) {
  const Entry& entry = entries_[turn.entry];
  if (entry.processor) return turn_processor(turn, entry);
  for (const auto& id : entry.flow) {
    if (!id) continue;
    OnFlow& flow = on_flows_[*id];
    if (entry.on_link) {
      hold(flow.slow_entries, turn);
    } else {
      flow.rate += turn.begins ? entry.rate.value : -entry.rate.value;
    }
    if (!std::exchange(flow.changed, true)) changed_flows_.push_back(*id);
  }
}

void LoadClock::hold(std::vector<std::uint32_t>& held, const Turn& turn) {
  const auto place = std::lower_bound(held.begin(), held.end(), turn.entry);
  if (turn.begins) {
    held.insert(place, turn.entry);
  } else {
    held.erase(place);
  }
}

std::int64_t LoadClock::rate(std::uint32_t id) const {
  const OnFlow& flow = on_flows_[id];
  if (flows_[id].priority != kBeforeAll) {
    return static_cast<std::int64_t>(std::min<Wide>(flow.rate, flow.capacity));
  }
  Wide left = flow.capacity;
  for (const std::uint32_t i : flow.slow_entries) {
    const Ratio& speed = entries_[i].speed;
    left = std::max<Wide>(1, left * speed.numerator / speed.denominator);
  }
  return flow.capacity - static_cast<std::int64_t>(left);
}

void LoadClock::turn_processor(const Turn& turn, const Entry& entry) {
  OnProcessor& processor = processors_[*entry.processor];
  if (!std::exchange(processor.changed, true)) changed_processors_.push_back(*entry.processor);
  if (entry.is_loss()) {
    processor.losses += turn.begins ? 1 : -1;
    return;
  }
  hold(processor.slow_entries, turn);
  processor.speeds.clear();
  for (const std::uint32_t i : processor.slow_entries)
    processor.speeds.push_back(entries_[i].speed);
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
