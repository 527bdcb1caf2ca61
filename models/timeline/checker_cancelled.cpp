// Requests and relocations that were cancelled.
#include <algorithm>

#include "models/timeline/checker.h"

namespace partita::checking {

// An input may come within no time, at the very beginning.
bool Checker::has_ended(const LegSpan& span) const {
  if (!at_->cancelled || span.finish > Time{0}) return true;
  const Tensor& tensor = tensor_of(span);
  return !tensor.producer && tensor.transfer_time == Time{0};
}

bool Checker::was_lost(LayerId id) const {
  const std::vector<Interruption>& lost = timeline().interrupted;
  return std::any_of(lost.begin(), lost.end(),
                     [&](const Interruption& each) { return each.layer == id; });
}

bool Checker::was_lost(const LegSpan& span) const {
  const std::vector<Interruption>& lost = timeline().interrupted;
  return std::any_of(lost.begin(), lost.end(), [&](const Interruption& each) {
    return each.leg && &timeline().legs[*each.leg] == &span;
  });
}

bool Checker::is_cut_short() const {
  if (!at_->cancelled) return false;
  for (const LayerId id : layers()) {
    if (!has_ended(id)) return true;
  }
  return std::any_of(timeline().legs.begin(), timeline().legs.end(),
                     [&](const LegSpan& span) { return !has_ended(span); });
}

bool Checker::sound_unfinished(LayerId id) {
  if (was_lost(id) || timeline().layers[id] == LayerSpan{}) return true;
  found("layer {} begins at {} ps and neither ends nor is lost", name(id),
        timeline().layers[id].start.count());
  return false;
}

std::optional<Time> Checker::due(const LegSpan& span) const {
  if (span.leg > 0) {
    const LegSpan& before = *(&span - 1);
    return has_ended(before) ? std::optional(before.finish) : std::nullopt;
  }
  const std::optional<LayerId> producer = tensor_of(span).producer;
  if (!producer) return at_->admitted;
  return has_ended(*producer) ? std::optional(timeline().layers[*producer].finish) : std::nullopt;
}

// At the instant when it is cancelled, what ends has ended: so what follows is queued, and goes.
void Checker::check_queueing_until_cancelled() {
  for (const LegSpan& span : timeline().legs) {
    const std::optional<Time> at = due(span);
    const bool queues = at && *at <= gone();
    const Time expected = queues ? *at : Time{0};
    if (span.queued != expected) {
      found(
          "{} is queued at {} ps, but it was due at {} ps of a request that was cancelled at {} ps",
          name(span), span.queued.count(), expected.count(), at_->cancelled->count());
    }
    if (!has_begun(span) && (span.start != Time{0} || span.data != Time{0})) {
      found("{} begins at {} ps and neither ends nor is lost", name(span), span.start.count());
    }
  }
}

void Checker::check_cancelled() {
  const auto check_start = [&](Time start, const std::string& what) {
    if (start < *at_->cancelled) return;
    found("{} begins at {} ps, but was cancelled at {} ps", what, start.count(),
          at_->cancelled->count());
  };
  for (const LayerId id : layers()) {
    if (has_ended(id)) check_start(timeline().layers[id].start, "layer " + name(id));
  }
  for (const LegSpan& span : timeline().legs) {
    const bool by_somebody = span.engine || span.copier;
    if (has_ended(span) && by_somebody) check_start(span.start, name(span));
  }
  for (const Interruption& each : timeline().interrupted) check_start(each.start, name(each));
}

}  // namespace partita::checking
