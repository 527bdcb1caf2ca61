// Writes an ONNX model, node by node.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "models/network/network.h"

namespace onnx {
class GraphProto;
class ModelProto;
class NodeProto;
class ValueInfoProto;
}  // namespace onnx

namespace partita {

int onnx_type_of(DataType type);

// Values are known by their names. Weights take no space: a ConstantOfShape node stands for each,
// as in the light models that the ONNX project publishes.
class GraphWriter {
 public:
  explicit GraphWriter(const std::string& name);
  ~GraphWriter();

  // Keeps the name from being given to something that has none.
  void reserve(const std::string& name) { names_.insert(name); }
  std::string unused_name(const std::string& wanted) const;

  std::string input(const std::string& name, DataType type, const Shape& shape);
  std::string weight(const std::string& name, DataType type, const Shape& shape);
  // With its values: row-major, little endian.
  std::string constant(const std::string& name, DataType type, const Shape& shape,
                       const std::vector<std::byte>& values);
  // Equal ones are written once.
  std::string integers(const std::vector<std::int64_t>& values);  // a vector of i64
  std::string integer(std::int64_t value);                        // a scalar of i64
  std::string scalar(DataType type, double value);

  // Adds a node and gives the name of its only result, which is `name` itself. Operands and
  // attributes as in opset 17.
  std::string node(const std::string& op_type, const std::string& name,
                   const std::vector<std::string>& operands, const Attributes& attributes = {});
  // The same with results of the given names. Returns those.
  std::vector<std::string> node(const std::string& op_type, const std::string& name,
                                const std::vector<std::string>& operands,
                                const std::vector<std::string>& results,
                                const Attributes& attributes);
  void output(const std::string& name, DataType type, const Shape& shape);

  // Opset 17, or 20 where Gelu needs it.
  onnx::ModelProto model() const;

 private:
  std::string shared_constant(const std::string& kind, DataType type, const Shape& shape,
                              std::vector<std::byte> values);
  std::unique_ptr<onnx::ModelProto> model_;
  onnx::GraphProto* graph_;
  std::map<std::string, std::string> shared_;  // text of the value -> name
  std::set<std::string> names_;
};

}  // namespace partita
