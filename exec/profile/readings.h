// What one run of a plan says, as samples of rows.
#pragma once

#include <vector>

#include "exec/profile/distinct_part.h"
#include "exec/profile/stage.h"
#include "exec/replay/replay.h"

namespace partita::exec {

struct Reading {
  ProfileRow row;  // what was measured, without statistics
  Time time{0};
  bool clean = true;
};

// Others were busy for at least so much of a layer or copy that counts as one among several.
constexpr double kTogether = 0.75;

// Layers and subgraphs that ran on the processor, and what it took from each layer to the next.
std::vector<Reading> layer_readings(const DistinctPart& part, const Hardware& hardware,
                                    const Plan& plan, const RunResult& run, ProcessorId processor);

// Every copy, by whoever made it: a processor, or the one whose memory the engine stands at.
std::vector<Reading> copy_readings(const Network& network, const Hardware& hardware,
                                   const Plan& plan, const RunResult& run);

// Copies during which each of `level` - 1 others, at least, made copies, too.
std::vector<Reading> copies_readings(const Network& network, const Hardware& hardware,
                                     const Plan& plan, const RunResult& run, std::size_t level);

// Layers of `stage`, which is `part` side by side, that ran while all the other processors did.
std::vector<Reading> interference_readings(const DistinctPart& part, const Hardware& hardware,
                                           const std::vector<ProcessorId>& processors,
                                           const RunResult& run);

// Of tiny layers on the processor; `wall`: of the whole run, for the one who asked for it.
std::vector<Reading> overhead_readings(const Hardware& hardware, const Plan& plan,
                                       const RunResult& run, ProcessorId processor, Time wall);

}  // namespace partita::exec
