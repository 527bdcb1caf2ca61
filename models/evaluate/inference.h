// One request on its way through the plain evaluator: what is not resident yet, who still needs
// what, and what is written down. A relocation is one that has moves, and no layers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/evaluate/facts.h"
#include "models/evaluate/memory_account.h"
#include "models/plan/multicast.h"
#include "models/timeline/workload.h"

namespace partita::plain {

class ColdWeights;

// A network for inputs of one class, as the evaluator sees it.
struct Seen {
  Seen(const Variant& variant, const Hardware& hardware)
      : network(*variant.network),
        costs(*variant.costs),
        facts(*variant.network, hardware, *variant.costs) {}

  const Network& network;
  const CostTable& costs;
  Facts facts;
};

// Kept from one request to the next, so that its lists need no new memory. What a machine has of
// processors and memories decides the length of no list but `turns`: a run of a local plan touches
// as much memory on a large machine as on a small one.
struct Inference {
  struct OfLayer {
    ProcessorId processor{};
    MemoryId memory{};          // of the processor
    std::uint32_t missing = 0;  // inputs that are not resident yet
    LayerDemand demand;
  };
  struct Turn {
    std::uint32_t place = 0;  // in the processor's order
    LayerId layer = kNoLayer;
  };
  // A tensor in a memory.
  struct Copy {
    MemoryId memory{};
    std::uint32_t needed = 0;    // by so many layers and transfers there, and by the user
    std::uint32_t next = kNone;  // another copy of the same tensor
    std::uint32_t first_reading = kNone;
  };
  // A layer reads a copy of one of its inputs.
  struct Reading {
    std::uint32_t copy = 0;
    std::uint32_t next = kNone;  // of the same copy
  };
  struct Moving {
    const Leg* leg = nullptr;  // the present one; none: a given time
    Bytes size;
    std::uint32_t span = 0;  // its place in timeline.legs
    std::uint32_t more = 0;  // legs after it
  };
  static constexpr std::uint32_t kNone = 0xffff'ffff;
  static constexpr LayerId kNoLayer{0xffff'ffff};

  std::uint32_t number = 0;    // of the request
  std::uint32_t arrivals = 0;  // event slot of the arrival of its first transfer
  const Plan* plan = nullptr;  // none: it relocates
  const Seen* seen = nullptr;
  std::span<const Transfer> transfers;
  std::uint32_t under_way = 0;  // layers and transfers that go on
  bool cancelled = false;
  Timeline timeline;
  std::vector<Moving> moving;  // by transfer
  Multicasts multicasts;       // once it is known what other requests bring
  IdVector<LayerId, OfLayer> layers;
  IdVector<ProcessorId, Turn> turns;  // what comes next in its order
  std::vector<Copy> copies;           // where tensors are made or given, those of transfers, others
  std::vector<Reading> readings;      // as the items of Facts::inputs
  std::size_t left = 0;               // layers and transfers that are not over

  // Nothing has run of `the_plan`; its inputs are there.
  void begin(const Plan& the_plan, std::uint32_t request, const Seen& as, const Hardware& hardware,
             MemoryAccount& memory, ColdWeights& cold_weights);
  // Nothing has moved.
  void begin(const Relocation& relocation, std::uint32_t request, const Seen& as,
             const Hardware& hardware);
  bool relocates() const { return plan == nullptr; }
  const Facts& facts() const { return seen->facts; }
  // From now on none of its layers is ready, and nothing of it is next.
  void cancel();
  // What it holds once it was cancelled and nothing of it goes on; of a relocation: what has not
  // come.
  void release_held(MemoryAccount& memory) const;
  bool has_come(std::uint32_t move) const {
    return moving[move].more == 0 && timeline.legs[moving[move].span].finish > Time{0};
  }

  // Where a tensor is made or given, where a transfer brings it, and in any memory that it comes to.
  Copy& home(TensorId tensor) { return copies[index(tensor)]; }
  Copy& brought(std::uint32_t transfer) { return copies[first_brought_ + transfer]; }
  std::uint32_t copy_in(TensorId tensor, MemoryId memory) const {
    auto id = static_cast<std::uint32_t>(index(tensor));
    while (copies[id].memory != memory) id = copies[id].next;
    return id;
  }
  // Whether the next layer of its order there could start.
  bool ready(ProcessorId processor) const {
    const LayerId next = turns[processor].layer;
    return next != kNoLayer && layers[next].missing == 0;
  }
  LayerId take_turn(ProcessorId processor) {
    Turn& turn = turns[processor];
    const std::vector<LayerId>& order = plan->order(processor);
    const LayerId layer = turn.layer;
    turn.layer = ++turn.place < order.size() ? order[turn.place] : kNoLayer;
    return layer;
  }
  const Transfer& transfer(std::uint32_t id) const { return transfers[id]; }
  // All of its legs, while the first is the present one.
  std::span<LegSpan> spans(std::uint32_t transfer) {
    return std::span(timeline.legs).subspan(moving[transfer].span, moving[transfer].more + 1);
  }
  LegSpan& span(std::uint32_t transfer) { return timeline.legs[moving[transfer].span]; }
  // Of its present leg, in timeline.legs.
  std::uint32_t number_of_leg(std::uint32_t transfer) const { return moving[transfer].span; }
  const Leg& leg(std::uint32_t transfer) const { return *moving[transfer].leg; }
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
  void begin(std::uint32_t request, const Seen& as);
  void release_layers(MemoryAccount& memory) const;
  void release_transfers(MemoryAccount& memory) const;
  bool is_over(LayerId layer) const {
    return timeline.layers[layer].finish > timeline.layers[layer].start;
  }
  void begin_layers(const Network& network, const Facts& facts);
  void list_legs(const Hardware& hardware, const Facts& facts);
  void list_copies(const Network& network, const Facts& facts);
  void give(TensorId input, const Facts& facts);
  void count_readers(const Network& network, const Facts& facts);
  void put_inputs(const Network& network, const Facts& facts, MemoryAccount& memory,
                  ColdWeights& cold_weights);

  std::uint32_t first_brought_ = 0;  // in copies
  std::vector<Transfer> moves_;      // of a relocation, as transfers
};

}  // namespace partita::plain
