// How requests arrive, as scenarios write it.
#pragma once

#include "models/base/document.h"
#include "models/scenario/scenario.h"

namespace partita {

// What parse_arrivals() knows, "poisson 60 %" (of what the best static plan can serve), or a map
// `markov:` with a list of states. A trace lies beside `file`. Mistakes are recorded.
ScenarioArrivals read_arrivals(const ValueReader& value, const std::filesystem::path& file);

}  // namespace partita
