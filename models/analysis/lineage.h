// What a layer's input was going through before it came: from the layer back to the start.
#pragma once

#include <array>
#include <map>
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
  Requests,    // nobody has asked for it: no request has come, or none has room
  Unknown,     // a real machine did not say
  Done,        // nothing is left to do
};
constexpr std::array<std::string_view, 11> kCauses{
    "input",      "processor", "engine",   "transfer", "link", "memory",
    "neighbours", "others",    "requests", "unknown",  "done"};
constexpr std::string_view to_string(Cause cause) {
  return kCauses[static_cast<std::size_t>(cause)];
}

// Where each input of a layer comes from, and when.
class Sources {
 public:
  explicit Sources(const WorkloadRun& run);

  struct Source {
    std::size_t request = 0;  // whose leg or layer that is: of a weight, perhaps another's
    Time at{0};
    std::optional<std::uint32_t> leg;  // in Timeline::legs: the last of its transfer
    std::optional<LayerId> producer;   // of the tensor; neither: there from the start
  };
  // The input that was there last; of several the first.
  Source last_input(std::size_t request, LayerId layer) const;
  // Who queued a leg: the leg before it, else its producer.
  Source before(std::size_t request, std::uint32_t leg) const;
  // What a request ends with.
  Source last(std::size_t request) const;

 private:
  using Place = std::pair<TensorId, MemoryId>;
  struct Brought {
    Place place;
    std::uint32_t leg;  // the last
  };
  const WorkloadRun& run_;
  std::vector<std::vector<Brought>> brought_;  // by each request, in the order of places
  std::map<Place, std::pair<std::size_t, std::uint32_t>> weights_;  // request and leg
};

// What happens on the way is seen from its end: a leg or layer that was slowed down shows that as
// its last part (for data: the time that it would not have taken alone). Before a request was
// admitted, its layers wait for that.
class Lineage {
 public:
  Lineage(const WorkloadRun& run, const Traffic& traffic)
      : run_(run), traffic_(traffic), sources_(run), away_(run), owners_(owners_of(run.hardware)) {}

  // Calls visit(from, until, cause) for parts that follow each other without a gap back from the
  // first start of `layer` until one begins at `floor` or before.
  template <class Visit>
  void walk(std::size_t request, LayerId layer, Time floor, Visit&& visit) const {
    const PlanRun& run = run_.requests[request];
    Walk<Visit> walk{*this, run.admitted, run.first_start(layer), visit};
    // In a model, a layer whose processor has room starts when its last input comes.
    const Sources::Source source = sources_.last_input(request, layer);
    walk.waited(run.span(layer).processor, source.at, Cause::Unknown);
    walk.back(source, floor);
  }

  // The same for a request, from its finish to its arrival.
  template <class Visit>
  void walk(std::size_t request, Visit&& visit) const {
    const PlanRun& run = run_.requests[request];
    Walk<Visit> walk{*this, run.admitted, run.timeline.makespan, visit};
    walk.back(sources_.last(request), run.arrival);
  }

 private:
  template <class Visit>
  struct Walk {
    const Lineage& of;
    const Time begin;  // of the request
    Time at{0};
    Visit& visit;

    void down_to(Time from, Cause cause) {
      from = std::max(from, begin);
      if (from < at) visit(from, at, cause);
      at = std::min(at, from);
    }
    void waited(ProcessorId processor, Time from, Cause cause) {
      of.away_.split(processor, std::min(from, at), at, [&](Time first, Time, bool away) {
        down_to(first, away ? Cause::Others : cause);
      });
    }
    void slowed(const Slowdown& slowdown) {
      for (const Slowdown::Share& share : slowdown.shared) {
        const bool is_link = std::holds_alternative<LinkId>(of.owners_[share.channel]);
        down_to(at - share.time, is_link ? Cause::Link : Cause::Memory);
      }
      down_to(at - slowdown.neighbours, Cause::Neighbours);
      down_to(at - slowdown.others, Cause::Others);
      down_to(at - slowdown.unknown, Cause::Unknown);
    }

    void back(Sources::Source source, Time floor) {
      while (at > floor && at > begin) {
        const PlanRun& run = of.run_.requests[source.request];
        const Slowdowns& slowdowns = of.traffic_.requests[source.request];
        if (source.leg) {
          const LegSpan& leg = run.timeline.legs[*source.leg];
          down_to(run.data_end(leg), Cause::Transfer);  // latency
          slowed(slowdowns.legs[*source.leg]);
          down_to(leg.start, Cause::Transfer);
          if (leg.copier) {
            down_to(run.first_start_of_leg(*source.leg), Cause::Others);
            waited(*leg.copier, leg.queued, Cause::Processor);
          }
          down_to(leg.queued, Cause::Engine);
          source = of.sources_.before(source.request, *source.leg);
          down_to(source.at, Cause::Unknown);
        } else if (source.producer) {
          const LayerId producer = *source.producer;
          slowed(slowdowns.layers[producer]);
          down_to(run.span(producer).start, Cause::Input);
          down_to(run.first_start(producer), Cause::Others);
          source = of.sources_.last_input(source.request, producer);
          waited(run.span(producer).processor, source.at, Cause::Processor);
        } else {
          down_to(begin, Cause::Unknown);
        }
      }
      if (at > floor) visit(Time{0}, at, Cause::Requests);
    }
  };

  const WorkloadRun& run_;
  const Traffic& traffic_;
  const Sources sources_;
  const Away away_;
  const ChannelOwners owners_;
};

}  // namespace partita
