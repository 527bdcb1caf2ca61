#include "partition/methods/throughput.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "models/base/assert.h"
#include "partition/loads/load_search.h"
#include "partition/loads/machine_loads.h"
#include "partition/methods/annealing.h"
#include "partition/methods/greedy.h"
#include "partition/methods/heft.h"
#include "partition/methods/single.h"

namespace partita {
namespace {

constexpr std::int64_t kMovesPerStep = 100;   // take about as long as one plan
constexpr std::int64_t kStepsPerPolish = 64;  // a stream takes so many plans' time
constexpr int kRounds = 4;                    // of making room in memories

class Throughput {
 public:
  Throughput(const Problem& problem, const SearchOptions& options, loads::MachineLoads loads)
      : problem_(problem), options_(options), loads_(std::move(loads)), model_(problem) {}

  Outcome run() {
    std::vector<loads::Assignment> starts;
    for (const auto solve : {solve_single, solve_greedy, solve_heft}) {
      const Outcome outcome = solve(problem_, options_);
      const auto* solution = std::get_if<Solution>(&outcome);
      if (solution == nullptr) continue;
      starts.push_back(loads_.assignment_of(solution->plan.placement().processor));
      consider(solution->plan);
    }
    std::optional<Plan> last;
    for (int round = 0; round < kRounds && !told_to_stop_; ++round) {
      const auto found = loads::search_loads(loads_.model, options_of_search(), starts);
      if (const auto* no = std::get_if<Infeasible>(&found)) {
        if (reason_.empty()) reason_ = no->reason;
        break;
      }
      const auto& solution = std::get<loads::LoadSolution>(found);
      auto made = make_plan(problem_.network, problem_.hardware,
                            loads::placement_of(problem_.network, problem_.hardware,
                                                loads_.processors_of(solution.assignment)),
                            "throughput");
      if (const auto* bad = std::get_if<BadPlan>(&made)) {
        reason_ = bad->reason;
        break;
      }
      last = std::move(std::get<Plan>(made));
      if (consider(*last)) break;
      if (!make_room()) break;
    }
    return polished(last);
  }

 private:
  SearchOptions options_of_search() {
    return {.seed = options_.seed,
            .steps = options_.steps > 0 ? options_.steps * kMovesPerStep : 0,
            .progress = [this](const Progress& now) {
              if (!options_.progress) return true;
              told_to_stop_ = !options_.progress({.steps = now.steps / kMovesPerStep,
                                                  .best = best_value(),
                                                  .bound = std::nullopt,
                                                  .method = "throughput"});
              return !told_to_stop_;
            }};
  }
  std::optional<double> best_value() const {
    return !best_ ? std::optional<double>{} : best_->value;
  }

  // Whether it fits.
  bool consider(const Plan& plan) {
    const Judgement found = model_.judge(plan);
    if (!found.feasible()) {
      reason_ = model_.why_infeasible();
      return false;
    }
    if (!best_ || found.value < best_->value) best_ = Solution{plan, found.cost, found.value};
    return true;
  }

  // By what the plan judged last holds too much of; false: nothing lacks.
  bool make_room() {
    bool made = false;
    const auto& peaks = model_.timeline().memory_peak;
    for (const MemoryId memory : ids<MemoryId>(peaks.size())) {
      const Bytes over = peaks[memory] - problem_.hardware.memories()[memory].capacity;
      if (over.value <= 0) continue;
      Bytes& capacity = *loads_.model.places[loads::PlaceId(index(memory))].capacity;
      capacity = Bytes{std::max<std::int64_t>(0, capacity.value - over.value)};
      made = true;
    }
    return made;
  }

  // From the best plan, or, where none fits, from the last one, which the search makes fit.
  Outcome polished(const std::optional<Plan>& last) {
    const SearchOptions options{
        .seed = options_.seed,
        .steps = std::max<std::int64_t>(1, options_.steps / kStepsPerPolish),
        .progress = options_.progress};
    if (best_ && (told_to_stop_ || options_.steps < kStepsPerPolish)) return named(*best_);
    if (!best_ && !last) return Infeasible{reason_};
    Outcome outcome = anneal_from(problem_, options, {best_ ? best_->plan : *last});
    auto* solution = std::get_if<Solution>(&outcome);
    if (best_ && (solution == nullptr || !(solution->value < best_->value))) return named(*best_);
    return solution != nullptr ? named(*solution) : std::move(outcome);
  }

  // Whatever plan it began as is now this method's answer.
  Solution named(Solution solution) const {
    auto made =
        make_plan(problem_.network, problem_.hardware, solution.plan.placement(), "throughput");
    PARTITA_ASSERT(std::holds_alternative<Plan>(made), "a plan is none under another name");
    const std::vector<Transfer> transfers = solution.plan.transfers();
    solution.plan =
        with_transfer_order(problem_.network, std::move(std::get<Plan>(made)), transfers);
    return solution;
  }

  const Problem& problem_;
  const SearchOptions& options_;
  loads::MachineLoads loads_;
  CostModel model_;
  std::optional<Solution> best_;
  std::string reason_;
  bool told_to_stop_ = false;
};

}  // namespace

Outcome solve_throughput(const Problem& problem, const SearchOptions& options) {
  const Delays delays(problem.network, problem.hardware);
  auto candidates = Candidates::find(problem, delays);
  if (auto* no = std::get_if<Infeasible>(&candidates)) return std::move(*no);
  auto loads = loads::loads_of(problem, std::get<Candidates>(candidates));
  if (auto* no = std::get_if<Infeasible>(&loads)) return std::move(*no);
  return Throughput(problem, options, std::move(std::get<loads::MachineLoads>(loads))).run();
}

}  // namespace partita
