// Computes layers in normal form whose operands are all constants.
#pragma once

#include "models/network/onnx/draft.h"

namespace partita {

struct ConstantOperand {
  const TensorType* type;
  const Buffer* values;
};

bool can_fold(OpKind kind);

// One buffer for each result. Precondition: can_fold(), shapes and types agree.
std::vector<Buffer> fold(OpKind kind, const Attributes& attributes,
                         const std::vector<ConstantOperand>& operands,
                         const std::vector<TensorType>& results);

}  // namespace partita
