#include "tools/partita/value_text.h"

#include <fmt/format.h>

#include <cmath>

namespace partita::command {

std::string value_text(const Objective& objective, std::optional<double> value) {
  if (!value) return "no plan yet";
  for (const Term term : {Term::Latency, Term::Period, Term::Imbalance}) {
    if (objective.is_only(term)) return to_string(Time{std::llround(*value * 1e12)});
  }
  if (objective.is_only(Term::EnergyUse)) return to_string(Energy{std::llround(*value * 1e9)});
  if (objective.is_only(Term::EnergyDelay)) return fmt::format("{:.4g} J s", *value);
  if (objective.is_only(Term::Transfers)) return to_string(Bytes{std::llround(*value * 1e9)});
  return fmt::format("{:.6g}", *value);
}

}  // namespace partita::command
