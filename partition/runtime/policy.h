// Decides which configuration should be in force: readings in, decision out. No clock, no thread.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "partition/runtime/conditions.h"
#include "partition/runtime/configuration.h"

namespace partita {

// One layer of one request: the time that it kept its processor (models/timeline/time_spent.h).
struct LayerReading {
  LayerId layer{};
  ProcessorId processor{};
  std::uint32_t input_class = 0;  // of the request: what it was, whatever it seemed to be before
  Time measured{0};
  // When it began, and which run of a request it is of: to tell who had company. Below 0: unknown.
  Time start{-1};
  std::uint32_t run = 0;
};
// One leg of a transfer: how long its data took, from the first byte to the last.
struct CopyReading {
  TensorId tensor{};
  MemoryId src{}, dst{};
  Time measured{0};
  std::uint32_t input_class = 0;  // likewise: tensors differ in size
};

// How much of a processor others have while requests want it (or would, where none does), as whoever
// runs it counts: from 0 to below 1. What is computed there takes 1 / (1 - share) times as long.
struct LoadReading {
  ProcessorId processor{};
  double share = 0;
};

// What is known when a decision is due.
struct Situation {
  Time now{0};
  std::size_t waiting = 0, running = 0;
  std::shared_ptr<const Configuration> in_force;
  std::shared_ptr<const Configuration> wanted;  // on its way; null: none
  // The last that was impossible, as memory is too small or no way leads there; null: none since
  // another has begun, or since a processor was lost or came back.
  std::shared_ptr<const Configuration> refused{};
};

// Also with what is on its way.
struct Stay {
  std::string reason;
};
// To what is in force, while another is on its way: it is no longer wanted.
struct Switch {
  std::shared_ptr<const Configuration> to;
  std::string reason;
};
using Decision = std::variant<Stay, Switch>;

class Policy {
 public:
  virtual ~Policy() = default;
  virtual std::shared_ptr<const Configuration> first() = 0;
  virtual void observe(Time now, std::span<const LayerReading> layers,
                       std::span<const CopyReading> copies) = 0;
  // Where it has changed. Of processors in use, what layers take says the same, but not where others
  // take turns that are longer than layers: most layers are as ever then, and a few are stopped for long.
  virtual void others(Time, std::span<const LoadReading>) {}
  virtual void arrived(Time now, std::uint32_t seen_class) = 0;
  virtual void answered(Time now, Time latency) = 0;
  virtual void lost(Time now, ProcessorId processor) = 0;
  virtual void back(Time now, ProcessorId processor) = 0;
  virtual Decision decide(const Situation& situation) = 0;
  // A plan for this one request, where the policy decides request by request (per-layer dispatch,
  // re-optimising always); null: that of the configuration in force. It is not used where it needs a
  // processor that is lost, or weights that are not there (Configuration::also).
  virtual std::shared_ptr<const Plan> plan_for(Time now, std::uint32_t seen_class) = 0;
  // When decide() should be called although nothing happens, which then moves it on; Time::max():
  // never.
  virtual Time next_look() const { return Time::max(); }
  // Of one that stands in for what could not be made: why, for people. "": it is what it is called.
  virtual std::string stands_in() const { return {}; }
};

}  // namespace partita
