// Independent simulations at once, each in a process of its own. No SystemC header here.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "models/base/units.h"

namespace partita::sim {

// What task(0) .. task(count - 1) return, in that order: called in at most `workers` processes that
// are forked from this one, each of which takes the next task when it is done with one. So tasks
// see everything as it is now, and may each simulate another machine; what they change is lost.
// Many plans on one machine are better in a Pool, which elaborates once and returns timelines.
//
// `done` is told here how many are over. A process that ends before its time, by what a task throws
// or otherwise, makes it throw Error. For one thread, in a process with no others.
std::vector<Time> side_by_side(std::size_t workers, std::size_t count,
                               const std::function<Time(std::size_t)>& task,
                               const std::function<void(std::size_t)>& done = nullptr);

}  // namespace partita::sim
