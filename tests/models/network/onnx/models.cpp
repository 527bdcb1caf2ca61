#include "tests/models/network/onnx/models.h"

#include <fmt/format.h>
#include <onnx/defs/parser.h>

#include <stdexcept>

namespace partita {

onnx::ModelProto model_of(const std::string& graph, int opset) {
  onnx::ModelProto model;
  const std::string text =
      fmt::format("<ir_version: 8, opset_import: [\"\" : {}]>\n{}", opset, graph);
  const auto status = onnx::OnnxParser::Parse(model, text.c_str());
  if (!status.IsOK()) throw std::runtime_error(status.ErrorMessage() + "\n" + text);
  return model;
}

Network imported(const onnx::ModelProto& model, const ImportOptions& options,
                 std::vector<std::string>* warnings) {
  std::vector<std::string> unheard;
  return import_onnx(model, "test", {"test", 0, 0}, ".", options,
                     warnings != nullptr ? *warnings : unheard);
}

Network imported(const std::string& graph, int opset) { return imported(model_of(graph, opset)); }

std::string error_of(const onnx::ModelProto& model, const ImportOptions& options) {
  try {
    imported(model, options);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

std::string error_of(const std::string& graph, int opset) {
  return error_of(model_of(graph, opset));
}

std::vector<std::string> signatures(const Network& network) {
  std::vector<std::string> found;
  for (const LayerId id : network.layers()) found.push_back(network.signature(id));
  return found;
}

void PrintTo(const NormalForm& form, std::ostream* out) { *out << form.name; }

const std::vector<NormalForm>& normal_forms() {
  static const std::vector<NormalForm> all{
      // Windows. SAME: 6 elements, stride 2 -> 3 results, which reach (3 - 1) * 2 + 3 = 7: one
      // element of padding.
      {"conv_defaults",
       17,
       "g (float[1,3,8,8] x, float[4,3,3,3] w) => (float[1,4,6,6] y) { y = Conv(x, w) }",
       {"Conv(f32[1x3x8x8],f32[4x3x3x3]){dilations=1,1;group=1;kernel_shape=3,3;pads=0,0,0,0;"
        "strides=1,1}"}},
      {"conv_same_upper",
       17,
       "g (float[1,2,6,6] x, float[2,1,3,3] w, float[2] b) => (float[1,2,3,3] y) { y = Conv "
       "<auto_pad=\"SAME_UPPER\", strides=[2,2], group=2> (x, w, b) }",
       {"Conv(f32[1x2x6x6],f32[2x1x3x3],f32[2]){dilations=1,1;group=2;kernel_shape=3,3;pads=0,0,1,"
        "1;strides=2,2}"}},
      {"conv_same_lower",
       17,
       "g (float[1,2,6] x, float[2,2,3] w) => (float[1,2,3] y) { y = Conv "
       "<auto_pad=\"SAME_LOWER\", strides=[2]> (x, w) }",
       {"Conv(f32[1x2x6],f32[2x2x3]){dilations=1;group=1;kernel_shape=3;pads=1,0;strides=2}"}},
      {"conv_valid",
       17,
       "g (float[1,1,5,5] x, float[1,1,2,2] w) => (float[1,1,3,3] y) { y = Conv "
       "<auto_pad=\"VALID\", dilations=[2,2]> (x, w) }",
       {"Conv(f32[1x1x5x5],f32[1x1x2x2]){dilations=2,2;group=1;kernel_shape=2,2;pads=0,0,0,0;"
        "strides=1,1}"}},
      // 2 * (3 - 1) + 1 + 3 = 8, less 2 of padding.
      {"conv_transpose",
       17,
       "g (float[1,4,3,3] x, float[4,2,3,3] w) => (float[1,2,6,6] y) { y = ConvTranspose "
       "<strides=[2,2], "
       "output_padding=[1,1], pads=[1,1,1,1]> (x, w) }",
       {"ConvTranspose(f32[1x4x3x3],f32[4x2x3x3]){dilations=1,1;group=1;kernel_shape=3,3;output_"
        "padding=1,1;pads=1,1,1,"
        "1;strides=2,2}"}},
      // 2 * (3 - 1) + 3 = 7 where 6 are asked for: one element goes, at the beginning.
      {"conv_transpose_output_shape",
       17,
       "g (float[1,4,3] x, float[4,2,3] w) => (float[1,2,6] y) { y = ConvTranspose <strides=[2], "
       "output_shape=[6]> (x, w) }",
       {"ConvTranspose(f32[1x4x3],f32[4x2x3]){dilations=1;group=1;kernel_shape=3;output_padding=0;"
        "pads=1,0;strides=2}"}},
      // Rounding up: (8 - 3) / 2 = 2.5 steps become 3, and 4 results.
      {"max_pool_ceil",
       12,
       "g (float[1,1,8,8] x) => (float[1,1,4,4] y) { y = MaxPool <kernel_shape=[3,3], "
       "strides=[2,2], ceil_mode=1> (x) }",
       {"MaxPool(f32[1x1x8x8]){ceil_mode=1;dilations=1,1;kernel_shape=3,3;pads=0,0,0,0;strides=2,"
        "2}"}},
      // Nothing to round: the attribute means nothing.
      {"max_pool_ceil_exact",
       12,
       "g (float[1,1,9,9] x) => (float[1,1,4,4] y) { y, unused = MaxPool <kernel_shape=[3,3], "
       "strides=[2,2], ceil_mode=1> (x) }",
       {"MaxPool(f32[1x1x9x9]){ceil_mode=0;dilations=1,1;kernel_shape=3,3;pads=0,0,0,0;strides=2,"
        "2}"}},
      // A third window would begin at 4 + 1 = 5, behind the 4 elements and the one of padding
      // before them.
      {"average_pool_ceil_beyond",
       11,
       "g (float[1,1,4] x) => (float[1,1,2] y) { y = AveragePool <kernel_shape=[2], strides=[3], "
       "pads=[1,1], ceil_mode=1, "
       "count_include_pad=1> (x) }",
       {"AveragePool(f32[1x1x4]){ceil_mode=0;count_include_pad=1;kernel_shape=2;pads=1,1;strides="
        "3}"}},
      {"global_pools",
       17,
       "g (float[1,2,3,4] x) => (float[1,2,1,1] y, float[1,2,1,1] z) { y = GlobalAveragePool(x) z "
       "= GlobalMaxPool(x) }",
       {"GlobalAveragePool(f32[1x2x3x4]){}", "GlobalMaxPool(f32[1x2x3x4]){}"}},
      // Matrices.
      {"gemm",
       13,
       "g (float[3,2] a, float[4,3] b, float[4] c) => (float[2,4] y) { y = Gemm <transA=1, "
       "transB=1, alpha=0.5> (a, b, c) }",
       {"Gemm(f32[3x2],f32[4x3],f32[4]){alpha=0.5;beta=1;transA=1;transB=1}"}},
      {"mat_mul_vectors",
       13,
       "g (float[3] a, float[2,3,4] b) => (float[2,4] y) { y = MatMul(a, b) }",
       {"Reshape(f32[3]){}->f32[1x3]", "MatMul(f32[1x3],f32[2x3x4]){}",
        "Reshape(f32[2x1x4]){}->f32[2x4]"}},
      {"lstm",
       14,
       "g (float[5,2,3] x, float[1,16,3] w, float[1,16,4] r) => (float[5,1,2,4] y) { y, h, c = "
       "LSTM <hidden_size=4> (x, w, r) }",
       {"LSTM(f32[5x2x3],f32[1x16x3],f32[1x16x4]){direction=forward;hidden_size=4}"}},
      // A state without bias: zeros fill the gap, so that operands have no holes.
      {"lstm_with_state",
       14,
       "g (float[5,2,3] x, float[1,16,3] w, float[1,16,4] r, float[1,2,4] h0) => (float[1,2,4] h) "
       "{ y, h = LSTM "
       "<hidden_size=4> (x, w, r, , , h0) }",
       {"LSTM(f32[5x2x3],f32[1x16x3],f32[1x16x4],c:f32[1x32],f32[1x2x4],c:f32[1x2x4]){direction="
        "forward;hidden_size=4}"}},
      // Norms.
      {"batch_normalization",
       9,
       "g (float[1,3,4] x, float[3] s, float[3] b, float[3] m, float[3] v) => (float[1,3,4] y) { y "
       "= BatchNormalization(x, s, b, m, v) }",
       {"BatchNormalization(f32[1x3x4],f32[3],f32[3],f32[3],f32[3]){epsilon=1e-05}"}},
      {"layer_normalization",
       17,
       "g (float[2,3,4] x, float[3,4] s) => (float[2,3,4] y) { y, mean = LayerNormalization "
       "<axis=-2> (x, s) }",
       {"LayerNormalization(f32[2x3x4],f32[3x4]){axis=1;epsilon=1e-05}"}},
      {"lrn",
       13,
       "g (float[1,8,4,4] x) => (float[1,8,4,4] y) { y = LRN <size=3> (x) }",
       {"LRN(f32[1x8x4x4]){alpha=0.0001;beta=0.75;bias=1;size=3}"}},
      {"softmax_13",
       13,
       "g (float[2,3,4] x) => (float[2,3,4] y) { y = Softmax(x) }",
       {"Softmax(f32[2x3x4]){axes=2}"}},
      {"softmax_before_13",
       12,
       "g (float[2,3,1,4] x) => (float[2,3,1,4] y) { y = Softmax(x) }",
       {"Softmax(f32[2x3x1x4]){axes=1,3}"}},
      {"softmax_before_13_of_ones",
       11,
       "g (float[2,1] x) => (float[2,1] y) { y = LogSoftmax(x) }",
       {"LogSoftmax(f32[2x1]){axes=1}"}},
      // Elements.
      {"activations",
       14,
       "g (float[4] x) => (float[4] y) { a = LeakyRelu(x) b = Elu(a) c = HardSigmoid(b) d = "
       "HardSwish(c) y = Ceil(d) }",
       {"LeakyRelu(f32[4]){alpha=0.01}", "Elu(f32[4]){alpha=1}",
        "HardSigmoid(f32[4]){alpha=0.2;beta=0.5}", "HardSwish(f32[4]){}", "Neg(f32[4]){}",
        "Floor(f32[4]){}", "Neg(f32[4]){}"}},
      {"clip_attributes",
       10,
       "g (float[4] x) => (float[4] y) { y = Clip <min=0.0, max=6.0> (x) }",
       {"Clip(f32[4]){max=6;min=0}"}},
      {"clip_operands",
       13,
       "g (float[4] x) => (float[4] y) <float six = {6.0}> { y = Clip(x, , six) }",
       {"Clip(f32[4]){max=6}"}},
      {"clip_by_an_input",
       13,
       "g (float[4] x, float low) => (float[4] y) <float six = {6.0}> { y = Clip(x, low, six) }",
       {"Max(f32[4],f32[]){}", "Clip(f32[4]){max=6}"}},
      {"clip_by_nothing",
       13,
       "g (float[4] x) => (float[4] y) { a = Clip(x) y = Relu(a) }",
       {"Relu(f32[4]){}"}},
      {"max_of_three",
       13,
       "g (float[4] x, float[2,4] z, float[2,1] u) => (float[2,4] y) { y = Max(x, z, u) }",
       {"Max(f32[4],f32[2x4]){}", "Max(f32[2x4],f32[2x1]){}"}},
      {"sum_and_mean",
       13,
       "g (float[4] x, float[4] z) => (float[4] y) { a = Sum(x, z, x) y = Mean(a, z) }",
       {"Add(f32[4],f32[4]){}", "Add(f32[4],f32[4]){}", "Add(f32[4],f32[4]){}",
        "Div(f32[4],c:f32[]){}"}},
      {"pow_of_two_types",
       13,
       "g (float[4] x) => (float[4] y) <int64 two = {2}> { y = Pow(x, two) }",
       {"Pow(f32[4],c:f32[]){}"}},
      {"comparisons",
       16,
       "g (float[4] x, float[3,1] z) => (bool[3,4] y) { a = GreaterOrEqual(x, z) b = Less(x, z) y "
       "= And(a, b) }",
       {"Less(f32[4],f32[3x1]){}", "Not(bool[3x4]){}", "Less(f32[4],f32[3x1]){}",
        "And(bool[3x4],bool[3x4]){}"}},
      {"where",
       16,
       "g (bool[3,1] c, float[4] x, float z) => (float[3,4] y) { y = Where(c, x, z) }",
       {"Where(bool[3x1],f32[4],f32[]){}"}},
      // Reductions.
      {"reduce_attribute",
       13,
       "g (float[2,3,4] x) => (float[2,4] y) { y = ReduceMean <axes=[-2], keepdims=0> (x) }",
       {"ReduceMean(f32[2x3x4]){axes=1;keepdims=0}"}},
      {"reduce_operand",
       13,
       "g (float[2,3,4] x) => (float[2,1,1] y) <int64[2] a = {-1, 1}> { y = ReduceSum(x, a) }",
       {"ReduceSum(f32[2x3x4]){axes=1,2;keepdims=1}"}},
      {"reduce_all",
       13,
       "g (float[2,3] x) => (float[1,1] y) { y = ReduceMin(x) }",
       {"Neg(f32[2x3]){}", "ReduceMax(f32[2x3]){axes=0,1;keepdims=1}", "Neg(f32[1x1]){}"}},
      {"reduce_nothing",
       13,
       "g (float[2,3] x) => (float[2,3] y) { a = ReduceSum <noop_with_empty_axes=1> (x) y = "
       "Relu(a) }",
       {"Relu(f32[2x3]){}"}},
      {"arg_max",
       13,
       "g (float[2,3] x) => (int64[2] y) { y = ArgMax <axis=-1, keepdims=0> (x) }",
       {"ArgMax(f32[2x3]){axis=1;keepdims=0;select_last_index=0}"}},
      {"top_k",
       11,
       "g (float[2,9] x) => (float[2,4] y, int64[2,4] i) <int64[1] k = {4}> { y, i = TopK(x, k) }",
       {"TopK(f32[2x9]){axis=1;k=4;largest=1;sorted=1}"}},
      // Shapes.
      {"reshape_with_zero_and_open",
       13,
       "g (float[2,3,4] x) => (float[2,12] y) <int64[2] s = {0, -1}> { y = Reshape(x, s) }",
       {"Reshape(f32[2x3x4]){}->f32[2x12]"}},
      {"flatten_squeeze_unsqueeze",
       13,
       "g (float[2,1,4] x) => (float[1,2,4] y, float[2,4] z) <int64[1] one = {1}, int64[1] zero = "
       "{0}> { a = Squeeze(x, one) "
       "y = Unsqueeze(a, zero) z = Flatten(x) }",
       {"Reshape(f32[2x1x4]){}->f32[2x4]", "Reshape(f32[2x4]){}->f32[1x2x4]",
        "Reshape(f32[2x1x4]){}->f32[2x4]"}},
      {"squeeze_attribute",
       11,
       "g (float[2,1,4,1] x) => (float[2,1,4] y) { y = Squeeze <axes=[-1]> (x) }",
       {"Reshape(f32[2x1x4x1]){}->f32[2x1x4]"}},
      {"transpose_default",
       13,
       "g (float[2,3,4] x) => (float[4,3,2] y) { y = Transpose(x) }",
       {"Transpose(f32[2x3x4]){perm=2,1,0}"}},
      {"expand",
       13,
       "g (float[3,1] x) => (float[2,3,4] y) <int64[3] s = {2, 1, 4}> { y = Expand(x, s) }",
       {"Expand(f32[3x1]){}->f32[2x3x4]"}},
      {"tile",
       13,
       "g (float[2,3] x) => (float[4,3] y) <int64[2] r = {2, 1}> { y = Tile(x, r) }",
       {"Tile(f32[2x3]){repeats=2,1}"}},
      {"cast",
       13,
       "g (float[2] x) => (int64[2] y) { a = Cast <to=1> (x) y = Cast <to=7> (a) }",
       {"Cast(f32[2]){}->i64[2]"}},
      {"nothing_to_do",
       13,
       "g (float[2,3] x) => (float[2,3] y) <int64[2] s = {2, 3}, int64[2] one = {1, 1}> { a = "
       "Identity(x) b = Dropout(a) "
       "c = Reshape(b, s) d = Transpose <perm=[0,1]> (c) e = Expand(d, one) f = Tile(e, one) g = "
       "Concat <axis=0> (f) y = Relu(g) }",
       {"Relu(f32[2x3]){}"}},
      {"depth_to_space",
       13,
       "g (float[1,8,2,3] x) => (float[1,2,4,6] y) { y = DepthToSpace <blocksize=2> (x) }",
       {"Reshape(f32[1x8x2x3]){}->f32[1x2x2x2x2x3]",
        "Transpose(f32[1x2x2x2x2x3]){perm=0,3,4,1,5,2}",
        "Reshape(f32[1x2x2x2x3x2]){}->f32[1x2x4x6]"}},
      {"resize_scales",
       13,
       "g (float[1,1,4,4] x) => (float[1,1,8,6] y) <float[4] s = {1.0, 1.0, 2.0, 1.5}> { y = "
       "Resize <mode=\"linear\"> (x, , s) }",
       {"Resize(f32[1x1x4x4]){coordinate=half_pixel;mode=linear;nearest=round_prefer_floor;scales="
        "1,1,2,1.5}"}},
      {"resize_sizes",
       13,
       "g (float[1,1,4,3] x) => (float[1,1,8,10] y) <int64[4] s = {1, 1, 8, 10}> { y = Resize "
       "<coordinate_transformation_mode=\"asymmetric\", nearest_mode=\"floor\"> (x, , , s) }",
       {"Resize(f32[1x1x4x3]){coordinate=asymmetric;mode=nearest;nearest=floor;scales=1,1,2,3."
        "3333333333333335}"}},
      {"resize_10",
       10,
       "g (float[1,1,4,4] x) => (float[1,1,8,8] y) <float[4] s = {1.0, 1.0, 2.0, 2.0}> { y = "
       "Resize(x, s) }",
       {"Resize(f32[1x1x4x4]){coordinate=asymmetric;mode=nearest;nearest=floor;scales=1,1,2,2}"}},
      {"upsample_9",
       9,
       "g (float[1,1,4,4] x) => (float[1,1,8,8] y) <float[4] s = {1.0, 1.0, 2.0, 2.0}> { y = "
       "Upsample <mode=\"linear\"> (x, s) }",
       {"Resize(f32[1x1x4x4]){coordinate=asymmetric;mode=linear;nearest=floor;scales=1,1,2,2}"}},
      // Selection.
      {"concat_negative_axis",
       13,
       "g (float[2,3] x, float[2,5] z) => (float[2,8] y) { y = Concat <axis=-1> (x, z) }",
       {"Concat(f32[2x3],f32[2x5]){axis=1}"}},
      {"split_equal",
       13,
       "g (float[2,6] x) => (float[2,2] a, float[2,2] b, float[2,2] c) { a, b, c = Split <axis=1> "
       "(x) }",
       {"Split(f32[2x6]){axis=1;split=2,2,2}"}},
      {"split_operand",
       13,
       "g (float[2,6] x) => (float[2,1] a, float[2,5] b) <int64[2] s = {1, 5}> { a, b = Split "
       "<axis=-1> (x, s) }",
       {"Split(f32[2x6]){axis=1;split=1,5}"}},
      {"split_18_uneven",
       18,
       "g (float[7] x) => (float[3] a, float[3] b, float[1] c) { a, b, c = Split <num_outputs=3> "
       "(x) }",
       {"Split(f32[7]){axis=0;split=3,3,1}"}},
      {"all_reduce",
       17,
       "g (float[2,6] x, float[2,6] y) => (float[2,6] a, float[2,6] b) { a, b = partita.AllReduce "
       "(x, y) }",
       {"AllReduce(f32[2x6],f32[2x6]){}"}},
      {"reduce_scatter",
       17,
       "g (float[2,6] x, float[2,6] y) => (float[2,3] a, float[2,3] b) { a, b = "
       "partita.ReduceScatter <axis=-1> (x, y) }",
       {"ReduceScatter(f32[2x6],f32[2x6]){axis=1}"}},
      {"all_gather",
       17,
       "g (float[2,6] x, float[2,6] y) => (float[4,6] a, float[4,6] b) { a, b = partita.AllGather "
       "(x, y) }",
       {"AllGather(f32[2x6],f32[2x6]){axis=0}"}},
      {"all_to_all",
       17,
       "g (float[2,6] x, float[2,6] y) => (float[2,6] a, float[2,6] b) { a, b = partita.AllToAll "
       "<axis=1> (x, y) }",
       {"AllToAll(f32[2x6],f32[2x6]){axis=1}"}},
      {"broadcast_to_all",
       17,
       "g (float[2,6] x) => (float[2,6] a, float[2,6] b) { a, b = partita.Broadcast (x) }",
       {"Broadcast(f32[2x6]){}"}},
      {"gather_to_one",
       17,
       "g (float[2,6] x, float[2,6] y) => (float[2,12] a) { a = partita.GatherToOne <axis=-1> (x, "
       "y) }",
       {"GatherToOne(f32[2x6],f32[2x6]){axis=1}"}},
      {"scatter_from_one",
       17,
       "g (float[2,6] x) => (float[1,6] a, float[1,6] b) { a, b = partita.ScatterFromOne (x) }",
       {"ScatterFromOne(f32[2x6]){axis=0}"}},
      {"slice_attributes",
       9,
       "g (float[8,9] x) => (float[8,2] y) { y = Slice <axes=[1], starts=[-3], ends=[-1]> (x) }",
       {"Slice(f32[8x9]){axes=1;ends=8;starts=6;steps=1}"}},
      // 0, 3, 6 of 8; 8, 6, 4, 2, 0 of 9; the third axis is kept whole.
      {"slice_steps",
       13,
       "g (float[8,9,2] x) => (float[3,5,2] y) <int64[3] s = {0, 100, 0}, int64[3] e = {1000, "
       "-100, 2}, int64[3] a = {0, 1, 2}, "
       "int64[3] d = {3, -2, 1}> { y = Slice(x, s, e, a, d) }",
       {"Slice(f32[8x9x2]){axes=0,1;ends=7,-1;starts=0,8;steps=3,-2}"}},
      {"slice_of_everything",
       13,
       "g (float[8] x) => (float[8] y) <int64[1] s = {0}, int64[1] e = {9223372036854775807}> { a "
       "= Slice(x, s, e) y = Relu(a) }",
       {"Relu(f32[8]){}"}},
      {"pad_attributes",
       10,
       "g (float[2,3] x) => (float[3,5] y) { y = Pad <pads=[1,0,0,2], value=1.5> (x) }",
       {"Pad(f32[2x3]){mode=constant;pads=1,0,0,2;value=1.5}"}},
      {"pad_that_cuts",
       13,
       "g (float[4,3] x) => (float[3,5] y) <int64[4] p = {-1, 0, 0, 2}> { y = Pad(x, p) }",
       {"Slice(f32[4x3]){axes=0;ends=4;starts=1;steps=1}",
        "Pad(f32[3x3]){mode=constant;pads=0,0,0,2;value=0}"}},
      {"pad_reflect_axes",
       18,
       "g (float[4,3] x) => (float[4,5] y) <int64[2] p = {1, 1}, int64[1] a = {-1}> { y = Pad "
       "<mode=\"reflect\"> (x, p, , a) }",
       {"Pad(f32[4x3]){mode=reflect;pads=0,1,0,1;value=0}"}},
      {"gather_from_the_end",
       13,
       "g (float[4,3] x) => (float[3] y) <int64 i = {-1}> { y = Gather(x, i) }",
       {"Gather(f32[4x3],c:i64[]){axis=0}"}},
      {"scatter_nd",
       16,
       "g (float[4,3] x, int64[2,1] i, float[2,3] u) => (float[4,3] y) { y = ScatterND "
       "<reduction=\"add\"> (x, i, u) }",
       {"ScatterND(f32[4x3],i64[2x1],f32[2x3]){reduction=add}"}},
      {"gelu",
       20,
       "g (float[4] x) => (float[4] y) { y = Gelu <approximate=\"tanh\"> (x) }",
       {"Gelu(f32[4]){approximate=tanh}"}},
      // Constants are computed: batch and the product of the rest, as exporters write a flatten.
      {"shape_chain",
       13,
       "g (float[2,3,4,5] x) => (float[2,60] y) <int64 zero = {0}, int64[1] rest = {-1}, int64[1] "
       "first = {0}> { s = Shape(x) "
       "b = Gather(s, zero) u = Unsqueeze(b, first) c = Concat <axis=0> (u, rest) y = Reshape(x, "
       "c) }",
       {"Reshape(f32[2x3x4x5]){}->f32[2x60]"}},
      {"mask_from_shape",
       15,
       "g (float[3,3] x) => (float[3,3] y) <float one = {1.0}> { s = Shape(x) ones = "
       "ConstantOfShape <value = float[1] {1.0}> (s) "
       "m = Trilu <upper=0> (ones) y = Mul(x, m) }",
       {"Mul(f32[3x3],c:f32[3x3]){}"}},
  };
  return all;
}

}  // namespace partita
