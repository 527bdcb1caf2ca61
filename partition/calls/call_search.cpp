#include "partition/calls/call_search.h"

#include <algorithm>
#include <utility>

#include "models/base/random.h"

namespace partita::calls {
namespace {

constexpr double kOneVariate = 4294967296;  // Random::exponential() counts in 2^-32
constexpr std::int64_t kFirstCycle = 20'000;
constexpr std::int64_t kBetweenReports = 4096;
// Temperatures, as parts of the latency: from where half the network moves to where nothing does.
constexpr double kHot = 0.1, kCold = 1e-7;
constexpr int kCoolings = 200;

class Annealing {
 public:
  Annealing(const CallModel& model, const SearchOptions& options)
      : model_(model), options_(options), random_(options.seed), clock_(model) {
    best_.placement.assign(model.nodes.size(), kHost);
    best_.value = *clock_.latency(best_.placement);
    for (const NodeId id : ids<NodeId>(model.nodes.size())) {
      for (const NodeId before : model.nodes[id].before) {
        if (model.nodes[before].before.empty() && model.nodes[before].after.size() == 1)
          feeders_[id].push_back(before);
      }
    }
  }

  CallSolution run(std::vector<Placement> starts) {
    starts.insert(starts.begin(), best_.placement);
    for (const Placement& start : starts) offer(start);
    if (model_.nodes.empty() || model_.accelerators == 0) return best_;
    std::int64_t length = kFirstCycle;
    for (std::size_t cycle = 0; going(); ++cycle, length += length / 4) {
      const std::size_t which = (cycle / 2) % starts.size();
      anneal(cycle % 2 == 0 ? best_.placement : starts[which], length);
    }
    return best_;
  }

 private:
  struct Judged {
    double price = 0;
    std::int64_t latency = 0;
    bool fits = false;
  };

  std::optional<Judged> judge(const Placement& placement) {
    const auto latency = clock_.latency(placement);
    if (!latency) return std::nullopt;
    const std::int64_t excess = clock_.excess();
    Judged judged{static_cast<double>(*latency), *latency, excess == 0};
    if (excess > 0) {
      judged.price += static_cast<double>(best_.value) * static_cast<double>(excess) /
                      static_cast<double>(std::max<std::int64_t>(model_.capacity, 1));
    }
    return judged;
  }

  std::optional<Judged> offer(const Placement& placement) {
    const auto judged = judge(placement);
    if (judged && judged->fits && judged->latency < best_.value)
      best_ = {placement, judged->latency};
    return judged;
  }

  bool going() {
    if (stopped_ || steps_ >= options_.steps) return false;
    if (options_.progress && steps_ >= next_report_) {
      next_report_ = steps_ + kBetweenReports;
      stopped_ = !options_.progress({.steps = steps_,
                                     .best = static_cast<double>(best_.value),
                                     .method = "annealing of calls"});
    }
    return !stopped_;
  }

  void anneal(Placement state, std::int64_t length) {
    auto now = judge(state);
    if (!now) return;
    double heat = kHot;
    const std::int64_t each = std::max<std::int64_t>(1, length / kCoolings);
    // (kCold / kHot)^(1 / kCoolings), written out: no library's pow() decides anything.
    static_assert(kHot == 0.1 && kCold == 1e-7 && kCoolings == 200);
    constexpr double kFactor = 0.933254300796991;
    for (int cooling = 0; cooling < kCoolings; ++cooling, heat *= kFactor) {
      for (std::int64_t i = 0; i < each; ++i) {
        if (!going()) return;
        ++steps_;
        change(state);
        if (undo_.empty()) continue;
        const auto next = offer(state);
        const double temperature = heat * static_cast<double>(best_.value);
        const bool accepted = next && (next->price - now->price) * kOneVariate <=
                                          temperature * static_cast<double>(random_.exponential());
        if (accepted) {
          now = next;
        } else {
          for (auto at = undo_.rbegin(); at != undo_.rend(); ++at) state[at->first] = at->second;
        }
      }
    }
  }

  void put(Placement& state, NodeId id, std::uint32_t where) {
    if (state[id] == where || (where != kHost && !model_.nodes[id].accelerator)) return;
    undo_.emplace_back(id, state[id]);
    state[id] = where;
  }

  std::uint32_t target(const Placement& state, NodeId id) {
    const CallModel::Node& node = model_.nodes[id];
    const std::size_t neighbours = node.before.size() + node.after.size();
    if (neighbours > 0 && !random_.one_in(8)) {
      const std::size_t at = random_.below(neighbours);
      return state[at < node.before.size() ? node.before[at] : node.after[at - node.before.size()]];
    }
    const std::size_t any = random_.below(model_.accelerators + 1);
    return any == model_.accelerators ? kHost : static_cast<std::uint32_t>(any);
  }

  void change(Placement& state) {
    undo_.clear();
    const std::size_t count = model_.nodes.size();
    const std::size_t first = random_.below(count);
    if (random_.one_in(4)) {
      // A run: mostly short, now and then most of the network.
      std::size_t longest = 2 + random_.below(count);
      longest = 1 + random_.below(longest);
      const std::size_t length = 1 + random_.below(longest);
      const std::uint32_t where = target(state, NodeId(first));
      for (std::size_t at = first; at < std::min(count, first + length); ++at)
        put(state, NodeId(at), where);
      return;
    }
    const auto id = NodeId(first);
    const std::uint32_t where = target(state, id);
    put(state, id, where);
    if (!random_.one_in(4)) {
      for (const NodeId feeder : feeders_[id]) put(state, feeder, where);
    }
  }

  const CallModel& model_;
  const SearchOptions& options_;
  Random random_;
  CallClock clock_;
  IdVector<NodeId, std::vector<NodeId>> feeders_{model_.nodes.size()};
  CallSolution best_;
  std::vector<std::pair<NodeId, std::uint32_t>> undo_;
  std::int64_t steps_ = 0, next_report_ = 0;
  bool stopped_ = false;
};

}  // namespace

CallSolution search_calls(const CallModel& model, const SearchOptions& options,
                          const std::vector<Placement>& starts) {
  return Annealing(model, options).run(starts);
}

}  // namespace partita::calls
