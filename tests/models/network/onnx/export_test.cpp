#include "models/network/onnx/export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/checker.h>
#include <onnx/onnx_pb.h>
#include <unistd.h>

#include <filesystem>

#include "models/network/costed_graph.h"
#include "models/network/onnx/zoo.h"
#include "tests/models/network/onnx/models.h"

namespace partita {
namespace {

std::vector<std::string> specs() {
  std::vector<std::string> all{"gpt?mode=decode&tokens=3", "lstm?direction=bidirectional",
                               "moe?routing=expert_choice", "squeezenet?version=1.1",
                               "bert?type=bf16"};
  for (const ZooEntry& entry : zoo_entries()) all.push_back(entry.name);
  return all;
}

// Operators up to opset 17, the newest that the installed checker knows.
void expect_valid(const onnx::ModelProto& model, const std::string& name) {
  if (model.opset_import(0).version() > 17) return;
  EXPECT_NO_THROW(onnx::checker::check_model(model)) << name;
}

void expect_same_network(const Network& a, const Network& b, const std::string& name) {
  EXPECT_EQ(signatures(a), signatures(b)) << name;
  EXPECT_EQ(a.parameters(), b.parameters()) << name;
  EXPECT_EQ(a.total_weights(), b.total_weights()) << name;
  ASSERT_EQ(a.inputs().size(), b.inputs().size()) << name;
  ASSERT_EQ(a.outputs().size(), b.outputs().size()) << name;
  for (std::size_t i = 0; i < a.outputs().size(); ++i) {
    EXPECT_EQ(a.tensor(a.outputs()[i]).name, b.tensor(b.outputs()[i]).name) << name;
  }
  for (std::size_t i = 0; i < a.layer_count() && i < b.layer_count(); ++i) {
    const auto id = static_cast<LayerId>(i);
    EXPECT_EQ(a.layer(id).name, b.layer(id).name) << name;
    EXPECT_EQ(a.layer(id).attributes, b.layer(id).attributes) << name;
    EXPECT_EQ(a.predecessors(id), b.predecessors(id)) << name;
  }
}

TEST(ExportTest, EveryNetworkOfTheZooComesBackTheSame) {
  for (const std::string& spec : specs()) {
    const Network network = zoo_network(spec);
    const onnx::ModelProto model = to_onnx(network);
    expect_valid(model, spec);
    expect_same_network(network, imported(model), spec);
  }
}

TEST(ExportTest, EveryNormalFormComesBackTheSame) {
  for (const NormalForm& form : normal_forms()) {
    const Network network = imported(form.graph, form.opset);
    const onnx::ModelProto model = to_onnx(network);
    expect_valid(model, form.name);
    // No opset after 12 has a softmax over several axes: it needs three nodes.
    if (form.name == "softmax_before_13") continue;
    expect_same_network(network, imported(model), form.name);
  }
}

TEST(ExportTest, ASoftmaxOverSeveralAxesIsReshaped) {
  const Network network =
      imported("g (float[2,3,1,4] x) => (float[2,3,1,4] y) { y = Softmax(x) }", 11);
  EXPECT_EQ(
      signatures(imported(to_onnx(network))),
      (std::vector<std::string>{"Reshape(f32[2x3x1x4]){}->f32[2x12]", "Softmax(f32[2x12]){axes=1}",
                                "Reshape(f32[2x12]){}->f32[2x3x1x4]"}));
}

TEST(ExportTest, ConstantsKeepTheirValues) {
  const Network network =
      imported("g (float[2] x) => (float[2] y) <float[2] c = {1.5, -2.5}> { y = Div(x, c) }");
  const Network again = imported(to_onnx(network));
  for (const Tensor& tensor : again.tensors()) {
    if (tensor.kind != TensorKind::Constant) continue;
    EXPECT_EQ(*tensor.values, *network.tensor(network.layer(LayerId{}).inputs[1]).values);
    return;
  }
  FAIL() << "the constant is gone";
}

// Names that the writer would give are taken already.
TEST(ExportTest, NamesOfTheNetworkAreKept) {
  const Network network = imported(
      "g (float[4] integers) => (float[2,2] scalar) <int64[2] s = {2, 2}, float c = {3.0}> { "
      "integers_2 = Reshape(integers, s) scalar = Div(integers_2, c) }");
  const Network again = imported(to_onnx(network));
  expect_same_network(network, again, "names");
  expect_same_network(network, imported(to_onnx(again)), "names, twice");
}

TEST(ExportTest, AFileIsWrittenAndReadBack) {
  const std::filesystem::path file = std::filesystem::temp_directory_path() /
                                     ("partita_export_" + std::to_string(::getpid()) + ".onnx");
  const Network network = zoo_network("squeezenet");
  export_onnx(network, file);
  expect_same_network(network, import_onnx(file), "file");
  // A million parameters as shapes alone.
  EXPECT_LT(std::filesystem::file_size(file), 100'000u);
  std::filesystem::remove(file);
}

TEST(ExportTest, ACostedGraphHasNoOperators) {
  const Network network = load_costed_graph(Document::parse_text(
      R"({"costed_graph": 1, "name": "one", "processors": ["p"],
          "layers": [{"name": "a", "times": {"p": "1 ps"}}]})",
      "one.json"));
  EXPECT_THROW(to_onnx(network), ConfigError);
}

}  // namespace
}  // namespace partita
