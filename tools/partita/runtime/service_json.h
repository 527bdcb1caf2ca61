// The record of services as a file, for figures and for whoever computes with it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tools/partita/runtime/outcome.h"
#include "tools/partita/runtime/service_case.h"

namespace partita::command {

// {service: 1, scenario, about, machine, network, execution, capacity_per_second,
// classes, load [{name, on, what, windows_ps [[from, until]]}], policies [{policy, ...,
// requests {arrival_ps, answered_ps (-1: never), class, seen, attempts, shed}, decisions, migrations}]}.
std::string service_json(const ServiceCase& of, const std::vector<Outcome>& outcomes);

// One line for each outcome, as benchmarks print them.
nlohmann::ordered_json rows_of(const ServiceCase& of, const std::vector<Outcome>& outcomes);

}  // namespace partita::command
