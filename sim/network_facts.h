// What plans do not change, laid out for the inner loop of the simulated machine's scheduler.
#pragma once

#include <optional>
#include <vector>

#include "models/base/lists.h"
#include "models/hardware/hardware.h"
#include "models/network/network.h"

namespace partita::sim {

struct NetworkFacts {
  void load(const Network& network, const Hardware& hardware);

  struct TensorFact {
    Bytes size;
    std::optional<LayerId> producer;
    std::optional<Time> transfer_time;
    bool is_output = false;
    bool stays = false;
    Content content = Content::Activation;
  };
  struct LayerFact {
    Bytes workspace, results;
  };

  const Network* network = nullptr;
  const Hardware* hardware = nullptr;
  IdVector<ProcessorId, MemoryId> memory_of;
  IdVector<TensorId, TensorFact> tensors;
  Lists<TensorId, LayerId> consumers;
  IdVector<LayerId, LayerFact> layers;
  Lists<LayerId, TensorId> results;
  IdVector<LayerId, std::vector<TensorId>> read_by;  // tensors that move, each once
  std::vector<TensorId> weights;
};

}  // namespace partita::sim
