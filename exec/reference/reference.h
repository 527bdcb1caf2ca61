// The judge of numerics: every operator as plain loops, written from the ONNX specification,
// sharing no kernel with any back end that it judges.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "exec/values/tensor_value.h"
#include "models/network/network.h"

namespace partita {

struct ReferenceOptions {
  bool keep_activations = false;  // return every activation, not the network's outputs alone
};

// Runs the network on `inputs` (one value for each network input), with weights from
// SeededValues(network, seed).
//
// Model: floating-point sums and functions in double, each result rounded once to its type; 16-bit
// types are widened to f32 around each layer. One thread, one order: the same bytes whenever the
// mathematical library is the same.
// Left out: speed beyond what tests need, dynamic shapes, strings, quantised operators.
//
// An activation is freed after its last consumer. Preconditions: missing_reference_kernels(network)
// is empty; inputs have the types and shapes of the network.
std::map<TensorId, TensorValue> run_reference(const Network& network,
                                              const std::map<TensorId, TensorValue>& inputs,
                                              std::uint64_t seed,
                                              const ReferenceOptions& options = {});

// One layer on given operands, one for each of layer.inputs. Preconditions as above.
std::vector<TensorValue> run_reference_layer(const Network& network, LayerId layer,
                                             const std::vector<const TensorValue*>& operands);

std::vector<TensorValue> run_reference_layer(const Layer& layer,
                                             const IdVector<TensorId, Tensor>& tensors,
                                             const std::vector<const TensorValue*>& operands);

// Why a layer cannot run; empty: it can.
std::string reference_gap(const Layer& layer, const IdVector<TensorId, Tensor>& tensors);

// One line for each layer that cannot run: its name, operator, and what is missing.
std::vector<std::string> missing_reference_kernels(const Network& network);

}  // namespace partita
