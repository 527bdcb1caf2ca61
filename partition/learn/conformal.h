// How wide an interval must be to cover what it promises.
#pragma once

#include <vector>

namespace partita::learn {

// Split conformal prediction (Vovk, Gammerman, Shafer, "Algorithmic learning in a random world",
// 2005; Lei et al., JASA 113(523), 2018): of how wrong a model was about what it had not seen, the
// smallest score that at least `coverage` of the weight does not exceed, with one more score of
// infinity for the one to come; the largest score where that is more than all of them.
//
// `groups`: scores of things that go together (a device, a model): each group weighs the same,
// however many it has. No scores: 0.
double conformal_quantile(const std::vector<std::vector<double>>& groups, double coverage);

}  // namespace partita::learn
