#include "exec/onednn/primitives.h"

#include <functional>

#include "exec/onednn/layout.h"
#include "models/base/diagnostics.h"

namespace partita::exec {
namespace {

using dnnl::memory;
using dnnl::prop_kind;

constexpr prop_kind kInference = prop_kind::forward_inference;

// oneDNN says only "could not create a primitive descriptor"; name what was asked for.
template <class Make>
auto or_error(const char* what, Make make) {
  try {
    return make();
  } catch (const dnnl::error& e) {
    throw Error(std::string("oneDNN has no ") + what + " for these operands: " + e.what());
  }
}

template <class Op>
Primitive primitive_of(const typename Op::primitive_desc& pd) {
  return {Op(pd), pd.impl_info_str(), pd.src_desc(), pd.weights_desc(), pd.dst_desc()};
}

Dims counted_from_zero(Dims dilations) {
  for (auto& d : dilations) d -= 1;
  return dilations;
}

template <class Op>
Primitive make_windowed(const char* what, dnnl::algorithm algorithm, const Desc& src,
                        const Desc& weights, const std::optional<Desc>& bias, const Desc& dst,
                        const Window& window) {
  return or_error(what, [&] {
    const Dims dilations = counted_from_zero(window.dilations);
    const typename Op::desc desc =
        bias ? typename Op::desc(kInference, algorithm, src, weights, *bias, dst, window.strides,
                                 dilations, window.pads_before, window.pads_after)
             : typename Op::desc(kInference, algorithm, src, weights, dst, window.strides,
                                 dilations, window.pads_before, window.pads_after);
    return primitive_of<Op>(typename Op::primitive_desc(desc, engine()));
  });
}

}  // namespace

Desc any_desc(const Dims& dims) {
  return Desc(dims, memory::data_type::f32, memory::format_tag::any);
}

const ChannelOrder& channel_order() {
  // What a plain 3x3 convolution asks for tells; the shape is one that every network has.
  static const ChannelOrder order = [] {
    using Tag = memory::format_tag;
    using Kind = ChannelOrder::Kind;
    const Dims data{1, 64, 28, 28};
    const Desc liked = make_convolution(any_desc(data), any_desc({64, 64, 3, 3}), std::nullopt,
                                        any_desc(data), {{3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}})
                           .src;
    for (const auto& [tag, meaning] : {std::pair{Tag::acdb, ChannelOrder{Kind::Last, 1}},
                                       {Tag::aBcd16b, ChannelOrder{Kind::Blocks, 16}},
                                       {Tag::aBcd8b, ChannelOrder{Kind::Blocks, 8}},
                                       {Tag::aBcd4b, ChannelOrder{Kind::Blocks, 4}}}) {
      if (liked == Desc(data, memory::data_type::f32, tag)) return meaning;
    }
    return ChannelOrder{};
  }();
  return order;
}

Primitive make_convolution(const Desc& src, const Desc& weights, const std::optional<Desc>& bias,
                           const Desc& dst, const Window& window) {
  return make_windowed<dnnl::convolution_forward>(
      "convolution", dnnl::algorithm::convolution_direct, src, weights, bias, dst, window);
}

Primitive make_deconvolution(const Desc& src, const Desc& weights, const std::optional<Desc>& bias,
                             const Desc& dst, const Window& window) {
  return make_windowed<dnnl::deconvolution_forward>(
      "deconvolution", dnnl::algorithm::deconvolution_direct, src, weights, bias, dst, window);
}

Primitive make_matmul(const Desc& src, const Desc& weights, const std::optional<Desc>& bias,
                      const Desc& dst, float scale, const std::optional<Desc>& addend) {
  return or_error("matrix product", [&] {
    dnnl::primitive_attr attributes;
    if (scale != 1) attributes.set_output_scales(0, {scale});
    if (addend) {
      dnnl::post_ops add;
      add.append_binary(dnnl::algorithm::binary_add, *addend);
      attributes.set_post_ops(add);
    }
    const dnnl::matmul::desc desc =
        bias ? dnnl::matmul::desc(src, weights, *bias, dst) : dnnl::matmul::desc(src, weights, dst);
    return primitive_of<dnnl::matmul>(dnnl::matmul::primitive_desc(desc, attributes, engine()));
  });
}

Primitive make_pooling(dnnl::algorithm algorithm, const Desc& src, const Desc& dst,
                       const Window& window) {
  return or_error("pooling", [&] {
    const dnnl::pooling_v2_forward::desc desc(kInference, algorithm, src, dst, window.strides,
                                              window.kernel, counted_from_zero(window.dilations),
                                              window.pads_before, window.pads_after);
    const dnnl::pooling_v2_forward::primitive_desc pd(desc, engine());
    return Primitive{
        dnnl::pooling_v2_forward(pd), pd.impl_info_str(), pd.src_desc(), {}, pd.dst_desc()};
  });
}

Primitive make_eltwise(dnnl::algorithm algorithm, const Desc& data, float alpha, float beta) {
  return or_error("elementwise function", [&] {
    const dnnl::eltwise_forward::desc desc(kInference, algorithm, data, alpha, beta);
    const dnnl::eltwise_forward::primitive_desc pd(desc, engine());
    return Primitive{
        dnnl::eltwise_forward(pd), pd.impl_info_str(), pd.src_desc(), {}, pd.dst_desc()};
  });
}

Primitive make_binary(dnnl::algorithm algorithm, const Desc& a, const Desc& b, const Desc& dst) {
  return or_error("binary operation", [&] {
    const dnnl::binary::primitive_desc pd(dnnl::binary::desc(algorithm, a, b, dst), engine());
    return Primitive{dnnl::binary(pd), pd.impl_info_str(), pd.src_desc(0), pd.src_desc(1),
                     pd.dst_desc()};
  });
}

Primitive make_batch_normalization(const Desc& data, float epsilon) {
  return or_error("batch normalization", [&] {
    using Flags = dnnl::normalization_flags;
    const dnnl::batch_normalization_forward::desc desc(
        kInference, data, epsilon, Flags::use_global_stats | Flags::use_scale | Flags::use_shift);
    const dnnl::batch_normalization_forward::primitive_desc pd(desc, engine());
    return Primitive{dnnl::batch_normalization_forward(pd),
                     pd.impl_info_str(),
                     pd.src_desc(),
                     {},
                     pd.dst_desc()};
  });
}

Primitive make_layer_normalization(const Desc& data, float epsilon, bool shift) {
  return or_error("layer normalization", [&] {
    using Flags = dnnl::normalization_flags;
    const Flags flags = shift ? Flags::use_scale | Flags::use_shift : Flags::use_scale;
    const dnnl::layer_normalization_forward::desc desc(kInference, data, epsilon, flags);
    const dnnl::layer_normalization_forward::primitive_desc pd(desc, engine());
    return Primitive{dnnl::layer_normalization_forward(pd),
                     pd.impl_info_str(),
                     pd.src_desc(),
                     {},
                     pd.dst_desc()};
  });
}

Primitive make_lrn(const Desc& data, std::int64_t size, float alpha, float beta, float bias) {
  return or_error("local response normalization", [&] {
    const dnnl::lrn_forward::desc desc(kInference, dnnl::algorithm::lrn_across_channels, data, size,
                                       alpha, beta, bias);
    const dnnl::lrn_forward::primitive_desc pd(desc, engine());
    return Primitive{dnnl::lrn_forward(pd), pd.impl_info_str(), pd.src_desc(), {}, pd.dst_desc()};
  });
}

Primitive make_softmax(const Desc& data, int axis, bool logarithm) {
  return or_error("softmax", [&] {
    if (logarithm) {
      const dnnl::logsoftmax_forward::primitive_desc pd(
          dnnl::logsoftmax_forward::desc(kInference, data, axis), engine());
      return Primitive{
          dnnl::logsoftmax_forward(pd), pd.impl_info_str(), pd.src_desc(), {}, pd.dst_desc()};
    }
    const dnnl::softmax_forward::primitive_desc pd(
        dnnl::softmax_forward::desc(kInference, data, axis), engine());
    return Primitive{
        dnnl::softmax_forward(pd), pd.impl_info_str(), pd.src_desc(), {}, pd.dst_desc()};
  });
}

Primitive make_concat(int axis, const std::vector<Desc>& srcs, const Desc& dst) {
  return or_error("concatenation", [&] {
    const dnnl::concat::primitive_desc pd(dst, axis, srcs, engine());
    return Primitive{dnnl::concat(pd), pd.impl_info_str(), pd.src_desc(0), {}, pd.dst_desc()};
  });
}

LstmPrimitive make_lstm(dnnl::rnn_direction direction, const LstmDescs& descs) {
  return or_error("LSTM", [&] {
    const dnnl::lstm_forward::desc desc(kInference, direction, descs.src_layer, descs.src_iter,
                                        descs.src_iter_c, any_desc(descs.weights_layer),
                                        any_desc(descs.weights_iter), descs.bias, descs.dst_layer,
                                        descs.dst_iter, descs.dst_iter_c);
    const dnnl::lstm_forward::primitive_desc pd(desc, engine());
    return LstmPrimitive{dnnl::lstm_forward(pd), pd.impl_info_str(), pd.weights_layer_desc(),
                         pd.weights_iter_desc()};
  });
}

}  // namespace partita::exec
