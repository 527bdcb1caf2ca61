#include "partition/methods/genetic.h"

#include <algorithm>
#include <utility>

#include "models/base/assert.h"
#include "models/base/random.h"
#include "partition/methods/walk.h"

namespace partita {
namespace {

constexpr std::size_t kPopulation = 24;
constexpr std::size_t kClimb = 12;     // moves that a child tries, each kept where it helps
constexpr std::size_t kMutations = 3;  // random moves at most, of every second child
constexpr std::size_t kScatter = 8;    // random moves away from a start, for the first individuals

struct Individual {
  SearchState::Snapshot state;
  double price = 0;
};

class Population {
 public:
  Population(const Groundwork& ground, const SearchOptions& options)
      : random_(options.seed),
        walk_(ground, options, "genetic"),
        taken_(ground.problem.network.layer_count()) {}

  Outcome run(const std::vector<Plan>& starts) {
    for (const Plan& start : starts) {
      if (walk_.start({start})) add();
    }
    if (all_.empty()) return walk_.result();
    const std::size_t founders = all_.size();
    while (all_.size() < kPopulation && !walk_.budget().exhausted())
      scatter(all_[random_.below(founders)].state);
    while (!walk_.budget().exhausted()) breed();
    return walk_.result();
  }

 private:
  // The state that the walk is at, in order of price; the worst goes when there are too many.
  void add() {
    Individual newcomer{walk_.state().snapshot(), walk_.price()};
    const auto known = [&](const Individual& each) {
      return each.price == newcomer.price && each.state.processor == newcomer.state.processor;
    };
    if (std::any_of(all_.begin(), all_.end(), known)) return;
    const auto place =
        std::upper_bound(all_.begin(), all_.end(), newcomer.price,
                         [](double price, const Individual& each) { return price < each.price; });
    all_.insert(place, std::move(newcomer));
    if (all_.size() > kPopulation) all_.pop_back();
  }

  void scatter(const SearchState::Snapshot& from) {
    SearchState::Snapshot state = from;
    if (walk_.go_to(mutant(std::move(state), kScatter))) add();
  }

  // After up to `most` random moves, at least one.
  SearchState::Snapshot mutant(SearchState::Snapshot state, std::size_t most) {
    walk_.state().restore(state);
    for (std::size_t i = 1 + random_.below(most); i-- > 0;) {
      if (!walk_.move(random_)) break;
      walk_.state().keep();
    }
    return walk_.state().snapshot();
  }

  // The better of two.
  const Individual& parent() {
    return all_[std::min(random_.below(all_.size()), random_.below(all_.size()))];
  }

  void breed() {
    const Individual& mother = parent();
    const Individual& father = parent();
    SearchState::Snapshot child = cross(mother.state, father.state);
    if (random_.one_in(2)) child = mutant(std::move(child), kMutations);
    if (!walk_.go_to(child)) return;
    for (std::size_t i = 0; i < kClimb && !walk_.budget().exhausted(); ++i) {
      if (!walk_.move(random_)) break;
      if (walk_.judge(walk_.price()))
        walk_.accept();
      else
        walk_.reject();
    }
    add();
  }

  // From `mother` all but the layers between two places of her order; those, and their order, from
  // `father`. Both orders are topological, so this one is.
  SearchState::Snapshot cross(const SearchState::Snapshot& mother,
                              const SearchState::Snapshot& father) {
    const std::size_t size = mother.sequence.size();
    std::size_t first = random_.below(size + 1), last = random_.below(size + 1);
    if (first > last) std::swap(first, last);
    ++round_;
    for (std::size_t i = first; i < last; ++i) taken_[mother.sequence[i]] = round_;
    SearchState::Snapshot child = mother;
    std::size_t at = first;
    for (const LayerId layer : father.sequence) {
      if (taken_[layer] != round_) continue;
      child.sequence[at++] = layer;
      child.processor[layer] = father.processor[layer];
    }
    return child;
  }

  Random random_;
  Walk walk_;
  std::vector<Individual> all_;  // the cheapest first
  IdVector<LayerId, std::uint64_t> taken_;
  std::uint64_t round_ = 0;
};

}  // namespace

Outcome evolve_from(const Groundwork& ground, const SearchOptions& options,
                    const std::vector<Plan>& starts) {
  PARTITA_ASSERT(!starts.empty(), "evolution needs a start");
  return Population(ground, options).run(starts);
}

Outcome solve_genetic(const Problem& problem, const SearchOptions& options) {
  return from_quick_plans(problem, options, evolve_from);
}

}  // namespace partita
