// Which plan the next request should run by, as long as others are on their way.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "models/evaluate/evaluate.h"
#include "models/timeline/workload.h"
#include "partition/problem/delays.h"
#include "partition/runtime/policies/interference.h"
#include "partition/runtime/policies/plan_library.h"
#include "partition/runtime/policy.h"

namespace partita {

// Model: a configuration's plan of a class is the best for a request that has the machine for itself.
//   While others run, one that uses what is free may end sooner. Asked for each request when it is
//   admitted: by each plan that can be had with the weights that are there, layer by layer in the
//   network's numbering,
//     end = max(operands there, processor has done what is outstanding) + time now,
//   as list schedulers have it (Topcuoglu, Hariri, Wu, IEEE Trans. Parallel Distrib. Syst. 13, 2002,
//   without insertion); and by the greedy one, which gives each layer to the processor that would
//   end it first. The plan that ends first is taken, the usual one where none ends sooner by more
//   than kLeastGain of its time. Candidates are the library's plans of the class, and what they are
//   on processors that are alike.
//   Such estimates leave much out, so ahead of time each way is tried on each of the library's
//   occasions: requests arrive at random, plans are chosen as they would be, and the plain evaluator
//   says how long they really take. Later the best way of the occasion that is nearest is taken
//   (logarithms of slowdowns).
//   Who ends soonest may hold the machine for longest, and while more requests wait than may run at
//   once, that keeps all of them waiting. Then it is the way that had the shortest period when all
//   requests came at once; of a configuration that was not there when ways were tried, the usual one,
//   since it was chosen for its period, too.
//   Outstanding is what admitted requests have left: their time on each processor, in parts of what
//   is left of the time until they should end.
//   Layers on processors of one package, or of one memory where they ask for more than all of its
//   bandwidth, slow each other down: what they lose counts, and what others lose that are outstanding.
//   Work beyond that of the usual plan keeps those that come later waiting: it counts as often as the
//   mean queue is long, rho / (1 - rho) with rho the rate times the largest work of a processor.
// Left out: contention for links.
// One thread. What is pointed to must outlive it.
class Router {
 public:
  // How things are now.
  struct View {
    std::function<double(std::size_t input_class, LayerId, ProcessorId)> factor;  // of layer times
    std::function<double(ProcessorId)> slowdown;
    std::function<bool(ProcessorId)> present;
    std::function<void(Time)> now{};  // told before it is asked; or empty
  };
  // Null: the usual one, which is noted as taken.
  std::shared_ptr<const Plan> choose(Time now, std::size_t input_class,
                                     const Configuration& in_force);
  void answered(Time now);             // one of them
  void running(std::size_t requests);  // so many run now: what else is outstanding was given up
  // So many wait now, the next included.
  void waiting(std::size_t requests) { waiting_ = requests; }

  // Usual: by the plan in force. Greedy: each layer where it ends first. All: whichever plan ends
  // first.
  enum class Way : std::uint8_t { Usual, Greedy, All };
  // That was the best then: where requests come as expected, and where many wait.
  Way way(std::size_t occasion) const { return ways_[occasion].soonest; }
  Way way_of_many(std::size_t occasion) const { return ways_[occasion].shortest_period; }

  // `always`: this way, and none is tried.
  Router(const PolicyProblem& problem, const PlanLibrary& library, View view,
         std::optional<Way> always = std::nullopt);

  static constexpr double kLeastGain = 0.03;
  static constexpr std::size_t kMostPlans = 48;  // of a class

 private:
  struct Offered {
    std::shared_ptr<const Plan> plan;
    std::vector<WeightPlace> weights;
    bool usable = false;  // with the weights of the configuration that was asked about last
  };
  struct Outstanding {
    double start = 0, end = 0;
    std::vector<double> work;    // by processor
    std::vector<double> demand;  // likewise: part of its memory's bandwidth that this asks for
  };
  // Seconds from now, and what others lose; kNever: it cannot run.
  double end_of(const Plan& plan, std::size_t input_class);
  double greedy(std::size_t input_class);
  struct Lost {
    double own = 0;     // of the layer
    double others = 0;  // of those that are outstanding
  };
  Lost lost_to_neighbours(ProcessorId processor, double from, double until, double demand) const;
  double demand_of(std::size_t input_class, LayerId layer, ProcessorId processor) const;
  double operands_there(std::size_t input_class, LayerId layer, ProcessorId processor) const;
  double time_of(std::size_t input_class, LayerId layer, ProcessorId processor) const;
  void try_ways(const PlanLibrary& library);
  // Ways that were the best on an occasion.
  struct Ways {
    Way soonest, shortest_period;
  };
  // Runs requests that come at this rate; infinite: all at once.
  const WorkloadTimeline& tried(Way way, double rate, const Configuration& configuration,
                                Evaluator& evaluator);
  Way nearest() const;
  std::shared_ptr<const Plan> choose(Way way, double now, std::size_t input_class,
                                     const std::shared_ptr<const Plan>& usual);
  void offer(std::size_t input_class, const std::shared_ptr<const Plan>& plan);
  void offer_alike(std::size_t input_class, const Plan& plan);
  void look_at(const Configuration& configuration);
  void fill_free(double now);
  std::shared_ptr<const Plan> greedy_plan(std::size_t input_class);
  void note(double now, double end);

  const PolicyProblem problem_;
  View view_;
  const Hardware hardware_;     // undisturbed
  std::vector<Delays> delays_;  // by class
  std::vector<std::vector<ProcessorId>> alike_;
  std::vector<std::vector<Neighbour>> neighbours_;  // by processor
  std::vector<std::vector<Offered>> offered_;       // by class
  std::shared_ptr<const Configuration> looked_at_;
  const Configuration* known_ = nullptr;
  bool is_prepared_ = false;  // known_ is one of the library
  std::vector<std::shared_ptr<const Configuration>> prepared_;
  std::vector<WeightPlace> resident_;
  std::vector<bool> has_all_;  // by processor: all weights are in its memory
  std::vector<Occasion> occasions_;
  std::vector<Ways> ways_;  // by occasion
  std::vector<Outstanding> outstanding_;
  // Of the request that is asked about.
  std::vector<double> free_at_start_, free_;  // by processor, seconds from now
  std::vector<double> end_;                   // by layer
  std::vector<ProcessorId> on_;               // by layer
  std::vector<double> work_, best_work_;      // by processor
  std::vector<double> moved_, best_moved_;    // by processor: demand times time
  std::vector<double> demand_;                // by processor, of what is outstanding
  std::size_t waiting_ = 0;
  std::map<std::vector<ProcessorId>, std::shared_ptr<const Plan>> greedy_plans_;  // by placement
};

// Another policy whose requests are routed.
class Routed : public Policy {
 public:
  // `inner` must have been made for the problem of `router`; `view` may refer to it.
  Routed(std::unique_ptr<Policy> inner, std::unique_ptr<Router> router)
      : inner_(std::move(inner)), router_(std::move(router)), in_force_(inner_->first()) {}

  std::shared_ptr<const Configuration> first() override { return inner_->first(); }
  void observe(Time now, std::span<const LayerReading> layers,
               std::span<const CopyReading> copies) override {
    inner_->observe(now, layers, copies);
  }
  void others(Time now, std::span<const LoadReading> loads) override { inner_->others(now, loads); }
  void arrived(Time now, std::uint32_t seen_class) override {
    ++waiting_;
    inner_->arrived(now, seen_class);
  }
  void answered(Time now, Time latency) override {
    router_->answered(now);
    inner_->answered(now, latency);
  }
  void lost(Time now, ProcessorId processor) override { inner_->lost(now, processor); }
  void back(Time now, ProcessorId processor) override { inner_->back(now, processor); }
  Decision decide(const Situation& situation) override {
    in_force_ = situation.in_force;
    waiting_ = situation.waiting;
    router_->running(situation.running);
    return inner_->decide(situation);
  }
  std::shared_ptr<const Plan> plan_for(Time now, std::uint32_t seen_class) override {
    auto probe = inner_->plan_for(now, seen_class);
    router_->waiting(waiting_);
    if (waiting_ > 0) --waiting_;
    auto routed = router_->choose(now, seen_class, *in_force_);
    return probe ? probe : routed;
  }
  Time next_look() const override { return inner_->next_look(); }
  std::string stands_in() const override { return inner_->stands_in(); }

 private:
  std::unique_ptr<Policy> inner_;
  std::unique_ptr<Router> router_;
  std::shared_ptr<const Configuration> in_force_;
  std::size_t waiting_ = 0;  // who was turned away counts until the next decision
};

}  // namespace partita
