// Set-ups and bandwidths from measured copies.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "exec/calibrate/least_deviations.h"
#include "exec/calibrate/observation.h"

namespace partita::exec {

// Model: set-up + size / bandwidth = measured time of a leg, fitted robustly (least_deviations.h): one
//   set-up a processor or engine, one bandwidth a link. Links with regimes keep them, and tell
//   set-ups only. A leg that an engine copies takes from when it could have started: that somebody has
//   to see that data are there, and to tell the engine, is its set-up; of these waits the mean counts
//   (bounded_mean.h).
class LegFit {
 public:
  explicit LegFit(const Hardware& hardware);

  void add(const Network& network, const Observation& observation);
  // Writes what was fitted; what no leg tells stays.
  void apply(HardwareParts& parts) const;

 private:
  std::optional<LinkId> slowest_link(const Leg& leg) const;
  std::vector<double> beyond(const std::vector<double>& fitted, std::size_t server) const;

  const Hardware& hardware_;
  std::size_t setups_;  // of processors, then engines; bandwidths of links follow
  std::map<std::string, LinkId> link_of_channel_;
  std::vector<Equation> equations_;
};

}  // namespace partita::exec
