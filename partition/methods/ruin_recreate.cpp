#include "partition/methods/ruin_recreate.h"

#include <algorithm>
#include <utility>

#include "models/base/assert.h"
#include "models/base/random.h"
#include "partition/methods/list_schedule.h"
#include "partition/methods/walk.h"

namespace partita {
namespace {

constexpr std::size_t kFewest = 2, kMost = 40;  // layers that go at once, at most a third of all
constexpr std::size_t kBlink = 12;   // one in so many layers is not offered its best processor
constexpr std::size_t kClimb = 4;    // small moves after each large one, each kept where it helps
constexpr double kThreshold = 0.02;  // of the best value: what may be lost at first; falls to 0

class Recreator {
 public:
  Recreator(const Groundwork& ground, const SearchOptions& options)
      : problem_(ground.problem),
        candidates_(ground.candidates),
        delays_(ground.delays),
        reserve_(unlimited_memory(ground.problem.hardware)),
        random_(options.seed),
        walk_(ground, options, "ruin_recreate"),
        removed_(ground.problem.network.layer_count()) {}

  Outcome run(const std::vector<Plan>& starts) {
    if (!walk_.start(starts)) return walk_.result();
    walk_.return_to_best();
    while (!walk_.budget().exhausted()) step();
    return walk_.result();
  }

 private:
  void step() {
    const Walk::Place before = walk_.place();
    const double price = walk_.price();
    ruin(before.state);
    const auto rebuilt = recreate(before.state);
    if (rebuilt) walk_.go_to(*rebuilt);
    climb();
    const double best = walk_.best() ? walk_.best()->value : price;
    if (walk_.price() > price && walk_.price() > best * (1 + kThreshold * left()))
      walk_.go_back(before);
  }

  // Of the budget, what is left.
  double left() {
    const auto done = static_cast<double>(walk_.budget().steps());
    const auto more = static_cast<double>(walk_.budget().steps_left());
    return more / (done + more);
  }

  void climb() {
    for (std::size_t i = 0; i < kClimb && !walk_.budget().exhausted(); ++i) {
      if (!walk_.move(random_)) return;
      if (walk_.judge(walk_.price()))
        walk_.accept();
      else
        walk_.reject();
    }
  }

  void ruin(const SearchState::Snapshot& state) {
    const std::size_t layers = state.sequence.size();
    const std::size_t most = std::clamp(layers / 3, std::size_t{1}, kMost);
    const std::size_t size = std::min(most, kFewest + random_.below(most));
    ++round_;
    if (random_.one_in(2)) {
      const std::size_t first = random_.below(layers - size + 1);
      for (std::size_t i = first; i < first + size; ++i) removed_[state.sequence[i]] = round_;
      return;
    }
    block_.assign(1, walk_.state().pick_layer(random_));
    removed_[block_.front()] = round_;
    for (std::size_t i = 0; i < block_.size() && block_.size() < size; ++i) {
      for (const auto* next :
           {&problem_.network.predecessors(block_[i]), &problem_.network.successors(block_[i])}) {
        for (const LayerId layer : *next) {
          if (block_.size() == size || std::exchange(removed_[layer], round_) == round_) continue;
          block_.push_back(layer);
        }
      }
    }
  }

  std::optional<SearchState::Snapshot> recreate(const SearchState::Snapshot& before) {
    ListSchedule schedule(problem_, delays_, reserve_);
    for (const LayerId layer : before.sequence) {
      if (removed_[layer] == round_ && !random_.one_in(kBlink)) {
        if (!schedule.place_first_finisher(layer, candidates_, ListSchedule::Gaps::Fill))
          return std::nullopt;
        continue;
      }
      ProcessorId at = before.processor[layer];
      if (removed_[layer] == round_)
        at = candidates_[layer][random_.below(candidates_[layer].size())];
      const auto slot = schedule.earliest(layer, at, ListSchedule::Gaps::Leave);
      if (!slot) return std::nullopt;
      schedule.place(layer, at, *slot);
    }
    return SearchState::Snapshot{schedule.placement().processor, schedule.sequence()};
  }

  const Problem& problem_;
  const Candidates& candidates_;
  const Delays& delays_;
  Reserve reserve_;
  Random random_;
  Walk walk_;
  IdVector<LayerId, std::uint64_t> removed_;
  std::uint64_t round_ = 0;
  std::vector<LayerId> block_;
};

}  // namespace

Outcome recreate_from(const Groundwork& ground, const SearchOptions& options,
                      const std::vector<Plan>& starts) {
  PARTITA_ASSERT(!starts.empty(), "large neighbourhoods need a start");
  return Recreator(ground, options).run(starts);
}

Outcome solve_ruin_recreate(const Problem& problem, const SearchOptions& options) {
  return from_quick_plans(problem, options, recreate_from);
}

}  // namespace partita
