// Launch overheads, time scales and slowdowns from measured layers.
#pragma once

#include <set>
#include <vector>

#include "exec/calibrate/least_deviations.h"
#include "exec/calibrate/observation.h"

namespace partita::exec {

// Model: overhead + time * (scale + (slowdown - 1) * overlap) = from when the layer could start to its
//   end, fitted robustly (least_deviations.h): one overhead and one time scale a processor, one
//   slowdown a package; overlap: the fraction of it during which another processor of the package
//   ran a layer. A layer that waited for an engine's copy tells that engine's completion instead: how
//   much later it was done than it would have been at once, in the mean (bounded_mean.h).
class LayerFit {
 public:
  explicit LayerFit(const Hardware& hardware) : hardware_(hardware) {}

  // `costs`: of the network's layers on this machine.
  void add(const Network& network, const CostTable& costs, const Observation& observation);
  // Writes what was fitted; of processors that ran nothing, and packages of which never two worked
  // at once, nothing.
  void apply(HardwareParts& parts) const;

 private:
  struct Run;

  // Unknowns: overheads of processors, slowdowns of packages, time scales of processors, each - 1
  // where 1 means nothing.
  std::size_t scale_of(ProcessorId p) const {
    return hardware_.processors().size() + hardware_.packages().size() + index(p);
  }
  std::size_t unknowns() const {
    return 2 * hardware_.processors().size() + hardware_.packages().size();
  }
  void add_layer(const Run& run, ProcessorId p, LayerId layer);

  const Hardware& hardware_;
  std::vector<Equation> equations_;
  std::vector<std::pair<EngineId, Equation>> waited_;  // for what engines brought
  std::set<ProcessorId> seen_;
  std::set<std::size_t> overlaps_;  // packages
};

}  // namespace partita::exec
