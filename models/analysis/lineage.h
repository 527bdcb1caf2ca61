// What a layer's input was going through before it came: from the layer back to the start.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "models/analysis/away.h"
#include "models/analysis/owners.h"
#include "models/analysis/traffic.h"

namespace partita {

// Why somebody who could work does not.
enum class Cause : std::uint8_t {
  Input,       // the layer that makes the input computes
  Processor,   // that layer, or a copy by its processor, waits: the processor is busy elsewhere
  Engine,      // the input stands in the queue of a DMA engine
  Transfer,    // it travels as fast as it can: set-up, data, latency, or a time that was given
  Link,        // it travels slower, because others use the link, too
  Memory,      // it is made or travels slower, because others use the memory, too
  Neighbours,  // it is made slower: others of the package, or of the processor's streams, are busy
  Others,      // load of others: a processor is slowed down or away, or does lost work again
  Unknown,     // a real machine did not say
  Done,        // nothing is left to do
};
constexpr std::array<std::string_view, 10> kCauses{"input",   "processor", "engine",     "transfer",
                                                   "link",    "memory",    "neighbours", "others",
                                                   "unknown", "done"};
constexpr std::string_view to_string(Cause cause) {
  return kCauses[static_cast<std::size_t>(cause)];
}

// Where each input of a layer comes from, and when.
class InputArrivals {
 public:
  explicit InputArrivals(const PlanRun& run);

  struct Arrival {
    Time at{0};
    std::optional<std::uint32_t> leg;  // in Timeline::legs: the last of its transfer
    std::optional<LayerId> producer;   // of the tensor; neither: there from the start
  };
  // The input that was there last; of several the first.
  Arrival last_input(LayerId layer) const;
  // Who queued a leg: the leg before it, else its producer.
  Arrival before(std::uint32_t leg) const;

 private:
  const PlanRun& run_;
  // Of each tensor, transfers that bring it somewhere: memory and last leg.
  std::vector<std::vector<std::pair<MemoryId, std::uint32_t>>> brought_;
};

// What happens on the way is seen from its end: a leg or layer that was slowed down shows that as
// its last part (for data: the time that it would not have taken alone).
class Lineage {
 public:
  Lineage(const PlanRun& run, const Traffic& traffic)
      : run_(run),
        traffic_(traffic),
        arrivals_(run),
        away_(run),
        owners_(owners_of(run.hardware)) {}

  // Calls visit(from, until, cause) for parts that follow each other without a gap back from the
  // start of `layer` until one begins at `floor` or before.
  template <class Visit>
  void walk(LayerId layer, Time floor, Visit&& visit) const {
    Time at = run_.span(layer).start;
    const auto down_to = [&](Time from, Cause cause) {
      if (from < at) visit(from, at, cause);
      at = std::min(at, from);
    };
    const auto waited = [&](ProcessorId processor, Time from, Cause cause) {
      away_.split(processor, std::min(from, at), at, [&](Time begin, Time, bool away) {
        down_to(begin, away ? Cause::Others : cause);
      });
    };
    // In a model, a layer whose processor has room starts when its last input comes.
    InputArrivals::Arrival arrival = arrivals_.last_input(layer);
    down_to(run_.first_start(layer), Cause::Others);
    waited(run_.span(layer).processor, arrival.at, Cause::Unknown);
    while (at > floor) {
      if (arrival.leg) {
        const LegSpan& leg = run_.timeline.legs[*arrival.leg];
        const Slowdown& slowdown = traffic_.legs[*arrival.leg];
        down_to(run_.data_end(leg), Cause::Transfer);  // latency
        slowed(slowdown, down_to, at);
        down_to(leg.start, Cause::Transfer);
        if (leg.copier) {
          down_to(run_.first_start_of_leg(*arrival.leg), Cause::Others);
          waited(*leg.copier, leg.queued, Cause::Processor);
        }
        down_to(leg.queued, Cause::Engine);
        arrival = arrivals_.before(*arrival.leg);
        down_to(arrival.at, Cause::Unknown);
      } else if (arrival.producer) {
        const LayerId producer = *arrival.producer;
        slowed(traffic_.layers[producer], down_to, at);
        down_to(run_.span(producer).start, Cause::Input);
        down_to(run_.first_start(producer), Cause::Others);
        arrival = arrivals_.last_input(producer);
        waited(run_.span(producer).processor, arrival.at, Cause::Processor);
      } else {
        down_to(Time{0}, Cause::Unknown);
      }
    }
  }

 private:
  template <class DownTo>
  void slowed(const Slowdown& slowdown, DownTo&& down_to, const Time& at) const {
    for (const Slowdown::Share& share : slowdown.shared) {
      const bool is_link = std::holds_alternative<LinkId>(owners_[share.channel]);
      down_to(at - share.time, is_link ? Cause::Link : Cause::Memory);
    }
    down_to(at - slowdown.neighbours, Cause::Neighbours);
    down_to(at - slowdown.others, Cause::Others);
    down_to(at - slowdown.unknown, Cause::Unknown);
  }

  const PlanRun& run_;
  const Traffic& traffic_;
  const InputArrivals arrivals_;
  const Away away_;
  const ChannelOwners owners_;
};

}  // namespace partita
