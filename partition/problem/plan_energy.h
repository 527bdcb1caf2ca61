// What one inference by a plan takes of energy, fast enough for the inner loop of a search.
#pragma once

#include <utility>
#include <vector>

#include "models/cost/cost_table.h"
#include "models/evaluate/reads_in_place.h"
#include "models/timeline/timeline.h"

namespace partita {

// Model: exactly the total of consumption_of() (models/analysis/energy.h) for a predicted timeline,
//   but no series over time: prices of layers and of bytes on each route are looked up, and only
//   when processors work follows from the timeline.
//   Where work was lost (evaluate.h, rule 9), what it had moved until then is played again: there
//   consumption_of() itself answers.
// Keeps references: network, machine and costs must outlive it.
class PlanEnergy {
 public:
  PlanEnergy(const Network& network, const Hardware& hardware, const CostTable& costs);

  // In fJ. Precondition: the timeline is that of the plan, and finishes.
  Wide of(const Plan& plan, const Timeline& timeline);

  // In fJ: what the bytes of a layer cost its memory, and those of a tensor all the way from one
  // memory to another, where no switch sends them on to others as well. Precondition: the layer has
  // a cost there; there is a way.
  Wide of_layer(LayerId layer, ProcessorId processor) const {
    return layers_[layer][index(processor)];
  }
  Wide of_way(TensorId tensor, MemoryId src, MemoryId dst) const;
  // The same of a tensor that is read in place: the reader's memory takes no part. Precondition: the
  // way is one leg.
  Wide of_read(const ReadInPlace& read) const;
  // Of so many bytes of a memory.
  Wide of_memory(MemoryId memory, Bytes size) const {
    return static_cast<Wide>(prices_[hardware_.channel_of(memory)].energy.value) * size.value;
  }
  // In mW: of memories, links and switches, which draw it always.
  Wide idle() const { return idle_; }

 private:
  struct Packed {
    const CompressionSpec* by = nullptr;
    EnergyPerByte energy;  // of each byte that is left
  };
  struct Way {
    Wide per_byte = 0;  // fJ/B
    std::vector<Packed> packed;
  };
  struct ChannelPrice {
    EnergyPerByte energy;
    const CompressionSpec* compression = nullptr;
  };

  void price_channels();
  void price_layers();
  Way way_over(const std::vector<ChannelId>& channels) const;
  void price_ways();
  Wide of_layer(const Plan& plan, LayerId layer, ProcessorId processor) const;
  Wide of_way(const Tensor& tensor, const Way& way) const;
  Wide of_processor(ProcessorId processor, Time makespan);

  const Network& network_;
  const Hardware& hardware_;
  const CostTable& costs_;
  Wide idle_ = 0;
  IdVector<ChannelId, ChannelPrice> prices_;
  IdVector<LayerId, std::vector<Wide>> layers_;
  std::vector<Way> ways_;                                           // src * memories + dst
  IdVector<ProcessorId, std::vector<std::pair<Time, Time>>> work_;  // buffers
};

// In whole nanojoules, rounded down, as energy() of models/analysis/energy.h.
Energy whole_nanojoules(Wide femtojoules);

}  // namespace partita
