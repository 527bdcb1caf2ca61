// One ONNX node: its operands and attributes as checked values.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "models/network/onnx/draft.h"

namespace onnx {
class NodeProto;
class AttributeProto;
}  // namespace onnx

namespace partita {

std::optional<DataType> data_type_of(int onnx_type);
// "uint16", "string": what ONNX calls it, for messages.
std::string onnx_type_name(int onnx_type);

// All functions throw NodeError where the node is not as the operator needs it, UnknownOperand
// where an operand is not known for another reason.
class NodeReader {
 public:
  // `operands`: nothing where an optional one is left out.
  // `folder`: where values outside of the file would be.
  NodeReader(const onnx::NodeProto& node, int opset, std::vector<std::optional<ValueId>> operands,
             const Draft& draft, const std::filesystem::path& folder);

  const std::string& op_type() const;
  int opset() const { return opset_; }
  const std::filesystem::path& folder() const { return folder_; }

  std::size_t operand_count() const { return operands_.size(); }
  bool has(std::size_t i) const { return i < operands_.size() && operands_[i].has_value(); }
  ValueId operand(std::size_t i, const char* what) const;
  const Value& value(std::size_t i, const char* what) const { return draft_[operand(i, what)]; }
  const TensorType& type(std::size_t i, const char* what) const { return value(i, what).type; }
  const Shape& shape(std::size_t i, const char* what) const { return type(i, what).shape; }
  std::vector<ValueId> all_operands() const;  // no gaps allowed

  bool is_constant(std::size_t i, const char* what) const;
  // Whole numbers of a constant operand, whatever its shape; floating-point ones.
  std::vector<std::int64_t> constant_integers(std::size_t i, const char* what) const;
  std::vector<double> constant_numbers(std::size_t i, const char* what) const;
  std::int64_t constant_integer(std::size_t i, const char* what) const;
  double constant_number(std::size_t i, const char* what) const;

  std::size_t result_count() const;
  std::string result_name(std::size_t i) const;

  std::int64_t integer(const std::string& name, std::int64_t default_value) const;
  double number(const std::string& name, double default_value) const;
  std::string text(const std::string& name, const std::string& default_value) const;
  std::optional<std::vector<std::int64_t>> integers(const std::string& name) const;
  std::optional<std::vector<double>> numbers(const std::string& name) const;
  std::optional<std::vector<std::string>> texts(const std::string& name) const;
  const onnx::AttributeProto* attribute(const std::string& name) const;

 private:
  const onnx::NodeProto& node_;
  int opset_;
  std::vector<std::optional<ValueId>> operands_;
  const Draft& draft_;
  const std::filesystem::path& folder_;
};

// `axis` counted from the front; what: "axis".
std::int64_t axis_from_front(std::int64_t axis, std::size_t rank, const char* what);
// The same for each, sorted; a doubled axis is an error.
std::vector<std::int64_t> axes_from_front(std::vector<std::int64_t> axes, std::size_t rank);

}  // namespace partita
