// Collectives: operators of the domain "partita".
#include <fmt/format.h>

#include "models/network/onnx/normalise.h"

namespace partita {
namespace {

// All of the same type and shape; at least one.
std::vector<ValueId> equal_operands(const NodeReader& node, const Draft& draft) {
  const std::vector<ValueId> operands = node.all_operands();
  if (operands.empty()) throw NodeError{"has no operands"};
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const Value& operand = draft[operands[i]];
    if (operand.kind == Value::Kind::Constant) {
      throw NodeError{fmt::format("operand {} is constant: there is nothing to send", i)};
    }
    expect_same_type(draft[operands.front()].type, operand.type);
    if (operand.type.shape != draft[operands.front()].type.shape) {
      throw NodeError{fmt::format("operands {} and {} have different shapes",
                                  to_string(draft[operands.front()].type.shape),
                                  to_string(operand.type.shape))};
    }
  }
  return operands;
}

void expect_results(const NodeReader& node, std::size_t count) {
  if (node.result_count() != count) {
    throw NodeError{fmt::format("has {} operands, but {} results", count, node.result_count())};
  }
}

std::int64_t axis_of(const NodeReader& node, const TensorType& type) {
  return axis_from_front(node.integer("axis", 0), type.shape.size(), "axis");
}

// Throws unless the axis can be cut into so many equal parts.
std::int64_t share_of(std::int64_t extent, std::size_t parts) {
  const auto count = static_cast<std::int64_t>(parts);
  if (extent % count != 0) {
    throw NodeError{fmt::format("{} elements are not {} equal parts", extent, count)};
  }
  return extent / count;
}

std::vector<ValueId> all_reduce(const NodeReader& node, Draft& draft) {
  const std::vector<ValueId> operands = equal_operands(node, draft);
  expect_results(node, operands.size());
  if (operands.size() == 1) return operands;
  const TensorType type = draft[operands.front()].type;
  return draft.emit(OpKind::AllReduce, {}, operands,
                    std::vector<TensorType>(operands.size(), type));
}

// The axis of a result is `times` / `parts` as long as that of an operand.
std::vector<ValueId> along_axis(const NodeReader& node, Draft& draft, OpKind kind,
                                std::size_t times, std::size_t parts) {
  const std::vector<ValueId> operands = equal_operands(node, draft);
  expect_results(node, operands.size());
  if (operands.size() == 1) return operands;
  TensorType type = draft[operands.front()].type;
  const std::int64_t axis = axis_of(node, type);
  std::int64_t& extent = type.shape[static_cast<std::size_t>(axis)];
  extent = checked_product({share_of(extent, parts), static_cast<std::int64_t>(times)});
  return draft.emit(kind, {{"axis", axis}}, operands,
                    std::vector<TensorType>(operands.size(), type));
}

std::vector<ValueId> reduce_scatter(const NodeReader& node, Draft& draft) {
  return along_axis(node, draft, OpKind::ReduceScatter, 1, node.operand_count());
}
std::vector<ValueId> all_gather(const NodeReader& node, Draft& draft) {
  return along_axis(node, draft, OpKind::AllGather, node.operand_count(), 1);
}
std::vector<ValueId> all_to_all(const NodeReader& node, Draft& draft) {
  return along_axis(node, draft, OpKind::AllToAll, node.operand_count(), node.operand_count());
}

std::vector<ValueId> only_operand(const NodeReader& node, const Draft& draft) {
  std::vector<ValueId> operand = equal_operands(node, draft);
  if (operand.size() != 1) throw NodeError{"has more than one operand"};
  if (node.result_count() == 0) throw NodeError{"has no results"};
  return operand;
}

std::vector<ValueId> broadcast_to_all(const NodeReader& node, Draft& draft) {
  const std::vector<ValueId> operands = only_operand(node, draft);
  if (node.result_count() == 1) return operands;
  const TensorType type = draft[operands.front()].type;
  return draft.emit(OpKind::Broadcast, {}, operands,
                    std::vector<TensorType>(node.result_count(), type));
}

std::vector<ValueId> gather_to_one(const NodeReader& node, Draft& draft) {
  const std::vector<ValueId> operands = equal_operands(node, draft);
  if (node.result_count() != 1) {
    throw NodeError{fmt::format("has {} results instead of one", node.result_count())};
  }
  if (operands.size() == 1) return operands;
  TensorType type = draft[operands.front()].type;
  const std::int64_t axis = axis_of(node, type);
  std::int64_t& extent = type.shape[static_cast<std::size_t>(axis)];
  extent = checked_product({extent, static_cast<std::int64_t>(operands.size())});
  return draft.emit(OpKind::GatherToOne, {{"axis", axis}}, operands, {type});
}

std::vector<ValueId> scatter_from_one(const NodeReader& node, Draft& draft) {
  const std::vector<ValueId> operands = only_operand(node, draft);
  if (node.result_count() == 1) return operands;
  TensorType type = draft[operands.front()].type;
  const std::int64_t axis = axis_of(node, type);
  std::int64_t& extent = type.shape[static_cast<std::size_t>(axis)];
  extent = share_of(extent, node.result_count());
  return draft.emit(OpKind::ScatterFromOne, {{"axis", axis}}, operands,
                    std::vector<TensorType>(node.result_count(), type));
}

constexpr std::array kEntries{NormaliserEntry{"AllReduce", all_reduce},
                              NormaliserEntry{"ReduceScatter", reduce_scatter},
                              NormaliserEntry{"AllGather", all_gather},
                              NormaliserEntry{"AllToAll", all_to_all},
                              NormaliserEntry{"Broadcast", broadcast_to_all},
                              NormaliserEntry{"GatherToOne", gather_to_one},
                              NormaliserEntry{"ScatterFromOne", scatter_from_one}};

}  // namespace

std::span<const NormaliserEntry> collective_normalisers() { return kEntries; }

}  // namespace partita
