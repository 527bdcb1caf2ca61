// What never changes from plan to plan, laid out for the inner loop of the plain evaluator.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "models/base/lists.h"
#include "models/cost/variant.h"
#include "models/evaluate/fluid.h"
#include "models/hardware/hardware.h"
#include "models/network/network.h"

namespace partita::plain {

struct Facts {
  Facts(const Network& network, const Hardware& hardware, const CostTable& costs);

  // Streams that `requests` at once can use; the same as before: false.
  bool lay_out_streams(const Hardware& hardware, std::size_t requests);

  bool flows(const Network& network, TensorId id) const {
    const TensorKind kind = network.tensor(id).kind;
    return kind == TensorKind::Activation || kind == TensorKind::Input;
  }

  std::size_t processors, memories, streams = 0;
  std::optional<MemoryId> host;

  struct TensorFact {
    Bytes size;
    bool is_output = false;
    bool stays = false;
    bool given_time = false;  // it has a transfer_time
    Content content = Content::Activation;
  };
  IdVector<TensorId, TensorFact> tensors;
  IdVector<TensorId, std::optional<LayerId>> producers;
  Lists<TensorId, LayerId> consumers;

  struct LayerFact {
    Bytes workspace;
    Bytes results;                  // all outputs together
    Bytes own_weights;              // that no other layer reads
    std::uint32_t made_inputs = 0;  // operands that some layer makes
    std::uint32_t given_inputs = 0;
  };
  IdVector<LayerId, LayerFact> layers;
  Lists<LayerId, TensorId> inputs;  // activations and inputs of the network, each once
  std::vector<LayerId> readers;     // of the items of all those lists, who has it
  Lists<LayerId, TensorId> outputs;
  Lists<LayerId, TensorId> shared_weights;
  std::vector<LayerDemand> demands;  // layer * processors + processor

  struct ProcessorFact {
    MemoryId memory{};
    ChannelId channel{};  // of the memory
    std::uint32_t first_stream = 0;
    std::uint32_t streams = 0;
    std::optional<std::size_t> package;
    std::int64_t share = 0;          // of the processor, that one layer can use, in millionths
    bool crowds = false;             // its streams together can ask for more than the whole
    bool ever_slow = false;          // others slow it down at times
    Time falls_asleep{0}, wakes{0};  // after, in; 0: at once
  };
  IdVector<ProcessorId, ProcessorFact> processor;
  struct PackageFact {
    std::int64_t ppm = 0;
    std::vector<ProcessorId> members;
  };
  std::vector<PackageFact> packages;
};

}  // namespace partita::plain
