// Every oneDNN compute primitive is made here: what changes between oneDNN 2 and 3 is in this file
// pair.
//
// All functions throw partita::Error when oneDNN has no implementation. Descriptions passed as
// any_desc() are chosen by oneDNN; the result says what it chose.
#pragma once

#include <cstdint>
#include <dnnl.hpp>
#include <optional>
#include <string>
#include <vector>

namespace partita::exec {

using Desc = dnnl::memory::desc;
using Dims = dnnl::memory::dims;

struct Primitive {
  dnnl::primitive primitive;
  std::string implementation;  // oneDNN's name for it: "jit:avx2", "ref:any"
  Desc src, weights, dst;
  int addend = 0;  // of make_matmul: the execution argument of `addend`
};

Desc any_desc(const Dims& dims);
Dims dims_of(const Desc& desc);

// Where convolutions like the channels on this instruction set: in blocks of so many, last, or as
// they are.
struct ChannelOrder {
  enum class Kind { Plain, Last, Blocks } kind = Kind::Plain;
  std::int64_t block = 1;
};
const ChannelOrder& channel_order();

struct Window {
  Dims kernel, strides, dilations;  // dilations count from 1, as ONNX does
  Dims pads_before, pads_after;
};

Primitive make_convolution(const Desc& src, const Desc& weights, const std::optional<Desc>& bias,
                           const Desc& dst, const Window& window);
Primitive make_deconvolution(const Desc& src, const Desc& weights, const std::optional<Desc>& bias,
                             const Desc& dst, const Window& window);
// dst = scale * (src x weights + bias) + addend
Primitive make_matmul(const Desc& src, const Desc& weights, const std::optional<Desc>& bias,
                      const Desc& dst, float scale, const std::optional<Desc>& addend);
Primitive make_pooling(dnnl::algorithm algorithm, const Desc& src, const Desc& dst,
                       const Window& window);
Primitive make_eltwise(dnnl::algorithm algorithm, const Desc& data, float alpha, float beta);
Primitive make_binary(dnnl::algorithm algorithm, const Desc& a, const Desc& b, const Desc& dst);
// Statistics, scale and shift are operands.
Primitive make_batch_normalization(const Desc& data, float epsilon);
Primitive make_layer_normalization(const Desc& data, float epsilon, bool shift);
Primitive make_lrn(const Desc& data, std::int64_t size, float alpha, float beta, float bias);
Primitive make_softmax(const Desc& data, int axis, bool logarithm);
Primitive make_concat(int axis, const std::vector<Desc>& srcs, const Desc& dst);

struct LstmDescs {
  Desc src_layer, src_iter, src_iter_c, bias, dst_layer, dst_iter, dst_iter_c;
  Dims weights_layer, weights_iter;
};
struct LstmPrimitive {
  dnnl::primitive primitive;
  std::string implementation;
  Desc weights_layer, weights_iter;
};
LstmPrimitive make_lstm(dnnl::rnn_direction direction, const LstmDescs& descs);

}  // namespace partita::exec
