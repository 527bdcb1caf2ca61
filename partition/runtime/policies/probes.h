// Requests that look after processors which nobody uses: whether one that was slow is well again.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "partition/problem/delays.h"
#include "partition/runtime/policies/estimates.h"

namespace partita {

// Model: one request in kEvery runs one layer without weights elsewhere, on an unused processor that
//   is there and believed to be slow; the layer that this delays least. When its reading differs by
//   kSurprise from what is believed, the next request looks again: estimates believe the second
//   surprise. So what a slow processor costs is seen within a few requests after it is well.
// Left out: that a probe's layer says little of others.
class Probes {
 public:
  // References are kept. `hardware`: the undisturbed machine.
  Probes(const PolicyProblem& problem, const Hardware& hardware, const Estimates& estimates);

  static constexpr std::int64_t kEvery = 8;
  static constexpr double kSlow = 1.15, kSurprise = 0.2;

  // Plans of this one are in force.
  void use(const Candidate& candidate);
  // Before estimates learn of them.
  void observe(std::span<const LayerReading> layers);
  // For the next request of this class; null: none is due.
  std::shared_ptr<const Plan> next(std::size_t input_class);

 private:
  std::shared_ptr<const Plan> make(std::size_t input_class, ProcessorId processor) const;
  bool wanted(ProcessorId processor) const;
  bool is_probed(LayerId layer, ProcessorId processor) const;

  const PolicyProblem& problem_;
  const Hardware& hardware_;
  const Estimates& estimates_;
  Delays delays_;
  std::shared_ptr<const Configuration> in_force_;
  std::vector<bool> uses_;
  struct Made {
    std::shared_ptr<const Plan> plan;
    bool tried = false;
  };
  std::vector<Made> made_;      // class * processors + processor
  std::vector<LayerId> layer_;  // likewise
  std::vector<bool> urgent_;    // by processor
  std::int64_t since_ = 0;
  std::size_t turn_ = 0;  // the processor whose turn is next
};

}  // namespace partita
