// What each configuration would cost as things are now: cheap estimates for all, exact values for
// the few that matter.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "partition/runtime/policies/candidate.h"
#include "partition/runtime/policies/estimates.h"
#include "partition/runtime/policies/plan_library.h"
#include "partition/runtime/policies/turns.h"

namespace partita {

// Model: a snapshot of what is believed of processors and links, for as long as a decision lasts
//   (turns.h), stands until a part of it differs by kDeadband from what is believed now; then
//   everything is estimated anew by cuts and loads (time_shares.h), and whoever asks for an exact
//   value gets it by an execution of the plain evaluator, with what was learned of each layer. Each
//   of those adds a cut.
// No allocation while the snapshot stands and nothing is executed.
class Outlook {
 public:
  // References are kept.
  Outlook(const PolicyProblem& problem, const PlanLibrary& library, const Estimates& estimates);

  static constexpr double kDeadband = 0.03;

  // The estimates have learned of these.
  void learned(Time now, std::span<const LayerReading> layers);
  // True: the snapshot was made anew.
  bool refresh();

  std::size_t size() const { return known_.size(); }
  const Candidate& operator[](std::size_t candidate) const { return known_[candidate].candidate; }
  // kNone: it is none of ours.
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
  std::size_t index_of(const Configuration* configuration) const;
  bool can_run(std::size_t candidate) const;
  // As far as is known; shares of classes as they are believed now.
  ServiceTimes times(std::size_t candidate) const;
  double latency(std::size_t candidate, std::size_t input_class) const {
    return known_[candidate].latency[input_class];
  }
  bool is_exact(std::size_t candidate) const;
  // Executes the plan of one class; how many layers it has. Precondition: !is_exact(candidate).
  std::int64_t evaluate(std::size_t candidate);
  // The oldest of those that were added goes, if there are too many, never one of `kept`: what went,
  // or null. Numbers of candidates change.
  std::shared_ptr<const Configuration> add(Candidate candidate,
                                           std::span<const Configuration* const> kept);
  // Of the snapshot.
  const Conditions& believed() const { return believed_; }
  const Slowdowns& slowdowns() const { return slowdowns_; }
  // As the estimates have it now, for as long as a decision lasts.
  double factor(std::size_t input_class, LayerId layer, ProcessorId processor) const {
    return estimates_.factor(input_class, layer, processor) * stretch_[processor];
  }
  double slowdown(ProcessorId processor) const {
    return estimates_.slowdown(processor) * stretch_[processor];
  }

  static constexpr std::size_t kMostAdded = 16;

 private:
  struct Known {
    Candidate candidate;
    std::vector<double> latency, load;  // by class, seconds
    std::vector<bool> exact;            // by class: the latency
    bool runs = true;
  };
  void estimate(Known& known) const;
  bool differs() const;

  const PolicyProblem& problem_;
  const Estimates& estimates_;
  CandidateMaker maker_;
  ConditionedMachine machine_;
  bool machine_is_current_ = false;
  Turns turns_;
  Conditions believed_, now_;
  IdVector<ProcessorId, double> stretch_;  // lasting over present slowdown, of the last refresh()
  Slowdowns slowdowns_;
  std::vector<Known> known_;
  std::size_t prepared_ = 0;  // the first so many were there from the start
};

}  // namespace partita
