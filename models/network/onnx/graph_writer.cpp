#include "models/network/onnx/graph_writer.h"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include "models/base/assert.h"
#include "models/network/onnx/elements.h"

namespace partita {
namespace {

constexpr int kIrVersion = 8;
constexpr int kOpset = 17;
constexpr int kOpsetWithGelu = 20;

void set_type(onnx::ValueInfoProto& info, const std::string& name, DataType type,
              const Shape& shape) {
  info.set_name(name);
  auto& tensor = *info.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(onnx_type_of(type));
  tensor.mutable_shape();  // a scalar has a shape, too
  for (const std::int64_t extent : shape) {
    tensor.mutable_shape()->add_dim()->set_dim_value(extent);
  }
}

void set_tensor(onnx::TensorProto& tensor, DataType type, const Shape& shape,
                const std::vector<std::byte>& values) {
  tensor.set_data_type(onnx_type_of(type));
  for (const std::int64_t extent : shape) tensor.add_dims(extent);
  tensor.set_raw_data(values.data(), values.size());
}

void set_attribute(onnx::NodeProto& node, const std::string& name, const Attribute& value) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(*integer);
  } else if (const auto* number = std::get_if<double>(&value)) {
    attribute.set_type(onnx::AttributeProto::FLOAT);
    attribute.set_f(static_cast<float>(*number));
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    attribute.set_type(onnx::AttributeProto::STRING);
    attribute.set_s(*text);
  } else if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&value)) {
    attribute.set_type(onnx::AttributeProto::INTS);
    for (const std::int64_t each : *integers) attribute.add_ints(each);
  } else {
    attribute.set_type(onnx::AttributeProto::FLOATS);
    for (const double each : std::get<std::vector<double>>(value)) {
      attribute.add_floats(static_cast<float>(each));
    }
  }
}

// Since opset 18 the axes of these are an operand.
bool has_axes_attribute(const onnx::NodeProto& node) {
  return node.op_type() == "ReduceMean" || node.op_type() == "ReduceMax";
}

}  // namespace

int onnx_type_of(DataType type) {
  switch (type) {
    case DataType::F32: return onnx::TensorProto::FLOAT;
    case DataType::F16: return onnx::TensorProto::FLOAT16;
    case DataType::BF16: return onnx::TensorProto::BFLOAT16;
    case DataType::F64: return onnx::TensorProto::DOUBLE;
    case DataType::I8: return onnx::TensorProto::INT8;
    case DataType::U8: return onnx::TensorProto::UINT8;
    case DataType::I32: return onnx::TensorProto::INT32;
    case DataType::I64: return onnx::TensorProto::INT64;
    case DataType::Bool: return onnx::TensorProto::BOOL;
  }
  return onnx::TensorProto::UNDEFINED;
}

GraphWriter::GraphWriter(const std::string& name)
    : model_(std::make_unique<onnx::ModelProto>()), graph_(model_->mutable_graph()) {
  model_->set_ir_version(kIrVersion);
  model_->set_producer_name("partita");
  graph_->set_name(name);
}

GraphWriter::~GraphWriter() = default;

std::string GraphWriter::input(const std::string& name, DataType type, const Shape& shape) {
  reserve(name);
  set_type(*graph_->add_input(), name, type, shape);
  return name;
}

std::string GraphWriter::weight(const std::string& name, DataType type, const Shape& shape) {
  reserve(name);
  const std::string of_shape = integers(shape);
  onnx::NodeProto& node = *graph_->add_node();
  node.set_op_type("ConstantOfShape");
  node.set_name(name);
  node.add_input(of_shape);
  node.add_output(name);
  onnx::AttributeProto& value = *node.add_attribute();
  value.set_name("value");
  value.set_type(onnx::AttributeProto::TENSOR);
  std::vector<std::byte> element(static_cast<std::size_t>(info(type).bytes));
  // Not zero, so that a tool that runs the file does not divide by zero in a normalisation.
  store_number(type, 0.5, element.data());
  set_tensor(*value.mutable_t(), type, {1}, element);
  return name;
}

std::string GraphWriter::constant(const std::string& name, DataType type, const Shape& shape,
                                  const std::vector<std::byte>& values) {
  reserve(name);
  onnx::TensorProto& tensor = *graph_->add_initializer();
  tensor.set_name(name);
  set_tensor(tensor, type, shape, values);
  return name;
}

std::string GraphWriter::unused_name(const std::string& wanted) const {
  std::string name = wanted;
  for (int copy = 2; names_.count(name) != 0; ++copy) name = fmt::format("{}_{}", wanted, copy);
  return name;
}

std::string GraphWriter::shared_constant(const std::string& kind, DataType type, const Shape& shape,
                                         std::vector<std::byte> values) {
  std::string key = fmt::format("{} {}:", kind, to_string(type));
  for (const std::byte byte : values) key += fmt::format("{:02x}", std::to_integer<int>(byte));
  const auto found = shared_.find(key);
  if (found != shared_.end()) return found->second;
  const std::string name = constant(unused_name(kind), type, shape, values);
  return shared_.emplace(std::move(key), name).first->second;
}

std::string GraphWriter::integers(const std::vector<std::int64_t>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(std::int64_t));
  for (std::size_t i = 0; i < values.size(); ++i) {
    store_integer(DataType::I64, values[i], bytes.data() + i * sizeof(std::int64_t));
  }
  return shared_constant("integers", DataType::I64, {static_cast<std::int64_t>(values.size())},
                         std::move(bytes));
}

std::string GraphWriter::integer(std::int64_t value) {
  std::vector<std::byte> bytes(sizeof value);
  store_integer(DataType::I64, value, bytes.data());
  return shared_constant("integer", DataType::I64, {}, std::move(bytes));
}

std::string GraphWriter::scalar(DataType type, double value) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(info(type).bytes));
  store_number(type, value, bytes.data());
  return shared_constant("scalar", type, {}, std::move(bytes));
}

std::string GraphWriter::node(const std::string& op_type, const std::string& name,
                              const std::vector<std::string>& operands,
                              const Attributes& attributes) {
  return node(op_type, name, operands, {name}, attributes).front();
}

std::vector<std::string> GraphWriter::node(const std::string& op_type, const std::string& name,
                                           const std::vector<std::string>& operands,
                                           const std::vector<std::string>& results,
                                           const Attributes& attributes) {
  onnx::NodeProto& node = *graph_->add_node();
  node.set_op_type(op_type);
  const auto kind = operator_named(op_type);
  if (kind && is_collective(*kind)) node.set_domain(std::string{kCollectiveDomain});
  node.set_name(name);
  for (const std::string& operand : operands) node.add_input(operand);
  for (const std::string& result : results) {
    reserve(result);
    node.add_output(result);
  }
  for (const auto& [key, value] : attributes) set_attribute(node, key, value);
  return results;
}

void GraphWriter::output(const std::string& name, DataType type, const Shape& shape) {
  set_type(*graph_->add_output(), name, type, shape);
}

onnx::ModelProto GraphWriter::model() const {
  onnx::ModelProto model = *model_;
  bool uses_gelu = false, uses_collectives = false;
  for (const onnx::NodeProto& node : model.graph().node()) {
    uses_gelu = uses_gelu || node.op_type() == "Gelu";
    uses_collectives = uses_collectives || node.domain() == kCollectiveDomain;
  }
  auto& opset = *model.add_opset_import();
  opset.set_domain("");
  opset.set_version(uses_gelu ? kOpsetWithGelu : kOpset);
  if (uses_collectives) {
    auto& own = *model.add_opset_import();
    own.set_domain(std::string{kCollectiveDomain});
    own.set_version(1);
  }
  if (!uses_gelu) return model;

  std::set<std::string> names = names_;
  for (onnx::NodeProto& node : *model.mutable_graph()->mutable_node()) {
    if (!has_axes_attribute(node)) continue;
    auto& attributes = *node.mutable_attribute();
    for (int i = 0; i < attributes.size(); ++i) {
      if (attributes[i].name() != "axes") continue;
      std::string name = node.name() + ".axes";
      while (!names.insert(name).second) name += "_";
      onnx::TensorProto& axes = *model.mutable_graph()->add_initializer();
      axes.set_name(name);
      axes.set_data_type(onnx::TensorProto::INT64);
      axes.add_dims(attributes[i].ints_size());
      for (const std::int64_t axis : attributes[i].ints()) axes.add_int64_data(axis);
      node.add_input(name);
      attributes.DeleteSubrange(i, 1);
      break;
    }
  }
  return model;
}

}  // namespace partita
