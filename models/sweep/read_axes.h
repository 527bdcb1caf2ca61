// The axes of a sweep file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "models/base/document.h"
#include "models/sweep/axis.h"

namespace partita {

// What the names of axes and shared options may begin with, beside options of the verb.
inline constexpr std::string_view kMachineAxis = "machine.", kModelAxis = "model.",
                                  kBindAxis = "bind.", kScenarioAxis = "scenario.";

// Why `name` is no name of an option of a verb, or of a value of what options name; "": it is one.
std::string mistake_in_name(const std::string& name);

// Reads `axes:`, a map of names to values; under `zip`, axes that step together.
std::vector<Axis> read_axes(const ValueReader& value);

}  // namespace partita
