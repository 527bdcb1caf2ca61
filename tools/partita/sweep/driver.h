// A sweep, run: its points handed to an engine, what comes back written down.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "tools/partita/results/store.h"
#include "tools/partita/sweep/engine.h"
#include "tools/partita/sweep/point.h"

namespace partita::command {

struct SweepProgress {
  std::size_t points = 0, finished = 0, failed = 0;
  double per_second = 0;      // lately
  std::string first_failure;  // why the first point failed that this run computed
};

// Which program computes, and where.
struct Provenance {
  std::string host, version, build;  // host: JSON
};

struct DriverOptions {
  Provenance program;
  std::size_t shard = 0, shards = 1;  // places whose number % shards == shard
  bool retry = false;                 // failed points, too
  double lease = 30;                  // s that claims outlast the last sign of life of their owner
  std::function<bool()> is_interrupted = [] { return false; };
  std::function<void(const SweepProgress&)> progress = [](const SweepProgress&) {};
};

struct SweepOutcome {
  std::size_t points = 0;  // places of this shard
  std::size_t done = 0, no = 0, failed = 0, missing = 0;
  std::size_t computed = 0, found = 0;  // places by who computed their point: this run, or earlier
  bool was_interrupted = false;
};

// What is asked of an engine for a place.
using CommandOf = std::function<PointCommand(std::size_t number)>;

// Computes the points of a sweep that are not there yet and that no other process is at; in the end
// waits for those. Everything that an engine has finished is in the store when this returns or
// throws.
SweepOutcome run_sweep(ResultStore& store, std::int64_t sweep, const CommandOf& command,
                       const Kept& keep, Engine& engine, const DriverOptions& options);

// Places by state, of a shard.
SweepOutcome count_places(const std::vector<PlaceState>& places, const DriverOptions& options);

}  // namespace partita::command
