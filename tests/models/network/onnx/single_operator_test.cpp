// The ONNX project's tests of single operators (Debian: libonnx-testdata), each a model with
// operands and results.
//
// All operands become constants and their results operands of a layer that stays, so that the
// importer computes what it can compute: those values must equal the published ones. What stays a
// layer must have the published shape.
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "models/network/onnx/elements.h"
#include "models/network/onnx/node_reader.h"
#include "models/network/onnx/tensor_reader.h"
#include "tests/models/network/onnx/models.h"

namespace partita {
namespace {

const std::filesystem::path kTests = "/usr/share/libonnx-testdata/data/node";

template <class Message>
bool read(const std::filesystem::path& file, Message& message) {
  std::ifstream in(file, std::ios::binary);
  return in && message.ParseFromIstream(&in);
}

// The model with its operands as constants, and "Where(condition, result, result)" behind each
// result.
std::optional<onnx::ModelProto> frozen(const std::filesystem::path& folder) {
  onnx::ModelProto model;
  if (!read(folder / "model.onnx", model)) return std::nullopt;
  onnx::GraphProto& graph = *model.mutable_graph();
  for (int i = 0; i < graph.input_size(); ++i) {
    onnx::TensorProto& tensor = *graph.add_initializer();
    const std::string name = "input_" + std::to_string(i) + ".pb";
    if (!graph.input(i).type().has_tensor_type() ||
        !read(folder / "test_data_set_0" / name, tensor)) {
      return std::nullopt;
    }
    tensor.set_name(graph.input(i).name());
  }
  graph.clear_input();
  onnx::ValueInfoProto& condition = *graph.add_input();
  condition.set_name("condition of the test");
  condition.mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::BOOL);
  condition.mutable_type()->mutable_tensor_type()->mutable_shape();
  for (auto& output : *graph.mutable_output()) {
    onnx::NodeProto& node = *graph.add_node();
    node.set_op_type("Where");
    node.add_input("condition of the test");
    node.add_input(output.name());
    node.add_input(output.name());
    node.add_output(output.name() + " for the test");
    output.set_name(node.output(0));
  }
  return model;
}

struct Counts {
  int folders = 0, values = 0, shapes = 0;
};

void expect_equal(const std::vector<std::byte>& values, const StoredTensor& expected,
                  const std::string& name) {
  const std::vector<std::byte>& wanted = *expected.constant.values();
  ASSERT_EQ(values.size(), wanted.size()) << name;
  const DataType type = expected.type.type;
  const auto width = static_cast<std::size_t>(info(type).bytes);
  for (std::size_t at = 0; at < values.size(); at += width) {
    const double got = load_number(type, values.data() + at);
    const double want = load_number(type, wanted.data() + at);
    if (std::isnan(got) && std::isnan(want)) continue;
    if (got == want) continue;  // infinities, too
    const double allowed = is_floating(type) ? 1e-6 + 1e-5 * std::fabs(want) : 0;
    ASSERT_NEAR(got, want, type == DataType::F16 ? 1e-3 + 1e-3 * std::fabs(want) : allowed)
        << name << " at " << at / width;
  }
}

void compare(const std::filesystem::path& folder, Counts& counts) {
  const std::string name = folder.filename().string();
  const auto model = frozen(folder);
  if (!model) return;
  ++counts.folders;
  std::optional<Network> network;
  try {
    network = imported(*model);
  } catch (const ConfigError&) {
    return;  // an operator or a form of it that is not supported, as the message says
  }
  for (const TensorId output : network->outputs()) {
    int position = 0;
    while (model->graph().output(position).name() != network->tensor(output).name) ++position;
    onnx::TensorProto proto;
    const std::string file = "output_" + std::to_string(position) + ".pb";
    if (!read(folder / "test_data_set_0" / file, proto)) continue;
    if (!data_type_of(proto.data_type())) continue;
    const StoredTensor expected = read_tensor(proto, {});
    const Layer& where = network->layer(*network->tensor(output).producer);
    const Tensor& result = network->tensor(where.inputs[1]);
    EXPECT_EQ(to_string(TensorType{result.type, result.shape}), to_string(expected.type)) << name;
    ++counts.shapes;
    if (result.kind != TensorKind::Constant) continue;
    expect_equal(*result.values, expected, name);
    ++counts.values;
  }
}

TEST(SingleOperatorTest, ComputedConstantsAndShapesAreThePublishedOnes) {
  if (!std::filesystem::is_directory(kTests)) {
    GTEST_SKIP() << "no " << kTests << " (Debian package libonnx-testdata)";
  }
  Counts counts;
  for (const auto& entry : std::filesystem::directory_iterator(kTests)) {
    compare(entry.path(), counts);
  }
  EXPECT_GE(counts.folders, 900);
  EXPECT_GE(counts.shapes, 460);
  EXPECT_GE(counts.values, 330);
  std::printf("%d operators: %d shapes, %d results equal\n", counts.folders, counts.shapes,
              counts.values);
}

}  // namespace
}  // namespace partita
