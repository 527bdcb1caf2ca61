#include "exec/profile/results.h"

#include <cmath>

namespace partita::exec {

void Results::add(const Reading& reading) {
  const std::string key = measurement_key(reading.row);
  const auto [place, is_new] = measured_.try_emplace(key);
  if (is_new) place->second.row = reading.row;
  place->second.samples.add(reading.time, reading.clean);
  changed_.insert(key);
}

void Results::update(std::optional<double> watts, const std::map<std::string, double>& of_devices) {
  for (const std::string& key : changed_) {
    Measured& measured = measured_.at(key);
    ProfileRow& row = measured.row;
    const Source& source = sources_.at(row.processor);
    measured.samples.summarise(row);
    row.environment = source.environment;
    row.clock = source.clock;
    // Power times time: counters are too slow to be read around a layer.
    const auto device = of_devices.find(row.processor);
    const std::optional<double> power = device != of_devices.end() ? std::optional(device->second)
                                        : source.counts_energy     ? watts
                                                                   : std::nullopt;
    if (power) row.energy_pj = std::llround(*power * static_cast<double>(row.median.count()));
    const ProfileRow* old = before_.same(row);
    profile_.add(old != nullptr && old->samples > row.samples ? *old : row);
  }
  changed_.clear();
  Profile complete;
  for (ProfileRow row : profile_.rows()) {
    row.alone = alone(row);
    complete.add(std::move(row));
  }
  profile_ = std::move(complete);
}

std::optional<Time> Results::alone(const ProfileRow& row) const {
  if (row.level == 1) return std::nullopt;
  ProfileRow one = row;
  one.kind = row.kind == "copies" ? "copy" : "layer";
  one.level = 1;
  one.with = {};
  const ProfileRow* found = profile_.same(one);
  return found != nullptr ? std::optional(found->median) : std::nullopt;
}

std::size_t Results::clean() const {
  std::size_t sum = 0;
  for (const auto& [key, measured] : measured_) sum += measured.samples.clean();
  return sum;
}

std::size_t Results::discarded() const {
  std::size_t sum = 0;
  for (const auto& [key, measured] : measured_) {
    sum += measured.samples.all() - measured.samples.clean();
  }
  return sum;
}

}  // namespace partita::exec
