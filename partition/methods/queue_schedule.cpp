#include "partition/methods/queue_schedule.h"

#include <algorithm>
#include <utility>

namespace partita {
namespace {

constexpr std::size_t kEvery = 32;  // places between two that are remembered
constexpr std::int64_t kNearly = 2'000;  // a path within one part in so many of the longest
constexpr std::int64_t kShare = 4;  // one part in so many of the mean counts

}  // namespace

QueueSchedule::QueueSchedule(const Groundwork& ground)
    : problem_(ground.problem),
      machine_(*ground.idle),
      hops_(ground.problem, ground.delays),
      in_(ground.problem.network.layer_count()),
      place_(ground.problem.network.layer_count()),
      tail_(ground.problem.network.layer_count()),
      behind_(ground.problem.hardware.processors().size()) {
  std::size_t streams = 0;
  for (const ProcessorSpec& spec : problem_.hardware.processors()) {
    memory_.push_back(spec.memory);
    first_stream_.push_back(streams);
    streams += static_cast<std::size_t>(spec.streams);
  }
  first_stream_.push_back(streams);
  busy_.resize(streams + memory_.size() + hops_.servers());
  lay_arcs();
  const std::size_t layers = problem_.network.layer_count();
  for (Times* times : {&kept_, &tried_}) {
    times->end = IdVector<LayerId, std::int64_t>(layers);
    times->come.resize(arcs_.size());
    times->points.resize((layers / kEvery + 1) * busy_.size());
  }
  overruled_.resize(arcs_.size());
}

void QueueSchedule::lay_arcs() {
  for (const LayerId from : problem_.network.layers()) {
    first_arc_.push_back(arcs_.size());
    for (const TensorId tensor : problem_.network.layer(from).outputs) {
      for (const LayerId to : problem_.network.tensor(tensor).consumers) {
        in_[to].push_back(static_cast<std::uint32_t>(arcs_.size()));
        arcs_.push_back({from, to, tensor});
      }
    }
  }
  first_arc_.push_back(arcs_.size());
}

std::int64_t* QueueSchedule::busy_of(std::vector<std::int64_t>& points, std::size_t place) const {
  return points.data() + place / kEvery * busy_.size();
}

std::int64_t QueueSchedule::load(State state) {
  state_ = std::move(state);
  const std::size_t layers = state_.sequence.size();
  for (std::size_t i = 0; i < layers; ++i) place_[state_.sequence[i]] = i;
  std::fill(behind_.begin(), behind_.end(), 0);
  std::fill(kept_.points.begin(), kept_.points.end(), 0);
  assigned_.clear(), shifted_.clear();
  first_ = 0, last_ = layers;
  ++round_;
  overruled_arcs_.clear();
  run(0, IdleMachine::kNever);
  tried_cost_ = cost_ = 0;
  keep();
  std::int64_t latest = 0;
  for (const LayerId layer : problem_.network.layers()) {
    latest = std::max(latest, kept_.end[layer] + machine_.delivery(index(layer),
                                                                  index(state_.processor[layer])));
  }
  return latest;
}

std::vector<LayerId> QueueSchedule::by_start() const {
  std::vector<LayerId> sequence = state_.sequence;
  std::stable_sort(sequence.begin(), sequence.end(), [&](LayerId a, LayerId b) {
    return kept_.end[a] - time(a) < kept_.end[b] - time(b);
  });
  return sequence;
}

Placement QueueSchedule::placement() const {
  Placement placement{state_.processor,
                      IdVector<ProcessorId, std::vector<LayerId>>(memory_.size())};
  for (const LayerId layer : state_.sequence)
    placement.order[state_.processor[layer]].push_back(layer);
  return placement;
}

// From the back, as what was kept has it: waits in queues stay what they are.
void QueueSchedule::find_tails(std::size_t from, std::size_t to) {
  for (std::size_t i = to; i-- > from;) {
    const LayerId layer = state_.sequence[i];
    const ProcessorId p = state_.processor[layer];
    std::int64_t tail = machine_.delivery(index(layer), index(p));
    for (std::size_t arc = first_arc_[layer]; arc < first_arc_[LayerId(index(layer) + 1)]; ++arc) {
      const LayerId next = arcs_[arc].to;
      tail = std::max(tail, kept_.come[arc] - kept_.end[layer] + time(next) + tail_[next]);
    }
    // The next on several streams need not wait for this one.
    std::int64_t& behind = behind_[index(p)];
    if (machine_.streams(index(p)) == 1) tail = std::max(tail, behind);
    tail_[layer] = tail;
    behind = std::max(machine_.streams(index(p)) == 1 ? 0 : behind, tail + time(layer));
  }
}

void QueueSchedule::open(std::size_t first, std::size_t last) {
  std::fill(behind_.begin(), behind_.end(), 0);
  find_tails(last, state_.sequence.size());
  first_ = first / kEvery * kEvery;
  last_ = last;
  ++round_;
  overruled_arcs_.clear();
  run(first_, IdleMachine::kNever);
  keep();
}

const std::vector<LayerId>& QueueSchedule::critical() {
  const std::vector<std::int64_t> behind = behind_;
  find_tails(first_, last_);
  behind_ = behind;
  std::int64_t longest = 0;
  for (std::size_t i = first_; i < last_; ++i) {
    const LayerId layer = state_.sequence[i];
    longest = std::max(longest, kept_.end[layer] + tail_[layer]);
  }
  critical_.clear();
  for (std::size_t i = first_; i < last_; ++i) {
    const LayerId layer = state_.sequence[i];
    if (kept_.end[layer] + tail_[layer] >= longest - longest / kNearly) critical_.push_back(layer);
  }
  return critical_;
}

void QueueSchedule::assign(LayerId layer, ProcessorId processor) {
  assigned_.push_back({layer, state_.processor[layer]});
  state_.processor[layer] = processor;
}

void QueueSchedule::move(std::size_t from, std::size_t to) {
  auto& sequence = state_.sequence;
  const auto first = sequence.begin() + static_cast<std::ptrdiff_t>(std::min(from, to));
  const auto last = sequence.begin() + static_cast<std::ptrdiff_t>(std::max(from, to)) + 1;
  std::rotate(first, from < to ? first + 1 : last - 1, last);
  for (std::size_t i = std::min(from, to); i <= std::max(from, to); ++i) place_[sequence[i]] = i;
}

void QueueSchedule::shift(std::size_t from, std::size_t to) {
  move(from, to);
  shifted_.push_back({from, to});
}

std::size_t QueueSchedule::first_change() const {
  std::size_t first = last_;
  for (const Assigned& each : assigned_) {
    first = std::min(first, place_[each.layer]);
    for (const std::uint32_t arc : in_[each.layer]) {
      const std::size_t producer = place_[arcs_[arc].from];
      if (producer >= first_) first = std::min(first, producer);  // sends otherwise
    }
  }
  for (const Shifted& each : shifted_) first = std::min({first, each.from, each.to});
  return first / kEvery * kEvery;
}

// As if nobody else sent anything then, unless it has come there for somebody else.
std::int64_t QueueSchedule::idle_arrival(std::size_t arc) const {
  const auto& [from, to, tensor] = arcs_[arc];
  const MemoryId here = memory_[state_.processor[to]];
  const ProcessorId producer = state_.processor[from];
  if (memory_[producer] == here) return kept_.end[from];
  for (std::size_t other = first_arc_[from]; other < first_arc_[LayerId(index(from) + 1)]; ++other) {
    const LayerId reader = arcs_[other].to;
    if (other != arc && arcs_[other].tensor == tensor && place_[reader] < first_ &&
        memory_[state_.processor[reader]] == here) {
      return kept_.come[other];
    }
  }
  std::int64_t at = kept_.end[from];
  for (const Hops::Hop& hop : hops_.way(tensor, producer, here)) at += hop.held + hop.after;
  return at;
}

void QueueSchedule::receive_from_before() {
  ++round_;
  overruled_arcs_.clear();
  for (const Assigned& each : assigned_) {
    for (const std::uint32_t arc : in_[each.layer]) {
      if (place_[arcs_[arc].from] >= first_) continue;
      tried_.come[arc] = idle_arrival(arc);
      overruled_[arc] = round_;
      overruled_arcs_.push_back(arc);
    }
  }
}

std::int64_t QueueSchedule::judge(std::int64_t limit) {
  receive_from_before();
  return run(first_change(), limit);
}

std::int64_t QueueSchedule::start_on(ProcessorId p, std::int64_t ready, std::int64_t time) {
  const std::size_t first = first_stream_[index(p)], end = first_stream_[index(p) + 1];
  if (end - first == 1) {
    const std::int64_t start = std::max(ready, busy_[first]);
    busy_[first] = start + time;
    return start;
  }
  std::int64_t& last_start = busy_[first_stream_.back() + index(p)];
  const auto stream = std::min_element(busy_.begin() + static_cast<std::ptrdiff_t>(first),
                                       busy_.begin() + static_cast<std::ptrdiff_t>(end));
  const std::int64_t start = std::max({ready, *stream, last_start});
  *stream = start + time;
  last_start = start;
  return start;
}

void QueueSchedule::send(LayerId layer, std::int64_t end, std::int64_t& longest) {
  const ProcessorId p = state_.processor[layer];
  const MemoryId home = memory_[p];
  std::int64_t* servers = busy_.data() + first_stream_.back() + memory_.size();
  const std::size_t first = first_arc_[layer], last = first_arc_[LayerId(index(layer) + 1)];
  for (std::size_t arc = first; arc < last; ++arc) {
    const LayerId to = arcs_[arc].to;
    const MemoryId there = memory_[state_.processor[to]];
    std::int64_t come = end;
    if (there != home) {
      // Once to each memory.
      std::size_t other = arc;
      while (other > first && arcs_[other - 1].tensor == arcs_[arc].tensor &&
             memory_[state_.processor[arcs_[other - 1].to]] != there)
        --other;
      if (other > first && arcs_[other - 1].tensor == arcs_[arc].tensor) {
        come = tried_.come[other - 1];
      } else {
        for (const Hops::Hop& hop : hops_.way(arcs_[arc].tensor, p, there)) {
          if (hop.server == Hops::kNobody) {
            come += hop.after;
            continue;
          }
          std::int64_t& server = servers[hop.server];
          server = std::max(server, come) + hop.held;
          come = server + hop.after;
        }
      }
    }
    tried_.come[arc] = come;
    if (place_[to] >= last_) longest = std::max(longest, come + time(to) + tail_[to]);
  }
}

std::int64_t QueueSchedule::run(std::size_t from, std::int64_t limit) {
  tried_from_ = from;
  std::copy_n(busy_of(kept_.points, from), busy_.size(), busy_.begin());
  std::int64_t longest = 0;
  for (std::size_t i = from; i < last_; ++i) {
    if (i % kEvery == 0) std::copy(busy_.begin(), busy_.end(), busy_of(tried_.points, i));
    const LayerId layer = state_.sequence[i];
    const ProcessorId p = state_.processor[layer];
    std::int64_t ready = machine_.received(index(layer), index(p));
    for (const std::uint32_t arc : in_[layer]) {
      const bool tried = place_[arcs_[arc].from] >= from || overruled_[arc] == round_;
      ready = std::max(ready, (tried ? tried_ : kept_).come[arc]);
    }
    const std::int64_t takes = time(layer, p);
    const std::int64_t end = start_on(p, ready, takes) + takes;
    tried_.end[layer] = end;
    longest = std::max(longest, end + machine_.delivery(index(layer), index(p)));
    send(layer, end, longest);
    if (longest > limit) return tried_cost_ = longest;
  }
  Wide sum = 0;
  for (std::size_t p = 0; p < behind_.size(); ++p) {
    const auto first = busy_.begin() + static_cast<std::ptrdiff_t>(first_stream_[p]);
    const auto end = busy_.begin() + static_cast<std::ptrdiff_t>(first_stream_[p + 1]);
    const std::int64_t whole = *std::min_element(first, end) + behind_[p];
    longest = std::max(longest, whole);
    sum += whole;
  }
  const auto mean = static_cast<std::int64_t>(sum / static_cast<Wide>(behind_.size()));
  return tried_cost_ = longest + mean / kShare;
}

void QueueSchedule::keep() {
  for (std::size_t i = tried_from_; i < last_; ++i) {
    const LayerId layer = state_.sequence[i];
    kept_.end[layer] = tried_.end[layer];
    for (std::size_t arc = first_arc_[layer]; arc < first_arc_[LayerId(index(layer) + 1)]; ++arc)
      kept_.come[arc] = tried_.come[arc];
  }
  for (const std::uint32_t arc : overruled_arcs_) kept_.come[arc] = tried_.come[arc];
  if (tried_from_ < last_) {
    const std::int64_t* first = busy_of(tried_.points, tried_from_);
    std::copy(first, static_cast<const std::int64_t*>(busy_of(tried_.points, last_ - 1)) +
                         busy_.size(),
              busy_of(kept_.points, tried_from_));
  }
  cost_ = tried_cost_;
  assigned_.clear(), shifted_.clear();
}

void QueueSchedule::undo() {
  for (auto last = shifted_.rbegin(); last != shifted_.rend(); ++last) move(last->to, last->from);
  for (auto last = assigned_.rbegin(); last != assigned_.rend(); ++last)
    state_.processor[last->layer] = last->before;
  assigned_.clear(), shifted_.clear();
}

}  // namespace partita
