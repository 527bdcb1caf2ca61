// The chain of things that the makespan comes from, and which part of the machine each took.
#pragma once

#include <string>
#include <vector>

#include "models/analysis/owners.h"
#include "models/analysis/traffic.h"

namespace partita {

// Why a step began when it did.
enum class Began : std::uint8_t {
  AtStart,         // of the inference, or of the workload
  InputCame,       // the step before made or brought what it needs
  ProcessorFreed,  // the step before held the processor, or a stream of it
  EngineFreed,     // the step before held the DMA engine
  Admitted,        // its request arrived, or the step before ended one and made room for it
  Later,           // some time after the step before: only in a real run
};
constexpr std::string_view to_string(Began began) {
  constexpr std::array<std::string_view, 6> kNames{"start",  "input",    "processor",
                                                   "engine", "admitted", "later"};
  return kNames[static_cast<std::size_t>(began)];
}

// A layer, a leg of a transfer, or (neither) a time in which what follows waits for a processor
// that others took away, and for what is done again there, or in which nothing that a timeline
// knows happens, or until a request arrives. A leg that only held an engine for the next step ends
// with its last byte sent.
struct PathStep {
  std::optional<LayerId> layer;
  std::optional<std::uint32_t> leg;  // in Timeline::legs
  Time from{0}, until{0};
  std::optional<ProcessorId> away = std::nullopt;  // neither: because this one was away
  Began began = Began::AtStart;
  std::size_t request = 0;     // whose
  bool until_arrival = false;  // neither: it has not arrived
};

// From time 0 to the makespan, or to the last end of a request that is known; each step begins exactly when the one before it ends.
//
// Model: a step waited for whatever ended last before it began: an input, else (at the same
//   instant) its stream, a copy by its processor, or the engine that serves it. Layers start in
//   plan order, so one may begin with the layer ahead of it, and has waited for the same.
// Left out: other chains of nearly the same length.
std::vector<PathStep> critical_path(const WorkloadRun& run);

// What a time on the path was spent with; parts that a machine file could improve.
enum class PartKind : std::uint8_t {
  Compute,      // by a processor
  Launch,       // overhead of a processor
  CopySetup,    // of a processor that copies by itself
  Wake,         // of a processor that slept
  EngineSetup,  // of a DMA engine, and its completion
  Link,         // data over it, or sharing it
  Memory,       // data limited by it, or sharing it
  Latency,      // of links and switches
  Neighbours,   // of a package
  Others,       // load of others on a processor: slower, away, or lost work done again
  Given,        // transfer times that the network brings
  Requests,     // nothing: a request has not arrived
  Unknown,
};
struct Part {
  PartKind kind = PartKind::Unknown;
  std::uint32_t id = 0;  // of the processor, engine, link, memory, or package
  friend auto operator<=>(const Part&, const Part&) = default;
};
std::string name_of(const Part& part, const Hardware& hardware);    // "layers on gpu0"
std::string part_name(const Part& part, const Hardware& hardware);  // "gpu0"; "" where it has none

Part owner_part(const ChannelOwners& owners, ChannelId channel);  // a link or a memory

struct PartTime {
  Part part;
  Time time{0};
};
// The longest first, ties by part. The sum is exactly the length of the path.
std::vector<PartTime> parts_of_path(const WorkloadRun& run, const Traffic& traffic,
                                    const std::vector<PathStep>& path);

}  // namespace partita
