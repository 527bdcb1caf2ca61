// What runs one layer on one processor: a oneDNN primitive, or a loop of our own for what oneDNN
// lacks.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exec/devices/cpu_onednn/layout.h"
#include "models/network/network.h"

namespace partita::exec {

// Made once for a layer and the layouts of its operands; prepared once for its buffers; run any
// number of times.
class Kernel {
 public:
  virtual ~Kernel() = default;

  // How each operand must lie when it runs, and how its results lie. Operands that lie otherwise
  // are copied first.
  const std::vector<Layout>& wants() const { return wants_; }
  const std::vector<Layout>& makes() const { return makes_; }
  // Name of what runs: oneDNN's ("jit:avx2", "ref:any"), "own" or "view".
  const std::string& implementation() const { return implementation_; }
  // The result is the bytes of the first operand: nothing runs, and both share one buffer.
  bool is_view() const { return implementation_ == "view"; }
  // The operand over which the result may lie: bound to one buffer they take half the cache. Their
  // layouts are the same.
  std::optional<std::size_t> may_overwrite() const { return may_overwrite_; }

  // Binds it to buffers (of wants()[i].bytes() and makes()[i].bytes()); again when they move.
  // Constant operands hold their values already and do not change while it is bound.
  virtual void prepare(const std::vector<const std::byte*>& inputs,
                       const std::vector<std::byte*>& outputs) = 0;
  virtual void run() = 0;

 protected:
  Kernel(std::string implementation, std::vector<Layout> wants, std::vector<Layout> makes,
         std::optional<std::size_t> may_overwrite = std::nullopt)
      : implementation_(std::move(implementation)),
        wants_(std::move(wants)),
        makes_(std::move(makes)),
        may_overwrite_(may_overwrite) {}

 private:
  std::string implementation_;
  std::vector<Layout> wants_, makes_;
  std::optional<std::size_t> may_overwrite_;
};

// A layer, its tensors, and how its operands lie now. An absent layout means that nobody has laid
// the operand out yet (weights, tensors that are about to arrive): the kernel chooses.
struct KernelRequest {
  const Layer& layer;
  const IdVector<TensorId, Tensor>& tensors;
  std::vector<std::optional<Layout>> offered;
  bool skip_zeros = false;  // products may (make_zero_skipping_kernel())

  const Tensor& input(std::size_t i) const { return tensors[layer.inputs[i]]; }
  const Tensor& output(std::size_t i = 0) const { return tensors[layer.outputs[i]]; }
  const Attributes& attributes() const { return layer.attributes; }
};

// Throws Error that names the layer where there is no kernel for it.
std::unique_ptr<Kernel> make_kernel(const KernelRequest& request);

}  // namespace partita::exec
