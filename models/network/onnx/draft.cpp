#include "models/network/onnx/draft.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "models/base/assert.h"
#include "models/network/onnx/elements.h"
#include "models/network/onnx/fold.h"

namespace partita {
namespace {

constexpr std::int64_t kLargestTensor = std::int64_t{1} << 48;    // bytes that a shape may mean
constexpr std::int64_t kLargestConstant = std::int64_t{1} << 30;  // bytes that are really held
constexpr std::int64_t kSmall =
    4096;                      // bytes; computed at once, so that mistakes are found in place
constexpr int kDeepest = 100;  // of constants made from constants; bounds the recursion

// Bytes, or nothing where they pass kLargestTensor or an extent is negative.
std::optional<std::int64_t> checked_bytes(const TensorType& type) {
  Wide total = info(type.type).bytes;
  for (const std::int64_t extent : type.shape) {
    if (extent < 0 || extent > kLargestTensor) return std::nullopt;
    total *= extent;
    if (total > kLargestTensor) return std::nullopt;
  }
  return static_cast<std::int64_t>(total);
}

// Learnt parameters that are added or multiplied along one axis, as a bias or the scale of a
// normalisation written out; masks and position tables have more than one axis, scalars none.
bool is_parameter_vector(const Value& value) {
  const Shape& shape = value.type.shape;
  const auto is_long = [](std::int64_t extent) { return extent > 1; };
  return value.stored && std::count_if(shape.begin(), shape.end(), is_long) == 1;
}

std::optional<WeightRole> role_of(OpKind kind, std::size_t operand, const Value& value) {
  if (!is_floating(value.type.type)) return std::nullopt;
  constexpr std::array kNormalisation{WeightRole::Scale, WeightRole::Bias, WeightRole::Mean,
                                      WeightRole::Variance};
  switch (kind) {
    case OpKind::Conv:
    case OpKind::ConvTranspose:
      if (operand == 0) return std::nullopt;
      return operand == 1 ? WeightRole::Kernel : WeightRole::Bias;
    case OpKind::Gemm:
    case OpKind::MatMul: return operand < 2 ? WeightRole::Kernel : WeightRole::Bias;
    case OpKind::Lstm:
      if (operand == 1 || operand == 2) return WeightRole::Kernel;
      if (operand == 3 && value.stored) return WeightRole::Bias;
      return std::nullopt;
    case OpKind::BatchNormalization:
    case OpKind::LayerNormalization:
      if (operand == 0) return std::nullopt;
      return kNormalisation.at(operand - 1);
    case OpKind::Gather:
      if (operand == 0 && value.type.shape.size() > 1) return WeightRole::Embedding;
      return std::nullopt;
    case OpKind::Add:
      return is_parameter_vector(value) ? std::optional{WeightRole::Bias} : std::nullopt;
    case OpKind::Mul:
      return is_parameter_vector(value) ? std::optional{WeightRole::Scale} : std::nullopt;
    default: return std::nullopt;
  }
}

std::string unique_name(const std::string& wanted, std::set<std::string>& taken) {
  std::string name = wanted;
  for (int copy = 2; !taken.insert(name).second; ++copy) name = fmt::format("{}#{}", wanted, copy);
  return name;
}

}  // namespace

std::string to_string(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape, "x")); }

std::string to_string(const TensorType& type) {
  return fmt::format("{}{}", to_string(type.type), to_string(type.shape));
}

const std::shared_ptr<const Buffer>& Constant::values() const {
  if (!values_) values_ = std::make_shared<const Buffer>(make_());
  return values_;
}

ValueId Draft::add_input(std::string name, TensorType type) {
  check_extents(type);
  return values_.push_back(
      {std::move(name), Value::Kind::Input, std::move(type), nullptr, /*stored=*/false, ""});
}

ValueId Draft::add_constant(std::string name, TensorType type, Constant constant, bool stored) {
  if (!checked_bytes(type)) {
    throw NodeError{fmt::format("constant '{}' has the shape {}, which is too large", name,
                                to_string(type.shape))};
  }
  return values_.push_back({std::move(name), Value::Kind::Constant, std::move(type),
                            std::make_shared<const Constant>(std::move(constant)), stored, ""});
}

ValueId Draft::add_unknown(std::string name, std::string reason) {
  Value value;
  value.name = std::move(name);
  value.reason = std::move(reason);
  return values_.push_back(std::move(value));
}

ValueId Draft::add_integers(const std::vector<std::int64_t>& integers) {
  Buffer values(integers.size() * sizeof(std::int64_t));
  for (std::size_t i = 0; i < integers.size(); ++i) {
    store_integer(DataType::I64, integers[i], values.data() + i * sizeof(std::int64_t));
  }
  return add_constant(fmt::format("{}.integers{}", node_, ++values_made_),
                      {DataType::I64, {static_cast<std::int64_t>(integers.size())}},
                      Constant(std::move(values)), /*stored=*/false);
}

ValueId Draft::add_filled(TensorType type, double value) {
  const auto bytes = checked_bytes(type);
  if (!bytes || *bytes > kLargestConstant) {
    throw NodeError{fmt::format("needs a constant {}, which is too large", to_string(type))};
  }
  Buffer values(static_cast<std::size_t>(*bytes));
  const auto width = static_cast<std::size_t>(info(type.type).bytes);
  for (std::size_t at = 0; at < values.size(); at += width) {
    store_number(type.type, value, values.data() + at);
  }
  return add_constant(fmt::format("{}.filled{}", node_, ++values_made_), std::move(type),
                      Constant(std::move(values)), /*stored=*/false);
}

void Draft::begin_node(const std::string& name) {
  node_ = name;
  layers_of_node_ = 0;
}

std::string Draft::next_layer_name() {
  ++layers_of_node_;
  return layers_of_node_ == 1 ? node_ : fmt::format("{}.{}", node_, layers_of_node_);
}

void Draft::check_extents(const TensorType& type) const {
  for (const std::int64_t extent : type.shape) {
    if (extent < 1) {
      throw NodeError{fmt::format("makes an empty tensor, of shape {}", to_string(type.shape))};
    }
  }
  if (!checked_bytes(type)) {
    throw NodeError{
        fmt::format("makes a tensor of shape {}, which is too large", to_string(type.shape))};
  }
}

std::vector<ValueId> Draft::emit(OpKind kind, Attributes attributes, std::vector<ValueId> operands,
                                 std::vector<TensorType> results) {
  const auto is_constant = [&](ValueId id) { return values_[id].kind == Value::Kind::Constant; };
  // Rows of a learnt table (positions, say) stay a layer: computing them would lose the table, a
  // weight.
  const bool reads_table = kind == OpKind::Gather && values_[operands.front()].stored &&
                           role_of(kind, 0, values_[operands.front()]).has_value();
  if (can_fold(kind) && !reads_table &&
      std::all_of(operands.begin(), operands.end(), is_constant)) {
    return folded(kind, std::move(attributes), operands, results);
  }
  DraftLayer layer{next_layer_name(), kind, std::move(attributes), std::move(operands), {}};
  for (const ValueId operand : layer.operands) check_extents(values_[operand].type);
  for (TensorType& result : results) {
    check_extents(result);
    layer.results.push_back(values_.push_back({fmt::format("{}.value{}", node_, ++values_made_),
                                               Value::Kind::Activation, std::move(result), nullptr,
                                               /*stored=*/false, ""}));
  }
  std::vector<ValueId> made = layer.results;
  layers_.push_back(std::move(layer));
  return made;
}

std::vector<ValueId> Draft::folded(OpKind kind, Attributes attributes,
                                   const std::vector<ValueId>& operands,
                                   const std::vector<TensorType>& results) {
  struct Sources {
    std::string node;
    OpKind kind;
    Attributes attributes;
    std::vector<TensorType> types, results;
    std::vector<std::shared_ptr<const Constant>> constants;
  };
  auto sources =
      std::make_shared<Sources>(Sources{node_, kind, std::move(attributes), {}, results, {}});
  int depth = 0;
  std::int64_t bytes = 0;
  for (const ValueId operand : operands) {
    sources->types.push_back(values_[operand].type);
    sources->constants.push_back(values_[operand].constant);
    depth = std::max(depth, values_[operand].constant->depth() + 1);
    bytes += *checked_bytes(values_[operand].type);
  }
  std::vector<ValueId> made;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto size = checked_bytes(results[i]);
    const auto make = [sources, i, size]() -> Buffer {
      try {
        if (*size > kLargestConstant) throw NodeError{"its values are too many to hold"};
        std::vector<ConstantOperand> from;
        for (std::size_t at = 0; at < sources->types.size(); ++at) {
          from.push_back({&sources->types[at], sources->constants[at]->values().get()});
        }
        return std::move(fold(sources->kind, sources->attributes, from, sources->results)[i]);
      } catch (const NodeError& error) {
        throw NodeError{
            fmt::format("computing the constant '{}': {}", sources->node, error.message)};
      }
    };
    made.push_back(add_constant(fmt::format("{}.value{}", node_, ++values_made_), results[i],
                                Constant(make, depth), /*stored=*/false));
    if (bytes + *size <= kSmall || depth > kDeepest) {
      static_cast<void>(values_[made.back()].constant->values());
    }
  }
  return made;
}

std::vector<ValueId> Draft::settled_outputs(
    const std::vector<std::pair<std::string, ValueId>>& outputs,
    std::vector<std::string>& warnings) {
  std::vector<ValueId> settled;
  for (const auto& [name, id] : outputs) {
    if (values_[id].kind == Value::Kind::Constant) {
      warnings.push_back(fmt::format("output '{}' is constant: left out", name));
      continue;
    }
    const bool is_copy = values_[id].kind == Value::Kind::Input ||
                         std::find(settled.begin(), settled.end(), id) != settled.end();
    if (is_copy) {
      begin_node("copy of " + values_[id].name);
      settled.push_back(emit_one(OpKind::Identity, {}, {id}, values_[id].type));
    } else {
      settled.push_back(id);
    }
    rename(settled.back(), name);
  }
  return settled;
}

std::vector<bool> Draft::needed_layers(const std::vector<ValueId>& outputs) const {
  // Layers are in an order in which results are made before they are read.
  std::set<ValueId> wanted(outputs.begin(), outputs.end());
  std::vector<bool> needed(layers_.size(), false);
  for (std::size_t at = layers_.size(); at-- > 0;) {
    const DraftLayer& layer = layers_[at];
    needed[at] = std::any_of(layer.results.begin(), layer.results.end(),
                             [&](ValueId id) { return wanted.count(id) != 0; });
    if (needed[at]) wanted.insert(layer.operands.begin(), layer.operands.end());
  }
  return needed;
}

std::map<ValueId, WeightRole> Draft::weights_among(const std::vector<bool>& needed) const {
  std::map<ValueId, WeightRole> weights;
  for (std::size_t at = 0; at < layers_.size(); ++at) {
    if (!needed[at]) continue;
    for (std::size_t i = 0; i < layers_[at].operands.size(); ++i) {
      const ValueId id = layers_[at].operands[i];
      if (values_[id].kind != Value::Kind::Constant) continue;
      if (const auto role = role_of(layers_[at].kind, i, values_[id])) weights.emplace(id, *role);
    }
  }
  return weights;
}

Network Draft::network(const std::string& name,
                       const std::vector<std::pair<std::string, ValueId>>& outputs,
                       bool keep_weights, const SourceLoc& where,
                       std::vector<std::string>& warnings) {
  const std::vector<ValueId> settled = settled_outputs(outputs, warnings);
  if (settled.empty()) throw ConfigError(where, "no output of the network depends on an input");
  const std::vector<bool> needed = needed_layers(settled);
  const std::map<ValueId, WeightRole> weights = weights_among(needed);

  std::set<ValueId> read(settled.begin(), settled.end());
  for (std::size_t at = 0; at < layers_.size(); ++at) {
    if (needed[at]) read.insert(layers_[at].operands.begin(), layers_[at].operands.end());
  }

  Diagnostics diagnostics;
  NetworkBuilder builder(name);
  std::map<ValueId, TensorId> tensors;
  // Branches that were inlined may use a name again.
  std::set<std::string> tensor_names, layer_names;
  const auto tensor_of = [&](ValueId id) {
    if (const auto found = tensors.find(id); found != tensors.end()) return found->second;
    const Value& value = values_[id];
    Tensor tensor;
    tensor.name = unique_name(value.name, tensor_names);
    tensor.type = value.type.type;
    tensor.shape = value.type.shape;
    tensor.kind = value.kind == Value::Kind::Input ? TensorKind::Input : TensorKind::Activation;
    if (value.kind == Value::Kind::Constant) {
      const auto weight = weights.find(id);
      tensor.kind = weight != weights.end() ? TensorKind::Weight : TensorKind::Constant;
      if (weight != weights.end()) tensor.role = weight->second;
      if (weight == weights.end() || keep_weights) {
        try {
          tensor.values = value.constant->values();
        } catch (const NodeError& error) {
          diagnostics.error(where, fmt::format("constant '{}': {}", value.name, error.message));
        }
      }
    }
    return tensors.emplace(id, builder.add_tensor(std::move(tensor))).first->second;
  };

  // Inputs and outputs first, so that they keep their names; inputs in the order of the file.
  for (const ValueId id : ids<ValueId>(values_.size())) {
    if (values_[id].kind != Value::Kind::Input) continue;
    if (read.count(id) != 0) {
      tensor_of(id);
    } else {
      warnings.push_back(fmt::format("input '{}' is used by nothing: left out", values_[id].name));
    }
  }
  for (const ValueId id : settled) builder.add_output(tensor_of(id));
  for (std::size_t at = 0; at < layers_.size(); ++at) {
    if (!needed[at]) continue;
    const DraftLayer& from = layers_[at];
    Layer layer;
    layer.name = unique_name(from.name, layer_names);
    layer.kind = from.kind;
    layer.attributes = from.attributes;
    for (const ValueId id : from.operands) layer.inputs.push_back(tensor_of(id));
    std::vector<ValueId> results = from.results;
    // The last state of an LSTM is there for those who ask.
    while (from.kind == OpKind::Lstm && results.size() > 1 && read.count(results.back()) == 0) {
      results.pop_back();
    }
    for (const ValueId id : results) layer.outputs.push_back(tensor_of(id));
    builder.add_layer(std::move(layer));
  }
  diagnostics.throw_if_any();
  return builder.build(where);
}

}  // namespace partita
