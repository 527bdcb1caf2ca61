// Which legs of a timeline were one copy.
#pragma once

#include "models/plan/multicast.h"
#include "models/timeline/timeline.h"

namespace partita {

// As plan and machine have it in a model, of what this request brings by itself; a real run copies
// to one memory after the other.
Multicasts multicasts_in(const Timeline& timeline, const Network& network, const Hardware& hardware,
                         const Plan& plan);

// The leg that stands for all that are one copy with this one.
const LegSpan& first_of_copy(const Timeline& timeline, const Multicasts& multicasts,
                             const LegSpan& leg);

// When the last byte of a leg, and of all that are one copy with it, had arrived.
Time all_arrived(const Timeline& timeline, const Multicasts& multicasts, const LegSpan& leg);

}  // namespace partita
