// Networks that were cut for several processors: each rank on one.
#pragma once

#include <optional>

#include "partition/methods/methods.h"

namespace partita {

// The ranks of layers: operand i and result i of every collective belong to rank i; from there
// ranks spread over the graph, first down to the layers that read what a rank makes, then up to
// those whose results only it reads, but never through a collective. A layer that several ranks
// meet in belongs to the lowest. Nothing where no rank gets, which is nowhere without collectives.
IdVector<LayerId, std::optional<std::size_t>> ranks_of(const Network& network);

// Rank i on the i-th of the processors that run the network fastest (equal ones in file order;
// around again where there are too few), layers of no rank on the first; each in the layers'
// numbering. Infeasible where there are no collectives, or a memory is too small.
Outcome solve_by_rank(const Problem& problem, const SearchOptions& options);

}  // namespace partita
