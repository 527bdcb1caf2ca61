// What happened when: the one result of every execution, simulated or measured.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/hardware/hardware.h"
#include "models/network/network.h"
#include "models/plan/plan.h"

namespace partita {

enum class Origin : std::uint8_t { Predicted, Simulated, Measured };
constexpr std::string_view to_string(Origin origin) {
  constexpr std::array<std::string_view, 3> kNames{"predicted", "simulated", "measured"};
  return kNames[static_cast<std::size_t>(origin)];
}

// How a simulation carries copies: as flows that share bandwidth, or packet by packet.
enum class Fidelity : std::uint8_t { Fluid, Packet };
constexpr std::array<std::string_view, 2> kFidelities{"fluid", "packet"};

struct LayerSpan {
  ProcessorId processor{};
  int stream = 0;
  Time start{0}, finish{0};
  Time waking{0};  // of that, what its processor needed first to wake
  friend bool operator==(const LayerSpan&, const LayerSpan&) = default;
};

// One leg of one transfer. queued <= start (an engine or processor takes it up) <= data (set-up is
// over) <= finish (the last byte has arrived).
struct LegSpan {
  std::uint32_t transfer = 0;  // index into Plan::transfers()
  std::uint32_t leg = 0;       // index into the route
  // Exactly one of engine and copier; neither for a transfer of given time, and for a weight that
  // another request brings: that one is there at the same instant from queued to finish.
  std::optional<EngineId> engine;
  std::optional<ProcessorId> copier;
  Time queued{0}, start{0}, data{0}, finish{0};
  Time waking{0};  // of the set-up, what the copier needed first to wake
  friend bool operator==(const LegSpan&, const LegSpan&) = default;
};

// Work that was lost with its processor (evaluate.h, rule 9). The spans of layers and legs say how
// it went the last time.
struct Interruption {
  ProcessorId processor{};
  int stream = 0;                    // of a layer
  std::optional<LayerId> layer;      // what it was doing: a layer,
  std::optional<std::uint32_t> leg;  // or a copy by itself: index into Timeline::legs
  Time start{0}, lost{0};
  Time waking{0};  // as of the span
  friend bool operator==(const Interruption&, const Interruption&) = default;
};

// Why a plan never finishes: a processor is gone for good, and has something left to do.
struct Unfinished {
  ProcessorId processor{};
  Time lost{0};                      // when it went
  std::uint32_t request = 0;         // of a workload: whose
  std::optional<LayerId> layer;      // what waits for it: its next layer,
  std::optional<std::uint32_t> leg;  // or, if none is left, its next copy
  friend bool operator==(const Unfinished&, const Unfinished&) = default;
};

// Times count from the start of the inference.
struct Timeline {
  Origin origin = Origin::Predicted;
  Fidelity fidelity = Fidelity::Fluid;
  IdVector<LayerId, LayerSpan> layers;
  std::vector<LegSpan> legs;              // by transfer, then by leg
  Time makespan{0};                       // last finish of a layer, or of a transfer to the host
  std::vector<Interruption> interrupted;  // by time lost, processor and stream
  // Then the makespan is Time::max(), and what has finish == start never ended.
  std::optional<Unfinished> unfinished;
  IdVector<MemoryId, Bytes> memory_peak;  // empty when nobody measured it

  friend bool operator==(const Timeline&, const Timeline&) = default;
};

// JSON, version 1, self-contained: names of processors, engines, memories, layers and tensors stand
// in it, so that plots need no other file. Format: timeline_json.cpp. `measurement`: JSON that says
// how a measured one came about, or "".
std::string to_json(const Timeline& timeline, const Network& network, const Hardware& hardware,
                    const Plan& plan, const std::string& measurement = "");
Timeline load_timeline(const std::string& file, const Network& network, const Hardware& hardware,
                       const Plan& plan);

// The independent checker: everything in `timeline` that breaks the execution contract, as
// sentences; empty when it is sound. Shares no code with evaluators, optimizers or executors.
//  - every layer once, on its processor, in plan order, at most `streams` at a time, not while the
//    processor copies;
//  - no layer starts before each input is there: made on the same memory, or where it is read in
//    place, or arrived by the last leg of its transfer;
//  - who was idle for so long as to fall asleep wakes first, and nobody else (as below);
//  - no layer is faster than what it reads in place (as below);
//  - every transfer has every leg of its route, in order, each queued when the one before has
//    arrived; an engine serves as many at a time as it has channels, in the order they were queued;
//  - no leg is faster than its bytes over the narrowest channel plus latency (simulated and
//    predicted timelines only);
//  - nobody works while the machine's load takes it away, what was interrupted was so by that and
//    begins again when its processor is back; of a plan that never finishes only this is checked:
//    that the processor never returns, and what waits for it is not done;
//  - memory: its own account of what is resident never exceeds a capacity, and equals memory_peak
//    where that is given;
//  - makespan is the last finish.
std::vector<std::string> violations(const Timeline& timeline, const Network& network,
                                    const Hardware& hardware, const Plan& plan);

}  // namespace partita
