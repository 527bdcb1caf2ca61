#include "exec/device/lowering.h"

#include <fmt/format.h>

#include <cstring>

namespace partita::exec {
namespace {

static_assert(static_cast<int>(DataType::F32) == PARTITA_F32);
static_assert(static_cast<int>(DataType::F16) == PARTITA_F16);
static_assert(static_cast<int>(DataType::BF16) == PARTITA_BF16);
static_assert(static_cast<int>(DataType::F64) == PARTITA_F64);
static_assert(static_cast<int>(DataType::I8) == PARTITA_I8);
static_assert(static_cast<int>(DataType::U8) == PARTITA_U8);
static_assert(static_cast<int>(DataType::I32) == PARTITA_I32);
static_assert(static_cast<int>(DataType::I64) == PARTITA_I64);
static_assert(static_cast<int>(DataType::Bool) == PARTITA_BOOL);

partita_attribute lowered(const std::string& name, const Attribute& value) {
  partita_attribute lowered{};
  lowered.name = name.c_str();
  struct {
    partita_attribute& to;
    void operator()(std::int64_t value) const {
      to.kind = PARTITA_INTEGER;
      to.integer = value;
    }
    void operator()(double value) const {
      to.kind = PARTITA_NUMBER;
      to.number = value;
    }
    void operator()(const std::string& value) const {
      to.kind = PARTITA_TEXT;
      to.text = value.c_str();
    }
    void operator()(const std::vector<std::int64_t>& values) const {
      to.kind = PARTITA_INTEGERS;
      to.count = static_cast<std::uint32_t>(values.size());
      to.integers = values.data();
    }
    void operator()(const std::vector<double>& values) const {
      to.kind = PARTITA_NUMBERS;
      to.count = static_cast<std::uint32_t>(values.size());
      to.numbers = values.data();
    }
  } fill{lowered};
  std::visit(fill, value);
  return lowered;
}

Attribute raised(const partita_attribute& attribute) {
  switch (attribute.kind) {
    case PARTITA_INTEGER: return attribute.integer;
    case PARTITA_NUMBER: return attribute.number;
    case PARTITA_TEXT: return std::string(attribute.text);
    case PARTITA_INTEGERS:
      return std::vector<std::int64_t>(attribute.integers, attribute.integers + attribute.count);
    case PARTITA_NUMBERS:
      return std::vector<double>(attribute.numbers, attribute.numbers + attribute.count);
    default:
      throw Error(fmt::format("attribute '{}' has a kind that there is not", attribute.name));
  }
}

}  // namespace

partita_tensor lowered(const Tensor& tensor) {
  partita_tensor lowered{};
  lowered.type = static_cast<std::uint32_t>(tensor.type);
  lowered.rank = static_cast<std::uint32_t>(tensor.shape.size());
  lowered.shape = tensor.shape.data();
  lowered.constant = is_constant(tensor) ? 1 : 0;
  // What a kernel is made for; weights are operands, whatever their values.
  const bool told = tensor.kind == TensorKind::Constant && tensor.values;
  lowered.values = told ? tensor.values->data() : nullptr;
  return lowered;
}

LoweredLayer::LoweredLayer(const Layer& layer, const IdVector<TensorId, Tensor>& tensors) {
  for (const TensorId input : layer.inputs) inputs_.push_back(lowered(tensors[input]));
  for (const TensorId output : layer.outputs) outputs_.push_back(lowered(tensors[output]));
  for (const auto& [name, value] : layer.attributes) attributes_.push_back(lowered(name, value));
  layer_.name = layer.name.c_str();
  layer_.op = info(layer.kind).name.data();
  layer_.inputs = static_cast<std::uint32_t>(inputs_.size());
  layer_.outputs = static_cast<std::uint32_t>(outputs_.size());
  layer_.attributes = static_cast<std::uint32_t>(attributes_.size());
  layer_.input = inputs_.data();
  layer_.output = outputs_.data();
  layer_.attribute = attributes_.data();
}

Tensor raised(const partita_tensor& from) {
  if (from.type >= kDataTypes.size()) throw Error(fmt::format("there is no type {}", from.type));
  Tensor tensor;
  tensor.type = static_cast<DataType>(from.type);
  tensor.shape.assign(from.shape, from.shape + from.rank);
  tensor.size = Bytes{tensor.elements() * info(tensor.type).bytes};
  tensor.kind = from.values != nullptr ? TensorKind::Constant
                : from.constant != 0   ? TensorKind::Weight
                                       : TensorKind::Activation;
  if (from.values != nullptr) {
    std::vector<std::byte> values(static_cast<std::size_t>(tensor.size.value));
    std::memcpy(values.data(), from.values, values.size());
    tensor.values = std::make_shared<const std::vector<std::byte>>(std::move(values));
  }
  return tensor;
}

RaisedLayer raised(const partita_layer& from) {
  const auto kind = operator_named(from.op);
  if (!kind) throw Error(fmt::format("there is no operator '{}'", from.op));
  RaisedLayer to;
  to.layer.name = from.name;
  to.layer.kind = *kind;
  for (std::uint32_t i = 0; i < from.inputs; ++i) {
    to.layer.inputs.push_back(static_cast<TensorId>(to.tensors.size()));
    to.tensors.push_back(raised(from.input[i]));
  }
  for (std::uint32_t i = 0; i < from.outputs; ++i) {
    to.layer.outputs.push_back(static_cast<TensorId>(to.tensors.size()));
    to.tensors.push_back(raised(from.output[i]));
  }
  for (std::uint32_t i = 0; i < from.attributes; ++i) {
    to.layer.attributes.set(from.attribute[i].name, raised(from.attribute[i]));
  }
  return to;
}

}  // namespace partita::exec
