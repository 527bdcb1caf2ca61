// Constants as an ONNX file stores them.
#pragma once

#include <filesystem>
#include <string>

#include "models/network/onnx/draft.h"

namespace onnx {
class TensorProto;
}

namespace partita {

struct StoredTensor {
  TensorType type;
  Constant constant;
  std::string data_file{};  // that holds the values, as the model names it; empty: the model itself
  std::string missing{};    // why they are not there ("does not exist"); empty if they are
};

// Values inside of the file are checked against the shape at once and read when asked for. Values
// in a file of their own ("external data") are read when asked for, from inside of `folder` only: a
// path that leaves it is refused at once; whether they are there is looked at. Throws NodeError.
// `tensor` must outlive the result.
StoredTensor read_tensor(const onnx::TensorProto& tensor, const std::filesystem::path& folder);

}  // namespace partita
