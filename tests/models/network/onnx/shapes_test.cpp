// The importer's shapes against an oracle: the shape inference of the ONNX project's own library.
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>

#include <map>

#include "models/network/onnx/node_reader.h"
#include "models/network/onnx/zoo.h"
#include "tests/models/network/onnx/models.h"

namespace partita {
namespace {

// Gelu came after the installed library; for shapes, Erf is the same.
onnx::ModelProto without_gelu(onnx::ModelProto model) {
  for (auto& node : *model.mutable_graph()->mutable_node()) {
    if (node.op_type() != "Gelu") continue;
    node.set_op_type("Erf");
    node.clear_attribute();
  }
  model.mutable_opset_import(0)->set_version(
      std::min<std::int64_t>(17, model.opset_import(0).version()));
  return model;
}

std::map<std::string, TensorType> inferred(onnx::ModelProto model) {
  onnx::shape_inference::InferShapes(model);
  std::map<std::string, TensorType> types;
  const auto add = [&](const onnx::ValueInfoProto& info) {
    const auto& tensor = info.type().tensor_type();
    const auto type = data_type_of(tensor.elem_type());
    if (!type || !tensor.has_shape()) return;
    TensorType of{*type, {}};
    for (const auto& dim : tensor.shape().dim()) {
      if (!dim.has_dim_value()) return;
      of.shape.push_back(dim.dim_value());
    }
    types.emplace(info.name(), of);
  };
  for (const auto& info : model.graph().value_info()) add(info);
  for (const auto& info : model.graph().output()) add(info);
  return types;
}

struct Compared {
  std::size_t same = 0, activations = 0;
};

Compared compare(const onnx::ModelProto& model, const std::string& name) {
  const Network network = imported(model);
  const auto expected = inferred(without_gelu(model));
  Compared compared;
  for (const Tensor& tensor : network.tensors()) {
    if (tensor.kind != TensorKind::Activation) continue;
    ++compared.activations;
    const auto found = expected.find(tensor.name);
    if (found == expected.end()) continue;
    EXPECT_EQ(to_string(TensorType{tensor.type, tensor.shape}), to_string(found->second))
        << name << ": " << tensor.name;
    ++compared.same;
  }
  return compared;
}

TEST(ShapesTest, OfTheZooAreThoseOfTheOracle) {
  std::vector<std::string> specs{"gpt?mode=decode&tokens=3", "resnet18?size=97&batch=3",
                                 "moe?routing=expert_choice", "lstm?direction=bidirectional",
                                 "inception_v1?size=101"};
  for (const ZooEntry& entry : zoo_entries()) specs.push_back(entry.name);
  for (const std::string& spec : specs) {
    const Compared compared = compare(zoo_model(spec), spec);
    // All but what a constant decides, which the oracle leaves open.
    EXPECT_GE(compared.same, compared.activations * 8 / 10) << spec;
  }
}

TEST(ShapesTest, OfSingleOperatorsAreThoseOfTheOracle) {
  std::size_t same = 0;
  for (const NormalForm& form : normal_forms()) {
    onnx::ModelProto model = model_of(form.graph, form.opset);
    // Without the shapes that the text gives its results.
    for (auto& output : *model.mutable_graph()->mutable_output()) output.clear_type();
    // The installed library knows no newer operators, and counts a last window that sees only
    // padding, which ONNX 1.16 no longer does.
    if (form.opset > 17 || form.name == "average_pool_ceil_beyond") continue;
    // Nor has it heard of our own.
    if (model.graph().node(0).domain() == kCollectiveDomain) continue;
    same += compare(model, form.name).same;
  }
  EXPECT_GE(same, 60u);
}

}  // namespace
}  // namespace partita
