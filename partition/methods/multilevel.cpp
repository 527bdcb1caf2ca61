#include "partition/methods/multilevel.h"

#include <algorithm>
#include <list>
#include <utility>

#include "models/base/assert.h"
#include "partition/bounds/paths.h"
#include "partition/methods/annealing.h"
#include "partition/methods/budget.h"
#include "partition/methods/fixed_list.h"
#include "partition/methods/portfolio.h"
#include "partition/methods/walk.h"
#include "partition/problem/coarsening.h"

namespace partita {
namespace {

constexpr std::size_t kCoarseEnough = 800;  // layers
constexpr std::size_t kClustersEach = 6;    // on average on each processor at least

class Multilevel {
 public:
  Multilevel(const Groundwork& ground, const SearchOptions& options)
      : ground_(ground),
        problem_(ground.problem),
        options_(options),
        budget_(options, "multilevel") {}

  Outcome run(const std::vector<Plan>& starts) {
    coarsen_all();
    if (levels_.empty()) return renamed(anneal_from(ground_, options_, starts));
    Outcome coarsest = solve_coarsest();
    if (auto* no = std::get_if<Infeasible>(&coarsest)) return std::move(*no);
    Processors at = std::get<Solution>(coarsest).plan.placement().processor;
    for (auto level = std::prev(levels_.end()); level != levels_.begin(); --level) {
      at = projected(level->coarse, at);
      ++turn_;
      if (time_is_up()) continue;
      auto finer =
          Groundwork::of(std::prev(level)->problem, Groundwork::Screen::Plans, time_left());
      if (auto* no = std::get_if<Infeasible>(&finer)) return std::move(*no);
      Outcome refined = refine(*std::get<std::unique_ptr<Groundwork>>(finer), at, {});
      if (auto* no = std::get_if<Infeasible>(&refined)) return std::move(*no);
      at = std::get<Solution>(refined).plan.placement().processor;
    }
    ++turn_;
    return renamed(refine(ground_, projected(levels_.front().coarse, at), starts));
  }

 private:
  using Processors = IdVector<LayerId, ProcessorId>;
  struct Level {
    Coarsening coarse;
    Problem problem;
    Level(Coarsening made, const Hardware& hardware, const Objective& objective)
        : coarse(std::move(made)), problem{coarse.network, hardware, coarse.costs, objective, {}} {}
  };

  // No cluster longer than what is left for a processor if all work is spread over all of them.
  Time longest_cluster() const {
    Wide work = 0;
    for (const LayerId layer : problem_.network.layers()) {
      Time fastest = Time::max();
      for (const ProcessorId p : ids<ProcessorId>(problem_.hardware.processors().size())) {
        if (problem_.costs(layer, p)) fastest = std::min(fastest, duration(problem_, layer, p));
      }
      work += fastest.count();
    }
    const auto clusters = static_cast<Wide>(problem_.hardware.processors().size() * kClustersEach);
    return Time{static_cast<std::int64_t>(work / clusters) + 1};
  }

  void coarsen_all() {
    const Time longest = longest_cluster();
    const std::size_t enough =
        std::max(kCoarseEnough, kClustersEach * problem_.hardware.processors().size());
    const Problem* finest = &problem_;
    while (finest->network.layer_count() > enough && !time_is_up()) {
      auto coarse = coarsen(*finest, longest);
      if (!coarse) return;
      finest =
          &levels_.emplace_back(std::move(*coarse), problem_.hardware, problem_.objective).problem;
    }
  }

  SearchOptions part(double share, std::uint64_t turn) const {
    SearchOptions part = options_;
    part.seed = options_.seed + turn;
    if (turn < levels_.size()) part.progress = without_value();
    part.steps = std::max<std::int64_t>(
        1, static_cast<std::int64_t>(share * static_cast<double>(options_.steps)));
    if (options_.seconds)
      part.seconds = std::max(0.0, *options_.seconds - budget_.seconds()) * share;
    return part;
  }

  Outcome solve_coarsest() { return solve_auto(levels_.back().problem, part(0.5, 0)); }

  // What a coarse plan costs is no news of the network's.
  std::function<bool(const Progress&)> without_value() const {
    if (!options_.progress) return nullptr;
    return [this](const Progress& progress) {
      return options_.progress(
          {.steps = progress.steps, .best = {}, .bound = {}, .method = "multilevel"});
    };
  }

  bool time_is_up() const { return options_.seconds && budget_.seconds() >= *options_.seconds; }
  Deadline time_left() const {
    if (!options_.seconds) return {};
    return Deadline(std::max(0.0, *options_.seconds - budget_.seconds()));
  }

  // Where the clusters are, there are their layers.
  static Processors projected(const Coarsening& coarse, const Processors& of_clusters) {
    Processors of_layers;
    for (const LayerId cluster : coarse.cluster) of_layers.push_back(of_clusters[cluster]);
    return of_layers;
  }

  // From there; `starts` are plans to beat.
  Outcome refine(const Groundwork& ground, const Processors& processor, std::vector<Plan> starts) {
    const Problem& finer = ground.problem;
    auto made = make_plan(finer.network, finer.hardware,
                          fixed_list(finer, ground.delays, processor), "multilevel");
    if (auto* projected = std::get_if<Plan>(&made)) starts.push_back(std::move(*projected));
    if (starts.empty()) return Infeasible{std::get<BadPlan>(made).reason};
    const auto levels_left = static_cast<double>(levels_.size() + 1 - turn_);
    return anneal_from(ground, part(1 / levels_left, turn_), starts);
  }

  Outcome renamed(Outcome outcome) const {
    auto* solution = std::get_if<Solution>(&outcome);
    if (solution == nullptr) return outcome;
    auto made =
        make_plan(problem_.network, problem_.hardware, solution->plan.placement(), "multilevel");
    PARTITA_ASSERT(std::holds_alternative<Plan>(made), "a plan is none under another name");
    solution->plan = with_transfer_order(problem_.network, std::move(std::get<Plan>(made)),
                                         solution->plan.transfers());
    return outcome;
  }

  const Groundwork& ground_;
  const Problem& problem_;
  const SearchOptions& options_;
  Budget budget_;
  std::list<Level> levels_;  // the finest first; problems refer to their networks
  std::size_t turn_ = 0;
};

}  // namespace

Outcome multilevel_from(const Groundwork& ground, const SearchOptions& options,
                        const std::vector<Plan>& starts) {
  return Multilevel(ground, options).run(starts);
}

Outcome solve_multilevel(const Problem& problem, const SearchOptions& options) {
  return from_quick_plans(problem, options, multilevel_from);
}

}  // namespace partita
