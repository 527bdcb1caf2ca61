// Decides layer by layer, as run-time task schedulers do: each goes where it would end first.
#pragma once

#include <memory>
#include <vector>

#include "partition/problem/delays.h"
#include "partition/runtime/policies/estimates.h"

namespace partita {

// Model: when a request is admitted, its layers, in the network's numbering, go one after the other
//   to the processor that is expected to end them first, with what it has outstanding, what layers
//   take now (estimates.h), and what it takes to send operands over idle links (the minimum
//   completion time rule of Augonnet, Thibault, Namyst, Wacrenier, "StarPU", Concurrency Computat.
//   Pract. Exper. 23, 2011). Weights are everywhere from the start, so that nothing moves: more than
//   others may have. Processors whose memory cannot hold all weights are not used.
// Left out: decisions later than at admission; the load of links by other requests.
class Dispatch : public Policy {
 public:
  // nullptr: no processors can hold all weights and run every layer, so there is nothing to decide.
  static std::unique_ptr<Dispatch> make(const PolicyProblem& problem);

  // The plans of the classes, and after them, for the sake of its weights, one for each processor.
  std::shared_ptr<const Configuration> first() override { return everywhere_; }
  void observe(Time now, std::span<const LayerReading> layers,
               std::span<const CopyReading> copies) override;
  void arrived(Time, std::uint32_t) override {}
  void answered(Time, Time) override {}
  void lost(Time, ProcessorId processor) override { estimates_.lost(processor); }
  void back(Time, ProcessorId processor) override { estimates_.back(processor); }
  Decision decide(const Situation& situation) override;
  std::shared_ptr<const Plan> plan_for(Time now, std::uint32_t seen_class) override;

 private:
  explicit Dispatch(const PolicyProblem& problem);
  bool holds_all_weights(ProcessorId processor) const;
  // Absent: a layer can run on no processor that is there.
  std::optional<Placement> placement(Time now, std::size_t input_class);
  std::optional<double> operands_there(std::size_t input_class, LayerId layer,
                                       ProcessorId processor) const;
  double link_slowdown(MemoryId src, MemoryId dst) const;

  const PolicyProblem problem_;
  const Hardware hardware_;  // undisturbed
  Estimates estimates_;
  std::vector<Delays> delays_;  // by class
  std::vector<bool> allowed_;   // by processor
  IdVector<ChannelId, std::optional<LinkId>> link_of_;
  std::shared_ptr<const Configuration> everywhere_;
  std::vector<double> free_at_;  // by processor, seconds: when what is outstanding should be done
  // Of the request that is being placed.
  IdVector<LayerId, ProcessorId> on_;
  IdVector<LayerId, double> end_;
};

}  // namespace partita
