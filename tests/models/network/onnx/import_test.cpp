#include "models/network/onnx/import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "tests/models/network/onnx/models.h"

namespace partita {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

std::vector<std::string> names(const Network& network) {
  std::vector<std::string> found;
  for (const LayerId id : network.layers()) found.push_back(network.layer(id).name);
  return found;
}

const Tensor* tensor_named(const Network& network, const std::string& name) {
  for (const Tensor& tensor : network.tensors()) {
    if (tensor.name == name) return &tensor;
  }
  return nullptr;
}

TEST(ImportTest, FreeDimensionsTakeTheirBindings) {
  const auto model = model_of("g (float[N,3,N] x) => (float[N,3,N] y) { y = Relu(x) }");
  const Network network = imported(model, {{{"N", 7}}});
  EXPECT_EQ(network.tensor(network.inputs().front()).shape, (Shape{7, 3, 7}));
  EXPECT_THAT(error_of(model, {}), HasSubstr("input 'x' leaves dimension 'N' free (axis 0)"));
  EXPECT_THAT(error_of(model, {{{"N", 7}, {"M", 7}}}),
              HasSubstr("no input has a free dimension 'M' (known: N, N)"));
}

TEST(ImportTest, WeightsKeepTheirValuesWhereTheseAreWanted) {
  const auto model = model_of(
      "g (float[1,2] x) => (float[1,1] y) <float[2,1] w = {0.5, -4.0}> { y = MatMul(x, w) }");
  const auto weight = [](const Network& network) { return *tensor_named(network, "w"); };
  EXPECT_EQ(weight(imported(model)).values, nullptr);
  const Network kept = imported(model, {.keep_weights = true});
  EXPECT_EQ(weight(kept).kind, TensorKind::Weight);
  ASSERT_NE(weight(kept).values, nullptr);
  std::array<float, 2> values{};
  ASSERT_EQ(weight(kept).values->size(), sizeof values);
  std::memcpy(values.data(), weight(kept).values->data(), sizeof values);
  EXPECT_THAT(values, ElementsAre(0.5f, -4.0f));
  // Profiles, which go by signatures, are the same.
  EXPECT_EQ(signatures(kept), signatures(imported(model)));
}

TEST(ImportTest, ANamelessDimensionIsNamedAfterInputAndAxis) {
  auto model = model_of("g (float[1,3] x) => (float[1,3] y) { y = Relu(x) }");
  model.mutable_graph()
      ->mutable_input(0)
      ->mutable_type()
      ->mutable_tensor_type()
      ->mutable_shape()
      ->mutable_dim(0)
      ->clear_value();
  EXPECT_THAT(error_of(model), HasSubstr("'x.0' free"));
  EXPECT_EQ(signatures(imported(model, {{{"x.0", 4}}})),
            std::vector<std::string>{"Relu(f32[4x3]){}"});
}

TEST(ImportTest, InitializersListedAsInputsAreNone) {
  const Network network = imported(
      "g (float[2,3] x, float[3,1] w) => (float[2,1] y) <float[3,1] w = {1.0, 2.0, 3.0}> { y = "
      "MatMul(x, w) }");
  ASSERT_EQ(network.inputs().size(), 1u);
  EXPECT_EQ(network.tensor(network.inputs().front()).name, "x");
  EXPECT_EQ(tensor_named(network, "w")->kind, TensorKind::Weight);
}

// The operand's place decides what a constant is; what is computed or scalar keeps its values.
TEST(ImportTest, ConstantsBecomeWeightsByTheirPlace) {
  const Network network = imported(
      "g (float[1,2,3] x) => (float[1,2,3] y) <float[2,2,1] kernel = {1.0,2.0,3.0,4.0}, float[2] b "
      "= "
      "{1.0,2.0}, float[2] scale = {1.0,2.0}, float[2] mean = {1.0,2.0}, float[2] var = {1.0,2.0}, "
      "float[3] vector = {1.0,2.0,3.0}, float[2,3] table = {1.0,2.0,3.0,4.0,5.0,6.0}, float half = "
      "{0.5}> { c = Conv(x, kernel, b) n = BatchNormalization(c, scale, b, mean, var) a = Add(n, "
      "vector) m = Mul(a, table) y = Mul(m, half) }");
  const auto role = [&](const char* name) {
    const Tensor* tensor = tensor_named(network, name);
    EXPECT_EQ(tensor->kind, TensorKind::Weight) << name;
    EXPECT_EQ(tensor->values, nullptr) << name;
    return tensor->role;
  };
  EXPECT_EQ(role("kernel"), WeightRole::Kernel);
  EXPECT_EQ(role("b"), WeightRole::Bias);
  EXPECT_EQ(role("scale"), WeightRole::Scale);
  EXPECT_EQ(role("mean"), WeightRole::Mean);
  EXPECT_EQ(role("var"), WeightRole::Variance);
  EXPECT_EQ(role("vector"), WeightRole::Bias);
  for (const char* kept : {"table", "half"}) {
    EXPECT_EQ(tensor_named(network, kept)->kind, TensorKind::Constant) << kept;
  }
  float half = 0;
  ASSERT_EQ(tensor_named(network, "half")->values->size(), sizeof half);
  std::memcpy(&half, tensor_named(network, "half")->values->data(), sizeof half);
  EXPECT_EQ(half, 0.5f);
  // 4 + 2 + 2 + 3: running statistics and constants are not learnt.
  EXPECT_EQ(network.parameters(), 11);
}

TEST(ImportTest, RowsOfATableStayALayerEvenWhereTheirIndicesAreKnown) {
  const Network network = imported(
      "g (float[2,3] x) => (float[2,3] y) <float[4,3] t = {0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,"
      "0.0,0.0}, int64[2] i = {0, 1}> { p = Gather(t, i) y = Add(x, p) }");
  EXPECT_EQ(signatures(network), (std::vector<std::string>{"Gather(w:f32[4x3],c:i64[2]){axis=0}",
                                                           "Add(f32[2x3],f32[2x3]){}"}));
  EXPECT_EQ(tensor_named(network, "t")->role, WeightRole::Embedding);
  EXPECT_EQ(network.parameters(), 12);
}

TEST(ImportTest, LayersThatNoOutputNeedsAreLeftOut) {
  std::vector<std::string> warnings;
  const Network network =
      imported(model_of("g (float[3] x, float[3] lonely) => (float[3] y) { dead = Exp(x) deader = "
                        "Log(dead) y = Relu(x) }"),
               {}, &warnings);
  EXPECT_THAT(names(network), ElementsAre("y"));
  EXPECT_THAT(warnings, ElementsAre("input 'lonely' is used by nothing: left out"));
}

TEST(ImportTest, OutputsThatAreCopiesBecomeCopies) {
  std::vector<std::string> warnings;
  const Network network = imported(
      model_of(
          "g (float[3] x) => (float[3] same, float[3] y, float[3] again, float[2] fixed) "
          "<float[2] c = {1.0, 2.0}> { same = Identity(x) y = Relu(x) again = Identity(y) fixed "
          "= Identity(c) }"),
      {}, &warnings);
  EXPECT_THAT(signatures(network),
              ElementsAre("Relu(f32[3]){}", "Identity(f32[3]){}", "Identity(f32[3]){}"));
  std::vector<std::string> outputs;
  for (const TensorId id : network.outputs()) outputs.push_back(network.tensor(id).name);
  EXPECT_THAT(outputs, ElementsAre("same", "y", "again"));
  EXPECT_THAT(warnings, ElementsAre("output 'fixed' is constant: left out"));
}

TEST(ImportTest, NodesWithoutNamesOrWithTheSameNameGetNames) {
  auto model = model_of("g (float[3] x) => (float[3] y) { a = Relu(x) b = Relu(a) y = Relu(b) }");
  model.mutable_graph()->mutable_node(0)->set_name("twin");
  model.mutable_graph()->mutable_node(1)->set_name("twin");
  EXPECT_THAT(names(imported(model)), ElementsAre("twin", "twin#2", "y"));
}

TEST(ImportTest, NodesInAnyOrderAreSorted) {
  auto model = model_of("g (float[3] x) => (float[3] y) { y = Relu(b) b = Exp(a) a = Log(x) }");
  EXPECT_THAT(names(imported(model)), ElementsAre("a", "b", "y"));
}

TEST(ImportTest, ANewerFileIsAWarning) {
  auto model = model_of("g (float[3] x) => (float[3] y) { y = Relu(x) }", 99);
  model.set_ir_version(9);
  std::vector<std::string> warnings;
  imported(model, {}, &warnings);
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("IR version 9 is newer than 8"),
                                    HasSubstr("opset 99 is newer than")));
  model = model_of("g (float[3] x) => (float[3] y) { y = Relu(x) }", 17);
  warnings.clear();
  imported(model, {}, &warnings);
  EXPECT_THAT(warnings, IsEmpty());
}

// then: Exp(x); else: Neg(x). The condition is the rank of x.
onnx::ModelProto with_branches(const std::string& condition) {
  auto model = model_of(
      "g (float[3] x, bool given) => (float[3] y) <int64 one = {1}, int64 zero = "
      "{0}> { s = Shape(x) r = Size(s) is_one = Equal(r, one) is_none = Equal(r, "
      "zero) y = Relu(x) }");
  onnx::NodeProto& node = *model.mutable_graph()->mutable_node(model.graph().node_size() - 1);
  node.set_op_type("If");
  node.set_name("choice");
  node.set_input(0, condition);
  for (const char* branch : {"then_branch", "else_branch"}) {
    onnx::AttributeProto& attribute = *node.add_attribute();
    attribute.set_name(branch);
    attribute.set_type(onnx::AttributeProto::GRAPH);
    onnx::GraphProto& graph = *attribute.mutable_g();
    graph.set_name(branch);
    onnx::NodeProto& inner = *graph.add_node();
    inner.set_op_type(branch == std::string("then_branch") ? "Exp" : "Neg");
    inner.add_input("x");
    inner.add_output("result");
    graph.add_output()->set_name("result");
  }
  return model;
}

TEST(ImportTest, AnIfWithAKnownConditionIsItsBranch) {
  EXPECT_THAT(signatures(imported(with_branches("is_one"))), ElementsAre("Exp(f32[3]){}"));
  EXPECT_THAT(signatures(imported(with_branches("is_none"))), ElementsAre("Neg(f32[3]){}"));
  EXPECT_THAT(names(imported(with_branches("is_none"))), ElementsAre("choice/result"));
  EXPECT_THAT(error_of(with_branches("given")),
              HasSubstr("node 'choice' (If): unsupported: control flow"));
}

// A branch nested in a branch, forty deep, is read; the limit keeps a hostile file from exhausting
// the stack.
TEST(ImportTest, BranchesMayBeNested) {
  const auto nested = [](int depth) {
    onnx::ModelProto model = with_branches("is_one");
    for (int level = 0; level < depth; ++level) {
      onnx::NodeProto outer = model.graph().node(model.graph().node_size() - 1);
      onnx::NodeProto& last = *model.mutable_graph()->mutable_node(model.graph().node_size() - 1);
      for (auto& attribute : *last.mutable_attribute()) {
        onnx::NodeProto& inner = *attribute.mutable_g()->mutable_node(0);
        inner = outer;
        inner.set_output(0, "result");
      }
    }
    return model;
  };
  EXPECT_THAT(signatures(imported(nested(5))), ElementsAre("Exp(f32[3]){}"));
}

// Found by changing bytes at random.
TEST(ImportTest, ASplitWithoutResultsIsAnError) {
  auto model = model_of("g (float[4] x) => (float[4] y) { a, b = Split(x) y = Relu(x) }", 13);
  model.mutable_graph()->mutable_node(0)->clear_output();
  EXPECT_THAT(error_of(model), HasSubstr("a node (Split): has no results"));
}

TEST(ImportTest, OnlyOneErrorForEachCause) {
  const std::string error = error_of(
      "g (float[3] x) => (float[3] y) { a = Fancy(x) b = Relu(a) c = Exp(b) y = Add(c, a) }");
  EXPECT_EQ(error, "test: error: node 'a' (Fancy): the operator is not supported");
}

TEST(ImportTest, UnusedResultsOfTrainingDoNotMatter) {
  EXPECT_THAT(
      signatures(imported("g (float[3] x) => (float[3] y) { a, mask = Dropout(x) y = Relu(a) }")),
      ElementsAre("Relu(f32[3]){}"));
  EXPECT_THAT(
      error_of("g (float[3] x) => (float[3] y, bool[3] mask) { a, mask = Dropout(x) y = Relu(a) }"),
      HasSubstr("output 'mask' is a result of node 'a' (Dropout) that is not supported"));
}

class ExternalDataTest : public testing::Test {
 protected:
  void SetUp() override {
    const std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
    folder_ = std::filesystem::temp_directory_path() /
              ("partita_external_" + name + "_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_ / "model" / "data");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::filesystem::path& file, const std::string& content) {
    std::ofstream(folder_ / file, std::ios::binary) << content;
  }

  // x [2] + the external vector, read from `location`; [1, 2] so that its values are kept.
  std::string result(const std::string& location, const std::string& offset = "4") {
    auto model = model_of("g (float[2,2] x) => (float[2,2] y) { y = Sub(x, w) }");
    onnx::TensorProto& tensor = *model.mutable_graph()->add_initializer();
    tensor.set_name("w");
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    tensor.add_dims(2);
    tensor.set_data_location(onnx::TensorProto::EXTERNAL);
    const auto add = [&](const char* key, const std::string& value) {
      auto& entry = *tensor.add_external_data();
      entry.set_key(key);
      entry.set_value(value);
    };
    add("location", location);
    add("offset", offset);
    add("length", "8");
    std::ofstream out(folder_ / "model" / "m.onnx", std::ios::binary);
    model.SerializeToOstream(&out);
    out.close();
    try {
      const Network network = import_onnx(folder_ / "model" / "m.onnx");
      const Buffer& values = *tensor_named(network, "w")->values;
      return {reinterpret_cast<const char*>(values.data()), values.size()};
    } catch (const ConfigError& error) {
      return error.what();
    }
  }

  using Buffer = std::vector<std::byte>;
  std::filesystem::path folder_;
};

TEST_F(ExternalDataTest, IsReadFromTheModelsFolder) {
  write("model/data/w.bin", "skipABCDEFGHrest");
  EXPECT_EQ(result("data/w.bin"), "ABCDEFGH");
  EXPECT_EQ(result("data/../data/w.bin"), "ABCDEFGH");
}

TEST_F(ExternalDataTest, MayNotLeaveTheModelsFolder) {
  write("secret.bin", "skipSECRET!!");
  std::filesystem::create_symlink(folder_ / "secret.bin", folder_ / "model" / "link.bin");
  std::filesystem::create_directory_symlink(folder_, folder_ / "model" / "up");
  EXPECT_THAT(result("../secret.bin"), HasSubstr("leaves the folder of the model"));
  EXPECT_THAT(result("data/../../secret.bin"), HasSubstr("leaves the folder of the model"));
  EXPECT_THAT(result((folder_ / "secret.bin").string()),
              HasSubstr("leaves the folder of the model"));
  EXPECT_THAT(result("link.bin"), HasSubstr("leaves the folder of the model"));
  EXPECT_THAT(result("up/secret.bin"), HasSubstr("leaves the folder of the model"));
}

TEST_F(ExternalDataTest, MistakesAreNamed) {
  write("model/data/w.bin", "short");
  EXPECT_THAT(result("data/w.bin"), HasSubstr("is too short for 8 bytes from 4 on"));
  EXPECT_THAT(result("data/none.bin"), HasSubstr("external data 'data/none.bin' does not exist"));
  EXPECT_THAT(result("data/w.bin", "four"), HasSubstr("offset is 'four', not a whole number"));
  EXPECT_THAT(result(""), HasSubstr("has no file name"));
}

// Nobody needs the values of a learnt kernel to simulate, so they may be missing there.
TEST_F(ExternalDataTest, WithoutItANetworkCanBeSimulatedOnly) {
  auto model = model_of("g (float[1,3,4,4] x) => (float[1,2,4,4] y) { y = Conv(x, w, b) }");
  const auto add = [&](const char* name, std::vector<std::int64_t> dims) {
    onnx::TensorProto& tensor = *model.mutable_graph()->add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    for (const std::int64_t extent : dims) tensor.add_dims(extent);
    tensor.set_data_location(onnx::TensorProto::EXTERNAL);
    auto& entry = *tensor.add_external_data();
    entry.set_key("location");
    entry.set_value("w.bin");
  };
  add("w", {2, 3, 1, 1});
  add("b", {2});
  const std::filesystem::path file = folder_ / "model" / "m.onnx";
  std::ofstream out(file, std::ios::binary);
  model.SerializeToOstream(&out);
  out.close();
  std::vector<std::string> warnings;
  EXPECT_EQ(import_onnx(file, {}, &warnings).layer_count(), 1u);
  EXPECT_THAT(warnings, ElementsAre("external data 'w.bin' of tensor 'w' (and of 1 more) does not "
                                    "exist: the network can be simulated, not run"));
  const auto run = [&] { import_onnx(file, {.must_have_data = true}); };
  EXPECT_THAT(run, ThrowsMessage<ConfigError>(HasSubstr("m.onnx: error: external data 'w.bin'")));

  write("model/w.bin", std::string(23, 'x'));  // the kernel needs 6 * 4 bytes, the bias 2 * 4
  EXPECT_THAT(run,
              ThrowsMessage<ConfigError>(HasSubstr("'w' is too short for 24 bytes from 0 on")));
  write("model/w.bin", std::string(24, 'x'));
  EXPECT_NO_THROW(run());
}

}  // namespace
}  // namespace partita
