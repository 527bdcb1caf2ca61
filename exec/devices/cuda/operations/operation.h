// A layer as the kernels that it comes to.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "exec/device/plugin_device.h"
#include "exec/devices/cuda/kernels/portable.h"
#include "models/network/network.h"

namespace partita::exec::cuda {

// Where operands and results of a layer lie.
struct Operands {
  void* const* in;
  void* const* out;
  void* workspace;
};

class Operation {
 public:
  virtual ~Operation() = default;
  virtual void bind(const Operands& at) = 0;
  virtual void run(const Queue& queue) = 0;
};

struct MadeOperation {
  std::unique_ptr<Operation> operation;  // null: a view
  std::string implementation = "own";
  bool slow = false;
  bool costs_host = false;  // many kernels, or a library that takes long to queue one
  std::uint64_t workspace = 0;
};

struct LayerRequest {
  const Layer& layer;
  const IdVector<TensorId, Tensor>& tensors;

  bool has(std::size_t i) const { return i < layer.inputs.size(); }
  const Tensor& in(std::size_t i) const { return tensors[layer.inputs.at(i)]; }
  const Tensor& out(std::size_t i = 0) const { return tensors[layer.outputs.at(i)]; }
  std::int64_t integer(const char* name) const { return layer.attributes.integer(name); }
  double number(const char* name) const { return layer.attributes.number(name); }
  const std::vector<std::int64_t>& integers(const char* name) const {
    return layer.attributes.integers(name);
  }
  const std::string& text(const char* name) const { return layer.attributes.text(name); }
};

[[noreturn]] inline void unsupported(const std::string& what) {
  throw DeviceError(PARTITA_UNSUPPORTED, what);
}

// Kernels of one kind, one after the other; `bind` tells each (by its number) where it works.
template <class Kernel, class Bind>
class Launches : public Operation {
 public:
  Launches(std::vector<Kernel> kernels, Bind bind)
      : kernels_(std::move(kernels)), bind_(std::move(bind)) {}
  void bind(const Operands& at) override {
    for (std::size_t i = 0; i < kernels_.size(); ++i) bind_(i, kernels_[i], at);
  }
  void run(const Queue& queue) override {
    for (const Kernel& kernel : kernels_) launch(queue, kernel);
  }

 private:
  std::vector<Kernel> kernels_;
  Bind bind_;
};

template <class Kernel, class Bind>
MadeOperation launches(std::vector<Kernel> kernels, Bind bind) {
  MadeOperation made;
  made.operation = std::make_unique<Launches<Kernel, Bind>>(std::move(kernels), std::move(bind));
  return made;
}

// The usual case: one kernel.
template <class Kernel, class Bind>
MadeOperation one_launch(const Kernel& kernel, Bind bind) {
  return launches(std::vector<Kernel>{kernel},
                  [bind](std::size_t, Kernel& own, const Operands& at) { bind(own, at); });
}

// Throws DeviceError (PARTITA_UNSUPPORTED) that says what is missing. Queues nothing, holds no
// memory.
MadeOperation make_operation(const LayerRequest& request);
// Why that would be; empty: it can be made.
std::string operation_gap(const LayerRequest& request);

}  // namespace partita::exec::cuda
