#include "partition/problem/plan_period.h"

#include <algorithm>

#include "models/evaluate/fluid.h"
#include "models/workload/statistics.h"

namespace partita {
namespace {

// The second half of the finishes before the last admission must hold a period several times over.
constexpr std::size_t kRequestsPerFlight = 6;
constexpr std::size_t kMoreRequests = 12;
constexpr std::size_t kMoreInFlight = 4;  // times as many are tried next
constexpr std::size_t kParts = 8;  // the number that fits is found to one of so many parts of it
constexpr std::size_t kMostLayers = 1'000'000;  // are run to find a period: more would take seconds
constexpr std::int64_t kWorth = 256;  // gains of less than one of so many parts are worth nothing

std::size_t a_few_in_flight(const Plan& plan, const Hardware& hardware) {
  std::size_t sum = 0;
  for (const ProcessorId p : ids<ProcessorId>(hardware.processors().size())) {
    if (plan.order(p).empty()) continue;
    sum += static_cast<std::size_t>(hardware.processors()[p].streams) + 1;
  }
  return std::clamp<std::size_t>(sum, 1, PlanPeriod::kMostInFlight);
}

std::size_t stream_length(std::size_t in_flight) {
  return kRequestsPerFlight * in_flight + kMoreRequests;
}

}  // namespace

PlanPeriod::PlanPeriod(const Problem& problem)
    : problem_(problem), evaluator_(problem.network, problem.hardware, problem.costs) {
  const Delays delays(problem.network, problem.hardware);
  const auto candidates = Candidates::find(problem, delays);
  if (std::holds_alternative<Infeasible>(candidates)) return;
  auto made = loads::loads_of(problem, std::get<Candidates>(candidates));
  if (auto* found = std::get_if<loads::MachineLoads>(&made)) loads_ = std::move(*found);
}

std::optional<PlanPeriod::Found> PlanPeriod::of(const Plan& plan) {
  std::optional<Found> best;
  const Time least = largest_load(plan);
  // More of them while they fit, half as many while they do not, then half way to what did not.
  std::size_t in_flight = a_few_in_flight(plan, problem_.hardware);
  std::size_t most_that_fit = 0, too_many = kMostInFlight + 1;
  while (too_many - most_that_fit > 1 + most_that_fit / kParts) {
    bool fits = true;
    const std::optional<Time> period = with(plan, in_flight, fits);
    if (!period) return std::nullopt;
    if (fits || in_flight == 1) {
      most_that_fit = in_flight;
      const bool gains = !best || *period < best->period - best->period / kWorth;
      if (!best || *period < best->period) best = Found{*period, in_flight};
      if (best->period <= after(least, least / kWorth)) break;
      if (!gains && too_many > kMostInFlight) break;
    } else {
      too_many = in_flight;
    }
    if (too_many > kMostInFlight) {
      in_flight = std::min(kMoreInFlight * in_flight, most_in_flight());
      if (in_flight <= most_that_fit) break;
    } else {
      in_flight = (most_that_fit + too_many) / 2;
    }
  }
  return best;
}

std::optional<PlanPeriod::Found> PlanPeriod::of(const Plan& plan, std::size_t in_flight) {
  in_flight =
      std::min(in_flight, std::max(most_in_flight(), a_few_in_flight(plan, problem_.hardware)));
  bool fits = false;
  std::optional<Time> period;
  while (true) {
    period = with(plan, in_flight, fits);
    if (!period) return std::nullopt;
    if (fits || in_flight == 1) return Found{*period, in_flight};
    in_flight /= 2;
  }
}

// Of which a stream is not too long.
std::size_t PlanPeriod::most_in_flight() const {
  std::size_t most = kMostInFlight;
  while (most > 1 && stream_length(most) * problem_.network.layer_count() > kMostLayers) most /= 2;
  return most;
}

std::optional<Time> PlanPeriod::with(const Plan& plan, std::size_t in_flight, bool& fits) {
  const WorkloadTimeline& record = evaluator_.run(stream(plan, in_flight));
  if (record.unfinished) return std::nullopt;
  fits = exceeded_capacity(record.memory_peak, problem_.hardware).empty();
  return period_of(record, plan);
}

Workload PlanPeriod::stream(const Plan& plan, std::size_t in_flight) {
  return Workload::always(plan, stream_length(in_flight), in_flight);
}

Time PlanPeriod::period_of(const WorkloadTimeline& record, const Plan& plan) const {
  const SteadyPeriod period = steady_period(record);
  if (period.requests == 0) return record.makespan;
  const auto requests = static_cast<std::int64_t>(period.requests);
  const Time each{(period.time.count() + requests - 1) / requests};
  return std::max(each, largest_load(plan));
}

// Layers alone.
Time PlanPeriod::busiest(const Plan& plan) const {
  Time most{0};
  for (const ProcessorId p : ids<ProcessorId>(problem_.hardware.processors().size())) {
    Time sum{0};
    for (const LayerId layer : plan.order(p)) sum = after(sum, duration(problem_, layer, p));
    most = std::max(most, sum / problem_.hardware.processors()[p].streams);
  }
  return most;
}

Time PlanPeriod::largest_load(const Plan& plan) const {
  if (!loads_) return Time{0};
  if (!plan.in_place().empty()) return busiest(plan);  // loads are of plans that copy
  const loads::Assignment assignment = loads_->assignment_of(plan.placement().processor);
  if (!loads::is_assignment(loads_->model, assignment)) return Time{0};
  const std::int64_t value = loads::loads_of(loads_->model, assignment).value;
  return Time{value / loads::kTicksPerPicosecond};
}

}  // namespace partita
