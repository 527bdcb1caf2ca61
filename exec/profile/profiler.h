// Measures what a plan for some networks on a real machine has to know: layers and subgraphs on
// every processor, copies, what processors do to each other, overheads, energy.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "models/hardware/hardware.h"
#include "models/network/network.h"
#include "partition/predict/profile.h"

namespace partita::exec {

struct ProfileOptions {
  int repetitions = 20;                          // clean samples wanted of each row
  std::chrono::milliseconds time_limit{20'000};  // for everything together
  std::function<void(const std::string& what, double done)> progress{};  // done: 0 .. 1
  // Written after every measurement. What it holds already is not measured again, unless that had
  // too few samples; "": none.
  std::string file{};
  bool replace = false;          // forget what the file holds
  std::function<bool()> stop{};  // asked after every run; true: enough
  Bytes largest_copy{64 << 20};
  std::string energy = "/sys/class/powercap";  // where counters of energy are
  std::string where{};  // the workers run; "" on this computer, else see CrewLink
};

struct ProfileResult {
  Profile profile;
  std::size_t rows_before = 0;                       // in the file
  std::size_t rows = 0, samples = 0, discarded = 0;  // measured now
  std::vector<std::string> measured;                 // measurements that are done, or were already
  std::vector<std::string> unfinished;               // with fewer samples than wanted
  std::vector<std::string> unreached;                // not begun
  bool stopped = false;
  std::vector<std::string> notes;  // what a reader of the numbers must know
};

// Model: see Measurements for what, and next_measurement() for in which order; runs of layers and
//   copies in context, so that caches and layouts are as in a real run. A turn of a measurement
//   lasts at least as long as making ready for it. All samples of one row are put together.
//   Energy: the power of all processor packages during the turn, times the row's time.
//   Devices that count for themselves (abi.h): the power of the whole device instead, where a
//   measurement lasted half a second at least.
// Left out: what a layer takes beyond others that keep package or device awake meanwhile.
// Throws ConfigError where the file holds measurements of another environment than this.
ProfileResult profile(const std::vector<const Network*>& networks, const Hardware& hardware,
                      std::uint64_t seed, const ProfileOptions& options = {});
ProfileResult profile(const Network& network, const Hardware& hardware, std::uint64_t seed,
                      const ProfileOptions& options = {});

}  // namespace partita::exec
