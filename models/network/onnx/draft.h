// A network while it is being imported: values and layers in normal form, before unused ones are
// dropped.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "models/base/ids.h"
#include "models/network/network.h"

namespace partita {

// What is wrong with a node; whoever knows the node's name puts it in front.
struct NodeError {
  std::string message;
};
// The node reads something that a mistake reported earlier has left unknown: nothing more to say.
struct UnknownOperand {};

using Buffer = std::vector<std::byte>;

// The values of a constant, made when somebody asks for the first time: most constants are weights,
// whose values nobody needs.
class Constant {
 public:
  // `depth`: how many other constants have to be made first, one inside the other.
  explicit Constant(std::function<Buffer()> make, int depth = 0)
      : make_(std::move(make)), depth_(depth) {}
  explicit Constant(Buffer values) : values_(std::make_shared<const Buffer>(std::move(values))) {}

  // Throws NodeError where they cannot be had.
  const std::shared_ptr<const Buffer>& values() const;
  int depth() const { return values_ ? 0 : depth_; }

 private:
  std::function<Buffer()> make_;
  mutable std::shared_ptr<const Buffer> values_;
  int depth_ = 0;
};

struct TensorType {
  DataType type = DataType::F32;
  Shape shape;
  friend bool operator==(const TensorType&, const TensorType&) = default;
};

enum class ValueId : std::uint32_t {};

struct Value {
  enum class Kind { Input, Constant, Activation, Unknown };

  std::string name;
  Kind kind = Kind::Unknown;
  TensorType type;
  std::shared_ptr<const Constant> constant;  // of a Constant
  bool stored = false;  // a constant that stands in the file, rather than one computed from others
  std::string reason;   // why it is Unknown; empty where that has been reported
};

// The extents as a text, "[1x3x224x224]".
std::string to_string(const Shape& shape);
std::string to_string(const TensorType& type);  // "f32[1x3x224x224]"

class Draft {
 public:
  const Value& operator[](ValueId id) const { return values_[id]; }

  ValueId add_input(std::string name, TensorType type);
  // Throws NodeError where the values are too many to hold.
  ValueId add_constant(std::string name, TensorType type, Constant constant, bool stored);
  ValueId add_unknown(std::string name, std::string reason = "");
  // Small constants that a normal form needs and the file does not have.
  ValueId add_integers(const std::vector<std::int64_t>& values);
  ValueId add_filled(TensorType type, double value);

  // Layers that follow get this name; the second and later ones of one node a number behind it.
  void begin_node(const std::string& name);

  // Adds a layer, unless all operands are constants and the results can be computed: then they are
  // constants too. Throws NodeError where a result is empty or too large.
  std::vector<ValueId> emit(OpKind kind, Attributes attributes, std::vector<ValueId> operands,
                            std::vector<TensorType> results);
  ValueId emit_one(OpKind kind, Attributes attributes, std::vector<ValueId> operands,
                   TensorType result) {
    return emit(kind, std::move(attributes), std::move(operands), {std::move(result)}).front();
  }

  std::size_t value_count() const { return values_.size(); }
  void rename(ValueId id, const std::string& name) { values_[id].name = name; }

  // The network of the layers that `outputs` need. An output that is an input of the network, or
  // listed twice, becomes a copy (Identity); one that is constant is left out, with a warning.
  Network network(const std::string& name,
                  const std::vector<std::pair<std::string, ValueId>>& outputs, bool keep_weights,
                  const SourceLoc& where, std::vector<std::string>& warnings);

 private:
  struct DraftLayer {
    std::string name;
    OpKind kind;
    Attributes attributes;
    std::vector<ValueId> operands, results;
  };

  void check_extents(const TensorType& type) const;
  std::vector<ValueId> folded(OpKind kind, Attributes attributes,
                              const std::vector<ValueId>& operands,
                              const std::vector<TensorType>& results);
  std::string next_layer_name();
  std::vector<ValueId> settled_outputs(const std::vector<std::pair<std::string, ValueId>>& outputs,
                                       std::vector<std::string>& warnings);
  std::vector<bool> needed_layers(const std::vector<ValueId>& outputs) const;
  std::map<ValueId, WeightRole> weights_among(const std::vector<bool>& needed) const;

  IdVector<ValueId, Value> values_;
  std::vector<DraftLayer> layers_;
  std::string node_;
  int layers_of_node_ = 0;
  int values_made_ = 0;
};

}  // namespace partita
