// The constants that a processor holds, each in the layouts that its kernels want.
#pragma once

#include <cstddef>
#include <list>
#include <utility>
#include <vector>

#include "exec/device/device.h"
#include "exec/program/model.h"

namespace partita::exec {

// Weights are made from their recipes when they are first wanted, unless the model keeps their
// values or somebody who had them gave them before; they are laid out once for each layout, and
// their row-major form is dropped unless some kernel wants just that.
class WeightStore {
 public:
  // Device and model must outlive this.
  WeightStore(Device& device, const Model& model) : device_(device), model_(model) {}

  // The values in this layout, in the device's memory; the address stays good until drop_others()
  // drops the form.
  void* form(TensorId tensor, LayoutId layout);

  // Row-major values from and to memory of the host. Precondition of give: holds(tensor).
  void take(TensorId tensor, const std::byte* plain);
  void give(TensorId tensor, std::byte* plain);
  bool holds(TensorId tensor) const;
  // Copies that bring the values anew from row-major ones in the host's memory, to every form that
  // there is now.
  std::vector<DeviceCopy> loads(TensorId tensor, const std::byte* plain);

  // Forgets every form that is not among the wanted ones.
  void drop_others(const std::vector<std::pair<TensorId, LayoutId>>& wanted);

  std::vector<TensorId> held() const;  // ascending
  std::size_t bytes() const;

 private:
  struct Form {
    TensorId tensor;
    LayoutId layout;
    DeviceMemory values;
  };
  const Form* find(TensorId tensor) const;
  void copy(partita_way way, LayoutId from, const void* src, LayoutId to, void* dst);
  std::vector<std::byte> plain_values(TensorId tensor) const;
  void* add(TensorId tensor, LayoutId layout);

  Device& device_;
  const Model& model_;
  std::list<Form> forms_;
};

}  // namespace partita::exec
