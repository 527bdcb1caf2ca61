// A smaller problem that stands for a large one.
#pragma once

#include <optional>

#include "partition/problem/problem.h"

namespace partita {

// Layers of the coarse network are clusters of layers of the fine one, which run one after the other
// on one processor.
//
// Model: clusters are pairs of neighbours, as heavy as possible: first those whose edge is the only
//   one of both, then by the bytes between them (heavy-edge matching; Karypis and Kumar, "A Fast and
//   High Quality Multilevel Scheme for Partitioning Irregular Graphs", 1998), the second one level
//   of the graph below the first. Pairs that would wait for each other are taken apart again, so
//   the coarse network is acyclic, too (Herrmann and others, "Multilevel Algorithms for Acyclic
//   Partitioning of Directed Acyclic Graphs", 2019). A cluster takes the sum of its layers' times,
//   traffic and weights, and their largest workspace; tensors that go from one cluster to the same
//   others are one.
// Left out: results that live within a cluster only, and what a cluster could send before its end.
struct Coarsening {
  Network network;
  CostTable costs;
  IdVector<LayerId, LayerId> cluster;  // of each fine layer
};

// Absent where hardly anything could be put together (less than a tenth of the layers). Clusters of
// which all layers share no processor, or that take longer than `longest` (alone on their fastest
// processor), are not made.
std::optional<Coarsening> coarsen(const Problem& problem, Time longest);

}  // namespace partita
