// A neural network as a graph of layers that exchange tensors, with all shapes known.
#pragma once

#include <boost/graph/adjacency_list.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/base/data_type.h"
#include "models/base/diagnostics.h"
#include "models/base/ids.h"
#include "models/base/units.h"
#include "models/network/operator.h"

namespace partita {

using Shape = std::vector<std::int64_t>;

enum class TensorKind : std::uint8_t {
  Input,       // given with each inference
  Activation,  // produced by a layer
  Weight,      // constant; its values matter for no decision: made from its name (seeded), or kept
  Constant,    // constant; its values are kept (indices, masks, scalars, small parameters)
};

// How the seeded values of a weight are distributed, so that activations keep a sane size.
enum class WeightRole : std::uint8_t { Kernel, Bias, Scale, Mean, Variance, Embedding };

struct Tensor {
  std::string name;  // unique
  TensorKind kind = TensorKind::Activation;
  DataType type = DataType::F32;
  Shape shape;                           // [] is a scalar; every extent >= 1
  Bytes size;                            // 0 only in costed graphs, and of skipped layers
  WeightRole role = WeightRole::Kernel;  // of a Weight
  std::shared_ptr<const std::vector<std::byte>> values;  // kept ones: row-major, little endian
  std::optional<LayerId> producer;                       // of an Activation
  std::vector<LayerId> consumers;                        // ascending, each layer once
  bool is_output = false;                                // a result of the network
  bool stays = false;                 // never released where it has come: a weight of a cold start
  std::optional<Time> transfer_time;  // given by a costed graph: a pure delay, whatever the machine

  std::int64_t elements() const;
};

// What a layer asks of any processor, from its shapes alone. Formulas and sources: work.h.
struct Work {
  Flops flops;
  Bytes read;     // activations and constants that it reads
  Bytes weights;  // weights that it reads
  Bytes written;
  Bytes workspace;  // lives while it runs
  Bytes traffic() const { return read + weights + written; }
};

struct Layer {
  std::string name;  // unique
  OpKind kind = OpKind::Opaque;
  Attributes attributes;
  std::vector<TensorId> inputs;
  std::vector<TensorId> outputs;
  Work work;
};

// Times that a costed graph brings with it, instead of a machine's rates. Columns are processors by
// name; an absent entry means that the layer cannot run there.
struct GivenTimes {
  std::vector<std::string> processors;
  IdVector<LayerId, std::vector<std::optional<Time>>> times;
};

// Valid by construction: acyclic, every tensor made before it is used, all names unique, all shapes
// known. Layers are numbered in a topological order. Only NetworkBuilder, with_cold_weights()
// and without_layers() make one.
class Network {
 public:
  // vertex = layer; edge = one tensor that goes from one layer to another.
  struct Flow {
    TensorId tensor{};
  };
  using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS, Layer, Flow>;

  const std::string& name() const { return name_; }
  std::size_t layer_count() const { return boost::num_vertices(graph_); }
  const Layer& layer(LayerId id) const { return graph_[index(id)]; }
  ids<LayerId> layers() const { return ids<LayerId>(layer_count()); }
  const IdVector<TensorId, Tensor>& tensors() const { return tensors_; }
  const Tensor& tensor(TensorId id) const { return tensors_[id]; }
  const std::vector<TensorId>& inputs() const { return inputs_; }
  const std::vector<TensorId>& outputs() const { return outputs_; }
  const Graph& graph() const { return graph_; }

  // Layers that this one directly depends on / that depend on it; ascending, each once.
  const std::vector<LayerId>& predecessors(LayerId id) const { return predecessors_[id]; }
  const std::vector<LayerId>& successors(LayerId id) const { return successors_[id]; }

  const std::optional<GivenTimes>& given_times() const { return given_times_; }

  std::optional<LayerId> layer_named(const std::string& name) const;

  // Text that is the same for layers that do the same work: operator, operand shapes and types,
  // attributes. "Conv(f32[1x64x56x56],w:f32[64x64x3x3]){dilations=1,1;group=1;...}". The key of
  // profiles.
  std::string signature(LayerId id) const;

  // Sum over all layers / all weights (each counted once).
  Flops total_flops() const;
  Bytes total_weights() const;
  std::int64_t parameters() const;

 private:
  friend class NetworkBuilder;
  friend Network with_cold_weights(Network);
  friend Network without_layers(Network, const std::vector<LayerId>&);
  Network() = default;

  std::string name_;
  Graph graph_;
  IdVector<TensorId, Tensor> tensors_;
  std::vector<TensorId> inputs_, outputs_;
  IdVector<LayerId, std::vector<LayerId>> predecessors_, successors_;
  std::optional<GivenTimes> given_times_;
};

// The same network whose weights and constants are given with the inference, as its inputs are: on
// a machine with a host they start in the host's memory, are sent to where they are read, and stay.
// Costs, whose keys tell weights from inputs, are those of the network before.
Network with_cold_weights(Network network);

// Collects layers and tensors in any order, then checks and sorts them.
class NetworkBuilder {
 public:
  explicit NetworkBuilder(std::string name);

  // `tensor.producer`, `consumers`, `size` (unless the type and shape say nothing: costed graphs)
  // are filled in by build().
  TensorId add_tensor(Tensor tensor);
  // `work` is computed from shapes unless the kind is Opaque, which keeps the one given.
  void add_layer(Layer layer);
  void add_output(TensorId tensor);
  // Columns and rows of given times; rows in the order of add_layer calls.
  void set_given_times(std::vector<std::string> processors,
                       std::vector<std::vector<std::optional<Time>>> times);

  // Topological order: Kahn's algorithm, ready layers in the order they were added, so that the
  // numbering is stable. Throws ConfigError at `where` for cycles (naming the layers), doubled
  // names, and tensors that nobody makes.
  Network build(const SourceLoc& where);

 private:
  std::string name_;
  IdVector<TensorId, Tensor> tensors_;
  std::vector<Layer> layers_;
  std::vector<TensorId> outputs_;
  std::vector<std::string> processors_;
  std::vector<std::vector<std::optional<Time>>> times_;
};

}  // namespace partita
