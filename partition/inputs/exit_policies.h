// Ways to choose with which exit each input starts, side by side.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "partition/inputs/exit_choice.h"

namespace partita::inputs {

struct ExitPolicy {
  std::string name;
  std::vector<std::size_t> starts;  // of each input
};

// Inputs that nobody has learned from, and where they really leave.
struct JudgedInputs {
  Rows features;
  std::vector<std::vector<bool>> sure;  // of each exit
};

// "exit by exit": all start with the first. "one plan": all start where the mean of the inputs that
// were learned from is least (`blind`, which knows no features). "analyzer": each where `model`
// expects least of its features. "shuffled": the same with the features of another input. "oracle":
// each where it really takes least.
std::vector<ExitPolicy> exit_policies(const ExitTimes& times, const ExitModel& model,
                                      const ExitModel& blind, const JudgedInputs& inputs,
                                      std::uint64_t seed);

// How long each input takes with its start.
std::vector<Time> times_of(const ExitPolicy& policy, const ExitTimes& times,
                           const std::vector<std::vector<bool>>& sure);

// Rounded to the nearest picosecond. Precondition: not empty.
Time mean(const std::vector<Time>& times);
// The least that at least this share does not exceed. Precondition: not empty.
Time quantile(std::vector<Time> times, double share);

}  // namespace partita::inputs
