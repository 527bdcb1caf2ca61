// What a policy believes about the machine and the stream, from readings that may be late, noisy or
// missing.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "partition/runtime/online_costs.h"
#include "partition/runtime/policies/candidate.h"
#include "partition/runtime/policies/interference.h"
#include "partition/runtime/policy.h"

namespace partita {

struct EstimateOptions {
  // A processor that somebody else shares may be many times slower all at once, a small layer of a real
  // machine many times faster than its profile says.
  OnlineOptions costs{.change_doubt = 1, .at_once = 0.9};
  // Arrivals that the estimates of their rate and of the classes' shares remember, and as how many
  // of them what was expected counts at first.
  double memory = 32;
  // Of a way between two memories: the least of so many readings is its slowdown, since copies that
  // meet others take longer, but none takes less.
  static constexpr std::size_t kCopies = 4;
  // Inferences without a reading of a processor (or link) after which nothing is known of it: it is
  // taken to be as expected. Twice as many the next time, and so on up to kMostPatience times, where
  // it turned out to be slow still.
  std::int64_t forget_after = 200;
  static constexpr std::int64_t kMostPatience = 64;
};

// Model: processors and layers by OnlineCosts, against what the plan that runs was expected to take
//   with contention (time_spent.h), and longer where other requests ran beside it
//   (interference.h); classes of inputs share the processors' scales. Links: measured
//   over expected time of the data, of each way between two memories; a link is as slow as the
//   fastest of the ways that cross it. Shares and rate of arrivals: exponentially weighted.
// Readings of layers, processors and classes that do not exist, and of no duration, are ignored; so
// are layers that were expected to take less than kLeastTime, since a clock says nothing of them.
// No allocation after construction, once the largest batch of readings has been seen.
class Estimates {
 public:
  // What the problem points to must outlive it. `hardware`: the undisturbed machine, likewise.
  Estimates(const PolicyProblem& problem, const Hardware& hardware, EstimateOptions options = {});

  // Its plans run as from now on.
  void expect(const Candidate& candidate);
  // Of one or several requests, in any order: a layer that is read twice begins another one.
  void observe(std::span<const LayerReading> layers, std::span<const CopyReading> copies);
  // What others use of processors: nothing there is faster than what they leave, whatever readings say.
  // Of a processor that is not in use nobody reads anything: it gets slower and faster with its share.
  // When they leave one that is, nothing is known of it: readings were of what they left, or of chance.
  void others(std::span<const LoadReading> loads);
  void arrived(Time now, std::uint32_t input_class);
  void lost(ProcessorId processor) { present_[processor] = false; }
  void back(ProcessorId processor);

  double slowdown(ProcessorId processor) const {
    return costs_.slowdown(processor) * beyond_readings(processor);
  }
  double link_slowdown(LinkId link) const { return links_[link]; }
  bool present(ProcessorId processor) const { return present_[processor]; }
  void fill(Conditions& into) const;
  // Of one layer, its bias included.
  double factor(std::size_t input_class, LayerId layer, ProcessorId processor) const {
    return costs_.factor(row(input_class, layer), processor) * beyond_readings(processor);
  }
  std::span<const double> shares() const { return shares_; }
  // Arrivals a second; what was expected, until some came. A silence that is longer than the usual
  // gap counts as a gap.
  double rate(Time now) const;

  static constexpr Time kLeastTime{1'000};

 private:
  struct Way {  // between two memories
    double recent[EstimateOptions::kCopies];
    std::size_t seen = 0;
    std::int64_t last = 0;  // inference
    double value = 1;
    bool known = false;
  };
  struct Seen {
    std::int64_t last = 0, patience = 1;
    bool forgotten = false;
    int trial = 0;  // readings that are left to show whether it was forgotten in vain
  };
  LayerId row(std::size_t input_class, LayerId layer) const {
    return static_cast<LayerId>(input_class * layers_ + index(layer));
  }
  Time& expected(std::size_t row_number, ProcessorId processor) {
    return expected_[row_number * hardware_.processors().size() + index(processor)];
  }
  double demand(std::size_t row_number, ProcessorId processor) const {
    return demands_[row_number * hardware_.processors().size() + index(processor)];
  }
  // Times as slow by what others leave as by what layers say. Where there is nobody, a processor may be
  // faster than expected.
  double beyond_readings(ProcessorId processor) const {
    if (others_[processor] <= 0) return 1;
    return std::max(1.0, slowed_by_others(processor) / costs_.slowdown(processor));
  }
  double slowed_by_others(ProcessorId processor) const { return 1 / (1 - others_[processor]); }
  std::size_t class_of(std::uint32_t seen) const { return seen < shares_.size() ? seen : 0; }
  void learn_group();
  void observe_copy(const CopyReading& reading);
  void settle_links();
  void forget_unseen();

  const Hardware& hardware_;
  const EstimateOptions options_;
  const std::size_t layers_;
  std::vector<const Network*> networks_;
  OnlineCosts costs_;
  std::vector<Time> expected_;   // (class, layer), then processor
  std::vector<double> demands_;  // likewise, of the memory's bandwidth
  Company company_;
  std::int64_t inferences_ = 0;
  std::vector<Observation> group_;
  std::vector<std::int64_t> grouped_in_;  // by (class, layer): the last group that has it
  std::int64_t group_number_ = 1;
  IdVector<ProcessorId, Seen> seen_;
  IdVector<ProcessorId, bool> present_, used_;
  IdVector<ProcessorId, double> others_;  // share
  std::vector<Way> ways_;                 // src * memories + dst
  IdVector<LinkId, double> links_;
  IdVector<ChannelId, std::optional<LinkId>> link_of_;
  std::vector<double> shares_;
  double gap_ = 0;  // seconds; 0: nothing is known
  std::optional<Time> last_arrival_;
};

}  // namespace partita
