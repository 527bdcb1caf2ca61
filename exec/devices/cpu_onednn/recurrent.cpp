// LSTM. ONNX stacks the gates input, output, forget, cell; oneDNN input, forget, cell, output.
#include <array>
#include <cstring>

#include "exec/devices/cpu_onednn/kernels.h"
#include "models/base/diagnostics.h"

namespace partita::exec {
namespace {

constexpr std::size_t kGates = 4;
constexpr std::array<std::size_t, kGates> kOnnxGate{0, 2, 3, 1};  // of oneDNN's gate

struct Extents {
  std::int64_t steps, batch, inputs, hidden, directions;
};

// Model: oneDNN's fused LSTM; weights and the two biases are brought into its form at preparation.
// Left out: operands that are no constants for W, R, B; sequence lengths, peepholes, other
// activations.
class LstmKernel : public Kernel {
 public:
  LstmKernel(const KernelRequest& request, const Extents& extents, LstmPrimitive made,
             const LstmDescs& descs)
      : Kernel(name_of(made), plain_layouts(request.tensors, request.layer.inputs),
               plain_layouts(request.tensors, request.layer.outputs)),
        extents_(extents),
        made_(std::move(made)),
        descs_(descs) {}

  void prepare(const std::vector<const std::byte*>& inputs,
               const std::vector<std::byte*>& outputs) override {
    weights_layer_ =
        prepared_weights(inputs[1], extents_.inputs, descs_.weights_layer, made_.weights_layer);
    weights_iter_ =
        prepared_weights(inputs[2], extents_.hidden, descs_.weights_iter, made_.weights_iter);
    prepare_bias(inputs.size() > 3 ? inputs[3] : nullptr);
    if (inputs.size() < 6) zeros_ = Buffer(descs_.src_iter.get_size());
    const auto state = [&](std::size_t i) {
      return inputs.size() > i ? const_cast<std::byte*>(inputs[i]) : zeros_.data();
    };
    out_ = outputs;
    const bool two = extents_.directions == 2;
    // Without a second direction ONNX's [T, 1, B, H] is oneDNN's [T, B, H].
    if (two) both_ = Buffer(descs_.dst_layer.get_size());
    for (std::size_t i = outputs.size(); i < 3; ++i)
      unused_[i] = Buffer(descs_.dst_iter.get_size());
    const auto result = [&](std::size_t i) {
      return i < outputs.size() ? outputs[i] : unused_[i].data();
    };
    const auto memory = [](const Desc& desc, std::byte* at) {
      return dnnl::memory(desc, engine(), at);
    };
    arguments_ = {{DNNL_ARG_SRC_LAYER, memory(descs_.src_layer, const_cast<std::byte*>(inputs[0]))},
                  {DNNL_ARG_SRC_ITER, memory(descs_.src_iter, state(4))},
                  {DNNL_ARG_SRC_ITER_C, memory(descs_.src_iter_c, state(5))},
                  {DNNL_ARG_WEIGHTS_LAYER, memory(made_.weights_layer, weights_layer_.data())},
                  {DNNL_ARG_WEIGHTS_ITER, memory(made_.weights_iter, weights_iter_.data())},
                  {DNNL_ARG_BIAS, memory(descs_.bias, bias_.data())},
                  {DNNL_ARG_DST_LAYER, memory(descs_.dst_layer, two ? both_.data() : outputs[0])},
                  {DNNL_ARG_DST_ITER, memory(descs_.dst_iter, result(1))},
                  {DNNL_ARG_DST_ITER_C, memory(descs_.dst_iter_c, result(2))}};
  }

  void run() override {
    made_.primitive.execute(stream(), arguments_);
    if (extents_.directions == 2) split_directions();
  }

 private:
  // What oneDNN calls the reference of its recurrent layers is built on its fast matrix product.
  static std::string name_of(const LstmPrimitive& made) {
    return made.implementation.starts_with("ref") ? "rnn:gemm" : made.implementation;
  }

  // ONNX [D, 4H, I] to oneDNN [1, D, I, 4, H], then to the order that the primitive likes.
  Buffer prepared_weights(const std::byte* onnx, std::int64_t inputs, const Dims& dims,
                          const Desc& order) const {
    const auto* w = reinterpret_cast<const float*>(onnx);
    const auto hidden = static_cast<std::size_t>(extents_.hidden);
    const auto rows = static_cast<std::size_t>(inputs);
    std::vector<float> ldigo(static_cast<std::size_t>(product(dims)));
    for (std::size_t d = 0; d < static_cast<std::size_t>(extents_.directions); ++d) {
      for (std::size_t g = 0; g < kGates; ++g) {
        for (std::size_t h = 0; h < hidden; ++h) {
          const float* row = w + ((d * kGates + kOnnxGate[g]) * hidden + h) * rows;
          for (std::size_t i = 0; i < rows; ++i) {
            ldigo[((d * rows + i) * kGates + g) * hidden + h] = row[i];
          }
        }
      }
    }
    Buffer prepared(order.get_size());
    dnnl::memory plain(plain_desc(dims), engine(), ldigo.data());
    dnnl::memory target(order, engine(), prepared.data());
    dnnl::reorder(plain, target).execute(stream(), plain, target);
    return prepared;
  }

  // ONNX keeps one bias for the input and one for the recurrent product; their sum is all that
  // matters.
  void prepare_bias(const std::byte* onnx) {
    bias_ = Buffer(descs_.bias.get_size());
    if (onnx == nullptr) return;
    const auto* b = reinterpret_cast<const float*>(onnx);
    auto* sum = reinterpret_cast<float*>(bias_.data());
    const auto hidden = static_cast<std::size_t>(extents_.hidden);
    for (std::size_t d = 0; d < static_cast<std::size_t>(extents_.directions); ++d) {
      const float* of_direction = b + d * 2 * kGates * hidden;
      for (std::size_t g = 0; g < kGates; ++g) {
        for (std::size_t h = 0; h < hidden; ++h) {
          const std::size_t at = kOnnxGate[g] * hidden + h;
          sum[(d * kGates + g) * hidden + h] =
              of_direction[at] + of_direction[kGates * hidden + at];
        }
      }
    }
  }

  // oneDNN's [T, B, 2H] to ONNX's [T, 2, B, H].
  void split_directions() {
    const auto hidden = static_cast<std::size_t>(extents_.hidden);
    const auto batch = static_cast<std::size_t>(extents_.batch);
    const auto* src = reinterpret_cast<const float*>(both_.data());
    auto* dst = reinterpret_cast<float*>(out_[0]);
    for (std::size_t t = 0; t < static_cast<std::size_t>(extents_.steps); ++t) {
      for (std::size_t d = 0; d < 2; ++d) {
        for (std::size_t b = 0; b < batch; ++b) {
          std::memcpy(dst + ((t * 2 + d) * batch + b) * hidden,
                      src + (t * batch + b) * 2 * hidden + d * hidden, hidden * sizeof(float));
        }
      }
    }
  }

  Extents extents_;
  LstmPrimitive made_;
  LstmDescs descs_;
  Buffer weights_layer_, weights_iter_, bias_, zeros_, both_;
  std::array<Buffer, 3> unused_;
  std::vector<std::byte*> out_;
  std::unordered_map<int, dnnl::memory> arguments_;
};

}  // namespace

std::unique_ptr<Kernel> make_lstm_kernel(const KernelRequest& request) {
  for (std::size_t i = 1; i < std::min<std::size_t>(request.layer.inputs.size(), 4); ++i) {
    const TensorKind kind = request.input(i).kind;
    if (kind != TensorKind::Weight && kind != TensorKind::Constant) {
      throw Error("weights that are computed are not supported");
    }
  }
  const Shape& x = request.input(0).shape;
  const std::int64_t directions = request.input(1).shape[0];
  const Extents e{x[0], x[1], x[2], request.attributes().integer("hidden_size"), directions};
  const std::string& direction = request.attributes().text("direction");
  const Desc state = plain_desc({1, directions, e.batch, e.hidden});
  const LstmDescs descs{.src_layer = plain_desc(x),
                        .src_iter = state,
                        .src_iter_c = state,
                        .bias = plain_desc({1, directions, 4, e.hidden}),
                        .dst_layer = plain_desc({e.steps, e.batch, directions * e.hidden}),
                        .dst_iter = state,
                        .dst_iter_c = state,
                        .weights_layer = {1, directions, e.inputs, 4, e.hidden},
                        .weights_iter = {1, directions, e.hidden, 4, e.hidden}};
  const dnnl::rnn_direction way =
      direction == "bidirectional" ? dnnl::rnn_direction::bidirectional_concat
      : direction == "reverse"     ? dnnl::rnn_direction::unidirectional_right2left
                                   : dnnl::rnn_direction::unidirectional_left2right;
  return std::make_unique<LstmKernel>(request, e, make_lstm(way, descs), descs);
}

}  // namespace partita::exec
