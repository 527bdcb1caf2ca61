#include "exec/devices/cuda/multiprocessor_sets.h"

#include <fmt/format.h>

#include "exec/device/plugin_device.h"

namespace partita::exec::cuda {

std::size_t groups_for(int multiprocessors, int granule, std::size_t groups) {
  const int most = granule * static_cast<int>(groups);
  if (multiprocessors < granule || multiprocessors % granule != 0 || multiprocessors > most) {
    throw DeviceError(PARTITA_INVALID,
                      fmt::format("a set of {} multiprocessors cannot be had: this GPU gives "
                                  "multiples of {}, up to {}",
                                  multiprocessors, granule, most));
  }
  return static_cast<std::size_t>(multiprocessors / granule);
}

std::vector<std::size_t> TakenGroups::take(std::size_t count) {
  std::vector<std::size_t> mine;
  for (std::size_t i = 0; i < taken_.size() && mine.size() < count; ++i) {
    if (!taken_[i]) mine.push_back(i);
  }
  if (mine.size() < count) {
    throw DeviceError(PARTITA_INVALID,
                      fmt::format("other processors of this process have taken the GPU's "
                                  "multiprocessors: {} groups are free, {} are asked for",
                                  mine.size(), count));
  }
  for (const std::size_t group : mine) taken_[group] = true;
  return mine;
}

void TakenGroups::give_back(const std::vector<std::size_t>& groups) {
  for (const std::size_t group : groups) taken_[group] = false;
}

}  // namespace partita::exec::cuda
