#include "partition/methods/idle_schedule.h"

#include <algorithm>

namespace partita {

IdleSchedule::IdleSchedule(const IdleMachine& machine, const IdVector<LayerId, Time>& tails,
                           const SearchState& state)
    : machine_(machine),
      tails_(tails),
      state_(state),
      kept_(machine.layers()),
      tried_(machine.layers()),
      kept_until_(machine.layers()),
      tried_until_(machine.layers()),
      last_(machine.processors()) {}

void IdleSchedule::restart() { nothing_kept_ = true; }

// On each processor, the last of those that stand before the place `first` of the order.
void IdleSchedule::find_last_before(std::size_t first) {
  constexpr Span kNone{-1, 0};
  std::fill(last_.begin(), last_.end(), kNone);
  std::size_t wanted = last_.size();
  for (std::size_t i = first; i-- > 0 && wanted > 0;) {
    const LayerId layer = state_.sequence()[i];
    Span& last = last_[index(state_.processor(layer))];
    if (last.start >= 0) continue;
    last = kept_[layer];
    --wanted;
  }
  for (Span& last : last_) last.start = std::max<std::int64_t>(last.start, 0);
}

Time IdleSchedule::at_least(Time limit) {
  first_ = nothing_kept_ ? 0 : state_.first_change();
  find_last_before(first_);
  complete_ = true;
  std::int64_t longest = first_ > 0 ? kept_until_[first_ - 1] : 0;
  for (std::size_t i = first_; i < state_.sequence().size(); ++i) {
    const LayerId layer = state_.sequence()[i];
    const std::size_t v = index(layer);
    const std::size_t at = index(state_.processor(layer));
    Span& last = last_[at];
    std::int64_t start =
        std::max(machine_.received(v, at), machine_.streams(at) == 1 ? last.finish : last.start);
    for (const IdleMachine::Arc& arc : machine_.in(v)) {
      const auto producer = static_cast<LayerId>(arc.layer);
      const bool kept = state_.position(producer) < first_;
      const std::int64_t made = (kept ? kept_ : tried_)[producer].finish;
      start = std::max(start, made + machine_.way(arc, index(state_.processor(producer)), at));
    }
    last = {start, start + machine_.time(v, at)};
    tried_[layer] = last;
    longest = std::max(
        {longest, last.finish + machine_.delivery(v, at), last.finish + tails_[layer].count()});
    tried_until_[i] = longest;
    if (longest > limit.count()) {
      complete_ = false;
      break;
    }
  }
  return Time{longest};
}

void IdleSchedule::keep() {
  nothing_kept_ = !complete_;
  if (!complete_) return;
  for (std::size_t i = first_; i < state_.sequence().size(); ++i) {
    const LayerId layer = state_.sequence()[i];
    kept_[layer] = tried_[layer];
    kept_until_[i] = tried_until_[i];
  }
}

}  // namespace partita
