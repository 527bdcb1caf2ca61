#include "exec/devices/cpu_onednn/primitives.h"

#include <tuple>

#include "exec/devices/cpu_onednn/layout.h"
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

// oneDNN 3 describes a primitive in one step, oneDNN 2 in two.
template <class Op, class... Args>
typename Op::primitive_desc described(const dnnl::primitive_attr& attributes, const Args&... args) {
#if DNNL_VERSION_MAJOR >= 3
  return typename Op::primitive_desc(engine(), args..., attributes);
#else
  return typename Op::primitive_desc(typename Op::desc(args...), attributes, engine());
#endif
}

template <class Op>
Primitive weighted(const typename Op::primitive_desc& pd) {
  return {Op(pd), pd.impl_info_str(), pd.src_desc(), pd.weights_desc(), pd.dst_desc()};
}
template <class Op>
Primitive unweighted(const typename Op::primitive_desc& pd) {
  return {Op(pd), pd.impl_info_str(), pd.src_desc(), {}, pd.dst_desc()};
}

// As unweighted(), of an operation that keeps shape and layout: oneDNN 2 takes one description for
// both sides, `before` and `after` are what stands before and after it.
template <class Op, class... Before, class... After>
Primitive in_place_of(const Desc& data, std::tuple<Before...> before, std::tuple<After...> after) {
#if DNNL_VERSION_MAJOR >= 3
  const std::tuple both(data, data);
#else
  const std::tuple both(data);
#endif
  return std::apply([](const auto&... args) { return unweighted<Op>(described<Op>({}, args...)); },
                    std::tuple_cat(before, both, after));
}

#if DNNL_VERSION_MAJOR >= 3
using Pooling = dnnl::pooling_forward;
#else
using Pooling = dnnl::pooling_v2_forward;
#endif

void scale_result(dnnl::primitive_attr& attributes, dnnl::post_ops& then, float scale) {
  if (scale == 1) return;
#if DNNL_VERSION_MAJOR >= 3
  then.append_eltwise(dnnl::algorithm::eltwise_linear, scale, 0);
  static_cast<void>(attributes);
#else
  attributes.set_output_scales(0, {scale});
  static_cast<void>(then);
#endif
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
    const auto with = [&](const auto&... operands) {
      return weighted<Op>(described<Op>({}, kInference, algorithm, operands..., dst, window.strides,
                                        dilations, window.pads_before, window.pads_after));
    };
    return bias ? with(src, weights, *bias) : with(src, weights);
  });
}

}  // namespace

Dims dims_of(const Desc& desc) {
#if DNNL_VERSION_MAJOR >= 3
  return desc.get_dims();
#else
  return desc.dims();
#endif
}

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
    dnnl::post_ops then;
    scale_result(attributes, then, scale);
    const int position = then.len();
    if (addend) then.append_binary(dnnl::algorithm::binary_add, *addend);
    attributes.set_post_ops(then);
    Primitive product =
        weighted<dnnl::matmul>(bias ? described<dnnl::matmul>(attributes, src, weights, *bias, dst)
                                    : described<dnnl::matmul>(attributes, src, weights, dst));
    product.addend = DNNL_ARG_ATTR_MULTIPLE_POST_OP(position) | DNNL_ARG_SRC_1;
    return product;
  });
}

Primitive make_pooling(dnnl::algorithm algorithm, const Desc& src, const Desc& dst,
                       const Window& window) {
  return or_error("pooling", [&] {
    return unweighted<Pooling>(described<Pooling>(
        {}, kInference, algorithm, src, dst, window.strides, window.kernel,
        counted_from_zero(window.dilations), window.pads_before, window.pads_after));
  });
}

Primitive make_eltwise(dnnl::algorithm algorithm, const Desc& data, float alpha, float beta) {
  return or_error("elementwise function", [&] {
    return in_place_of<dnnl::eltwise_forward>(data, std::tuple(kInference, algorithm),
                                              std::tuple(alpha, beta));
  });
}

Primitive make_binary(dnnl::algorithm algorithm, const Desc& a, const Desc& b, const Desc& dst) {
  return or_error("binary operation", [&] {
    const auto pd = described<dnnl::binary>({}, algorithm, a, b, dst);
    return Primitive{dnnl::binary(pd), pd.impl_info_str(), pd.src_desc(0), pd.src_desc(1),
                     pd.dst_desc()};
  });
}

Primitive make_batch_normalization(const Desc& data, float epsilon) {
  return or_error("batch normalization", [&] {
    using Flags = dnnl::normalization_flags;
    return in_place_of<dnnl::batch_normalization_forward>(
        data, std::tuple(kInference),
        std::tuple(epsilon, Flags::use_global_stats | Flags::use_scale | Flags::use_shift));
  });
}

Primitive make_layer_normalization(const Desc& data, float epsilon, bool shift) {
  return or_error("layer normalization", [&] {
    using Flags = dnnl::normalization_flags;
    const Flags flags = shift ? Flags::use_scale | Flags::use_shift : Flags::use_scale;
    return in_place_of<dnnl::layer_normalization_forward>(data, std::tuple(kInference),
                                                          std::tuple(epsilon, flags));
  });
}

Primitive make_lrn(const Desc& data, std::int64_t size, float alpha, float beta, float bias) {
  return or_error("local response normalization", [&] {
    return in_place_of<dnnl::lrn_forward>(
        data, std::tuple(kInference, dnnl::algorithm::lrn_across_channels),
        std::tuple(size, alpha, beta, bias));
  });
}

Primitive make_softmax(const Desc& data, int axis, bool logarithm) {
  return or_error("softmax", [&] {
#if DNNL_VERSION_MAJOR >= 3
    const auto algorithm =
        logarithm ? dnnl::algorithm::softmax_log : dnnl::algorithm::softmax_accurate;
    return in_place_of<dnnl::softmax_forward>(data, std::tuple(kInference, algorithm),
                                              std::tuple(axis));
#else
    return logarithm ? in_place_of<dnnl::logsoftmax_forward>(data, std::tuple(kInference),
                                                             std::tuple(axis))
                     : in_place_of<dnnl::softmax_forward>(data, std::tuple(kInference),
                                                          std::tuple(axis));
#endif
  });
}

Primitive make_concat(int axis, const std::vector<Desc>& srcs, const Desc& dst) {
  return or_error("concatenation", [&] {
#if DNNL_VERSION_MAJOR >= 3
    const dnnl::concat::primitive_desc pd(engine(), dst, axis, srcs);
#else
    const dnnl::concat::primitive_desc pd(dst, axis, srcs, engine());
#endif
    return Primitive{dnnl::concat(pd), pd.impl_info_str(), pd.src_desc(0), {}, pd.dst_desc()};
  });
}

LstmPrimitive make_lstm(dnnl::rnn_direction direction, const LstmDescs& descs) {
  return or_error("LSTM", [&] {
    const auto pd = described<dnnl::lstm_forward>(
        {}, kInference, direction, descs.src_layer, descs.src_iter, descs.src_iter_c,
        any_desc(descs.weights_layer), any_desc(descs.weights_iter), descs.bias, descs.dst_layer,
        descs.dst_iter, descs.dst_iter_c);
    return LstmPrimitive{dnnl::lstm_forward(pd), pd.impl_info_str(), pd.weights_layer_desc(),
                         pd.weights_iter_desc()};
  });
}

}  // namespace partita::exec
