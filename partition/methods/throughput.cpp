#include "partition/methods/throughput.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>

#include "models/base/assert.h"
#include "partition/loads/load_search.h"
#include "partition/loads/machine_loads.h"
#include "partition/methods/annealing.h"
#include "partition/methods/budget.h"
#include "partition/methods/walk.h"

namespace partita {
namespace {

constexpr std::int64_t kMovesPerStep = 128;   // take about as long as one plan
constexpr std::int64_t kStepsPerStream = 64;  // a stream takes so many plans' time
// Above the least largest load that was found, as parts of it: where crossings are sought few.
constexpr std::array<std::int64_t, 6> kMargins{200, 100, 50, 25, 12, 6};
constexpr std::size_t kRounds = 9;
constexpr std::size_t kTries = 3;  // to make room

class Throughput {
 public:
  Throughput(const Groundwork& ground, const SearchOptions& options, loads::MachineLoads loads)
      : ground_(ground),
        problem_(ground.problem),
        options_(options),
        loads_(std::move(loads)),
        model_(problem_),
          budget_(half_, "throughput") {}

  Outcome run(const std::vector<Plan>& starts) {
    std::vector<loads::Assignment> assignments;
    for (const Plan& plan : starts) {
      consider(plan);
      const loads::Assignment assignment = loads_.assignment_of(plan.placement().processor);
      // Not where a layer's processor is no candidate, or a group is apart.
      if (loads_.processors_of(assignment) == plan.placement().processor &&
          loads::is_assignment(loads_.model, assignment))
        assignments.push_back(assignment);
    }
    std::optional<Plan> last;
    std::int64_t least = 0, limit = 0;
    std::size_t margin = 0, tries = 0;
    for (std::size_t round = 0; round < kRounds && !budget_.exhausted(); ++round) {
      const SearchOptions moves = options_of_moves(static_cast<double>(round + 2) / (kRounds + 1));
      const auto found = loads::search_loads(loads_.model, moves, assignments, limit);
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
      assignments.insert(assignments.begin(), solution.assignment);
      const Judgement judged = consider(*last);
      if (getenv("TP")) {
        std::int64_t cuts = 0;
        for (auto& arc : loads_.model.arcs) cuts += solution.assignment[arc.from] != solution.assignment[arc.to];
        printf("  round %zu at %.2fs: load %.4f cuts %ld period %.4f in flight %zu fits %d\n", round, budget_.seconds(), solution.value / 1024e9, cuts, judged.cost.period.count() / 1e9, judged.in_flight, judged.feasible());
      }
      const bool again = !judged.feasible() && make_room(model_.timeline().memory_peak) &&
                         round > 0 && ++tries < kTries;
      if (!again && round > 0) ++margin, tries = 0;
      if (round == 0 || solution.value > limit) least = solution.value;
      limit = least + least / kMargins[margin % kMargins.size()];
    }
    return polished(last, starts);
  }

 private:
  static SearchOptions half_of(const SearchOptions& options) {
    SearchOptions half = options;
    half.steps = options.steps * 3 / 4;
    if (options.seconds) half.seconds = *options.seconds * 3 / 4;
    return half;
  }

  // Until so much of the half is spent.
  SearchOptions options_of_moves(double part) {
    const auto last = static_cast<std::int64_t>(part * static_cast<double>(half_.steps));
    const std::int64_t left = std::max<std::int64_t>(1, last - budget_.steps());
    const std::int64_t most = std::numeric_limits<std::int64_t>::max() / kMovesPerStep;
    return {.seed = options_.seed,
            .steps = std::min(left, most) * kMovesPerStep,
            .progress = [this, part, seen = std::int64_t{0}](const Progress& now) mutable {
              for (; seen < now.steps / kMovesPerStep; ++seen) budget_.step(best_value());
              const bool late = half_.seconds && budget_.seconds() >= part * *half_.seconds;
              return !budget_.exhausted() && !late;
            }};
  }
  std::optional<double> best_value() const {
    return best_ ? std::optional{best_->value} : std::nullopt;
  }

  Judgement consider(const Plan& plan) {
    const Judgement found = model_.judge(plan);
    if (!found.feasible())
      reason_ = model_.why_infeasible();
    else if (!best_ || found.value < best_->value)
      best_ = Solution{plan, found.cost, found.value};
    return found;
  }

  // By what memories hold too much of; false: nothing lacks.
  bool make_room(const IdVector<MemoryId, Bytes>& peaks) {
    bool made = false;
    for (const MemoryId memory : ids<MemoryId>(peaks.size())) {
      const Bytes over = peaks[memory] - problem_.hardware.memories()[memory].capacity;
      if (over.value <= 0) continue;
      Bytes& capacity = *loads_.model.places[loads::PlaceId(index(memory))].capacity;
      capacity = Bytes{std::max<std::int64_t>(0, capacity.value - over.value)};
      made = true;
    }
    return made;
  }

  // From the best plan, or, where none fits, from all others, which the search makes fit.
  Outcome polished(const std::optional<Plan>& last, std::vector<Plan> starts) {
    SearchOptions rest = options_;
    const bool streams = problem_.objective.weighs(Term::Period);
    rest.steps = (options_.steps - half_.steps) / (streams ? kStepsPerStream : 1);
    if (options_.seconds) rest.seconds = std::max(0.0, *options_.seconds - budget_.seconds());
    if (best_) starts.assign(1, best_->plan);
    if (!best_ && last) starts.push_back(*last);
    const Outcome outcome = anneal_from(ground_, rest, starts);
    const auto* solution = std::get_if<Solution>(&outcome);
    if (best_ && (solution == nullptr || !(solution->value < best_->value))) return named(*best_);
    if (solution != nullptr) return named(*solution);
    return outcome;
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

  const Groundwork& ground_;
  const Problem& problem_;
  const SearchOptions& options_;
  const SearchOptions half_ = half_of(options_);
  loads::MachineLoads loads_;
  CostModel model_;
  Budget budget_;
  std::optional<Solution> best_;
  std::string reason_;
};

}  // namespace

Outcome throughput_from(const Groundwork& ground, const SearchOptions& options,
                        const std::vector<Plan>& starts) {
  auto loads = loads::loads_of(ground.problem, ground.candidates);
  if (auto* no = std::get_if<Infeasible>(&loads)) return std::move(*no);
  return Throughput(ground, options, std::move(std::get<loads::MachineLoads>(loads))).run(starts);
}

Outcome solve_throughput(const Problem& problem, const SearchOptions& options) {
  return from_quick_plans(problem, options, throughput_from);
}

}  // namespace partita
