// The operators a layer can be, in the normal form that the importer makes and every kernel reads.
//
// Normal form: names and meaning follow ONNX opset 17, with three simplifications. (1) Operands
// that ONNX passes as constant tensors but that are really parameters (axes, shapes, starts, pads,
// clip bounds, scales) are attributes. (2) Defaults are filled in, negative axes counted from the
// front, auto_pad resolved to pads. (3) Optional operands that are absent are left off the end;
// there are no gaps. Collectives, which ONNX does not have, are of the domain "partita".
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace partita {

// What an operator's time depends on; machine files give one efficiency for each family.
enum class OpFamily : std::uint8_t {
  Conv,
  Matmul,
  Norm,
  Elementwise,
  Pool,
  Softmax,
  Movement,
  Recurrent
};
constexpr std::array<std::string_view, 8> kOpFamilies{"conv", "matmul",  "norm",     "elementwise",
                                                      "pool", "softmax", "movement", "recurrent"};
constexpr std::string_view to_string(OpFamily family) {
  return kOpFamilies[static_cast<std::size_t>(family)];
}

enum class OpKind : std::uint8_t {
  Conv,
  ConvTranspose,
  Gemm,
  MatMul,
  Lstm,
  BatchNormalization,
  LayerNormalization,
  Lrn,
  Relu,
  LeakyRelu,
  Elu,
  Sigmoid,
  HardSigmoid,
  HardSwish,
  Tanh,
  Erf,
  Gelu,
  Clip,
  Exp,
  Log,
  Sqrt,
  Abs,
  Neg,
  Reciprocal,
  Not,
  Floor,
  Identity,
  Add,
  Sub,
  Mul,
  Div,
  Pow,
  Min,
  Max,
  Equal,
  Greater,
  Less,
  And,
  Or,
  Where,
  Softmax,
  LogSoftmax,
  MaxPool,
  AveragePool,
  GlobalAveragePool,
  GlobalMaxPool,
  ReduceMean,
  ReduceSum,
  ReduceMax,
  ArgMax,
  TopK,
  Concat,
  Split,
  Slice,
  Pad,
  Reshape,
  Transpose,
  Expand,
  Tile,
  Gather,
  ScatterNd,
  Cast,
  Resize,
  AllReduce,
  ReduceScatter,
  AllGather,
  AllToAll,
  Broadcast,
  GatherToOne,
  ScatterFromOne,
  Opaque,  // a layer of a costed graph: known by its given times only
};

struct OpInfo {
  OpKind kind;
  std::string_view name;  // ONNX op_type
  OpFamily family;
  std::string_view form;  // operands; attributes of the normal form
};

// Every operator there is, in the order of OpKind. A new one adds its enumerator, this row, its
// shape work in work.cpp, a reference kernel and (where it should be fast) a oneDNN kernel; kernels
// that are missing are named by the error that the executor gives.
//
// Lists of numbers are std::vector<int64> (scales: std::vector<double>). pads = begins then ends of
// the spatial axes (Pad: of all axes).
constexpr std::array kOperators{
    OpInfo{OpKind::Conv, "Conv", OpFamily::Conv,
           "X W [B]; group, kernel_shape, strides, dilations, pads"},
    OpInfo{OpKind::ConvTranspose, "ConvTranspose", OpFamily::Conv,
           "X W [B]; group, kernel_shape, strides, dilations, pads, output_padding"},
    OpInfo{OpKind::Gemm, "Gemm", OpFamily::Matmul, "A B [C]; alpha, beta, transA, transB"},
    OpInfo{OpKind::MatMul, "MatMul", OpFamily::Matmul, "A B"},
    OpInfo{OpKind::Lstm, "LSTM", OpFamily::Recurrent,
           "X W R [B [h0 c0]]; hidden_size, direction (forward|reverse|bidirectional); default "
           "activations only"},
    OpInfo{OpKind::BatchNormalization, "BatchNormalization", OpFamily::Norm,
           "X scale B mean var; epsilon"},
    OpInfo{OpKind::LayerNormalization, "LayerNormalization", OpFamily::Norm,
           "X scale [B]; axis, epsilon"},
    OpInfo{OpKind::Lrn, "LRN", OpFamily::Norm, "X; size, alpha, beta, bias"},
    OpInfo{OpKind::Relu, "Relu", OpFamily::Elementwise, "X"},
    OpInfo{OpKind::LeakyRelu, "LeakyRelu", OpFamily::Elementwise, "X; alpha"},
    OpInfo{OpKind::Elu, "Elu", OpFamily::Elementwise, "X; alpha"},
    OpInfo{OpKind::Sigmoid, "Sigmoid", OpFamily::Elementwise, "X"},
    OpInfo{OpKind::HardSigmoid, "HardSigmoid", OpFamily::Elementwise, "X; alpha, beta"},
    OpInfo{OpKind::HardSwish, "HardSwish", OpFamily::Elementwise, "X"},
    OpInfo{OpKind::Tanh, "Tanh", OpFamily::Elementwise, "X"},
    OpInfo{OpKind::Erf, "Erf", OpFamily::Elementwise, "X"},
    OpInfo{OpKind::Gelu, "Gelu", OpFamily::Elementwise, "X; approximate (none|tanh)"},
    OpInfo{OpKind::Clip, "Clip", OpFamily::Elementwise, "X; min, max (absent: unbounded)"},
    OpInfo{OpKind::Exp, "Exp", OpFamily::Elementwise, "X"},
    OpInfo{OpKind::Log, "Log", OpFamily::Elementwise, "X"},
    OpInfo{OpKind::Sqrt, "Sqrt", OpFamily::Elementwise, "X"},
    OpInfo{OpKind::Abs, "Abs", OpFamily::Elementwise, "X"},
    OpInfo{OpKind::Neg, "Neg", OpFamily::Elementwise, "X"},
    OpInfo{OpKind::Reciprocal, "Reciprocal", OpFamily::Elementwise, "X"},
    OpInfo{OpKind::Not, "Not", OpFamily::Elementwise, "X"},
    OpInfo{OpKind::Floor, "Floor", OpFamily::Elementwise, "X"},
    OpInfo{OpKind::Identity, "Identity", OpFamily::Movement, "X (also Dropout in inference)"},
    OpInfo{OpKind::Add, "Add", OpFamily::Elementwise, "A B, broadcast"},
    OpInfo{OpKind::Sub, "Sub", OpFamily::Elementwise, "A B, broadcast"},
    OpInfo{OpKind::Mul, "Mul", OpFamily::Elementwise, "A B, broadcast"},
    OpInfo{OpKind::Div, "Div", OpFamily::Elementwise, "A B, broadcast"},
    OpInfo{OpKind::Pow, "Pow", OpFamily::Elementwise, "A B, broadcast"},
    OpInfo{OpKind::Min, "Min", OpFamily::Elementwise, "A B, broadcast"},
    OpInfo{OpKind::Max, "Max", OpFamily::Elementwise, "A B, broadcast"},
    OpInfo{OpKind::Equal, "Equal", OpFamily::Elementwise, "A B, broadcast -> bool"},
    OpInfo{OpKind::Greater, "Greater", OpFamily::Elementwise, "A B, broadcast -> bool"},
    OpInfo{OpKind::Less, "Less", OpFamily::Elementwise, "A B, broadcast -> bool"},
    OpInfo{OpKind::And, "And", OpFamily::Elementwise, "A B, broadcast -> bool"},
    OpInfo{OpKind::Or, "Or", OpFamily::Elementwise, "A B, broadcast -> bool"},
    OpInfo{OpKind::Where, "Where", OpFamily::Elementwise, "condition X Y, broadcast"},
    OpInfo{OpKind::Softmax, "Softmax", OpFamily::Softmax,
           "X; axes (one axis; several before opset 13: flattened)"},
    OpInfo{OpKind::LogSoftmax, "LogSoftmax", OpFamily::Softmax, "X; axes"},
    OpInfo{OpKind::MaxPool, "MaxPool", OpFamily::Pool,
           "X; kernel_shape, strides, dilations, pads, ceil_mode"},
    OpInfo{OpKind::AveragePool, "AveragePool", OpFamily::Pool,
           "X; kernel_shape, strides, pads, ceil_mode, count_include_pad"},
    OpInfo{OpKind::GlobalAveragePool, "GlobalAveragePool", OpFamily::Pool, "X"},
    OpInfo{OpKind::GlobalMaxPool, "GlobalMaxPool", OpFamily::Pool, "X"},
    OpInfo{OpKind::ReduceMean, "ReduceMean", OpFamily::Pool, "X; axes, keepdims"},
    OpInfo{OpKind::ReduceSum, "ReduceSum", OpFamily::Pool, "X; axes, keepdims"},
    OpInfo{OpKind::ReduceMax, "ReduceMax", OpFamily::Pool, "X; axes, keepdims"},
    OpInfo{OpKind::ArgMax, "ArgMax", OpFamily::Pool, "X; axis, keepdims, select_last_index"},
    OpInfo{OpKind::TopK, "TopK", OpFamily::Pool,
           "X; k, axis, largest, sorted -> values, indices (i64)"},
    OpInfo{OpKind::Concat, "Concat", OpFamily::Movement, "X...; axis"},
    OpInfo{OpKind::Split, "Split", OpFamily::Movement, "X; axis, split"},
    OpInfo{
        OpKind::Slice, "Slice", OpFamily::Movement,
        "X; starts, ends, axes, steps (in range, axes explicit; an end is one step of 1 behind the "
        "last element: -1 where a negative step goes down to element 0)"},
    OpInfo{OpKind::Pad, "Pad", OpFamily::Movement, "X; pads, value, mode (constant|reflect|edge)"},
    OpInfo{OpKind::Reshape, "Reshape", OpFamily::Movement,
           "X (also Flatten, Squeeze, Unsqueeze); the output has the shape"},
    OpInfo{OpKind::Transpose, "Transpose", OpFamily::Movement, "X; perm"},
    OpInfo{OpKind::Expand, "Expand", OpFamily::Movement, "X; the output has the shape"},
    OpInfo{OpKind::Tile, "Tile", OpFamily::Movement, "X; repeats"},
    OpInfo{OpKind::Gather, "Gather", OpFamily::Movement, "data indices; axis"},
    OpInfo{OpKind::ScatterNd, "ScatterND", OpFamily::Movement,
           "data indices updates; reduction (none|add)"},
    OpInfo{OpKind::Cast, "Cast", OpFamily::Movement, "X; the output has the type"},
    OpInfo{OpKind::Resize, "Resize", OpFamily::Movement,
           "X; scales (all axes), mode (nearest|linear), coordinate "
           "(half_pixel|asymmetric|align_corners|"
           "pytorch_half_pixel), nearest (round_prefer_floor|floor|ceil|round_prefer_ceil)"},
    OpInfo{OpKind::AllReduce, "AllReduce", OpFamily::Elementwise,
           "X... -> as many Y; each Y is the sum of all X"},
    OpInfo{OpKind::ReduceScatter, "ReduceScatter", OpFamily::Elementwise,
           "X... -> as many Y; axis; the sum of all X, cut into one part for each Y"},
    OpInfo{OpKind::AllGather, "AllGather", OpFamily::Movement,
           "X... -> as many Y; axis; each Y is all X joined"},
    OpInfo{OpKind::AllToAll, "AllToAll", OpFamily::Movement,
           "X... -> as many Y; axis; every X is cut into one part for each Y, Y the parts joined"},
    OpInfo{OpKind::Broadcast, "Broadcast", OpFamily::Movement, "X -> Y...; each Y is X"},
    OpInfo{OpKind::GatherToOne, "GatherToOne", OpFamily::Movement,
           "X... -> Y; axis; all X joined, from each participant to one"},
    OpInfo{OpKind::ScatterFromOne, "ScatterFromOne", OpFamily::Movement,
           "X -> Y...; axis; X cut into one part for each Y"},
    OpInfo{OpKind::Opaque, "Opaque", OpFamily::Movement, "any number of operands and results"},
};

constexpr const OpInfo& info(OpKind kind) { return kOperators[static_cast<std::size_t>(kind)]; }
constexpr std::string_view to_string(OpKind kind) { return info(kind).name; }
constexpr std::optional<OpKind> operator_named(std::string_view name) {
  for (const OpInfo& op : kOperators) {
    if (op.name == name) return op.kind;
  }
  return std::nullopt;
}

// The domain of ONNX nodes that are collectives.
inline constexpr std::string_view kCollectiveDomain = "partita";

// What several processors do together, an operand or a result each (models/collectives). As a layer
// it runs on one processor, as any other.
constexpr bool is_collective(OpKind kind) {
  return kind >= OpKind::AllReduce && kind <= OpKind::ScatterFromOne;
}

using Attribute =
    std::variant<std::int64_t, double, std::string, std::vector<std::int64_t>, std::vector<double>>;

// Attributes of one layer, sorted by name: the same layer always has the same text.
class Attributes {
 public:
  Attributes() = default;
  Attributes(std::initializer_list<std::pair<const std::string, Attribute>> values)
      : values_(values) {}

  bool has(const std::string& name) const { return values_.count(name) != 0; }
  void set(const std::string& name, Attribute value) {
    values_.insert_or_assign(name, std::move(value));
  }

  // Precondition: the attribute is there (the importer fills in defaults) and has that type.
  std::int64_t integer(const std::string& name) const {
    return std::get<std::int64_t>(values_.at(name));
  }
  double number(const std::string& name) const { return std::get<double>(values_.at(name)); }
  const std::string& text(const std::string& name) const {
    return std::get<std::string>(values_.at(name));
  }
  const std::vector<std::int64_t>& integers(const std::string& name) const {
    return std::get<std::vector<std::int64_t>>(values_.at(name));
  }
  const std::vector<double>& numbers(const std::string& name) const {
    return std::get<std::vector<double>>(values_.at(name));
  }

  auto begin() const { return values_.begin(); }
  auto end() const { return values_.end(); }
  friend bool operator==(const Attributes&, const Attributes&) = default;

 private:
  std::map<std::string, Attribute> values_;
};

}  // namespace partita
