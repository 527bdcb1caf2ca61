// From ONNX nodes of any opset to layers in the normal form of operator.h.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "models/network/onnx/node_reader.h"

namespace partita {

// Adds the layers that do what the node does; gives one value for each result, in order (one of the
// node's own operands where it changes nothing), but none for those at the end that only training
// computes. Throws NodeError, UnknownOperand.
using Normaliser = std::vector<ValueId> (*)(const NodeReader& node, Draft& draft);

struct NormaliserEntry {
  std::string_view op_type;
  Normaliser normalise;
};

// nullptr for an operator that nobody knows.
Normaliser normaliser_of(std::string_view op_type);
std::vector<std::string> known_op_types();

// One table for each kind of operator; normalise.cpp joins them.
std::span<const NormaliserEntry> window_normalisers();
std::span<const NormaliserEntry> matrix_normalisers();
std::span<const NormaliserEntry> elementwise_normalisers();
std::span<const NormaliserEntry> norm_normalisers();
std::span<const NormaliserEntry> reduction_normalisers();
std::span<const NormaliserEntry> shape_normalisers();
std::span<const NormaliserEntry> selection_normalisers();
std::span<const NormaliserEntry> constant_normalisers();
std::span<const NormaliserEntry> collective_normalisers();  // of the domain "partita"

// Helpers that several of them share.

// numpy's rule; throws NodeError naming both shapes.
Shape broadcast(const Shape& a, const Shape& b);
// `value` with that shape: itself where nothing changes.
ValueId reshaped(Draft& draft, ValueId value, const Shape& shape);
// Throws NodeError unless the types are equal.
void expect_same_type(const TensorType& a, const TensorType& b);
void expect_floating(const TensorType& type, const char* what);
// A product that stays below 2^62, else NodeError.
std::int64_t checked_product(const Shape& extents);

}  // namespace partita
