// Operators that reduce an axis.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "models/network/onnx/normalise.h"

namespace partita {
namespace {

struct Reduction {
  std::vector<std::int64_t> axes;  // empty: nothing is reduced
  bool keep = true;
  TensorType result;
};

Shape without(const Shape& shape, const std::vector<std::int64_t>& axes, bool keep) {
  Shape result;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    const bool gone = std::count(axes.begin(), axes.end(), static_cast<std::int64_t>(axis)) != 0;
    if (!gone) {
      result.push_back(shape[axis]);
    } else if (keep) {
      result.push_back(1);
    }
  }
  return result;
}

// The axes are an attribute in old opsets and an operand in new ones (ReduceSum since 13, the
// others since 18).
Reduction reduction_of(const NodeReader& node) {
  const TensorType& x = node.type(0, "X");
  Reduction reduction;
  const bool as_operand = node.has(1);
  const auto written =
      as_operand ? std::optional{node.constant_integers(1, "axes")} : node.integers("axes");
  if (written && !written->empty()) {
    reduction.axes = axes_from_front(*written, x.shape.size());
  } else if (node.integer("noop_with_empty_axes", 0) == 0) {
    reduction.axes.resize(x.shape.size());
    std::iota(reduction.axes.begin(), reduction.axes.end(), 0);
  }
  reduction.keep = node.integer("keepdims", 1) != 0;
  reduction.result = {x.type, without(x.shape, reduction.axes, reduction.keep)};
  return reduction;
}

ValueId reduced(const NodeReader& node, Draft& draft, OpKind kind, ValueId x) {
  const Reduction reduction = reduction_of(node);
  if (reduction.axes.empty()) return x;
  return draft.emit_one(kind,
                        {{"axes", reduction.axes}, {"keepdims", std::int64_t{reduction.keep}}}, {x},
                        reduction.result);
}

template <OpKind kind>
std::vector<ValueId> reduce(const NodeReader& node, Draft& draft) {
  return {reduced(node, draft, kind, node.operand(0, "X"))};
}

ValueId negated(Draft& draft, ValueId x) {
  const TensorType type = draft[x].type;
  return draft.emit_one(OpKind::Neg, {}, {x}, type);
}

std::vector<ValueId> reduce_min(const NodeReader& node, Draft& draft) {
  const ValueId x = negated(draft, node.operand(0, "X"));
  return {negated(draft, reduced(node, draft, OpKind::ReduceMax, x))};
}

std::vector<ValueId> arg_max(const NodeReader& node, Draft& draft) {
  const TensorType x = node.type(0, "X");
  const std::int64_t axis = axis_from_front(node.integer("axis", 0), x.shape.size(), "axis");
  const bool keep = node.integer("keepdims", 1) != 0;
  return draft.emit(
      OpKind::ArgMax,
      {{"axis", axis},
       {"keepdims", std::int64_t{keep}},
       {"select_last_index", std::int64_t{node.integer("select_last_index", 0) != 0}}},
      {node.operand(0, "X")}, {{DataType::I64, without(x.shape, {axis}, keep)}});
}

std::vector<ValueId> top_k(const NodeReader& node, Draft& draft) {
  const TensorType x = node.type(0, "X");
  const std::int64_t axis = axis_from_front(node.integer("axis", -1), x.shape.size(), "axis");
  const std::int64_t k = node.opset() < 10 ? node.integer("k", 0) : node.constant_integer(1, "k");
  const std::int64_t extent = x.shape[static_cast<std::size_t>(axis)];
  if (k < 1 || k > extent) {
    throw NodeError{fmt::format("k is {}; the axis has {} elements", k, extent)};
  }
  if (node.result_count() > 2) throw NodeError{"has two results at most"};
  Shape shape = x.shape;
  shape[static_cast<std::size_t>(axis)] = k;
  auto made = draft.emit(OpKind::TopK,
                         {{"k", k},
                          {"axis", axis},
                          {"largest", std::int64_t{node.integer("largest", 1) != 0}},
                          {"sorted", std::int64_t{node.integer("sorted", 1) != 0}}},
                         {node.operand(0, "X")}, {{x.type, shape}, {DataType::I64, shape}});
  made.resize(node.result_count());
  return made;
}

constexpr std::array kTable{
    NormaliserEntry{"ReduceMean", reduce<OpKind::ReduceMean>},
    NormaliserEntry{"ReduceSum", reduce<OpKind::ReduceSum>},
    NormaliserEntry{"ReduceMax", reduce<OpKind::ReduceMax>},
    NormaliserEntry{"ReduceMin", reduce_min},
    NormaliserEntry{"ArgMax", arg_max},
    NormaliserEntry{"TopK", top_k},
};

}  // namespace

std::span<const NormaliserEntry> reduction_normalisers() { return kTable; }

}  // namespace partita
