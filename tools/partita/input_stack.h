// Many inputs of one network, with what the analyzer says of each.
#pragma once

#include <string>
#include <vector>

#include "exec/values/tensor_value.h"
#include "partition/analyze/input.h"
#include "partition/inputs/class_model.h"

namespace partita::command {

struct InputStack {
  std::vector<TensorValue> values;  // as the network takes them
  inputs::Rows features;            // analyze::Feature in order, of each
  Time analysis{0};                 // that the analyzer took for one, in the mean: measured

  std::size_t count() const { return values.size(); }
};

// A .npy file whose first axis counts inputs; each has as many elements as the network's input. For
// one of f32: of type f4, or u1 (pixels), which the network gets as numbers 0 .. 255; count x height
// x width of u1 are analyzed as images, everything else as tensors. For one of whole numbers (i32,
// i64): token ids of 4 or 8 bytes, all below `tokens`. Throws ConfigError naming the file.
InputStack load_stack(const std::string& file, const Tensor& input,
                      std::int64_t tokens = analyze::kMostTokenId + 1);

// A .npy file of `count` numbers of type u1. Throws ConfigError naming the file.
std::vector<std::size_t> load_labels(const std::string& file, std::size_t count);

}  // namespace partita::command
