// What was lost with a processor.
#include <algorithm>

#include "models/timeline/checker.h"

namespace partita::checking {

std::vector<std::string> Checker::check(const Unfinished& unfinished, Time makespan) {
  const ProcessorId id = unfinished.processor;
  if (!absence_.at(id, unfinished.lost)) {
    found("{} is said to be lost at {} ps, when it is there", name(id), unfinished.lost.count());
  }
  look_at(unfinished.request);
  const bool is_told = !timeline().layers.empty();  // how far it came
  std::ptrdiff_t losses = 0;
  for (const Part& part : parts_) {
    losses += std::count_if(part.timeline->interrupted.begin(), part.timeline->interrupted.end(),
                            [&](const Interruption& each) { return each.processor == id; });
  }
  constexpr std::ptrdiff_t kGivenUp = 1000;
  const std::optional<Time> back = absence_.end(id, unfinished.lost);
  if (is_told && losses < kGivenUp && back) {
    found("{} is said to be lost for good, but comes back at {} ps", name(id), back->count());
  }
  const LayerId waits = unfinished.layer.value_or(LayerId{0});
  if (is_told && unfinished.layer &&
      timeline().layers[waits].finish > timeline().layers[waits].start) {
    found("layer {} is said to wait for ever, but finishes at {} ps", name(waits),
          timeline().layers[waits].finish.count());
  }
  if (makespan != Time::max()) {
    found("the makespan of what never finishes is said to be {} ps", makespan.count());
  }
  return std::move(found_);
}

bool Checker::sound_interruptions() {
  const std::size_t before = found_.size();
  for (const Interruption& each : timeline().interrupted) {
    if (each.layer.has_value() == each.leg.has_value() ||
        (each.leg && *each.leg >= timeline().legs.size()) ||
        (each.layer && index(*each.layer) >= network_.layer_count())) {
      found("an interruption on {} at {} ps is of nothing", name(each.processor),
            each.lost.count());
      continue;
    }
    const bool was_there = each.layer
                               ? timeline().layers[*each.layer].processor == each.processor &&
                                     timeline().layers[*each.layer].stream == each.stream
                               : timeline().legs[*each.leg].copier == each.processor;
    if (!was_there || each.start < Time{0} || each.lost <= each.start) {
      found("{} was lost on {} from {} ps to {} ps, where it never was", name(each),
            name(each.processor), each.start.count(), each.lost.count());
    }
  }
  return found_.size() == before;
}

Time Checker::first_start(LayerId id) const {
  Time first = has_ended(id) ? timeline().layers[id].start : Time::max();
  for (const Interruption& each : timeline().interrupted) {
    if (each.layer == id) first = std::min(first, each.start);
  }
  return first;
}

Time Checker::first_start(const LegSpan& span) const {
  Time first = has_ended(span) ? span.start : Time::max();
  for (const Interruption& each : timeline().interrupted) {
    if (each.leg && &timeline().legs[*each.leg] == &span) first = std::min(first, each.start);
  }
  return first;
}

void Checker::check_losses() {
  if (!exact_) return;
  for (const LayerId id : layers()) {
    const LayerSpan& span = timeline().layers[id];
    if (!has_ended(id)) continue;
    check_there(span.processor, span.start, span.finish, "layer " + name(id));
  }
  for (const LegSpan& span : timeline().legs) {
    if (!span.copier || !has_ended(span)) continue;  // its last bytes arrive without it
    check_there(*span.copier, span.start, std::max(span.data, span.finish - leg_of(span).latency),
                name(span));
  }
  for (const Interruption& each : timeline().interrupted) check_loss(each);
}

void Checker::check_there(ProcessorId id, Time from, Time until, const std::string& what) {
  if (const auto at = absence_.within(id, from, until)) {
    found("{} is on {} at {} ps, which is away then", what, name(id), at->count());
  }
}

void Checker::check_loss(const Interruption& each) {
  check_there(each.processor, each.start, each.lost, name(each));
  if (!absence_.at(each.processor, each.lost)) {
    found("{} was lost at {} ps, when {} was there", name(each), each.lost.count(),
          name(each.processor));
    return;
  }
  const bool ended = each.layer ? has_ended(*each.layer) : has_ended(timeline().legs[*each.leg]);
  Time again = each.layer ? timeline().layers[*each.layer].start : timeline().legs[*each.leg].start;
  for (const Interruption& later : timeline().interrupted) {
    if (later.layer != each.layer || later.leg != each.leg || later.lost <= each.lost) continue;
    again = std::min(again, later.start);
  }
  if (!ended && again == each.start) {
    // It never does, because it was cancelled first.
    const std::optional<Time> back = absence_.end(each.processor, each.lost);
    if (back && *back < *at_->cancelled) {
      found("{} was lost at {} ps and does not begin again when {} is back", name(each),
            each.lost.count(), name(each.processor));
    }
    return;
  }
  if (again != absence_.end(each.processor, each.lost)) {
    found("{} was lost at {} ps and begins again at {} ps, not when {} is back", name(each),
          each.lost.count(), again.count(), name(each.processor));
  }
}

}  // namespace partita::checking
