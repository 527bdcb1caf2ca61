// Our policy: changes the configuration when what is believed of the machine, of the inputs and of
// their arrivals says that another one pays.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "partition/runtime/policies/background_search.h"
#include "partition/runtime/policies/estimates.h"
#include "partition/runtime/policies/move_times.h"
#include "partition/runtime/policies/outlook.h"
#include "partition/runtime/policies/overrun.h"
#include "partition/runtime/policies/plan_library.h"
#include "partition/runtime/policies/probes.h"
#include "partition/runtime/policies/return_guard.h"

namespace partita {

struct RepartitionOptions {
  bool adapts = true;        // else readings and arrivals are not looked at, only losses
  bool prices_moves = true;  // else moving weights is taken to cost nothing
  bool searches = true;      // else the library is all there is
  bool guarded = true;       // else nothing bounds what switching costs
  double least_gain = 0.08;  // of what staying costs over the horizon
  GuardOptions guard{};
  EstimateOptions estimates{};
};

// Model: over the horizon, with the backlog and the rate of arrivals as they are,
//     cost(x) = cost_over(in force, until the weights of x have come) + what copies that meet them
//               lose + cost_over(x, for the rest)
//   (queueing.h) under the snapshot of what is believed (outlook.h), in which processors that are slow
//   and well in turn count as what they are for as long as a decision lasts (turns.h); what requests
//   of a configuration were seen to take beyond that is added (overrun.h). The candidate with the
//   least cost is taken where it saves more than least_gain of what staying costs; estimates rank all,
//   but only exact values decide, unless what is in force cannot run at all. Work is limited for each
//   look, and goes on at the next; where one execution would take more than kMostLooks of them, a
//   decision has no time for any, and estimates decide. The guard (return_guard.h) sends it
//   home where switching has not paid; while home needs a processor that is gone, it does not.
//   Where none of the candidates can run, one is made at once of what is left of the machine; that look
//   takes as long as it takes.
//   Where nothing is left to be decided and conditions have changed by kNewConditions since the last
//   search, another begins around the best candidates; what it finds is a candidate from then on.
//   Unused processors are probed (probes.h).
// No allocation in decide(), observe(), arrived(), answered() while nothing changes.
class Repartitioner : public Policy {
 public:
  // The library is of this problem; at least one candidate.
  Repartitioner(PolicyProblem problem, std::shared_ptr<const PlanLibrary> library,
                RepartitionOptions options = {});

  std::shared_ptr<const Configuration> first() override;
  void observe(Time now, std::span<const LayerReading> layers,
               std::span<const CopyReading> copies) override;
  void others(Time now, std::span<const LoadReading> loads) override;
  void arrived(Time now, std::uint32_t seen_class) override;
  void answered(Time now, Time latency) override;
  void lost(Time now, ProcessorId processor) override;
  void back(Time now, ProcessorId processor) override;
  Decision decide(const Situation& situation) override;
  std::shared_ptr<const Plan> plan_for(Time now, std::uint32_t seen_class) override;
  Time next_look() const override;

  const Estimates& estimates() const { return estimates_; }
  const ReturnGuard& guard() const { return guard_; }
  const Outlook& outlook() const { return outlook_; }

  static constexpr double kNewConditions = 0.1;
  static constexpr std::int64_t kMostLooks = 16;

 private:
  struct View {                     // of one decision
    std::size_t in_force, current;  // candidates; current: wanted, if any is
    double rate, backlog;
    Time now;
  };
  void account(const Situation& situation, const View& view);
  std::uint32_t class_of_answered(Time arrival);
  double at_home_at_least(std::uint32_t input_class) const;  // seconds
  ServiceTimes times(std::size_t candidate) const;           // with what was seen beyond
  // Infinite: it cannot run, or weights cannot come.
  double cost(const View& view, std::size_t candidate);
  double move_seconds(const View& view, std::size_t candidate);
  std::size_t best_of_all(const View& view);
  bool settle(const View& view, std::int64_t& work);
  void search(const View& view, std::int64_t work);
  void begin_search(const View& view);
  bool add(const View& view, const std::string& name,
           std::vector<BackgroundSearch::SharedPlan> plans);
  bool rescue(const View& view);
  bool is_small_enough() const;
  bool is_new(const Conditions& conditions) const;
  double priced_move(std::size_t from, std::size_t to);
  bool may_go(const View& view, std::size_t candidate);
  Decision go(const View& view, std::size_t to, std::string reason);
  std::string why(const View& view, std::size_t to, double before, double after) const;

  const PolicyProblem problem_;
  const std::shared_ptr<const PlanLibrary> library_;
  const RepartitionOptions options_;
  const Hardware hardware_;  // undisturbed
  Estimates estimates_;
  Outlook outlook_;
  Overrun overrun_;
  MoveTimes moves_;
  ReturnGuard guard_;
  Probes probes_;
  BackgroundSearch search_;
  CandidateMaker maker_;
  Conditions searched_;                  // the last search was for these
  IdVector<ProcessorId, bool> rescued_;  // with these processors, the last time
  const Configuration* expected_from_ = nullptr;
  Time expected_since_{0};
  std::shared_ptr<const Configuration> refused_;  // of the last look
  std::size_t best_ = 0;                          // of the last look
  // Requests that came and were not answered, the oldest first: when, and of which class.
  std::vector<std::pair<Time, std::uint32_t>> outstanding_;
  Time home_since_{0};  // in force; Time::max(): it is not
  Time last_answer_{0};
  Time move_until_{0};  // when what is wanted should be there
  bool more_to_do_ = false;
  Time now_{0}, look_every_{0};
};

}  // namespace partita
