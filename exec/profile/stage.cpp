#include "exec/profile/stage.h"

#include <fmt/format.h>

namespace partita::exec {
namespace {

constexpr std::int64_t kElement = 4;  // bytes of an f32

// Collects layers with one result each, and their seats.
class StageBuilder {
 public:
  explicit StageBuilder(const std::string& name) : builder_(name) {}

  TensorId input(Shape shape) {
    return tensor(fmt::format("input{}", count_++), TensorKind::Input, std::move(shape));
  }
  TensorId layer(std::size_t seat, OpKind kind, Attributes attributes, std::vector<TensorId> inputs,
                 Shape shape) {
    Layer layer;
    layer.name = fmt::format("{}{}", to_string(kind), count_++);
    layer.kind = kind;
    layer.attributes = std::move(attributes);
    layer.inputs = std::move(inputs);
    layer.outputs = {tensor(layer.name + ":0", TensorKind::Activation, std::move(shape))};
    const TensorId result = layer.outputs.front();
    builder_.add_layer(std::move(layer));
    seats_.push_back(seat);
    return result;
  }
  // One element of a tensor with two axes.
  TensorId pick(std::size_t seat, TensorId of) {
    using Ints = std::vector<std::int64_t>;
    return layer(
        seat, OpKind::Slice,
        {{"starts", Ints{0, 0}}, {"ends", Ints{1, 1}}, {"axes", Ints{0, 1}}, {"steps", Ints{1, 1}}},
        {of}, {1, 1});
  }
  void output(TensorId tensor) { builder_.add_output(tensor); }

  // Precondition: layers were added in an order in which they can run.
  Stage build() {
    Network network = builder_.build({"profile"});
    IdVector<LayerId, double> order(network.layer_count());
    for (const LayerId layer : network.layers()) order[layer] = static_cast<double>(index(layer));
    return {std::move(network), std::move(seats_), std::move(order)};
  }

 private:
  TensorId tensor(std::string name, TensorKind kind, Shape shape) {
    Tensor tensor;
    tensor.name = std::move(name);
    tensor.kind = kind;
    tensor.shape = std::move(shape);
    return builder_.add_tensor(std::move(tensor));
  }

  NetworkBuilder builder_;
  IdVector<LayerId, std::size_t> seats_;
  int count_ = 0;
};

}  // namespace

Placement Stage::seated(const std::vector<ProcessorId>& processors,
                        const Hardware& hardware) const {
  IdVector<LayerId, ProcessorId> processor(network.layer_count());
  for (const LayerId layer : network.layers()) processor[layer] = processors.at(seat[layer]);
  return ordered_by(processor, hardware.processors().size(), order);
}

Stage copy_after_copy(const std::vector<Bytes>& sizes) {
  StageBuilder builder("copy after copy");
  TensorId element = builder.input({1, 1});
  for (const Bytes size : sizes) {
    const TensorId sent =
        builder.layer(0, OpKind::Expand, {}, {element}, {1, size.value / kElement});
    element = builder.pick(1, sent);
  }
  builder.output(element);
  return builder.build();
}

Stage copies_at_once(std::size_t seats, const std::vector<Bytes>& sizes) {
  StageBuilder builder("copies at once");
  const auto all = static_cast<std::int64_t>(seats);
  std::vector<TensorId> elements{builder.input({all, 1})};
  for (const Bytes size : sizes) {
    std::vector<TensorId> sent;
    for (std::size_t seat = 0; seat < seats; ++seat) {
      const TensorId start = elements.size() == 1
                                 ? elements.front()
                                 : builder.layer(seat, OpKind::Concat, {{"axis", std::int64_t{0}}},
                                                 elements, {all, 1});
      sent.push_back(
          builder.layer(seat, OpKind::Expand, {}, {start}, {all, size.value / kElement / all}));
    }
    elements.clear();
    for (std::size_t seat = 0; seat < seats; ++seat) {
      elements.push_back(builder.pick((seat + 1) % seats, sent[seat]));
    }
  }
  for (const TensorId element : elements) builder.output(element);
  return builder.build();
}

Stage side_by_side(const Network& network, const IdVector<LayerId, double>& order,
                   std::size_t seats) {
  NetworkBuilder builder(network.name() + " side by side");
  IdVector<LayerId, std::size_t> seat;
  IdVector<LayerId, double> positions;
  for (std::size_t copy = 0; copy < seats; ++copy) {
    const auto named = [&](const std::string& name) { return fmt::format("{}@{}", name, copy); };
    IdVector<TensorId, TensorId> there(network.tensors().size());
    for (const TensorId id : ids<TensorId>(network.tensors().size())) {
      Tensor tensor = network.tensor(id);
      tensor.name = named(tensor.name);
      there[id] = builder.add_tensor(std::move(tensor));
      if (network.tensor(id).is_output) builder.add_output(there[id]);
    }
    for (const LayerId id : network.layers()) {
      Layer layer = network.layer(id);
      layer.name = named(layer.name);
      for (TensorId& input : layer.inputs) input = there[input];
      for (TensorId& output : layer.outputs) output = there[output];
      builder.add_layer(std::move(layer));
      seat.push_back(copy);
      positions.push_back(order[id]);
    }
  }
  return {builder.build({"profile"}), std::move(seat), std::move(positions)};
}

Stage tiny_layers(std::size_t count) {
  StageBuilder builder("tiny layers");
  TensorId element = builder.input({1, 1});
  for (std::size_t i = 0; i < count; ++i) {
    element = builder.layer(0, OpKind::Relu, {}, {element}, {1, 1});
  }
  builder.output(element);
  return builder.build();
}

}  // namespace partita::exec
