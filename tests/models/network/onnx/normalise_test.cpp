#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/models/network/onnx/models.h"

namespace partita {
namespace {

using testing::HasSubstr;

class NormalFormTest : public testing::TestWithParam<NormalForm> {};

TEST_P(NormalFormTest, HasTheseLayers) {
  const NormalForm& form = GetParam();
  EXPECT_EQ(signatures(imported(form.graph, form.opset)), form.signatures);
}

// The file says what shape its results have; the importer works it out by itself.
TEST_P(NormalFormTest, ResultsHaveTheShapeThatTheFileSays) {
  const onnx::ModelProto model = model_of(GetParam().graph, GetParam().opset);
  const Network network = imported(model);
  for (const TensorId id : network.outputs()) {
    const Tensor& result = network.tensor(id);
    for (const auto& output : model.graph().output()) {
      if (output.name() != result.name) continue;
      Shape written;
      for (const auto& dim : output.type().tensor_type().shape().dim()) {
        written.push_back(dim.dim_value());
      }
      EXPECT_EQ(result.shape, written) << result.name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, NormalFormTest, testing::ValuesIn(normal_forms()),
                         [](const auto& form) { return form.param.name; });

struct Refusal {
  std::string name;
  int opset;
  std::string graph;
  std::string error;
};

void PrintTo(const Refusal& refusal, std::ostream* out) { *out << refusal.name; }

class RefusalTest : public testing::TestWithParam<Refusal> {};

TEST_P(RefusalTest, SaysWhatIsWrong) {
  EXPECT_THAT(error_of(GetParam().graph, GetParam().opset), HasSubstr(GetParam().error));
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusalTest,
    testing::Values(
        Refusal{"group", 17,
                "g (float[1,3,8,8] x, float[4,1,3,3] w) => (float y) { y = Conv <group=2> (x, w) }",
                "group 2 does not divide the 3 channels of X"},
        Refusal{"kernel_shape", 17,
                "g (float[1,3,8] x, float[4,3,3] w) => (float y) { y = Conv <kernel_shape=[5]> (x, "
                "w) }",
                "kernel_shape [5] disagrees with W, [4x3x3]"},
        Refusal{"bias", 17,
                "g (float[1,3,8] x, float[4,3,3] w, float[3] b) => (float y) { y = Conv(x, w, b) }",
                "B is [3], not [4]"},
        Refusal{"stride_zero", 17,
                "g (float[1,3,8] x, float[4,3,3] w) => (float y) { y = Conv <strides=[0]> (x, w) }",
                "strides has the number 0, which is below 1"},
        Refusal{
            "auto_pad", 17,
            "g (float[1,3,8] x, float[4,3,3] w) => (float y) { y = Conv <auto_pad=\"SAME\"> (x, "
            "w) }",
            "auto_pad is 'SAME' (known: NOTSET, VALID, SAME_UPPER, SAME_LOWER)"},
        Refusal{"types", 17, "g (float[3] x, float16[3] z) => (float y) { y = Add(x, z) }",
                "operands have different types: f32 and f16"},
        Refusal{"not_of_numbers", 17, "g (float[3] x) => (float y) { y = Not(x) }",
                "an operand is f32, not bool"},
        Refusal{"integers", 17, "g (int64[3] x) => (float y) { y = Sigmoid(x) }",
                "its X is i64, not of a floating-point type"},
        Refusal{"missing_operand", 17, "g (float[3] x) => (float y) { y = Add(x) }",
                "operand 2 (B) is missing"},
        Refusal{"reshape_count", 17,
                "g (float[2,3] x) => (float y) <int64[2] s = {4, -1}> { y = Reshape(x, s) }",
                "[2x3] cannot be seen as [4x-1]: it has 6 elements"},
        Refusal{"reshape_two_open", 17,
                "g (float[2,3] x) => (float y) <int64[2] s = {-1, -1}> { y = Reshape(x, s) }",
                "shape leaves two extents open"},
        Refusal{"squeeze", 11, "g (float[2,3] x) => (float y) { y = Squeeze <axes=[0]> (x) }",
                "axis 0 of [2x3] is not 1"},
        Refusal{"perm", 17, "g (float[2,3] x) => (float y) { y = Transpose <perm=[0,0]> (x) }",
                "an axis is listed twice"},
        Refusal{"split", 13, "g (float[7] x) => (float y) { y, z = Split(x) }",
                "7 elements are not 2 equal parts"},
        Refusal{"split_sizes", 11, "g (float[7] x) => (float y) { y, z = Split <split=[3,3]> (x) }",
                "7 elements cannot be split into 2 results of [3x3]"},
        Refusal{"all_reduce_shapes", 17,
                "g (float[7] x, float[6] y) => (float a) { a, b = partita.AllReduce(x, y) }",
                "operands [7] and [6] have different shapes"},
        Refusal{"all_reduce_results", 17,
                "g (float[7] x, float[7] y) => (float a) { a = partita.AllReduce(x, y) }",
                "has 2 operands, but 1 results"},
        Refusal{"all_reduce_domain", 17,
                "g (float[7] x, float[7] y) => (float a) { a, b = com.AllReduce(x, y) }",
                "operators of the domain 'com' are not supported"},
        Refusal{"reduce_scatter_parts", 17,
                "g (float[7] x, float[7] y) => (float a) { a, b = partita.ReduceScatter(x, y) }",
                "7 elements are not 2 equal parts"},
        Refusal{"gather_results", 17,
                "g (float[7] x, float[7] y) => (float a) { a, b = partita.GatherToOne(x, y) }",
                "has 2 results instead of one"},
        Refusal{"scatter_parts", 17,
                "g (float[7] x) => (float a) { a, b = partita.ScatterFromOne(x) }",
                "7 elements are not 2 equal parts"},
        Refusal{"scatter_operands", 17,
                "g (float[4] x, float[4] y) => (float a) { a, b = partita.ScatterFromOne(x, y) }",
                "has more than one operand"},
        Refusal{"top_k", 11, "g (float[7] x) => (float y) <int64[1] k = {8}> { y, z = TopK(x, k) }",
                "k is 8; the axis has 7 elements"},
        Refusal{"gather_index", 13,
                "g (float[4,3] x) => (float y) <int64[1] i = {4}> { y = Gather(x, i) }",
                "index 4 is outside of an axis of 4"},
        Refusal{"gather_type", 13, "g (float[4,3] x, float[1] i) => (float y) { y = Gather(x, i) }",
                "its indices are f32, not i32 or i64"},
        Refusal{
            "scatter_updates", 16,
            "g (float[4,3] x, int64[2,1] i, float[2,2] u) => (float y) { y = ScatterND(x, i, u) "
            "}",
            "updates are [2x2], not [2x3]"},
        Refusal{"scatter_reduction", 16,
                "g (float[4,3] x, int64[2,1] i, float[2,3] u) => (float y) { y = ScatterND "
                "<reduction=\"mul\"> (x, i, u) }",
                "reduction 'mul' is not supported (known: none, add)"},
        Refusal{
            "resize_mode", 13,
            "g (float[1,1,4,4] x) => (float y) <float[4] s = {1.0, 1.0, 2.0, 2.0}> { y = Resize "
            "<mode=\"cubic\"> (x, , s) }",
            "mode 'cubic' is not supported (known: nearest, linear)"},
        Refusal{
            "pad_reflects_too_much", 13,
            "g (float[3] x) => (float y) <int64[2] p = {3, 0}> { y = Pad <mode=\"reflect\"> (x, "
            "p) }",
            "reflects 3 elements of an axis of 3"},
        Refusal{"pad_cuts_all", 13,
                "g (float[3] x) => (float y) <int64[2] p = {-2, -1}> { y = Pad(x, p) }",
                "pads cut all of axis 0 off"},
        Refusal{
            "lstm_peepholes", 14,
            "g (float[5,2,3] x, float[1,16,3] w, float[1,16,4] r, float[1,12] p) => (float y) { "
            "y = LSTM <hidden_size=4> (x, w, r, , , , , p) }",
            "peepholes are not supported"},
        Refusal{"lstm_activations", 14,
                "g (float[5,2,3] x, float[1,16,3] w, float[1,16,4] r) => (float y) { y = LSTM "
                "<hidden_size=4, activations=[\"Tanh\",\"Tanh\",\"Tanh\"]> (x, w, r) }",
                "other activations than Sigmoid, Tanh, Tanh are not supported"},
        Refusal{"lstm_weights", 14,
                "g (float[5,2,3] x, float[1,12,3] w, float[1,16,4] r) => (float y) { y = LSTM (x, "
                "w, r) }",
                "its W is [1x12x3], not [1x16x3]"},
        Refusal{"cast_to_text", 13, "g (float[3] x) => (float y) { y = Cast <to=8> (x) }",
                "casts to string, which is not supported"},
        Refusal{
            "negative_shape", 13,
            "g (float[3] x) => (float y) <int64[1] s = {-4}> { a = ConstantOfShape(s) y = Add(x, "
            "a) }",
            "shape [-4] has a negative extent"},
        Refusal{
            "division_by_zero", 13,
            "g (float[4] x) => (float y) <int64[1] a = {4}, int64[1] z = {0}> { s = Div(a, z) y "
            "= Reshape(x, s) }",
            "divides a whole number by zero"},
        Refusal{"endless_range", 13,
                "g (float[4] x) => (float y) <int64 a = {0}, int64 b = {9}, int64 z = {0}> { s = "
                "Range(a, b, z) y = Add(x, s) }",
                "there are too many numbers"},
        Refusal{"computed_k", 13, "g (float[7] x, int64[1] k) => (float y) { y, z = TopK(x, k) }",
                "its k ('k') is computed from the inputs of the network"}),
    [](const auto& form) { return form.param.name; });

}  // namespace
}  // namespace partita
