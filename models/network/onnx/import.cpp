#include "models/network/onnx/import.h"

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <onnx/onnx_pb.h>

#include <fstream>
#include <limits>
#include <map>
#include <set>

#include "models/network/onnx/node_order.h"
#include "models/network/onnx/node_reader.h"
#include "models/network/onnx/normalise.h"
#include "models/network/onnx/tensor_reader.h"

namespace partita {
namespace {

constexpr int kOldestOpset = 7;   // before, operators broadcast by attributes of their own
constexpr int kNewestOpset = 21;  // the newest whose operators were compared with their normal form
constexpr int kKnownIrVersion = 8;  // of the ONNX library that this is built with
constexpr int kDeepestBranch = 50;

// Names that nodes can see: their own graph's, then those around it.
struct Scope {
  std::map<std::string, ValueId> values;
  const Scope* outer = nullptr;

  std::optional<ValueId> find(const std::string& name) const {
    for (const Scope* scope = this; scope != nullptr; scope = scope->outer) {
      if (const auto found = scope->values.find(name); found != scope->values.end()) {
        return found->second;
      }
    }
    return std::nullopt;
  }
};

bool is_control_flow(const std::string& op_type) {
  return op_type == "If" || op_type == "Loop" || op_type == "Scan" || op_type == "SequenceMap";
}

class Importer {
 public:
  Importer(const onnx::ModelProto& model, const SourceLoc& where,
           const std::filesystem::path& folder, const ImportOptions& options,
           std::vector<std::string>& warnings)
      : model_(model), where_(where), folder_(folder), options_(options), warnings_(warnings) {}

  Network network(const std::string& name) {
    read_versions();
    Scope scope;
    read_initializers(model_.graph(), scope);
    read_inputs(scope);
    diagnostics_.throw_if_any();
    report_missing_data();
    walk(model_.graph(), scope, "", 0);
    std::vector<std::pair<std::string, ValueId>> outputs;
    for (const auto& output : model_.graph().output()) {
      if (const auto id = scope.find(output.name())) {
        const std::string& reason = draft_[*id].reason;
        if (!reason.empty()) {
          diagnostics_.error(where_, "output " + reason);
        }
        outputs.emplace_back(output.name(), *id);
      } else {
        diagnostics_.error(where_, fmt::format("output '{}' is made by nothing", output.name()));
      }
    }
    if (outputs.empty()) diagnostics_.error(where_, "the model has no outputs");
    diagnostics_.throw_if_any();
    return draft_.network(name, outputs, options_.keep_weights, where_, warnings_);
  }

 private:
  void read_versions() {
    if (model_.ir_version() > kKnownIrVersion) {
      warnings_.push_back(
          fmt::format("IR version {} is newer than {}: parts of the file may be unknown",
                      model_.ir_version(), kKnownIrVersion));
    }
    opset_ = 1;  // what a file without any import means
    for (const auto& import : model_.opset_import()) {
      if (import.domain().empty() || import.domain() == "ai.onnx") {
        opset_ = static_cast<int>(std::min<std::int64_t>(import.version(), 1'000'000));
      }
    }
    if (opset_ < kOldestOpset) {
      diagnostics_.error(where_, fmt::format("opset {} is older than {}, the oldest that is "
                                             "understood",
                                             opset_, kOldestOpset));
    } else if (opset_ > kNewestOpset) {
      warnings_.push_back(fmt::format("opset {} is newer than {}: operators may have changed",
                                      opset_, kNewestOpset));
    }
    if (model_.graph().sparse_initializer_size() > 0) {
      diagnostics_.error(where_, "sparse initializers are not supported");
    }
  }

  void read_initializers(const onnx::GraphProto& graph, Scope& scope) {
    for (const onnx::TensorProto& tensor : graph.initializer()) {
      if (scope.values.count(tensor.name()) != 0) {
        diagnostics_.error(where_,
                           fmt::format("two initializers have the name '{}'", tensor.name()));
        continue;
      }
      scope.values.emplace(tensor.name(), initializer(tensor));
    }
  }

  ValueId initializer(const onnx::TensorProto& tensor) {
    try {
      StoredTensor stored = read_tensor(tensor, folder_);
      if (!stored.missing.empty()) {
        ++without_data_.try_emplace(stored.data_file, tensor.name(), stored.missing)
              .first->second.count;
      }
      return draft_.add_constant(tensor.name(), stored.type, std::move(stored.constant),
                                 /*stored=*/true);
    } catch (const NodeError& error) {
      diagnostics_.error(where_, fmt::format("initializer '{}' {}", tensor.name(), error.message));
      return draft_.add_unknown(tensor.name());
    }
  }

  // One message for each file, which may hold hundreds of tensors.
  void report_missing_data() {
    for (const auto& [file, tensors] : without_data_) {
      const std::string others =
          tensors.count > 1 ? fmt::format(" (and of {} more)", tensors.count - 1) : "";
      std::string message = fmt::format(
          "external data '{}' of tensor '{}'{} {}: the network can be simulated, not run", file,
          tensors.first, others, tensors.missing);
      if (options_.must_have_data) {
        diagnostics_.error(where_, std::move(message));
      } else {
        warnings_.push_back(std::move(message));
      }
    }
    diagnostics_.throw_if_any();
  }

  void read_inputs(Scope& scope) {
    std::set<std::string> unused;
    for (const auto& [name, extent] : options_.dimensions) unused.insert(name);
    std::vector<std::string> free;
    for (const auto& input : model_.graph().input()) {
      // Old exporters list the weights as inputs, too.
      if (scope.values.count(input.name()) != 0) continue;
      scope.values.emplace(input.name(), read_input(input, unused, free));
    }
    for (const std::string& name : unused) {
      std::string known;
      for (const std::string& each : free) known += (known.empty() ? "" : ", ") + each;
      diagnostics_.error(where_, fmt::format("no input has a free dimension '{}' (known: {})", name,
                                             known.empty() ? "none" : known));
    }
  }

  ValueId read_input(const onnx::ValueInfoProto& input, std::set<std::string>& unused,
                     std::vector<std::string>& free) {
    const auto fail = [&](const std::string& why) {
      diagnostics_.error(where_, fmt::format("input '{}' {}", input.name(), why));
    };
    if (!input.type().has_tensor_type()) {
      fail("is no tensor");
      return draft_.add_unknown(input.name());
    }
    const auto& tensor = input.type().tensor_type();
    const auto type = data_type_of(tensor.elem_type());
    if (!type)
      fail(
          fmt::format("is of type {}, which is not supported", onnx_type_name(tensor.elem_type())));
    if (!tensor.has_shape()) fail("has no shape");
    bool is_known = type && tensor.has_shape();
    TensorType of{type.value_or(DataType::F32), {}};
    for (int axis = 0; axis < tensor.shape().dim_size(); ++axis) {
      const auto& dim = tensor.shape().dim(axis);
      if (dim.has_dim_value() && dim.dim_value() > 0) {
        of.shape.push_back(dim.dim_value());
        continue;
      }
      const std::string name = dim.has_dim_param() && !dim.dim_param().empty()
                                   ? dim.dim_param()
                                   : fmt::format("{}.{}", input.name(), axis);
      free.push_back(name);
      const auto bound = options_.dimensions.find(name);
      if (bound == options_.dimensions.end()) {
        fail(
            fmt::format("leaves dimension '{}' free (axis {}): give it an extent, for example "
                        "--bind {}=1",
                        name, axis, name));
        is_known = false;
        continue;
      }
      unused.erase(name);
      of.shape.push_back(bound->second);
    }
    if (!is_known) return draft_.add_unknown(input.name());
    try {
      return draft_.add_input(input.name(), of);
    } catch (const NodeError& error) {
      fail(error.message);
      return draft_.add_unknown(input.name());
    }
  }

  // Adds the nodes' results to `scope`. `prefix`: of the names of nodes in branches.
  void walk(const onnx::GraphProto& graph, Scope& scope, const std::string& prefix, int depth) {
    const auto is_known = [&](const std::string& name) { return scope.find(name).has_value(); };
    for (const onnx::NodeProto* node : ordered_nodes(graph, is_known, where_, diagnostics_)) {
      visit(*node, scope, prefix, depth);
    }
  }

  void visit(const onnx::NodeProto& node, Scope& scope, const std::string& prefix, int depth) {
    std::vector<ValueId> results;
    std::string missing;  // why there are not as many results as the node has names for
    try {
      results = results_of(node, scope, prefix, depth);
      missing = fmt::format("is a result of {} that is not supported", label(node));
    } catch (const NodeError& error) {
      diagnostics_.error(where_, fmt::format("{}: {}", label(node), error.message));
    } catch (const UnknownOperand&) {
      // Its cause has been reported.
    }
    for (int i = 0; i < node.output_size(); ++i) {
      const std::string& name = node.output(i);
      if (name.empty()) continue;
      const auto at = static_cast<std::size_t>(i);
      const ValueId id = at < results.size() ? results[at] : unknown(name, missing);
      // A value that this node made takes the name that the file has for it.
      if (made_before_ <= index(id)) draft_.rename(id, name);
      scope.values.insert_or_assign(name, id);
    }
  }

  ValueId unknown(const std::string& name, const std::string& reason) {
    return draft_.add_unknown(name, reason.empty() ? "" : fmt::format("'{}' {}", name, reason));
  }

  std::vector<ValueId> results_of(const onnx::NodeProto& node, Scope& scope,
                                  const std::string& prefix, int depth) {
    made_before_ = draft_.value_count();
    const std::string name = prefix + (!node.name().empty()     ? node.name()
                                       : node.output_size() > 0 ? node.output(0)
                                                                : node.op_type());
    const auto kind = operator_named(node.op_type());
    const bool is_ours = kind && is_collective(*kind);
    if (is_ours ? node.domain() != kCollectiveDomain
                : !node.domain().empty() && node.domain() != "ai.onnx") {
      throw NodeError{fmt::format("operators of the domain '{}' are not supported", node.domain())};
    }
    std::vector<std::optional<ValueId>> operands;
    for (const std::string& input : node.input()) {
      const auto id = input.empty() ? std::nullopt : scope.find(input);
      // Nobody makes it, which has been reported.
      if (!input.empty() && !id) throw UnknownOperand{};
      operands.push_back(id);
    }
    const NodeReader reader(node, opset_, std::move(operands), draft_, folder_);
    if (node.op_type() == "If") return inlined(reader, scope, name, depth);
    if (is_control_flow(node.op_type())) {
      throw NodeError{"unsupported: control flow that depends on data"};
    }
    const Normaliser normalise = normaliser_of(node.op_type());
    if (normalise == nullptr) {
      const std::string guess = closest(node.op_type(), known_op_types());
      throw NodeError{fmt::format("the operator is not supported{}",
                                  guess.empty() ? "" : fmt::format(" (close: {})", guess))};
    }
    draft_.begin_node(name);
    return normalise(reader, draft_);
  }

  std::vector<ValueId> inlined(const NodeReader& reader, Scope& scope, const std::string& name,
                               int depth) {
    if (!reader.is_constant(0, "condition")) {
      throw NodeError{"unsupported: control flow whose condition depends on the inputs"};
    }
    if (depth >= kDeepestBranch) throw NodeError{"branches are nested too deep"};
    const bool holds = reader.constant_integer(0, "condition") != 0;
    const auto* branch = reader.attribute(holds ? "then_branch" : "else_branch");
    if (branch == nullptr || !branch->has_g()) throw NodeError{"has no branch for its condition"};
    Scope inner{{}, &scope};
    read_initializers(branch->g(), inner);
    walk(branch->g(), inner, name + "/", depth + 1);
    std::vector<ValueId> results;
    for (const auto& output : branch->g().output()) {
      const auto id = inner.find(output.name());
      if (!id) throw NodeError{fmt::format("its branch does not make '{}'", output.name())};
      results.push_back(*id);
    }
    // The results keep the names that they have inside of the branch.
    made_before_ = draft_.value_count();
    return results;
  }

  const onnx::ModelProto& model_;
  const SourceLoc& where_;
  const std::filesystem::path& folder_;
  const ImportOptions& options_;
  std::vector<std::string>& warnings_;
  Diagnostics diagnostics_;
  Draft draft_;
  int opset_ = 0;
  struct WithoutData {
    WithoutData(std::string tensor, std::string reason)
        : first(std::move(tensor)), missing(std::move(reason)) {}
    std::string first, missing;
    std::size_t count = 0;
  };
  std::map<std::string, WithoutData> without_data_;  // tensors, by the file that should hold them
  std::size_t made_before_ = 0;  // values that there were when the node at hand began
};

onnx::ModelProto parsed(const std::filesystem::path& file, const SourceLoc& where) {
  std::error_code failed;
  const auto status = std::filesystem::status(file, failed);
  if (!std::filesystem::exists(status)) throw ConfigError(where, "no such file");
  if (std::filesystem::is_directory(status)) throw ConfigError(where, "is a folder, not a file");
  std::ifstream in(file, std::ios::binary);
  if (!in) throw ConfigError(where, "cannot be read");
  if (in.peek() == std::ifstream::traits_type::eof()) throw ConfigError(where, "the file is empty");
  google::protobuf::io::IstreamInputStream stream(&in);
  google::protobuf::io::CodedInputStream coded(&stream);
  coded.SetTotalBytesLimit(std::numeric_limits<int>::max());
  onnx::ModelProto model;
  if (!model.ParseFromCodedStream(&coded) || !coded.ConsumedEntireMessage()) {
    throw ConfigError(where, "is no ONNX model, or only a part of one");
  }
  return model;
}

}  // namespace

Network import_onnx(const onnx::ModelProto& model, const std::string& name, const SourceLoc& where,
                    const std::filesystem::path& folder, const ImportOptions& options,
                    std::vector<std::string>& warnings) {
  if (!model.has_graph() || model.graph().node_size() == 0) {
    throw ConfigError(where, "is no ONNX model with a graph");
  }
  return Importer(model, where, folder, options, warnings).network(name);
}

Network import_onnx(const std::filesystem::path& file, const ImportOptions& options,
                    std::vector<std::string>* warnings) {
  const SourceLoc where{file.string(), 0, 0};
  const onnx::ModelProto model = parsed(file, where);
  std::vector<std::string> unheard;
  return import_onnx(model, file.stem().string(), where, file.parent_path(), options,
                     warnings != nullptr ? *warnings : unheard);
}

}  // namespace partita
