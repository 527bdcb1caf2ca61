#include "exec/values/values.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "exec/values/moments.h"
#include "models/base/assert.h"

namespace partita {
namespace {

constexpr bool floating(DataType type) {
  return type == DataType::F32 || type == DataType::F16 || type == DataType::BF16 ||
         type == DataType::F64;
}

// Operators whose first result holds elements of their first operand and nothing new.
bool passes_elements_on(OpKind kind) {
  switch (kind) {
    case OpKind::Identity:
    case OpKind::Reshape:
    case OpKind::Transpose:
    case OpKind::Expand:
    case OpKind::Tile:
    case OpKind::Slice:
    case OpKind::Split:
    case OpKind::Cast:
    case OpKind::Concat:
    case OpKind::Gather: return true;
    default: return false;
  }
}

// The smallest extent that elements of `tensor` index, wherever they end up; nothing where they
// index nothing. Results are only asked for layers after the producer, so the recursion ends.
std::optional<std::int64_t> indexed_extent(const Network& network, TensorId tensor) {
  std::optional<std::int64_t> smallest;
  const auto meet = [&](std::optional<std::int64_t> extent) {
    if (extent && (!smallest || *extent < *smallest)) smallest = extent;
  };
  for (const LayerId id : network.tensor(tensor).consumers) {
    const Layer& layer = network.layer(id);
    const auto used_as = [&](std::size_t operand) {
      return layer.inputs.size() > operand && layer.inputs[operand] == tensor;
    };
    if (layer.kind == OpKind::Gather && used_as(1)) {
      const auto axis = static_cast<std::size_t>(layer.attributes.integer("axis"));
      meet(network.tensor(layer.inputs[0]).shape.at(axis));
    } else if (layer.kind == OpKind::ScatterNd && used_as(1)) {
      const Shape& data = network.tensor(layer.inputs[0]).shape;
      meet(*std::min_element(data.begin(), data.end()));
    } else if (passes_elements_on(layer.kind) && (layer.kind == OpKind::Concat || used_as(0))) {
      for (const TensorId output : layer.outputs) meet(indexed_extent(network, output));
    }
  }
  return smallest;
}

Recipe input_recipe(const Network& network, TensorId id, Recipe recipe) {
  if (floating(recipe.type)) {
    recipe.spread = 1;
    return recipe;
  }
  const std::optional<std::int64_t> extent =
      recipe.type == DataType::Bool ? std::nullopt : indexed_extent(network, id);
  recipe.distribution = extent ? Recipe::Distribution::Below : Recipe::Distribution::Mask;
  recipe.bound = extent.value_or(0);
  if (recipe.type == DataType::I8) recipe.bound = std::min<std::int64_t>(recipe.bound, 128);
  if (recipe.type == DataType::U8) recipe.bound = std::min<std::int64_t>(recipe.bound, 256);
  return recipe;
}

// Eight significant bits: mathematical libraries differ in the last of 53, and the values must not.
float coarse(double value) {
  int exponent = 0;
  const double fraction = std::frexp(value, &exponent);
  return static_cast<float>(std::ldexp(std::round(fraction * 256) / 256, exponent));
}

Recipe weight_recipe(const Tensor& tensor, const Moments& moments, Recipe recipe) {
  recipe.centre = coarse(moments.mean);
  if (tensor.role == WeightRole::Embedding) {
    recipe.distribution = Recipe::Distribution::Normal;
    recipe.spread = coarse(std::sqrt(moments.variance));
  } else {
    recipe.spread = coarse(std::sqrt(3 * moments.variance));
  }
  return recipe;
}

}  // namespace

SeededValues::SeededValues(const Network& network, std::uint64_t seed)
    : network_(network), recipes_(network.tensors().size()) {
  const IdVector<TensorId, Moments> moments = expected_moments(network);
  for (const TensorId id : ids<TensorId>(network.tensors().size())) {
    const Tensor& tensor = network.tensor(id);
    const Recipe blank{.key = key_of(tensor.name, seed), .type = tensor.type};
    if (tensor.kind == TensorKind::Input) recipes_[id] = input_recipe(network, id, blank);
    if (tensor.kind == TensorKind::Weight) recipes_[id] = weight_recipe(tensor, moments[id], blank);
  }
}

const Recipe& SeededValues::recipe(TensorId tensor) const {
  PARTITA_ASSERT(network_.tensor(tensor).kind == TensorKind::Weight ||
                     network_.tensor(tensor).kind == TensorKind::Input,
                 "only weights and inputs have a recipe");
  return recipes_[tensor];
}

TensorValue SeededValues::value(TensorId id) const {
  const Tensor& tensor = network_.tensor(id);
  TensorValue value(tensor.type, tensor.shape);
  if (tensor.kind == TensorKind::Constant || tensor.values) {
    PARTITA_ASSERT(tensor.values && tensor.values->size() == value.bytes.size(),
                   "constant without its values: " + tensor.name);
    value.bytes = *tensor.values;
  } else {
    fill(recipe(id), 0, value.bytes);
  }
  return value;
}

std::map<TensorId, TensorValue> seeded_inputs(const Network& network, std::uint64_t seed) {
  const SeededValues values(network, seed);
  std::map<TensorId, TensorValue> inputs;
  for (const TensorId id : network.inputs()) inputs.emplace(id, values.value(id));
  return inputs;
}

}  // namespace partita
