// Energy that processors count themselves.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace partita::exec {

// The counters of all processor packages of a Linux computer (RAPL: Intel SDM vol. 3B, "Running
// average power limit"; AMD has the same; Documentation/power/powercap/powercap.rst).
//
// Model: microjoules of whole packages, idle power and everybody's work included, counted up from
//   some start and back to 0 behind max_energy_range_uj; moved on about once a millisecond.
// Left out: single cores, memory; and counters of other devices (NVML).
class EnergyCounters {
 public:
  // `root`: where the system lists them.
  explicit EnergyCounters(std::string root = "/sys/class/powercap");
  // Of another computer, which cannot be read from here.
  static EnergyCounters elsewhere(const std::string& where);

  // Why there is nothing to read, as a sentence; empty: there is.
  const std::string& absent() const { return absent_; }

  // Microjoules since the last call, of all packages together; the first call, and whenever a
  // counter could not be read: nothing. A counter that has passed its end once is seen through.
  std::optional<std::int64_t> since_last();

 private:
  struct Absent {
    std::string why;
  };
  explicit EnergyCounters(Absent absent) : absent_(std::move(absent.why)) {}

  struct Package {
    std::string file;  // energy_uj
    std::int64_t range = 0;
    std::optional<std::int64_t> last;
  };
  std::vector<Package> packages_;
  std::string absent_;
};

}  // namespace partita::exec
