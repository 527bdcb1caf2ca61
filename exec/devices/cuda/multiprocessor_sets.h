// Which multiprocessors of a GPU are whose: sets that do not overlap, in whole groups.
#pragma once

#include <cstddef>
#include <vector>

namespace partita::exec::cuda {

// How many groups of `granule` make `multiprocessors`. Throws DeviceError that says what would be
// possible where none do, or more than there are.
std::size_t groups_for(int multiprocessors, int granule, std::size_t groups);

// Groups of one GPU that processors of this process have taken.
class TakenGroups {
 public:
  explicit TakenGroups(std::size_t groups) : taken_(groups, false) {}

  // The lowest that are free. Throws DeviceError where there are too few.
  std::vector<std::size_t> take(std::size_t count);
  void give_back(const std::vector<std::size_t>& groups);

 private:
  std::vector<bool> taken_;
};

}  // namespace partita::exec::cuda
