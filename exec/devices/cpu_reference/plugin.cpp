// The device plugin "cpu-reference": the reference executor as a processor. Slow, and right.
#include <cstring>

#include "exec/device/cpu_model.h"
#include "exec/device/plain_layouts.h"
#include "exec/device/plugin_device.h"
#include "exec/devices/cpu_reference/reference_kernel.h"
#include "exec/reference/reference.h"

namespace partita::exec {
namespace {

class BoundKernel : public PluginKernel {
 public:
  BoundKernel(const Layer& layer, const IdVector<TensorId, Tensor>& tensors)
      : kernel_(layer, tensors) {}
  void bind(void* const* inputs, void* const* outputs, void*) override {
    kernel_.bind(inputs, outputs);
  }
  void run() override { kernel_.run(); }

 private:
  ReferenceKernel kernel_;
};

class PlainCopy : public PluginCopy {
 public:
  explicit PlainCopy(std::uint64_t bytes) : bytes_(bytes) {}
  void bind(const void* from, void* to) override {
    from_ = from;
    to_ = to;
  }
  void run(partita_queue) override { std::memcpy(to_, from_, bytes_); }

 private:
  std::uint64_t bytes_;
  const void* from_ = nullptr;
  void* to_ = nullptr;
};

class ReferenceDevice : public PluginDevice {
 public:
  partita_layout plain(const Tensor& tensor) override { return layouts_.number_of(tensor); }
  std::uint64_t layout_bytes(partita_layout layout) override { return layouts_.bytes(layout); }
  const char* layout_text(partita_layout) override { return "plain"; }

  std::string gap(const Layer& layer, const IdVector<TensorId, Tensor>& tensors) override {
    return reference_gap(layer, tensors);
  }
  Made make_kernel(const Layer& layer, const IdVector<TensorId, Tensor>& tensors,
                   const std::vector<partita_layout>&) override {
    if (const std::string gap = reference_gap(layer, tensors); !gap.empty()) {
      throw DeviceError(PARTITA_UNSUPPORTED, gap);
    }
    Made made;
    made.wants = layouts_.numbers_of(layer.inputs, tensors);
    made.makes = layouts_.numbers_of(layer.outputs, tensors);
    copy_text(made.info.implementation, "reference");
    made.kernel = std::make_unique<BoundKernel>(layer, tensors);
    return made;
  }
  std::unique_ptr<PluginCopy> make_copy(partita_way, partita_layout from, partita_layout) override {
    return std::make_unique<PlainCopy>(layouts_.bytes(from));
  }

 private:
  PlainLayouts layouts_;
};

std::vector<partita_processor> processors(DeviceOptions&) {
  partita_processor cpu{};
  copy_text(cpu.name, "cpu");
  copy_text(cpu.description, cpu_model());
  cpu.synchronous = 1;
  return {cpu};
}

std::unique_ptr<PluginDevice> open(std::uint32_t, DeviceOptions&) {
  return std::make_unique<ReferenceDevice>();
}

}  // namespace
}  // namespace partita::exec

PARTITA_PLUGIN_ENTRY(std::uint32_t abi) {
  using namespace partita::exec;
  return device_api(abi, "cpu-reference", "plain loops", processors, open);
}
