#include "tests/exec/replay/networks.h"

#include <fmt/format.h>

#include <cstring>
#include <random>

#include "exec/host/computer.h"

namespace partita::exec {
namespace {

using Ints = std::vector<std::int64_t>;

class Builder {
 public:
  explicit Builder(const std::string& name) : builder_(name) {}

  TensorId input(const std::string& name, Shape shape, DataType type = DataType::F32) {
    return add(name, TensorKind::Input, std::move(shape), type);
  }
  TensorId weight(Shape shape, WeightRole role) {
    const TensorId id = add(fmt::format("w{}", count_++), TensorKind::Weight, std::move(shape),
                            DataType::F32, role);
    return id;
  }
  TensorId constant(DataType type, Shape shape, std::vector<std::byte> values) {
    Tensor tensor;
    tensor.name = fmt::format("c{}", count_++);
    tensor.kind = TensorKind::Constant;
    tensor.type = type;
    tensor.shape = std::move(shape);
    tensor.values = std::make_shared<const std::vector<std::byte>>(std::move(values));
    return builder_.add_tensor(std::move(tensor));
  }
  TensorId layer(OpKind kind, Attributes attributes, const std::vector<TensorId>& inputs,
                 Shape shape, DataType type = DataType::F32) {
    return layer(kind, std::move(attributes), inputs, {{std::move(shape), type}})[0];
  }
  std::vector<TensorId> layer(OpKind kind, Attributes attributes,
                              const std::vector<TensorId>& inputs,
                              const std::vector<std::pair<Shape, DataType>>& results) {
    Layer layer;
    layer.name = fmt::format("{}{}", to_string(kind), count_++);
    layer.kind = kind;
    layer.attributes = std::move(attributes);
    layer.inputs = inputs;
    for (std::size_t i = 0; i < results.size(); ++i) {
      layer.outputs.push_back(add(fmt::format("{}:{}", layer.name, i), TensorKind::Activation,
                                  results[i].first, results[i].second));
    }
    const std::vector<TensorId> outputs = layer.outputs;
    builder_.add_layer(std::move(layer));
    return outputs;
  }
  TensorId conv(TensorId x, std::int64_t in, std::int64_t out, std::int64_t side, std::int64_t k) {
    const std::int64_t pad = k / 2;
    return layer(OpKind::Conv,
                 {{"group", std::int64_t{1}},
                  {"kernel_shape", Ints{k, k}},
                  {"strides", Ints{1, 1}},
                  {"dilations", Ints{1, 1}},
                  {"pads", Ints{pad, pad, pad, pad}}},
                 {x, weight({out, in, k, k}, WeightRole::Kernel), weight({out}, WeightRole::Bias)},
                 {1, out, side, side});
  }
  void output(TensorId tensor) { builder_.add_output(tensor); }
  Network build() { return builder_.build({"test"}); }

 private:
  TensorId add(std::string name, TensorKind kind, Shape shape, DataType type,
               WeightRole role = WeightRole::Kernel) {
    Tensor tensor;
    tensor.name = std::move(name);
    tensor.kind = kind;
    tensor.type = type;
    tensor.shape = std::move(shape);
    tensor.role = role;
    return builder_.add_tensor(std::move(tensor));
  }

  NetworkBuilder builder_;
  int count_ = 0;
};

Attributes pool(std::int64_t k, std::int64_t stride, std::int64_t pad) {
  return {{"kernel_shape", Ints{k, k}},
          {"strides", Ints{stride, stride}},
          {"dilations", Ints{1, 1}},
          {"pads", Ints{pad, pad, pad, pad}},
          {"ceil_mode", std::int64_t{0}}};
}

}  // namespace

Network branched_cnn() {
  Builder b("branched cnn");
  TensorId x = b.conv(b.input("image", {1, 3, 24, 24}), 3, 24, 24, 3);
  x = b.layer(OpKind::BatchNormalization, {{"epsilon", 1e-5}},
              {x, b.weight({24}, WeightRole::Scale), b.weight({24}, WeightRole::Bias),
               b.weight({24}, WeightRole::Mean), b.weight({24}, WeightRole::Variance)},
              {1, 24, 24, 24});
  x = b.layer(OpKind::Relu, {}, {x}, {1, 24, 24, 24});
  x = b.layer(OpKind::MaxPool, pool(2, 2, 0), {x}, {1, 24, 12, 12});
  const TensorId one = b.conv(x, 24, 16, 12, 1);
  const TensorId three = b.conv(b.conv(x, 24, 20, 12, 1), 20, 40, 12, 3);
  const TensorId pooled = b.layer(OpKind::MaxPool, pool(3, 1, 1), {x}, {1, 24, 12, 12});
  const TensorId joined =
      b.layer(OpKind::Concat, {{"axis", std::int64_t{1}}}, {one, three, pooled}, {1, 80, 12, 12});
  const TensorId again = b.conv(joined, 80, 80, 12, 3);
  const TensorId sum = b.layer(OpKind::Add, {}, {joined, again}, {1, 80, 12, 12});
  const TensorId means = b.layer(OpKind::GlobalAveragePool, {}, {sum}, {1, 80, 1, 1});
  const TensorId flat = b.layer(OpKind::Reshape, {}, {means}, {1, 80});
  const TensorId scores = b.layer(
      OpKind::Gemm,
      {{"alpha", 1.0}, {"beta", 1.0}, {"transA", std::int64_t{0}}, {"transB", std::int64_t{1}}},
      {flat, b.weight({10, 80}, WeightRole::Kernel), b.weight({10}, WeightRole::Bias)}, {1, 10});
  b.output(b.layer(OpKind::Softmax, {{"axes", Ints{1}}}, {scores}, {1, 10}));
  b.output(sum);
  return b.build();
}

Network elementwise_layers() {
  const Shape shape{1, 16, 8, 8};
  Builder b("elementwise layers");
  const TensorId negative = b.layer(OpKind::Neg, {}, {b.input("x", shape)}, shape);
  const TensorId size = b.layer(OpKind::Abs, {}, {negative}, shape);
  const TensorId again = b.layer(OpKind::Neg, {}, {size}, shape);
  const TensorId twice = b.layer(OpKind::Sub, {}, {size, again}, shape);
  const TensorId sum = b.layer(OpKind::Add, {}, {twice, twice}, shape);
  const TensorId result = b.layer(OpKind::Relu, {}, {sum}, shape);
  b.output(result);
  b.output(b.layer(OpKind::Clip, {{"min", 0.0}, {"max", 1.0}}, {result}, shape));
  return b.build();
}

Network attention_block() {
  constexpr std::int64_t kTokens = 12, kWidth = 48, kHeads = 3, kHead = 16;
  Builder b("attention block");
  const TensorId ids = b.input("tokens", {1, kTokens}, DataType::I64);
  const TensorId table = b.weight({100, kWidth}, WeightRole::Embedding);
  const TensorId x =
      b.layer(OpKind::Gather, {{"axis", std::int64_t{0}}}, {table, ids}, {1, kTokens, kWidth});
  const TensorId normal =
      b.layer(OpKind::LayerNormalization, {{"axis", std::int64_t{2}}, {"epsilon", 1e-5}},
              {x, b.weight({kWidth}, WeightRole::Scale), b.weight({kWidth}, WeightRole::Bias)},
              {1, kTokens, kWidth});
  const auto heads = [&](const Ints& perm, const Shape& shape) {
    const TensorId projected =
        b.layer(OpKind::MatMul, {}, {normal, b.weight({kWidth, kWidth}, WeightRole::Kernel)},
                {1, kTokens, kWidth});
    const TensorId biased = b.layer(
        OpKind::Add, {}, {projected, b.weight({kWidth}, WeightRole::Bias)}, {1, kTokens, kWidth});
    const TensorId split = b.layer(OpKind::Reshape, {}, {biased}, {1, kTokens, kHeads, kHead});
    return b.layer(OpKind::Transpose, {{"perm", perm}}, {split}, shape);
  };
  const TensorId q = heads({0, 2, 1, 3}, {1, kHeads, kTokens, kHead});
  const TensorId k = heads({0, 2, 3, 1}, {1, kHeads, kHead, kTokens});
  const TensorId v = heads({0, 2, 1, 3}, {1, kHeads, kTokens, kHead});
  const TensorId scores = b.layer(OpKind::MatMul, {}, {q, k}, {1, kHeads, kTokens, kTokens});
  std::vector<std::byte> below(kTokens * kTokens);
  for (std::size_t i = 0; i < kTokens; ++i) {
    for (std::size_t j = 0; j < kTokens; ++j) below[i * kTokens + j] = std::byte(j <= i);
  }
  const float minus = -1e4f;
  std::vector<std::byte> far(sizeof minus);
  std::memcpy(far.data(), &minus, sizeof minus);
  const TensorId masked = b.layer(OpKind::Where, {},
                                  {b.constant(DataType::Bool, {1, 1, kTokens, kTokens}, below),
                                   scores, b.constant(DataType::F32, {}, far)},
                                  {1, kHeads, kTokens, kTokens});
  const TensorId shares =
      b.layer(OpKind::Softmax, {{"axes", Ints{3}}}, {masked}, {1, kHeads, kTokens, kTokens});
  const TensorId mixed = b.layer(OpKind::MatMul, {}, {shares, v}, {1, kHeads, kTokens, kHead});
  const TensorId back = b.layer(OpKind::Transpose, {{"perm", Ints{0, 2, 1, 3}}}, {mixed},
                                {1, kTokens, kHeads, kHead});
  const TensorId flat = b.layer(OpKind::Reshape, {}, {back}, {1, kTokens, kWidth});
  const TensorId y = b.layer(OpKind::Add, {}, {x, flat}, {1, kTokens, kWidth});
  const auto top =
      b.layer(OpKind::TopK,
              {{"k", std::int64_t{4}},
               {"axis", std::int64_t{2}},
               {"largest", std::int64_t{1}},
               {"sorted", std::int64_t{1}}},
              {y}, {{{1, kTokens, 4}, DataType::F32}, {{1, kTokens, 4}, DataType::I64}});
  const TensorId as_number = b.layer(OpKind::Cast, {}, {top[1]}, {1, kTokens, 4}, DataType::F32);
  b.output(b.layer(OpKind::Add, {}, {as_number, top[0]}, {1, kTokens, 4}));
  b.output(top[1]);
  b.output(y);
  return b.build();
}

Hardware workers(std::size_t processors, bool host) {
  const Computer computer = this_computer();
  HardwareParts parts = heterogeneous_machine(computer);
  const ProcessorSpec first = parts.processors[ProcessorId{0}];
  const MemorySpec memory = parts.memories[MemoryId{1}];
  const LinkSpec link = parts.links[LinkId{0}];
  const MemoryId shared{3};
  parts.processors.clear();
  parts.links.clear();
  while (parts.memories.size() < processors + 2) parts.memories.push_back(memory);
  for (std::size_t i = 0; i < processors; ++i) {
    // Memories: dram, one for each of two workers, the shared one, the others' own.
    const MemoryId own{static_cast<std::uint32_t>(i < 2 ? i + 1 : i + 2)};
    parts.memories[own].name = fmt::format("mem{}", i);
    ProcessorSpec processor = first;
    processor.name = fmt::format("cpu{}", i);
    processor.memory = own;
    processor.execution->isa = i % 2 == 0 ? supported_isa_levels().back().name : "sse41";
    processor.execution->core = computer.cores[i % computer.cores.size()];
    parts.processors.push_back(processor);
    LinkSpec own_link = link;
    own_link.name = fmt::format("link{}", i);
    own_link.a = own;
    own_link.b = shared;
    parts.links.push_back(own_link);
  }
  if (host) parts.host = shared;
  return HardwareBuilder::build(std::move(parts));
}

Plan random_plan(const Network& network, const Hardware& hardware, std::uint32_t seed) {
  std::mt19937 engine(seed);
  IdVector<LayerId, ProcessorId> processor(network.layer_count());
  IdVector<LayerId, double> rank(network.layer_count());
  for (const LayerId layer : network.layers()) {
    processor[layer] = static_cast<ProcessorId>(engine() % hardware.processors().size());
    rank[layer] = static_cast<double>(index(layer));
  }
  auto plan = make_plan(network, hardware,
                        ordered_by(processor, hardware.processors().size(), rank), "random");
  return std::get<Plan>(std::move(plan));
}

Plan plan_on(const Network& network, const Hardware& hardware, ProcessorId processor) {
  return std::get<Plan>(
      make_plan(network, hardware, all_on(network, hardware, processor), "single"));
}

}  // namespace partita::exec
