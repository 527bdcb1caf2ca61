// How long a set of layers must take because processors, memories and packages can do only so much
// at once.
#pragma once

#include <string>
#include <vector>

#include "partition/bounds/alike.h"
#include "partition/bounds/memory_fees.h"
#include "partition/bounds/whole_work.h"
#include "partition/problem/candidates.h"
#include "partition/problem/deadline.h"

namespace partita {

// Resources, and how long a layer l on processor p (duration t) uses each of them up at least:
//   a processor:              t / streams, as it runs at most `streams` layers at once, none faster
//                             than alone
//   the bandwidth of memory:  asked * t / capacity, as flows together get no more than that
//   a processor's package:     t / streams, and s t / streams of layers on other members, where a busy
//                             member slows each other one down by s, at most 1
//   For while k members are busy, each does 1 / (1 + (k - 1) s) as much as alone. With all that they
//   do measured by that clock, a moment lasts  (1 - s) + s k:  for a member, the rest is at least
//   what it does itself, (1 - s) of it, and s of what all do.
//
// Model: let an execution take C, and x(l) be where it puts each layer. No resource is used for
//   longer than C, so for any weights w >= 0 that sum to 1
//     C >= sum_r w_r sum_l use(l, x(l), r)  =  sum_l sum_r w_r use(l, x(l), r)
//       >= sum_l min_p sum_r w_r use(l, p, r).
//   The right side needs no plan. It is the Lagrangian dual of the fractional assignment of work to
//   unrelated machines; weights are sought by a subgradient method (Polyak, "Minimization of
//   unsmooth functionals", 1969), among those that treat resources alike that are (alike.h).
// Left out: transfers and memory capacities; of what may read
//   operands in place, all but its processor.
class WorkBound {
 public:
  // With fees (memory_fees.h), what layers pay where they are is added, and is to be paid back.
  WorkBound(const Problem& problem, const Candidates& candidates, const MemoryFees* fees = nullptr);

  struct Weights {
    std::vector<double> of_resource;  // not negative, sum about 1
  };
  // The best weights found for these layers, starting from `start` (empty: equal), and until the
  // deadline. Of many layers, some are looked at: any weights give a bound.
  Weights weights_for(const std::vector<LayerId>& layers, const Weights& start = {},
                      const Deadline& deadline = {}) const;

  // The best there are, by linear programming: slower, for few layers that count much. Those that were
  // found above, where there are many.
  Weights best_weights_for(const std::vector<LayerId>& layers) const;

  // Exact for any weights: whole numbers, rounded so that it stays a bound.
  Time bound(const std::vector<LayerId>& layers, const Weights& weights) const;

  // The same where no layer is cut (whole_work.h), for few kinds of layers; else bound().
  Time whole_bound(const std::vector<LayerId>& layers, const Weights& weights) const;
  // What each layer adds to the bound, for those who ask for many sets of layers with the same
  // weights: it is the sum over the set, over `unit`, rounded down.
  struct Shares {
    IdVector<LayerId, Wide> of_layer;
    Wide unit = 1;
    Time bound(Wide sum) const { return Time{static_cast<std::int64_t>(sum / unit)}; }
  };
  Shares shares(const Weights& weights) const;

  // The resources that carry most of the weight, in words.
  std::string dominant(const Weights& weights) const;

 private:
  using Use = bounds::WholeWork::Use;  // in 1/1024 ps, rounded down
  struct Option {
    ProcessorId processor{};
    std::vector<Use> uses;
    std::int64_t fee = 0;  // in 1/1024 ps
  };
  enum class Kind { Processor, Memory, Package };
  struct Resource {
    Kind kind;
    std::string name;
  };

  struct Whole {
    std::vector<std::int64_t> weights;
    Wide sum = 0;  // of them
    Wide unit = 1;
  };
  static Whole whole(const Weights& weights);
  Wide least(LayerId layer, const Whole& whole) const;
  std::vector<double> by_speed(const std::vector<LayerId>& layers) const;
  bounds::Alike alike() const;

  std::vector<Resource> resources_;
  IdVector<LayerId, std::vector<Option>> options_;
};

}  // namespace partita
