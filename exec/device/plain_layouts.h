// For plugins whose kernels take row-major tensors: a layout is a type and a shape.
#pragma once

#include <fmt/format.h>

#include <map>
#include <utility>
#include <vector>

#include "exec/device/plugin_device.h"

namespace partita::exec {

class PlainLayouts {
 public:
  partita_layout number_of(const Tensor& tensor) {
    const auto [entry, is_new] = numbers_.try_emplace({tensor.type, tensor.shape}, 0);
    if (is_new) {
      bytes_.push_back(static_cast<std::uint64_t>(tensor.elements()) *
                       static_cast<std::uint64_t>(info(tensor.type).bytes));
      entry->second = static_cast<partita_layout>(bytes_.size());
    }
    return entry->second;
  }
  std::uint64_t bytes(partita_layout number) const {
    if (number == 0 || number > bytes_.size()) {
      throw DeviceError(PARTITA_INVALID, fmt::format("there is no layout {}", number));
    }
    return bytes_[number - 1];
  }
  // Of each operand and result of a layer.
  std::vector<partita_layout> numbers_of(const std::vector<TensorId>& which,
                                         const IdVector<TensorId, Tensor>& tensors) {
    std::vector<partita_layout> numbers;
    for (const TensorId id : which) numbers.push_back(number_of(tensors[id]));
    return numbers;
  }

 private:
  std::map<std::pair<DataType, Shape>, partita_layout> numbers_;
  std::vector<std::uint64_t> bytes_;
};

}  // namespace partita::exec
