// What one processor does for its part of a plan: kernels in order, buffers, and copies in and out.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exec/device/device.h"
#include "exec/program/arena.h"
#include "exec/program/model.h"
#include "exec/program/part.h"
#include "exec/program/weight_store.h"

namespace partita::exec {

// Activations keep the layout that their producer's kernel made; a consumer that wants another one
// copies first, once for all consumers that want the same. Tensors that arrive are laid out as
// their first consumer wants them. A kernel that may overwrite an operand does so where the operand
// is made here and nobody needs it afterwards.
class Program {
 public:
  // Device and model must outlive this.
  Program(Device& device, const Model& model)
      : Program(device, model, std::make_shared<WeightStore>(device, model)) {}
  // Several with the same part share its weights, and have buffers of their own.
  Program(Device& device, const Model& model, std::shared_ptr<WeightStore> weights)
      : device_(device), model_(model), weights_(std::move(weights)) {}

  // Kernels of layers that were here before, with operands laid out as before, are kept; so are
  // weights. `outside`: what lies there, and must stay there until the next prepare().
  void prepare(Part part, const std::vector<Outside>& outside = {});

  std::size_t steps() const { return steps_.size(); }
  void run(std::size_t step);
  const Part& part() const { return part_; }
  const std::vector<TensorId>& inputs_of(std::size_t step) const {
    return model_.layers[part_.order[step]].inputs;
  }
  const std::vector<LayerReport>& reports() const { return reports_; }
  std::size_t kernels_kept() const { return kernels_kept_; }

  // A copy of a tensor of this program to or from row-major values in the host's memory, ready to
  // run.
  // `way`: OUT, or PEER to memory of another device.
  DeviceCopy pack(TensorId tensor, std::byte* plain, partita_way way = PARTITA_OUT);
  DeviceCopy unpack(TensorId tensor, const std::byte* plain);

  // Of its row-major values.
  std::size_t plain_bytes(TensorId tensor) const;

  // The first step that writes where this tensor lies, which no later step reads: a copy of it that
  // goes on meanwhile must be done by then. steps(): none.
  std::size_t overwritten_at(TensorId tensor) const;

  WeightStore& weights() { return *weights_; }
  std::size_t activation_bytes() const { return arena_.size(); }

 private:
  using Offered = std::vector<std::optional<LayoutId>>;
  struct Made {
    Offered offered;
    std::shared_ptr<DeviceKernel> kernel;
  };
  // One form of one activation, and the buffer that holds it (views share one).
  struct Value {
    TensorId tensor{};
    std::optional<LayoutId> layout;  // absent: arrives, and nobody has asked for it yet
    std::size_t buffer = 0;
  };
  struct Copy {
    std::size_t from, to;  // values
    DeviceCopy relayout;
  };
  struct Step {
    LayerId layer{};
    std::shared_ptr<DeviceKernel> kernel;
    std::vector<std::optional<std::size_t>> inputs;  // values; absent: a constant
    std::vector<std::size_t> outputs;
    std::vector<Copy> copies;              // before the kernel
    std::vector<Copy> exports;             // after it
    std::optional<std::size_t> workspace;  // buffer
    bool overwrites = false;               // its first result lies over an operand
  };

  void add_outside(const std::vector<Outside>& outside);
  void add_step(LayerId layer, std::map<LayerId, Made>& kept);
  void add_output(Step& step, std::size_t output);
  bool may_be_lost(const Step& step, std::size_t operand) const;
  std::optional<LayoutId> offer(TensorId tensor) const;
  std::size_t input_value(Step& step, TensorId tensor, LayoutId wanted);
  std::size_t add_value(TensorId tensor, std::optional<LayoutId> layout);
  std::size_t buffer_for(std::size_t bytes, bool from_start);
  void use(std::size_t value);
  void allocate();
  void bind(Step& step);
  std::byte* at(std::size_t value) const;

  Device& device_;
  const Model& model_;
  std::shared_ptr<WeightStore> weights_;
  Part part_;
  std::map<LayerId, Made> made_;
  std::vector<Step> steps_;
  std::vector<LayerReport> reports_;
  std::vector<Value> values_;
  std::map<TensorId, std::size_t> first_form_;  // the value that producer or copy fills
  std::map<LayerId, std::size_t> step_of_;
  std::vector<Lifetime> buffers_;
  std::map<std::size_t, std::byte*> outside_;          // buffer -> where it lies
  std::map<TensorId, std::size_t> outside_buffer_of_;  // of tensors that others share
  DeviceMemory arena_;
  std::size_t kernels_kept_ = 0;
};

}  // namespace partita::exec
