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
//   set-ups only.
class LegFit {
 public:
  explicit LegFit(const Hardware& hardware);

  void add(const Network& network, const Observation& observation);
  // Writes what was fitted; what no leg tells stays.
  void apply(HardwareParts& parts) const;

 private:
  std::optional<LinkId> slowest_link(const Leg& leg) const;

  const Hardware& hardware_;
  std::size_t setups_;  // of processors, then engines; bandwidths of links follow
  std::map<std::string, LinkId> link_of_channel_;
  std::vector<Equation> equations_;
};

}  // namespace partita::exec
