#include "models/timeline/checker.h"

#include <algorithm>

namespace partita::checking {

std::vector<std::string> Checker::check(const IdVector<MemoryId, Bytes>& peak) {
  if (!sound()) return std::move(found_);
  find_copies();
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    look_at(i);
    check_order();
    check_inputs();
    check_queueing();
    check_copies();
    check_speed();
    check_losses();
    check_makespan();
    if (at_->cancelled) check_cancelled();
  }
  check_processors();
  check_engines();
  check_waking();
  check_memory(peak);
  return std::move(found_);
}

bool Checker::sound() {
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    look_at(i);
    const std::size_t count = relocates() ? 0 : network_.layer_count();
    if (timeline().layers.size() != count) {
      found("the timeline has {} layers, the network has {}{}", timeline().layers.size(), count,
            of_request());
      return false;
    }
    if (!sound_layers() || !sound_legs() || !sound_interruptions()) return false;
  }
  return true;
}

bool Checker::sound_layers() {
  const std::size_t before = found_.size();
  for (const LayerId id : layers()) {
    const LayerSpan& span = timeline().layers[id];
    if (at_->cancelled && !has_ended(id) && !sound_unfinished(id)) continue;
    if (at_->cancelled && !has_begun(id)) continue;
    if (span.processor != plan().processor(id)) {
      found("layer {} ran on {}, the plan says {}", name(id), name(span.processor),
            name(plan().processor(id)));
      continue;
    }
    const int streams = hardware_.processors()[span.processor].streams;
    if (span.stream < 0 || span.stream >= streams) {
      found("layer {} ran on stream {} of {}, which has {}", name(id), span.stream,
            name(span.processor), streams);
    }
    if (span.start < Time{0} || (span.finish <= span.start && !at_->cancelled)) {
      found("layer {} starts at {} ps and finishes at {} ps", name(id), span.start.count(),
            span.finish.count());
    }
  }
  return found_.size() == before;
}

void Checker::check_order() {
  for (const ProcessorId id : ids<ProcessorId>(hardware_.processors().size())) {
    const std::vector<LayerId>& order = this->order(id);
    for (std::size_t i = 1; i < order.size(); ++i) {
      if (first_start(order[i]) < first_start(order[i - 1])) {
        found("layer {} starts before layer {}, which the plan orders first on {}", name(order[i]),
              name(order[i - 1]), name(id));
      }
    }
  }
}

void Checker::check_apart(std::vector<Interval> intervals, const std::string& where) {
  std::sort(intervals.begin(), intervals.end(), [](const Interval& a, const Interval& b) {
    return std::tie(a.start, a.finish) < std::tie(b.start, b.finish);
  });
  for (std::size_t i = 1; i < intervals.size(); ++i) {
    if (intervals[i].start < intervals[i - 1].finish) {
      found("{} starts on {} while {} is not over", intervals[i].what, where,
            intervals[i - 1].what);
    }
    intervals[i].finish = std::max(intervals[i].finish, intervals[i - 1].finish);
  }
}

void Checker::check_processors() {
  for (const ProcessorId id : ids<ProcessorId>(hardware_.processors().size())) {
    for (int stream = 0; stream < hardware_.processors()[id].streams; ++stream) {
      // A copy takes the whole processor, so it stands on every stream.
      std::vector<Interval> intervals = copies_by(id);
      for (std::size_t i = 0; i < parts_.size(); ++i) {
        look_at(i);
        for (const LayerId layer : order(id)) {
          const LayerSpan& span = timeline().layers[layer];
          if (span.stream != stream || !has_ended(layer)) continue;
          intervals.push_back({span.start, span.finish, "layer " + name(layer)});
        }
        for (const Interruption& each : timeline().interrupted) {
          if (each.processor != id || !each.layer || each.stream != stream) continue;
          intervals.push_back({each.start, each.lost, name(each)});
        }
      }
      check_apart(std::move(intervals), fmt::format("stream {} of {}", stream, name(id)));
    }
  }
}

std::vector<Interval> Checker::copies_by(ProcessorId id) {
  std::vector<Interval> intervals;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    look_at(i);
    for (const std::vector<const LegSpan*>& copy : copies_[i]) {
      const LegSpan& first = *copy.front();
      if (first.copier != id) continue;
      Time finish = first.finish;
      for (const LegSpan* leg : copy) finish = std::max(finish, leg->finish);
      if (has_ended(first)) intervals.push_back({first.start, finish, name(first)});
      for (const Interruption& each : timeline().interrupted) {
        if (!each.leg || &timeline().legs[*each.leg] != &first) continue;
        intervals.push_back({each.start, each.lost, name(each)});
      }
    }
  }
  return intervals;
}

std::map<std::pair<TensorId, MemoryId>, Time> Checker::arrivals() const {
  std::map<std::pair<TensorId, MemoryId>, Time> arrival;
  for (const LegSpan& span : timeline().legs) {
    const Transfer& transfer = transfer_of(span);
    if (!has_ended(span)) {
      arrival.erase({transfer.tensor, transfer.dst});
      continue;
    }
    arrival[{transfer.tensor, transfer.dst}] =
        span.finish;  // legs are in order: the last one stays
  }
  return arrival;
}

std::optional<Time> Checker::there(
    LayerId id, TensorId input,
    const std::map<std::pair<TensorId, MemoryId>, Time>& arrival) const {
  const Tensor& tensor = network().tensor(input);
  if (!moves(tensor)) return Time{0};
  const auto made = tensor.producer ? std::optional{memory_of(*tensor.producer)} : hardware_.host();
  if (made && *made != plan().read_from(input, memory_of(id))) {
    const auto arrived = arrival.find({input, memory_of(id)});
    if (arrived == arrival.end()) return std::nullopt;
    return arrived->second;
  }
  if (!tensor.producer) return at_->admitted;
  if (!has_ended(*tensor.producer)) return std::nullopt;
  return timeline().layers[*tensor.producer].finish;
}

void Checker::check_inputs() {
  const auto arrival = arrivals();
  for (const LayerId id : layers()) {
    if (!has_begun(id)) continue;
    for (const TensorId input : network().layer(id).inputs) {
      const std::optional<Time> at = there(id, input, arrival);
      if (!at) {
        found("layer {} needs tensor {} in {}, where nothing brings it", name(id),
              network().tensor(input).name, name(memory_of(id)));
      } else if (timeline().layers[id].start < *at) {
        found("layer {} starts at {} ps, its input {} is there at {} ps", name(id),
              timeline().layers[id].start.count(), network().tensor(input).name, at->count());
      }
    }
    if (timeline().layers[id].start < at_->admitted) {
      found("layer {} starts before its request is admitted", name(id));
    }
  }
}

void Checker::check_makespan() {
  Time last{0};
  if (is_cut_short()) {
    last = std::max(at_->admitted, *at_->cancelled);
    for (const LegSpan& span : timeline().legs) last = std::max(last, span.finish);
    for (const Interruption& each : timeline().interrupted) last = std::max(last, each.lost);
  } else if (relocates()) {
    last = at_->admitted;
    for (const LegSpan& span : timeline().legs) last = std::max(last, span.finish);
  }
  for (const LayerSpan& span : timeline().layers) last = std::max(last, span.finish);
  for (const LegSpan& span : timeline().legs) {
    const Transfer& transfer = transfer_of(span);
    if (tensor_of(span).is_output && transfer.dst == hardware_.host()) {
      last = std::max(last, span.finish);
    }
  }
  if (timeline().makespan != last) {
    found("the makespan is said to be {} ps, the last finish is at {} ps",
          timeline().makespan.count(), last.count());
  }
}

}  // namespace partita::checking

namespace partita {

using checking::Checker;

std::vector<std::string> violations(const Timeline& timeline, const Network& network,
                                    const Hardware& hardware, const Plan& plan) {
  Checker checker({{&timeline, &plan, Time{0}}}, network, hardware);
  if (timeline.unfinished) return checker.check(*timeline.unfinished, timeline.makespan);
  return checker.check(timeline.memory_peak);
}

}  // namespace partita
