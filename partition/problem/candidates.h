// Where each layer may run at all.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "partition/problem/delays.h"
#include "partition/problem/problem.h"

namespace partita {

// A processor is a candidate for a layer when the cost table has a time, when the layer alone fits
// its memory (weights, operands, results and workspace together), when inputs can come from the
// host and outputs get there, and when every neighbour has a candidate that it can exchange tensors
// with. Layers that stay together (Constraints::together) have the same candidates: those that all of
// them have. All plans that there are use candidates only.
class Candidates {
 public:
  static std::variant<Candidates, Infeasible> find(const Problem& problem, const Delays& delays);

  // Ascending, at least one.
  const std::vector<ProcessorId>& operator[](LayerId layer) const { return of_[layer]; }
  bool has(LayerId layer, ProcessorId processor) const;

  // The layers that stay together with this one, itself among them; nullptr: it is alone.
  const std::vector<LayerId>* group(LayerId layer) const {
    return group_.empty() || group_[layer] < 0 ? nullptr
                                               : &groups_[static_cast<std::size_t>(group_[layer])];
  }

 private:
  Candidates() = default;
  IdVector<LayerId, std::vector<ProcessorId>> of_;
  std::vector<std::vector<LayerId>> groups_;
  IdVector<LayerId, std::int32_t> group_;  // in groups_, or -1; empty where there are none
};

// Bytes that must be in a memory while `layer` runs beside it, whatever else is there.
Bytes needed_while_running(const Network& network, LayerId layer);

// The layer's weights, each once.
std::vector<TensorId> weights_of(const Network& network, LayerId layer);

}  // namespace partita
