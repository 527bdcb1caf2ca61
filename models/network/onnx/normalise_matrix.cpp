// Matrix products and the LSTM made of them.
#include <fmt/format.h>

#include "models/network/onnx/normalise.h"

namespace partita {
namespace {

void expect_rank(const Shape& shape, std::size_t rank, const char* what) {
  if (shape.size() == rank) return;
  throw NodeError{fmt::format("its {} is {}, not of {} axes", what, to_string(shape), rank)};
}

void expect_shape(const Shape& shape, const Shape& wanted, const char* what) {
  if (shape == wanted) return;
  throw NodeError{fmt::format("its {} is {}, not {}", what, to_string(shape), to_string(wanted))};
}

std::vector<ValueId> gemm(const NodeReader& node, Draft& draft) {
  const TensorType a = node.type(0, "A"), b = node.type(1, "B");
  expect_rank(a.shape, 2, "A");
  expect_rank(b.shape, 2, "B");
  expect_floating(a, "A");
  expect_same_type(a, b);
  const bool turn_a = node.integer("transA", 0) != 0, turn_b = node.integer("transB", 0) != 0;
  const std::int64_t depth = a.shape[turn_a ? 0 : 1];
  if (depth != b.shape[turn_b ? 1 : 0]) {
    throw NodeError{fmt::format("A {}{} and B {}{} cannot be multiplied", to_string(a.shape),
                                turn_a ? " transposed" : "", to_string(b.shape),
                                turn_b ? " transposed" : "")};
  }
  const Shape result{a.shape[turn_a ? 1 : 0], b.shape[turn_b ? 0 : 1]};
  if (node.has(2)) {
    expect_same_type(a, node.type(2, "C"));
    if (broadcast(node.shape(2, "C"), result) != result) {
      throw NodeError{fmt::format("C {} does not fit to the result {}",
                                  to_string(node.shape(2, "C")), to_string(result))};
    }
  }
  Attributes attributes{{"alpha", node.number("alpha", 1)},
                        {"beta", node.number("beta", 1)},
                        {"transA", std::int64_t{turn_a}},
                        {"transB", std::int64_t{turn_b}}};
  return draft.emit(OpKind::Gemm, std::move(attributes), node.all_operands(), {{a.type, result}});
}

// As numpy.matmul: a vector is a row on the left, a column on the right, and its axis goes away
// again.
std::vector<ValueId> mat_mul(const NodeReader& node, Draft& draft) {
  const TensorType a = node.type(0, "A"), b = node.type(1, "B");
  expect_same_type(a, b);
  if (a.shape.empty() || b.shape.empty()) throw NodeError{"a scalar has no matrix product"};
  ValueId left = node.operand(0, "A"), right = node.operand(1, "B");
  Shape rows = a.shape, columns = b.shape;
  if (rows.size() == 1) rows.insert(rows.begin(), 1);
  if (columns.size() == 1) columns.push_back(1);
  left = reshaped(draft, left, rows);
  right = reshaped(draft, right, columns);
  if (rows.back() != columns[columns.size() - 2]) {
    throw NodeError{
        fmt::format("A {} and B {} cannot be multiplied", to_string(a.shape), to_string(b.shape))};
  }
  Shape result = broadcast({rows.begin(), rows.end() - 2}, {columns.begin(), columns.end() - 2});
  result.insert(result.end(), {rows[rows.size() - 2], columns.back()});
  const ValueId product = draft.emit_one(OpKind::MatMul, {}, {left, right}, {a.type, result});
  if (b.shape.size() == 1) result.pop_back();
  if (a.shape.size() == 1) result.erase(result.end() - (b.shape.size() == 1 ? 1 : 2));
  return {reshaped(draft, product, result)};
}

void expect_default_activations(const NodeReader& node, std::int64_t directions) {
  const std::vector<std::string> once{"Sigmoid", "Tanh", "Tanh"};
  if (node.texts("activations")) {
    std::vector<std::string> wanted = once;
    if (directions == 2) wanted.insert(wanted.end(), once.begin(), once.end());
    if (*node.texts("activations") != wanted) {
      throw NodeError{"other activations than Sigmoid, Tanh, Tanh are not supported"};
    }
  }
  if (node.attribute("clip") != nullptr) throw NodeError{"clip is not supported"};
  if (node.integer("input_forget", 0) != 0) throw NodeError{"input_forget is not supported"};
  if (node.integer("layout", 0) != 0) throw NodeError{"layout 1 is not supported"};
}

std::vector<ValueId> lstm(const NodeReader& node, Draft& draft) {
  const TensorType x = node.type(0, "X");
  expect_rank(x.shape, 3, "X");
  expect_floating(x, "X");
  const std::string direction = node.text("direction", "forward");
  if (direction != "forward" && direction != "reverse" && direction != "bidirectional") {
    throw NodeError{
        fmt::format("direction is '{}' (known: forward, reverse, bidirectional)", direction)};
  }
  const std::int64_t directions = direction == "bidirectional" ? 2 : 1;
  expect_default_activations(node, directions);
  expect_rank(node.shape(2, "R"), 3, "R");
  const std::int64_t steps = x.shape[0], batch = x.shape[1];
  const std::int64_t hidden = node.shape(2, "R")[2];
  if (node.integer("hidden_size", hidden) != hidden) {
    throw NodeError{fmt::format("hidden_size is {}, but R is {}", node.integer("hidden_size", 0),
                                to_string(node.shape(2, "R")))};
  }
  expect_shape(node.shape(1, "W"), {directions, 4 * hidden, x.shape[2]}, "W");
  expect_shape(node.shape(2, "R"), {directions, 4 * hidden, hidden}, "R");
  for (const std::size_t i : {1, 2}) expect_same_type(x, node.type(i, "weights"));
  if (node.has(4)) {
    for (const std::int64_t length : node.constant_integers(4, "sequence_lens")) {
      if (length != steps) throw NodeError{"sequences of different lengths are not supported"};
    }
  }
  if (node.has(7)) throw NodeError{"peepholes are not supported"};

  std::vector<ValueId> operands{node.operand(0, "X"), node.operand(1, "W"), node.operand(2, "R")};
  struct Optional {
    std::size_t at;
    const char* what;
    Shape shape;
  };
  const std::array<Optional, 3> optional{{{3, "B", {directions, 8 * hidden}},
                                          {5, "initial_h", {directions, batch, hidden}},
                                          {6, "initial_c", {directions, batch, hidden}}}};
  const bool has_state = node.has(5) || node.has(6);
  for (const Optional& operand : optional) {
    if (node.has(operand.at)) {
      expect_same_type(x, node.type(operand.at, operand.what));
      expect_shape(node.shape(operand.at, operand.what), operand.shape, operand.what);
      operands.push_back(node.operand(operand.at, operand.what));
    } else if (has_state) {
      operands.push_back(draft.add_filled({x.type, operand.shape}, 0));
    }
  }
  std::vector<TensorType> results{{x.type, {steps, directions, batch, hidden}},
                                  {x.type, {directions, batch, hidden}},
                                  {x.type, {directions, batch, hidden}}};
  if (node.result_count() > results.size()) throw NodeError{"an LSTM has three results at most"};
  results.resize(node.result_count());
  return draft.emit(OpKind::Lstm, {{"hidden_size", hidden}, {"direction", direction}},
                    std::move(operands), std::move(results));
}

constexpr std::array kTable{
    NormaliserEntry{"Gemm", gemm},
    NormaliserEntry{"MatMul", mat_mul},
    NormaliserEntry{"LSTM", lstm},
};

}  // namespace

std::span<const NormaliserEntry> matrix_normalisers() { return kTable; }

}  // namespace partita
