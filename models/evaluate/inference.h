// One request on its way through the plain evaluator: what is not resident yet, who still needs
// what, and what is written down.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/evaluate/facts.h"
#include "models/evaluate/memory_account.h"
#include "models/plan/multicast.h"
#include "models/timeline/timeline.h"

namespace partita::plain {

class ColdWeights;

// Kept from one request to the next, so that its lists need no new memory.
struct Inference {
  struct Moving {
    const Route* route = nullptr;  // none: a given time
    std::uint32_t first_leg = 0;   // in timeline.legs
    std::uint32_t leg = 0;
  };

  std::uint32_t number = 0;    // of the request
  std::uint32_t arrivals = 0;  // event slot of the arrival of its first transfer
  const Plan* plan = nullptr;
  Timeline timeline;
  std::vector<Moving> moving;                // by transfer
  Multicasts multicasts;                     // once it is known what other requests bring
  IdVector<LayerId, MemoryId> home;          // where it runs
  IdVector<LayerId, std::uint32_t> missing;  // inputs that are not resident yet
  std::vector<std::int32_t> needed;          // tensor * memories + memory: who still needs it there
  IdVector<ProcessorId, std::uint32_t> next;  // position in its order
  std::size_t left = 0;                       // layers and transfers that are not over

  // Nothing has run of `the_plan`; its inputs are there.
  void begin(const Plan& the_plan, std::uint32_t request, const Network& network,
             const Hardware& hardware, const Facts& facts, MemoryAccount& memory,
             ColdWeights& cold_weights);

  std::int32_t& needs(const Facts& facts, TensorId tensor, MemoryId memory) {
    return needed[index(tensor) * facts.memories + index(memory)];
  }
  MemoryId memory_of(LayerId layer) const { return home[layer]; }
  // Whether the next layer of its order there could start.
  bool ready(ProcessorId processor) const {
    const std::vector<LayerId>& order = plan->order(processor);
    const std::uint32_t at = next[processor];
    return at < order.size() && missing[order[at]] == 0;
  }
  const Transfer& transfer(std::uint32_t id) const { return plan->transfers()[id]; }
  // All of its legs.
  std::span<LegSpan> spans(std::uint32_t transfer) {
    const std::size_t first = moving[transfer].first_leg;
    const std::size_t last =
        transfer + 1 < moving.size() ? moving[transfer + 1].first_leg : timeline.legs.size();
    return std::span(timeline.legs).subspan(first, last - first);
  }
  LegSpan& span(std::uint32_t transfer) {
    return timeline.legs[moving[transfer].first_leg + moving[transfer].leg];
  }
  // Of its present leg, in timeline.legs.
  std::uint32_t number_of_leg(std::uint32_t transfer) const {
    return moving[transfer].first_leg + moving[transfer].leg;
  }
  const Leg& leg(std::uint32_t transfer) const {
    return (*moving[transfer].route)[moving[transfer].leg];
  }
  // What its data crosses.
  const Leg& way(std::uint32_t transfer) const {
    const Multicast* all = multicasts.of(transfer);
    return all == nullptr ? leg(transfer) : all->way;
  }
  // All transfers that are one copy with it.
  template <class Visit>
  void for_copy(std::uint32_t transfer, Visit&& visit) const {
    const Multicast* all = multicasts.of(transfer);
    if (all == nullptr) return visit(transfer);
    for (const Multicast::Branch& branch : all->branches) visit(branch.transfer);
  }

 private:
  void list_legs(const Network& network, const Hardware& hardware, const Facts& facts);
  void count_needs(const Network& network, const Facts& facts);
  void put_inputs(const Network& network, const Facts& facts, MemoryAccount& memory,
                  ColdWeights& cold_weights);
};

}  // namespace partita::plain
