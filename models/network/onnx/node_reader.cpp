#include "models/network/onnx/node_reader.h"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>

#include "models/network/onnx/elements.h"

namespace partita {

std::optional<DataType> data_type_of(int onnx_type) {
  switch (onnx_type) {
    case onnx::TensorProto::FLOAT: return DataType::F32;
    case onnx::TensorProto::FLOAT16: return DataType::F16;
    case onnx::TensorProto::BFLOAT16: return DataType::BF16;
    case onnx::TensorProto::DOUBLE: return DataType::F64;
    case onnx::TensorProto::INT8: return DataType::I8;
    case onnx::TensorProto::UINT8: return DataType::U8;
    case onnx::TensorProto::INT32: return DataType::I32;
    case onnx::TensorProto::INT64: return DataType::I64;
    case onnx::TensorProto::BOOL: return DataType::Bool;
    default: return std::nullopt;
  }
}

std::string onnx_type_name(int onnx_type) {
  if (!onnx::TensorProto::DataType_IsValid(onnx_type)) return fmt::format("number {}", onnx_type);
  std::string name =
      onnx::TensorProto::DataType_Name(static_cast<onnx::TensorProto::DataType>(onnx_type));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

NodeReader::NodeReader(const onnx::NodeProto& node, int opset,
                       std::vector<std::optional<ValueId>> operands, const Draft& draft,
                       const std::filesystem::path& folder)
    : node_(node), opset_(opset), operands_(std::move(operands)), draft_(draft), folder_(folder) {
  while (!operands_.empty() && !operands_.back()) operands_.pop_back();
}

const std::string& NodeReader::op_type() const { return node_.op_type(); }

ValueId NodeReader::operand(std::size_t i, const char* what) const {
  if (!has(i)) throw NodeError{fmt::format("operand {} ({}) is missing", i + 1, what)};
  const Value& value = draft_[*operands_[i]];
  if (value.kind == Value::Kind::Unknown) {
    if (value.reason.empty()) throw UnknownOperand{};
    throw NodeError{value.reason};
  }
  return *operands_[i];
}

std::vector<ValueId> NodeReader::all_operands() const {
  std::vector<ValueId> all;
  for (std::size_t i = 0; i < operands_.size(); ++i) all.push_back(operand(i, "data"));
  return all;
}

bool NodeReader::is_constant(std::size_t i, const char* what) const {
  return value(i, what).kind == Value::Kind::Constant;
}

namespace {

template <class Number, class Load>
std::vector<Number> loaded(const Value& value, const char* what, Load load) {
  if (value.kind != Value::Kind::Constant) {
    throw NodeError{
        fmt::format("its {} ('{}') is computed from the inputs of the network; only a constant is "
                    "understood here",
                    what, value.name)};
  }
  const Buffer& values = *value.constant->values();
  const auto width = static_cast<std::size_t>(info(value.type.type).bytes);
  std::vector<Number> numbers;
  for (std::size_t at = 0; at < values.size(); at += width) {
    numbers.push_back(load(value.type.type, values.data() + at));
  }
  return numbers;
}

template <class Number>
Number only(const std::vector<Number>& numbers, const char* what) {
  if (numbers.size() == 1) return numbers.front();
  throw NodeError{fmt::format("its {} has {} elements instead of one", what, numbers.size())};
}

[[noreturn]] void wrong_kind(const std::string& name, const char* expected) {
  throw NodeError{fmt::format("attribute '{}' should be {}", name, expected)};
}

}  // namespace

std::vector<std::int64_t> NodeReader::constant_integers(std::size_t i, const char* what) const {
  return loaded<std::int64_t>(value(i, what), what, load_integer);
}

std::vector<double> NodeReader::constant_numbers(std::size_t i, const char* what) const {
  const bool is_single = type(i, what).type == DataType::F32;
  std::vector<double> numbers = loaded<double>(value(i, what), what, load_number);
  if (is_single) {
    for (double& number : numbers) number = as_written(static_cast<float>(number));
  }
  return numbers;
}

std::int64_t NodeReader::constant_integer(std::size_t i, const char* what) const {
  return only(constant_integers(i, what), what);
}

double NodeReader::constant_number(std::size_t i, const char* what) const {
  return only(constant_numbers(i, what), what);
}

std::size_t NodeReader::result_count() const {
  return static_cast<std::size_t>(node_.output_size());
}

std::string NodeReader::result_name(std::size_t i) const {
  return i < result_count() ? node_.output(static_cast<int>(i)) : std::string{};
}

const onnx::AttributeProto* NodeReader::attribute(const std::string& name) const {
  for (const onnx::AttributeProto& attribute : node_.attribute()) {
    if (attribute.name() == name) return &attribute;
  }
  return nullptr;
}

std::int64_t NodeReader::integer(const std::string& name, std::int64_t default_value) const {
  const auto* found = attribute(name);
  if (found == nullptr) return default_value;
  if (found->type() != onnx::AttributeProto::INT) wrong_kind(name, "a whole number");
  return found->i();
}

double NodeReader::number(const std::string& name, double default_value) const {
  const auto* found = attribute(name);
  if (found == nullptr) return default_value;
  if (found->type() != onnx::AttributeProto::FLOAT) wrong_kind(name, "a number");
  return as_written(found->f());
}

std::string NodeReader::text(const std::string& name, const std::string& default_value) const {
  const auto* found = attribute(name);
  if (found == nullptr) return default_value;
  if (found->type() != onnx::AttributeProto::STRING) wrong_kind(name, "a text");
  return found->s();
}

std::optional<std::vector<std::int64_t>> NodeReader::integers(const std::string& name) const {
  const auto* found = attribute(name);
  if (found == nullptr) return std::nullopt;
  if (found->type() != onnx::AttributeProto::INTS) wrong_kind(name, "a list of whole numbers");
  return std::vector<std::int64_t>(found->ints().begin(), found->ints().end());
}

std::optional<std::vector<double>> NodeReader::numbers(const std::string& name) const {
  const auto* found = attribute(name);
  if (found == nullptr) return std::nullopt;
  if (found->type() != onnx::AttributeProto::FLOATS) wrong_kind(name, "a list of numbers");
  std::vector<double> numbers;
  for (const float value : found->floats()) numbers.push_back(as_written(value));
  return numbers;
}

std::optional<std::vector<std::string>> NodeReader::texts(const std::string& name) const {
  const auto* found = attribute(name);
  if (found == nullptr) return std::nullopt;
  if (found->type() != onnx::AttributeProto::STRINGS) wrong_kind(name, "a list of texts");
  return std::vector<std::string>(found->strings().begin(), found->strings().end());
}

std::int64_t axis_from_front(std::int64_t axis, std::size_t rank, const char* what) {
  const auto count = static_cast<std::int64_t>(rank);
  if (axis < -count || axis >= count) {
    throw NodeError{fmt::format("{} {} is outside of a tensor with {} axes", what, axis, rank)};
  }
  return axis < 0 ? axis + count : axis;
}

std::vector<std::int64_t> axes_from_front(std::vector<std::int64_t> axes, std::size_t rank) {
  for (std::int64_t& axis : axes) axis = axis_from_front(axis, rank, "axis");
  std::sort(axes.begin(), axes.end());
  if (std::adjacent_find(axes.begin(), axes.end()) != axes.end()) {
    throw NodeError{"an axis is listed twice"};
  }
  return axes;
}

}  // namespace partita
