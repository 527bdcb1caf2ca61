// Normalisations and softmax.
#include <fmt/format.h>

#include "models/network/onnx/normalise.h"

namespace partita {
namespace {

std::vector<ValueId> batch_normalization(const NodeReader& node, Draft& draft) {
  const TensorType x = node.type(0, "X");
  expect_floating(x, "X");
  if (x.shape.size() < 2) throw NodeError{"X needs a batch and a channel axis"};
  if (node.integer("training_mode", 0) != 0) throw NodeError{"training_mode is not supported"};
  constexpr std::array kOperands{"scale", "B", "mean", "var"};
  for (std::size_t i = 0; i < kOperands.size(); ++i) {
    if (node.shape(i + 1, kOperands[i]) != Shape{x.shape[1]}) {
      throw NodeError{fmt::format("its {} is {}, not [{}]", kOperands[i],
                                  to_string(node.shape(i + 1, kOperands[i])), x.shape[1])};
    }
  }
  return draft.emit(OpKind::BatchNormalization, {{"epsilon", node.number("epsilon", 1e-5)}},
                    node.all_operands(), {x});
}

std::vector<ValueId> layer_normalization(const NodeReader& node, Draft& draft) {
  const TensorType x = node.type(0, "X");
  expect_floating(x, "X");
  const std::int64_t axis = axis_from_front(node.integer("axis", -1), x.shape.size(), "axis");
  const Shape normalised(x.shape.begin() + axis, x.shape.end());
  for (std::size_t i = 1; i < node.operand_count(); ++i) {
    const char* what = i == 1 ? "scale" : "B";
    expect_same_type(x, node.type(i, what));
    if (node.shape(i, what) != normalised) {
      throw NodeError{fmt::format("its {} is {}, not {}", what, to_string(node.shape(i, what)),
                                  to_string(normalised))};
    }
  }
  static_cast<void>(node.operand(1, "scale"));
  return draft.emit(OpKind::LayerNormalization,
                    {{"axis", axis}, {"epsilon", node.number("epsilon", 1e-5)}},
                    node.all_operands(), {x});
}

std::vector<ValueId> lrn(const NodeReader& node, Draft& draft) {
  const TensorType x = node.type(0, "X");
  expect_floating(x, "X");
  if (x.shape.size() < 3) throw NodeError{"X needs batch, channel and spatial axes"};
  const std::int64_t size = node.integer("size", 0);
  if (size < 1) throw NodeError{fmt::format("size is {}; it must be at least 1", size)};
  return draft.emit(OpKind::Lrn,
                    {{"size", size},
                     {"alpha", node.number("alpha", 0.0001)},
                     {"beta", node.number("beta", 0.75)},
                     {"bias", node.number("bias", 1)}},
                    {node.operand(0, "X")}, {x});
}

// Before opset 13 everything from `axis` on was one axis; extents of 1 add nothing to it.
template <OpKind kind>
std::vector<ValueId> softmax(const NodeReader& node, Draft& draft) {
  const TensorType x = node.type(0, "X");
  expect_floating(x, "X");
  const bool flattens = node.opset() < 13;
  const std::int64_t first =
      axis_from_front(node.integer("axis", flattens ? 1 : -1), x.shape.size(), "axis");
  std::vector<std::int64_t> axes;
  if (flattens) {
    for (std::int64_t axis = first; axis < static_cast<std::int64_t>(x.shape.size()); ++axis) {
      if (x.shape[static_cast<std::size_t>(axis)] > 1) axes.push_back(axis);
    }
  }
  if (axes.empty()) axes.push_back(first);
  return draft.emit(kind, {{"axes", axes}}, {node.operand(0, "X")}, {x});
}

constexpr std::array kTable{
    NormaliserEntry{"BatchNormalization", batch_normalization},
    NormaliserEntry{"LayerNormalization", layer_normalization},
    NormaliserEntry{"LRN", lrn},
    NormaliserEntry{"Softmax", softmax<OpKind::Softmax>},
    NormaliserEntry{"LogSoftmax", softmax<OpKind::LogSoftmax>},
};

}  // namespace

std::span<const NormaliserEntry> norm_normalisers() { return kTable; }

}  // namespace partita
