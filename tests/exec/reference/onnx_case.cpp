#include "tests/exec/reference/onnx_case.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <optional>
#include <set>

#include "models/network/onnx/import.h"
#include "models/network/onnx/tensor_reader.h"

namespace partita {
namespace {

namespace fs = std::filesystem;

struct Given {
  onnx::TensorProto proto;
  TensorValue value;
};

template <class Message>
bool read(const fs::path& file, Message& message) {
  std::ifstream in(file, std::ios::binary);
  return in && message.ParseFromIstream(&in);
}

std::optional<Given> given(onnx::TensorProto proto, const fs::path& folder) {
  try {
    const StoredTensor stored = read_tensor(proto, folder);
    Given result;
    result.value = TensorValue(stored.type.type, stored.type.shape);
    result.value.bytes = *stored.constant.values();
    result.proto = std::move(proto);
    return result;
  } catch (const NodeError&) {
    return std::nullopt;
  }
}

// "node 'x' (Conv): what" without what differs from case to case.
std::string reason_of(const ConfigError& error) {
  std::string text = error.diagnostics().front().message;
  if (const std::size_t colon = text.find("): ");
      text.rfind("node '", 0) == 0 && colon != text.npos) {
    const std::size_t open = text.rfind('(', colon);
    text = text.substr(open + 1, colon - open - 1) + ": " + text.substr(colon + 3);
  }
  return text;
}

bool has_weights(const Network& network) {
  return std::any_of(network.tensors().begin(), network.tensors().end(),
                     [](const Tensor& tensor) { return tensor.kind == TensorKind::Weight; });
}

// Makes the named values initializers, and all other given values inputs.
onnx::ModelProto frozen(onnx::ModelProto model, const std::map<std::string, Given>& all,
                        const std::function<bool(const std::string&)>& is_frozen) {
  onnx::GraphProto& graph = *model.mutable_graph();
  graph.clear_initializer();
  std::set<std::string> inputs;
  google::protobuf::RepeatedPtrField<onnx::ValueInfoProto> kept;
  for (const auto& [name, value] : all) {
    if (is_frozen(name)) {
      onnx::TensorProto& initializer = *graph.add_initializer();
      initializer = value.proto;
      initializer.set_name(name);
      continue;
    }
    onnx::ValueInfoProto& info = *kept.Add();
    info.set_name(name);
    onnx::TypeProto::Tensor& type = *info.mutable_type()->mutable_tensor_type();
    type.set_elem_type(value.proto.data_type());
    type.mutable_shape();
    for (const std::int64_t extent : value.value.shape) {
      type.mutable_shape()->add_dim()->set_dim_value(extent);
    }
  }
  graph.mutable_input()->Swap(&kept);
  return model;
}

// The importer begins at opset 7. Of the operators here only the two-operand ones had another form
// before it, with the attributes `broadcast` and `axis` (ONNX changelog, Add-7), and some had the
// attribute `consumed_inputs`, which said nothing. Those with broadcasting stay as they are, and
// the importer refuses them.
void raise_opset(onnx::ModelProto& model) {
  for (onnx::NodeProto& node : *model.mutable_graph()->mutable_node()) {
    auto& attributes = *node.mutable_attribute();
    for (int i = attributes.size(); i-- > 0;) {
      if (attributes[i].name() == "broadcast") return;
      if (attributes[i].name() == "consumed_inputs") attributes.DeleteSubrange(i, 1);
    }
  }
  for (onnx::OperatorSetIdProto& opset : *model.mutable_opset_import()) {
    if (opset.domain().empty() && opset.version() < 7) opset.set_version(7);
  }
}

// Results after the first that only training computes (means, masks, positions): the importer
// refuses them.
void keep_first_output(onnx::GraphProto& graph) {
  while (graph.output_size() > 1) graph.mutable_output()->RemoveLast();
}

}  // namespace

std::variant<OnnxCase, NotRun> load_onnx_case(const fs::path& folder) {
  onnx::ModelProto model;
  if (!read(folder / "model.onnx", model)) return NotRun{"the model cannot be read"};
  const fs::path data = folder / "test_data_set_0";
  raise_opset(model);

  std::map<std::string, Given> all;
  for (const onnx::TensorProto& initializer : model.graph().initializer()) {
    std::optional<Given> value = given(initializer, folder);
    if (!value) return NotRun{"an operand's type"};
    all.emplace(initializer.name(), std::move(*value));
  }
  int file = 0;
  std::string first;
  for (const onnx::ValueInfoProto& input : model.graph().input()) {
    if (all.count(input.name()) != 0) continue;
    if (!input.type().has_tensor_type()) return NotRun{"an operand that is no tensor"};
    onnx::TensorProto proto;
    if (!read(data / ("input_" + std::to_string(file++) + ".pb"), proto)) {
      return NotRun{"an operand cannot be read"};
    }
    std::optional<Given> value = given(std::move(proto), data);
    if (!value) return NotRun{"an operand's type"};
    all.emplace(input.name(), std::move(*value));
    if (first.empty()) first = input.name();
  }

  const auto whole_number = [&](const std::string& name) {
    const DataType type = all.at(name).value.type;
    return type == DataType::I64 || type == DataType::I32;
  };
  const std::vector<std::function<bool(const std::string&)>> attempts{
      [](const std::string&) { return false; },
      [&](const std::string& name) { return name != first && whole_number(name); },
      [&](const std::string& name) { return name != first; },
  };
  std::optional<NotRun> why;
  for (std::size_t attempt = 0; attempt < 2 * attempts.size(); ++attempt) {
    const auto& is_frozen = attempts[attempt % attempts.size()];
    if (attempt == attempts.size()) keep_first_output(*model.mutable_graph());
    try {
      std::vector<std::string> warnings;
      const onnx::ModelProto prepared = frozen(model, all, is_frozen);
      OnnxCase result{
          import_onnx(prepared, "case", {folder.filename()}, folder, {}, warnings), {}, {}};
      if (has_weights(result.network)) {
        why = NotRun{"a constant that the importer makes a seeded weight of"};
        continue;
      }
      const auto id_of = [&](const std::string& name) -> std::optional<TensorId> {
        for (const TensorId id : ids<TensorId>(result.network.tensors().size())) {
          if (result.network.tensor(id).name == name) return id;
        }
        return std::nullopt;
      };
      for (const TensorId id : result.network.inputs()) {
        result.inputs.emplace(id, all.at(result.network.tensor(id).name).value);
      }
      int output_file = 0;
      for (const onnx::ValueInfoProto& output : model.graph().output()) {
        onnx::TensorProto proto;
        const fs::path name = data / ("output_" + std::to_string(output_file++) + ".pb");
        const std::optional<TensorId> id = id_of(output.name());
        if (!id || !read(name, proto)) continue;
        std::optional<Given> value = given(std::move(proto), data);
        if (!value) return NotRun{"a result's type"};
        result.expected.emplace(*id, std::move(value->value));
      }
      if (result.expected.empty()) return NotRun{"results that are all constant"};
      return result;
    } catch (const ConfigError& error) {
      why = NotRun{reason_of(error)};
    }
  }
  return *why;
}

}  // namespace partita
