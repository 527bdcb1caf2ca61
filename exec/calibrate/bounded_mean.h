// What waits add up to: a mean that a few wild ones cannot spoil.
#pragma once

#include <vector>

namespace partita::exec {

// Of all values, each of which counts no more than nineteen in twenty of them do (Winsor's mean: Dixon,
// Annals of Mathematical Statistics 31(2), 1960). Latencies have a long tail, and a plan takes as long
// as their sum: their median is too little. 0 without values.
double bounded_mean(std::vector<double> values);

}  // namespace partita::exec
