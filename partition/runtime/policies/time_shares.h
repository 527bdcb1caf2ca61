// What a plan's time consists of, by the parts of the machine that it is spent on: so what it would
// be under other conditions, at the price of a few multiplications.
#pragma once

#include <functional>
#include <limits>
#include <vector>

#include "models/timeline/timeline.h"
#include "partition/methods/critical.h"
#include "partition/runtime/conditions.h"

namespace partita {

// Seconds: those that no condition changes, then those of each processor, then of each link. Under
// conditions, all of a part are stretched by its slowdown.
using TimeShares = std::vector<double>;
// The slowdowns that a TimeShares is multiplied with: 1, processors, links.
using Slowdowns = std::vector<double>;
void fill_slowdowns(const Conditions& conditions, Slowdowns& into);
double stretched(const TimeShares& shares, const Slowdowns& by);
// The largest of all of them; 0: there are none.
double largest(const std::vector<TimeShares>& of, const Slowdowns& by);

// Model: the layers that the makespan comes from, in undisturbed time, and the data of what was sent
//   between them, on the narrowest link of each leg; the rest never changes. The same chain of
//   layers and copies takes its stretched time under any conditions, and the plan takes no less than
//   the longest of its chains. So the largest of several such cuts of the plan, each made where
//   another chain was the longest, is a piecewise linear estimate that is exact where they were
//   made, and mostly low elsewhere (Kelley, "The cutting-plane method for solving convex programs",
//   J. SIAM 8, 1960).
// Left out: that contention on the chain may lessen, which makes it an estimate and no bound.
class ShareFinder {
 public:
  // References are kept. The machine is the undisturbed one; timelines are under any conditions.
  ShareFinder(const Network& network, const Hardware& hardware);

  // How many times as long as its processor's slowdown says a layer took in the timeline.
  using Beyond = std::function<double(LayerId)>;
  // Of the makespan of `timeline`, under the conditions that it was made under: stretched by these
  // slowdowns it is that makespan; less what layers took beyond them, since that was learned of each
  // and may be gone when the shares are used. So they are never too large because of what somebody
  // once believed.
  // `fixed`: seconds that no condition changes, at most. What is of no part beyond that is waiting
  // for the slowest one (copies that queue), and counts as its own.
  TimeShares of_makespan(const Plan& plan, const Timeline& timeline, const Slowdowns& at,
                         const Beyond& beyond = {}, double fixed = kAnyTime);
  static constexpr double kAnyTime = std::numeric_limits<double>::infinity();
  // What each processor, and each direction of a link, has to do for one request: no steady period
  // is shorter than the largest.
  std::vector<TimeShares> loads(const Plan& plan, const Timeline& timeline,
                                const Slowdowns& at) const;

 private:
  std::size_t place(ProcessorId processor) const { return 1 + index(processor); }
  std::size_t place(LinkId link) const { return 1 + hardware_.processors().size() + index(link); }
  const Leg& leg_of(const Plan& plan, const LegSpan& span) const;
  std::optional<LinkId> narrowest(const Leg& leg, const Slowdowns& at) const;
  double data_seconds(const Plan& plan, const LegSpan& span) const;
  void add_legs(const Plan& plan, const Timeline& timeline, LayerId from, LayerId to,
                const Slowdowns& at, TimeShares& shares) const;

  const Network& network_;
  const Hardware& hardware_;
  CriticalLayers critical_;
  IdVector<ChannelId, std::optional<LinkId>> link_of_;
};

}  // namespace partita
