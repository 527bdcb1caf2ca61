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
constexpr double kLoadsPart = 0.8;            // of steps and time, for loads
constexpr double kFirstPart = 0.25;           // of that, for the least largest load
// Then crossings are made few: largest loads may be above the least one by such parts of it.
constexpr std::array<std::int64_t, 9> kMargins{200, 100, 50, 25, 12, 6, 100, 50, 25};
constexpr int kTries = 2;  // with each, to make room in memories

class Throughput {
 public:
  Throughput(const Groundwork& ground, const SearchOptions& options, loads::MachineLoads loads)
      : ground_(ground),
        problem_(ground.problem),
        options_(options),
        loads_(std::move(loads)),
        model_(problem_),
        budget_(loads_part_, "throughput") {}

  Outcome run(const std::vector<Plan>& starts) {
    std::vector<loads::Assignment> assignments;
    for (const Plan& plan : starts) {
      note(plan, model_.judge(plan));
      const loads::Assignment assignment = loads_.assignment_of(plan.placement().processor);
      // Not where a layer's processor is no candidate, or a group is apart.
      if (loads_.processors_of(assignment) == plan.placement().processor &&
          loads::is_assignment(loads_.model, assignment))
        assignments.push_back(assignment);
    }
    std::optional<Plan> last;
    const auto found = loads::search_loads(loads_.model, options_of_moves(kFirstPart), assignments);
    const auto* least = std::get_if<loads::LoadSolution>(&found);
    if (least == nullptr)
      reason_ = std::get<Infeasible>(found).reason;
    else
      with_few_crossings(*least, assignments, last);
    return polished(last, starts);
  }

 private:
  static SearchOptions loads_part_of(const SearchOptions& options) {
    SearchOptions part = options;
    part.steps = static_cast<std::int64_t>(kLoadsPart * static_cast<double>(options.steps));
    if (options.seconds) part.seconds = kLoadsPart * *options.seconds;
    return part;
  }

  void with_few_crossings(const loads::LoadSolution& least,
                          std::vector<loads::Assignment>& assignments, std::optional<Plan>& last) {
    const IdVector<loads::PlaceId, loads::Place> all_room = loads_.model.places;
    bool lacks = lacks_room(least.assignment, last);
    assignments.insert(assignments.begin(), least.assignment);
    for (std::size_t i = 0; i < kMargins.size(); ++i) {
      const std::int64_t limit = least.value + least.value / kMargins[i];
      for (int next = 0; next < kTries && (next == 0 || lacks); ++next) {
        const double spent = part_spent();
        if (budget_.exhausted() || spent >= 1) return;
        const double part = spent + (1 - spent) / static_cast<double>(kMargins.size() - i);
        const auto found =
            loads::search_loads(loads_.model, options_of_moves(part), assignments, limit);
        const auto* solution = std::get_if<loads::LoadSolution>(&found);
        if (solution == nullptr || solution->assignment == assignments.front()) break;
        assignments.insert(assignments.begin(), solution->assignment);
        lacks = lacks_room(solution->assignment, last);
      }
      loads_.model.places = all_room;
    }
  }

  // Whether memories hold too much for it: then they leave more room.
  bool lacks_room(const loads::Assignment& assignment, std::optional<Plan>& last) {
    auto made = make_plan(
        problem_.network, problem_.hardware,
        loads::placement_of(problem_.network, problem_.hardware, loads_.processors_of(assignment)),
        "throughput");
    if (const auto* bad = std::get_if<BadPlan>(&made)) {
      reason_ = bad->reason;
      return false;
    }
    last = std::move(std::get<Plan>(made));
    const Judgement found = consider(*last);
    return !found.feasible() && make_room(assignment, model_.timeline().memory_peak);
  }

  double part_spent() const {
    if (loads_part_.seconds) return budget_.seconds() / *loads_part_.seconds;
    return static_cast<double>(budget_.steps()) / static_cast<double>(loads_part_.steps);
  }

  // Until so much of that part is spent.
  SearchOptions options_of_moves(double part) {
    const auto last = static_cast<std::int64_t>(part * static_cast<double>(loads_part_.steps));
    const std::int64_t left = std::max<std::int64_t>(1, last - budget_.steps());
    const std::int64_t most = std::numeric_limits<std::int64_t>::max() / kMovesPerStep;
    return {.seed = options_.seed,
            .steps = std::min(left, most) * kMovesPerStep,
            .progress = [this, part, seen = std::int64_t{0}](const Progress& now) mutable {
              for (; seen < now.steps / kMovesPerStep; ++seen) budget_.step(best_value());
              const bool late =
                  loads_part_.seconds && budget_.seconds() >= part * *loads_part_.seconds;
              return !budget_.exhausted() && !late;
            }};
  }
  std::optional<double> best_value() const {
    return best_ ? std::optional{best_->value} : std::nullopt;
  }

  void note(const Plan& plan, const Judgement& found) {
    if (!found.feasible())
      reason_ = model_.why_infeasible();
    else if (!best_ || found.value < best_->value)
      best_ = Solution{plan, found.cost, found.value};
  }

  // Many in flight first: whether it is worth trying others.
  Judgement consider(const Plan& plan) {
    const Judgement found = model_.judge(plan, PlanPeriod::kMostInFlight);
    const bool improves = found.feasible() && (!best_ || found.value < best_->value);
    note(plan, improves ? model_.judge(plan) : found);
    return found;
  }

  // Where memories hold too much with this assignment, it leaves more room for what is on its way, by what
  // lacks. False: nothing lacks.
  bool make_room(const loads::Assignment& assignment, const IdVector<MemoryId, Bytes>& peaks) {
    const auto held = loads::loads_of(loads_.model, assignment).held;
    bool lacks = false;
    for (const MemoryId memory : ids<MemoryId>(peaks.size())) {
      const Bytes over = peaks[memory] - problem_.hardware.memories()[memory].capacity;
      if (over.value <= 0) continue;
      const loads::PlaceId place{static_cast<std::uint32_t>(index(memory))};
      loads_.model.places[place].capacity =
          Bytes{std::max<std::int64_t>(0, held[place] - over.value)};
      lacks = true;
    }
    return lacks;
  }

  // From the best plan, or, where none fits, from all others, which the search makes fit.
  Outcome polished(const std::optional<Plan>& last, std::vector<Plan> starts) {
    SearchOptions rest = options_;
    const bool streams = problem_.objective.weighs(Term::Period);
    rest.steps = (options_.steps - loads_part_.steps) / (streams ? kStepsPerStream : 1);
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
  const SearchOptions loads_part_ = loads_part_of(options_);
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
