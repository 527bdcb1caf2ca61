// How long a set of layers must take because processors, memories and packages can do only so much
// at once.
#pragma once

#include <string>
#include <vector>

#include "partition/problem/candidates.h"
#include "partition/problem/deadline.h"

namespace partita {

// What `members` processors of a package do together, in units of one that is alone, at the best number
// of busy ones; each of them slows the others down by `ppm` (disturbance_ppm()).
struct PackageSpeed {
  std::int64_t numerator = 1, denominator = 1;
};
PackageSpeed speed_together(std::int64_t members, std::int64_t ppm);

// Resources, and how long a layer l on processor p (duration t) uses each of them up at least:
//   a processor:              t / streams, as it runs at most `streams` layers at once, none faster
//                             than alone
//   the bandwidth of memory:  asked * t / capacity, as flows together get no more than that
//   a package:                t / streams / G,
//                             where G = max over k of k / (1 + (k - 1)(slowdown - 1))
//                             is what k busy processors do together, at the best k
//
// Model: let an execution take C, and x(l) be where it puts each layer. No resource is used for
//   longer than C, so for any weights w >= 0 that sum to 1
//     C >= sum_r w_r sum_l use(l, x(l), r)  =  sum_l sum_r w_r use(l, x(l), r)
//       >= sum_l min_p sum_r w_r use(l, p, r).
//   The right side needs no plan. It is the Lagrangian dual of the fractional assignment of work to
//   unrelated machines; weights are sought by a subgradient method (Polyak, "Minimization of
//   unsmooth functionals", 1969).
// Left out: transfers, memory capacities, and that a layer cannot be cut in pieces; of what may read
//   operands in place, all but its processor.
class WorkBound {
 public:
  WorkBound(const Problem& problem, const Candidates& candidates);

  struct Weights {
    std::vector<double> of_resource;  // not negative, sum about 1
  };
  // The best weights found for these layers, starting from `start` (empty: equal), and until the
  // deadline. Of many layers, some are looked at: any weights give a bound.
  Weights weights_for(const std::vector<LayerId>& layers, const Weights& start = {},
                      const Deadline& deadline = {}) const;

  // Exact for any weights: whole numbers, rounded so that it stays a bound.
  Time bound(const std::vector<LayerId>& layers, const Weights& weights) const;

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
  struct Use {
    std::size_t resource;
    std::int64_t amount;  // in 1/1024 ps, rounded down
  };
  struct Option {
    std::vector<Use> uses;
  };
  enum class Kind { Processor, Memory, Package };
  struct Resource {
    Kind kind;
    std::string name;
  };

  struct Whole {
    std::vector<std::int64_t> weights;
    Wide unit = 1;
  };
  static Whole whole(const Weights& weights);
  Wide least(LayerId layer, const Whole& whole) const;
  std::vector<double> by_speed(const std::vector<LayerId>& layers) const;

  std::vector<Resource> resources_;
  IdVector<LayerId, std::vector<Option>> options_;
};

}  // namespace partita
