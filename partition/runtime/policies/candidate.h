// A configuration, and what is known of it.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "models/timeline/workload.h"
#include "partition/runtime/configuration.h"
#include "partition/runtime/policies/conditioned_machine.h"
#include "partition/runtime/policies/queueing.h"
#include "partition/runtime/policies/time_shares.h"

namespace partita {

struct Candidate {
  struct OfClass {
    std::vector<TimeShares> cuts;   // of the makespan, under some conditions each
    std::vector<TimeShares> loads;  // undisturbed
    // By layer, undisturbed (models/timeline/time_spent.h), of inputs that are of this class.
    IdVector<LayerId, Time> spent;
    double undisturbed = 0;  // seconds
    // Of several requests that run at once: their steady period, undisturbed, over what add_class()
    // says of it. Their layers slow each other down.
    double stretch = 1;
  };
  std::shared_ptr<const Configuration> configuration;
  std::vector<OfClass> classes;
  std::vector<bool> uses;            // by processor
  std::vector<WeightPlace> weights;  // ascending
};

// Makes candidates, and adds to what is known of them.
class CandidateMaker {
 public:
  // What the problem points to must outlive it.
  explicit CandidateMaker(const PolicyProblem& problem);

  // Of plans, one for each class. Precondition: they can run undisturbed.
  Candidate make(std::string name, std::vector<std::shared_ptr<const Plan>> plans);
  // The cut where `timeline` was made: by the plan of this class, under these conditions. Nothing
  // where the cuts that there are say the same within a thousandth. `beyond`: ShareFinder::of_makespan.
  void add_cut(Candidate& candidate, std::size_t input_class, const Timeline& timeline,
               const Slowdowns& at, const ShareFinder::Beyond& beyond = {});
  // Whether weights of all plans and, `in_flight` times, what else the largest of them holds, are
  // in no memory more than it has room for.
  bool fits(std::span<const std::shared_ptr<const Plan>> plans);

  const ConditionedMachine& undisturbed() const { return undisturbed_; }

 private:
  void find_standby();

  const std::size_t in_flight_;
  ConditionedMachine undisturbed_;
  ConditionedMachine known_;          // likewise, of inputs that have run
  std::vector<WeightPlace> standby_;  // that are there whatever the plans are
  std::vector<ShareFinder> finders_;  // by class
};

// Ascending, each once.
std::vector<WeightPlace> weight_places(const Network& network, const Hardware& hardware,
                                       std::span<const std::shared_ptr<const Plan>> plans);

// What it takes under conditions, by its cuts and loads. `shares` of classes add up to 1.
ServiceTimes estimated_times(const Candidate& candidate, const Slowdowns& slowdowns,
                             std::span<const double> shares, std::size_t in_flight);
// Adds a class of which the latency is known. `stretch`: Candidate::OfClass.
void add_class(ServiceTimes& sum, double share, double latency, double largest_load,
               std::size_t in_flight, double stretch = 1);

}  // namespace partita
