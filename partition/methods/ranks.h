// How urgent layers are: the times on an average processor that list methods order layers by.
#pragma once

#include <vector>

#include "partition/problem/candidates.h"

namespace partita {

// What layers and transfers take on average (Topcuoglu, Hariri, Wu, IEEE TPDS 13(3), 2002).
//
// Model: a layer's mean is over its candidates, launch overhead included; a transfer's over all
//   ordered pairs of different processors with a way between them. Rounded down to a picosecond.
class MeanTimes {
 public:
  MeanTimes(const Problem& problem, const Delays& delays, const Candidates& candidates);

  Time of(LayerId layer) const { return layer_[layer]; }
  Time transfer(TensorId tensor) const { return transfer_[tensor]; }
  Time to_host(TensorId tensor) const { return to_host_[tensor]; }  // of network outputs

 private:
  IdVector<LayerId, Time> layer_;
  IdVector<TensorId, Time> transfer_, to_host_;
};

// Rounded down; nothing where there is nothing to take the mean of.
Time mean(Wide sum, std::int64_t count);

using Ranks = IdVector<LayerId, Time>;

// rank_u(i) = mean of i + max over successors j of (mean transfer from i to j + rank_u(j))
Ranks upward_ranks(const Network& network, const MeanTimes& means);
// rank_d(j) = max over predecessors i of (rank_d(i) + mean of i + mean transfer from i to j)
Ranks downward_ranks(const Network& network, const MeanTimes& means);

// All layers, always the highest of those whose producers have all been listed (ties: the lowest).
std::vector<LayerId> ready_order(const Network& network, const Ranks& ranks);

}  // namespace partita
