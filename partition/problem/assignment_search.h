// Whether any assignment of layers to processors keeps to all constraints at all.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "partition/problem/candidates.h"

namespace partita {

struct NoAssignment {};    // there is none: every one was tried, or ruled out
struct NotFoundInTime {};  // nobody knows

using AssignmentFound = std::variant<IdVector<LayerId, ProcessorId>, NoAssignment, NotFoundInTime>;

// Depth first over layers in their numbering, each first where the layer before it is, then on its
// other candidates in file order. A branch ends where a group is split, a path comes back to a
// processor that it has left, weights (and what one layer needs beside them) exceed a memory, or a
// share can no longer be reached or kept to, however the layers that are left are placed.
// Left out: activations that wait in a memory, limits of terms.
AssignmentFound find_assignment(const Problem& problem, const Candidates& candidates,
                                std::int64_t most_steps);

}  // namespace partita
