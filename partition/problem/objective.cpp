#include "partition/problem/objective.h"

namespace partita {
namespace {

constexpr double kNanojoulesPerJoule = 1e9;
constexpr double kBytesPerGigabyte = 1e9;

double joules(Energy energy) { return static_cast<double>(energy.value) / kNanojoulesPerJoule; }

}  // namespace

double number(const PlanCost& cost, Term term) {
  switch (term) {
    case Term::Latency: return seconds(cost.latency);
    case Term::Period: return seconds(cost.period);
    case Term::EnergyUse: return joules(cost.energy);
    case Term::EnergyDelay: return joules(cost.energy) * seconds(cost.latency);
    case Term::Imbalance: return seconds(cost.imbalance);
    case Term::Transfers: return static_cast<double>(cost.transfers.value) / kBytesPerGigabyte;
  }
  return 0;
}

double Objective::value(const PlanCost& cost) const {
  double sum = 0;
  for (std::size_t i = 0; i < kTerms.size(); ++i) {
    if (weights[i] != 0) sum += weights[i] * number(cost, static_cast<Term>(i));
  }
  return sum;
}

}  // namespace partita
