// Values of objectives as people read them.
#pragma once

#include <optional>
#include <string>

#include "partition/problem/objective.h"

namespace partita::command {

// "12.3 ms", "4.1 mJ" where one term alone is minimised, else the plain number; "no plan yet".
std::string value_text(const Objective& objective, std::optional<double> value);

}  // namespace partita::command
