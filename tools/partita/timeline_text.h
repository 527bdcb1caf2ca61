// A timeline in a few lines: who was busy, copying, waiting; what the memories held.
#pragma once

#include "models/timeline/timeline.h"

namespace partita::command {

void print_timeline(const Timeline& timeline, const Network& network, const Hardware& hardware,
                    const Plan& plan);

}  // namespace partita::command
