// With which exit to start, and what that takes: in the mean, and for the slow ones.
#pragma once

#include <cstddef>
#include <vector>

#include "models/base/units.h"
#include "partition/inputs/class_model.h"

namespace partita::inputs {

// Whoever starts with exit s goes there directly, past the exits before; leaves if its answer is sure,
// else goes on from exit to exit.
struct ExitTimes {
  std::vector<Time> direct;  // from the input to each exit
  std::vector<Time> onward;  // from the exit before; of 0: not used

  std::size_t exits() const { return direct.size(); }
  // direct[start] + onward[start + 1] + ... + onward[leave]. Precondition: start <= leave < exits().
  Time of(std::size_t start, std::size_t leave) const;
};

// Where an input leaves that starts with `start`: the first sure exit from there on, or the last.
std::size_t leaves_at(const std::vector<bool>& sure, std::size_t start);

// Sum over exits of probability x time, rounded to the nearest picosecond. `leaves`: probability of
// leaving at each exit, 0 before `start`.
Time expected_time(const ExitTimes& times, std::size_t start, const std::vector<double>& leaves);

// The least time that at least this share of many inputs does not exceed: each input's
// probabilities count alike (a mixture). Precondition: one start and one row for each, at least one.
Time tail_time(const ExitTimes& times, const std::vector<std::size_t>& starts,
               const std::vector<std::vector<double>>& leaves, double share);

// Says where inputs will leave, for each exit that they may start with.
class ExitModel {
 public:
  // `sure[i]`: of each exit, whether its answer for input i was. Precondition: at least one input.
  // Without features, the model gives the same shares for all.
  ExitModel(ModelKind kind, const Rows& features, const std::vector<std::vector<bool>>& sure);

  // Of an input that starts with `start`: one probability for each exit, 0 before `start`.
  std::vector<double> leaves(const std::vector<double>& features, std::size_t start) const;

  // The start with the least expected time; of equal ones the first.
  std::size_t best_start(const ExitTimes& times, const std::vector<double>& features) const;

 private:
  std::size_t exits_;
  std::vector<ClassModel> of_start_;
};

}  // namespace partita::inputs
