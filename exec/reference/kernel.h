// What a reference kernel gets, and the table of them all.
#pragma once

#include <cstdint>
#include <vector>

#include "exec/values/tensor_value.h"
#include "models/network/network.h"

namespace partita::reference {

// One layer to compute. Outputs have their type and shape, and elements 0.
struct Call {
  const Layer& layer;
  std::vector<const TensorValue*> inputs;
  std::vector<TensorValue*> outputs;

  const TensorValue& in(std::size_t i) const { return *inputs.at(i); }
  TensorValue& out(std::size_t i = 0) const { return *outputs.at(i); }
  bool has(std::size_t i) const { return i < inputs.size(); }
  const float* f32(std::size_t i) const { return in(i).as<float>().data(); }
  std::int64_t integer(const char* name) const { return layer.attributes.integer(name); }
  double number(const char* name) const { return layer.attributes.number(name); }
  const std::vector<std::int64_t>& integers(const char* name) const {
    return layer.attributes.integers(name);
  }
};

using Kernel = void (*)(const Call&);

// Which element types a kernel computes on. Where F32 is allowed, so are the 16-bit formats: the
// caller widens them.
enum class Types : std::uint8_t {
  F32,
  Numbers,  // all but Bool
  Values,   // all
  Bool,
  Moved,  // all, and elements are only moved: nothing is widened
};

struct KernelEntry {
  OpKind kind;
  Kernel run;  // nullptr: there is none
  Types types;
};
const KernelEntry& kernel_of(OpKind kind);

// One file a family.
void convolution(const Call&);
void transposed_convolution(const Call&);
void gemm(const Call&);
void matrix_product(const Call&);
void lstm(const Call&);
void batch_normalization(const Call&);
void layer_normalization(const Call&);
void local_response_normalization(const Call&);
void unary(const Call&);
void logical_not(const Call&);
void binary(const Call&);
void comparison(const Call&);
void logical(const Call&);
void select(const Call&);
void softmax(const Call&);
void pooling(const Call&);
void global_pooling(const Call&);
void reduction(const Call&);
void index_of_largest(const Call&);
void top_k(const Call&);
void copy(const Call&);
void cast(const Call&);
void concatenation(const Call&);
void split(const Call&);
void slice(const Call&);
void pad(const Call&);
void transpose(const Call&);
void expand(const Call&);
void tile(const Call&);
void gather(const Call&);
void scatter_nd(const Call&);
void resize(const Call&);
void all_reduce(const Call&);
void reduce_scatter(const Call&);
void all_gather(const Call&);
void all_to_all(const Call&);
void broadcast_to_all(const Call&);
void scatter_from_one(const Call&);

}  // namespace partita::reference
