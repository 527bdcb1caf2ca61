#include "partition/bounds/best_set.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "partition/bounds/item_order.h"

namespace partita::bounds {
namespace {

using loads::ItemId;

// Prizes are compared with priced loads in these fractions of one.
constexpr int kFraction = 28;
constexpr std::int64_t kLeast = -(std::int64_t{1} << 60);
__extension__ using Wide = __int128;

// Every subset of `mask`, once, ascending.
template <class Action>
void each_subset(std::uint32_t mask, Action&& action) {
  for (std::uint32_t subset = 0;; subset = (subset - mask) & mask) {
    action(subset);
    if (subset == mask) return;
  }
}

}  // namespace

BestSet::BestSet(const SetLoad& load) {
  const ItemOrder order = item_order(load, kWidth);
  const std::size_t count = order.items.size();
  std::vector<std::size_t> last(count, 0);  // step of an item's last net
  std::vector<std::vector<const SetLoad::Net*>> closing(count);
  IdVector<ItemId, std::size_t> at(load.work.size(), 0);
  for (std::size_t i = 0; i < count; ++i) at[order.items[i]] = last[i] = i;
  for (const SetLoad::Net& net : order.nets) {
    std::size_t end = at[net.producer];
    for (const ItemId item : net.consumers) end = std::max(end, at[item]);
    closing[end].push_back(&net);
    for (const ItemId item : net.consumers) last[at[item]] = std::max(last[at[item]], end);
    last[at[net.producer]] = std::max(last[at[net.producer]], end);
  }

  IdVector<ItemId, State> slot(load.work.size(), 0);
  std::vector<ItemId> waiting;
  State used = 0;
  for (std::size_t i = 0; i < count; ++i) {
    Step step{.item = order.items[i], .before = used, .closing = {}};
    step.allowed = load.work[step.item].has_value();
    step.work = load.work[step.item].value_or(0);
    step.slot = slot[step.item] = ~used & (used + 1);
    used |= step.slot;
    width_ = std::max<std::size_t>(width_, std::popcount(used));
    waiting.push_back(step.item);
    if (!closing[i].empty()) step.closing.assign(std::bit_ceil(used + 1), 0);
    for (const SetLoad::Net* net : closing[i]) {
      State consumers = 0;
      for (const ItemId item : net->consumers) consumers |= slot[item];
      each_subset(used, [&](State state) {
        const bool inside = (state & slot[net->producer]) != 0;
        if (inside && (state & consumers) != consumers) step.closing[state] += net->leaving;
        if (!inside && (state & consumers) != 0) step.closing[state] += net->entering;
      });
    }
    std::erase_if(waiting, [&](ItemId item) {
      if (last[at[item]] > i) return false;
      step.forgotten |= slot[item];
      return true;
    });
    used &= ~step.forgotten;
    steps_.push_back(std::move(step));
  }
}

// The sweep backwards, with the load priced: what the rest of the way is worth at most.
struct BestSet::Priced {
  const std::vector<Step>& steps;
  const Prizes& prize;
  std::int64_t capacity;
  std::int64_t price = 0;                         // of one tick, in fractions
  std::vector<std::vector<std::int64_t>> onward;  // by step, by state before it

  Priced(const std::vector<Step>& steps_, const Prizes& prize_, std::int64_t capacity_)
      : steps(steps_), prize(prize_), capacity(capacity_), onward(steps.size() + 1) {
    for (std::size_t i = 0; i < steps.size(); ++i)
      onward[i].resize(std::bit_ceil(steps[i].before + 1), 0);
    onward.back().assign(1, 0);
  }

  bool can_have(const Step& step) const { return step.allowed && step.work <= capacity; }
  // More than the capacity is too much, however much more: so products stay small.
  std::int64_t added(const Step& step, State state) const {
    const std::int64_t work = (state & step.slot) ? step.work : 0;
    return std::min(work + std::min(step.load(state), capacity + 1), capacity + 1);
  }
  std::int64_t worth(std::size_t i, State state) const {
    const Step& step = steps[i];
    const std::int64_t won = (state & step.slot) ? prize[step.item] << kFraction : 0;
    return won - price * added(step, state) + onward[i + 1][state & ~step.forgotten];
  }

  void run(std::int64_t at_price) {
    price = std::min(at_price, (std::int64_t{1} << 59) / (capacity + 1));
    for (std::size_t i = steps.size(); i-- > 0;) {
      const Step& step = steps[i];
      each_subset(step.before, [&](State state) {
        std::int64_t best = worth(i, state);
        if (can_have(step)) best = std::max(best, worth(i, state | step.slot));
        onward[i][state] = std::max(best, kLeast);
      });
    }
  }
  std::int64_t at_most() const { return (onward[0][0] + price * capacity) >> kFraction; }

  struct Found {
    std::int64_t load = 0, prize = 0;
    std::vector<ItemId> set;
  };
  Found follow() const {
    Found found;
    State state = 0;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const Step& step = steps[i];
      if (can_have(step) && worth(i, state | step.slot) > worth(i, state)) {
        state |= step.slot;
        found.set.push_back(step.item);
        found.prize += prize[step.item];
      }
      found.load += added(step, state);
      state &= ~step.forgotten;
    }
    return found;
  }
};

IdVector<ItemId, std::int64_t> BestSet::least_loads() const {
  // The least load of what comes at or after a step and of what comes before it, by state before it.
  std::vector<std::vector<std::int64_t>> onward(steps_.size() + 1), so_far(steps_.size() + 1);
  for (std::size_t i = 0; i <= steps_.size(); ++i) {
    const State before = i < steps_.size() ? steps_[i].before : 0;
    onward[i].assign(std::bit_ceil(before + 1), kNever);
    so_far[i] = onward[i];
  }
  onward.back()[0] = so_far.front()[0] = 0;
  for (std::size_t i = steps_.size(); i-- > 0;) {
    const Step& step = steps_[i];
    each_subset(step.before, [&](State state) {
      std::int64_t& least = onward[i][state];
      least = step.load(state) + onward[i + 1][state & ~step.forgotten];
      const State taken = state | step.slot;
      if (step.allowed)
        least =
            std::min(least, step.work + step.load(taken) + onward[i + 1][taken & ~step.forgotten]);
      least = std::min(least, kNever);
    });
  }
  IdVector<ItemId, std::int64_t> least(steps_.size(), kNever);
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const Step& step = steps_[i];
    each_subset(step.before, [&](State state) {
      const std::int64_t before = so_far[i][state];
      if (before >= kNever) return;
      const auto go = [&](State to, std::int64_t load) {
        std::int64_t& next = so_far[i + 1][to & ~step.forgotten];
        next = std::min(next, before + load);
      };
      go(state, step.load(state));
      const State taken = state | step.slot;
      if (!step.allowed) return;
      const std::int64_t load = step.work + step.load(taken);
      go(taken, load);
      least[step.item] =
          std::min(least[step.item], before + load + onward[i + 1][taken & ~step.forgotten]);
    });
  }
  return least;
}

namespace {

struct Label {
  std::int64_t load = 0, prize = 0;
  std::uint32_t trail = 0;
};
struct Trail {
  std::uint32_t before = 0;
  ItemId item{};
};

// Leaves those that no other beats; if that is too many, lets neighbours become one.
void thin_out(std::vector<Label>& list, std::size_t most) {
  std::sort(list.begin(), list.end(), [](const Label& a, const Label& b) {
    if (a.load != b.load) return a.load < b.load;
    return a.prize != b.prize ? a.prize > b.prize : a.trail < b.trail;
  });
  std::size_t kept = 1;
  for (std::size_t at = 1; at < list.size(); ++at) {
    if (list[at].prize > list[kept - 1].prize) list[kept++] = list[at];
  }
  list.resize(kept);
  if (kept <= most) return;
  const std::int64_t reach =
      (list.back().load - list.front().load) / static_cast<std::int64_t>(most) + 1;
  kept = 1;
  for (std::size_t at = 1; at < list.size(); ++at) {
    Label& last = list[kept - 1];
    if (list[at].load - last.load < reach)
      last = {last.load, list[at].prize, list[at].trail};
    else
      list[kept++] = list[at];
  }
  list.resize(kept);
}

}  // namespace

BestSet::Answer BestSet::best(const Prizes& prize, std::int64_t capacity,
                              const Effort& effort) const {
  // The best price of load: between a set that fits and one that does not, until none is better
  // than both (the dual function of one constraint is convex and piecewise linear).
  Priced priced(steps_, prize, capacity);
  Priced::Found fits;  // the empty set
  priced.run(0);
  Priced::Found beyond = priced.follow();
  if (beyond.load <= capacity) return {beyond.prize, std::move(beyond.set)};
  Priced::Found incumbent = fits;
  for (int round = 0; round < 64; ++round) {
    const auto price = static_cast<std::int64_t>((Wide{beyond.prize - fits.prize} << kFraction) /
                                                 (beyond.load - fits.load));
    priced.run(std::max<std::int64_t>(price, 0));
    Priced::Found next = priced.follow();
    if (next.load <= capacity && next.prize > incumbent.prize) incumbent = next;
    if (next.load == fits.load || next.load == beyond.load) break;
    (next.load <= capacity ? fits : beyond) = std::move(next);
  }
  const std::int64_t enough = incumbent.prize + effort.slack;
  if (priced.at_most() <= enough) return {priced.at_most(), std::move(incumbent.set)};

  std::vector<Trail> trails(1);
  std::vector<std::vector<Label>> now(std::size_t{1} << width_), next(now.size());
  std::vector<State> states{0}, next_states;
  now[0] = {Label{}};
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const Step& step = steps_[i];
    const auto go = [&](Label label, State state, bool take) {
      if (take) state |= step.slot;
      label.load += priced.added(step, state);
      if (label.load > capacity) return;
      state &= ~step.forgotten;
      if (take) label.prize += prize[step.item];
      const std::int64_t could_be = (label.prize << kFraction) + priced.onward[i + 1][state] +
                                    priced.price * (capacity - label.load);
      if (could_be < (enough + 1) << kFraction) return;
      if (take) {
        trails.push_back({label.trail, step.item});
        label.trail = static_cast<std::uint32_t>(trails.size() - 1);
      }
      if (next[state].empty()) next_states.push_back(state);
      next[state].push_back(label);
    };
    for (const State state : states) {
      for (const Label& label : now[state]) {
        go(label, state, false);
        if (priced.can_have(step)) go(label, state, true);
      }
      now[state].clear();
    }
    for (const State state : next_states) thin_out(next[state], effort.labels);
    std::swap(now, next);
    states = std::exchange(next_states, {});
  }
  if (states.empty()) return {enough, std::move(incumbent.set)};
  // What could not be worth more than `enough` was left out; a label that could have been need not
  // be in the end.
  const Label& best = now[0].back();
  if (best.prize <= incumbent.prize) return {enough, std::move(incumbent.set)};
  Answer answer{.at_most = std::max(best.prize, enough), .set = {}};
  for (std::uint32_t at = best.trail; at != 0; at = trails[at].before)
    answer.set.push_back(trails[at].item);
  std::sort(answer.set.begin(), answer.set.end());
  return answer;
}

}  // namespace partita::bounds
