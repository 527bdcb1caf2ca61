// The device plugin "cpu-onednn": the calling thread computes, with the kernels of this folder.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <dnnl.hpp>

#include "exec/device/cpu_model.h"
#include "exec/device/plugin_device.h"
#include "exec/devices/cpu_onednn/kernel.h"
#include "exec/devices/cpu_onednn/layout.h"
#include "exec/devices/cpu_onednn/support.h"

namespace partita::exec {
namespace {

class BoundKernel : public PluginKernel {
 public:
  BoundKernel(std::unique_ptr<Kernel> kernel, std::size_t inputs, std::size_t outputs)
      : kernel_(std::move(kernel)), inputs_(inputs), outputs_(outputs) {}
  void bind(void* const* inputs, void* const* outputs, void*) override {
    std::vector<const std::byte*> from;
    std::vector<std::byte*> to;
    for (std::size_t i = 0; i < inputs_; ++i) from.push_back(static_cast<std::byte*>(inputs[i]));
    for (std::size_t i = 0; i < outputs_; ++i) to.push_back(static_cast<std::byte*>(outputs[i]));
    kernel_->prepare(from, to);
  }
  void run() override { kernel_->run(); }

 private:
  std::unique_ptr<Kernel> kernel_;
  std::size_t inputs_, outputs_;
};

class BoundRelayout : public PluginCopy {
 public:
  BoundRelayout(Layout from, Layout to) : relayout_(std::move(from), std::move(to)) {}
  void bind(const void* from, void* to) override {
    relayout_.prepare(static_cast<const std::byte*>(from), static_cast<std::byte*>(to));
  }
  void run(partita_queue) override { relayout_.run(); }

 private:
  Relayout relayout_;
};

class OnednnDevice : public PluginDevice {
 public:
  explicit OnednnDevice(bool skip_zeros) : skip_zeros_(skip_zeros) {}

  partita_layout plain(const Tensor& tensor) override {
    return number_of(Layout::plain(tensor.type, tensor.shape));
  }
  std::uint64_t layout_bytes(partita_layout number) override { return layout(number).bytes(); }
  const char* layout_text(partita_layout number) override { return known(number).text.c_str(); }

  std::string gap(const Layer& layer, const IdVector<TensorId, Tensor>& tensors) override {
    return kernel_gap(layer, tensors);
  }

  Made make_kernel(const Layer& layer, const IdVector<TensorId, Tensor>& tensors,
                   const std::vector<partita_layout>& offered) override {
    KernelRequest request{layer, tensors, {}, skip_zeros_};
    for (const partita_layout number : offered) {
      request.offered.push_back(number == 0 ? std::nullopt : std::optional(layout(number)));
    }
    std::unique_ptr<Kernel> kernel = exec::make_kernel(request);
    Made made;
    for (const Layout& wanted : kernel->wants()) made.wants.push_back(number_of(wanted));
    for (const Layout& result : kernel->makes()) made.makes.push_back(number_of(result));
    copy_text(made.info.implementation, kernel->implementation());
    made.info.view = kernel->is_view() ? 1 : 0;
    if (const auto operand = kernel->may_overwrite()) {
      made.info.may_overwrite = static_cast<std::uint32_t>(*operand) + 1;
    }
    made.info.slow = kernel->implementation().starts_with("ref") ? 1 : 0;
    made.kernel =
        std::make_unique<BoundKernel>(std::move(kernel), layer.inputs.size(), layer.outputs.size());
    return made;
  }

  std::unique_ptr<PluginCopy> make_copy(partita_way, partita_layout from,
                                        partita_layout to) override {
    return std::make_unique<BoundRelayout>(layout(from), layout(to));
  }

 private:
  struct Known {
    Layout layout;
    std::string text;
  };

  const Known& known(partita_layout number) const {
    if (number == 0 || number > known_.size()) {
      throw DeviceError(PARTITA_INVALID, fmt::format("there is no layout {}", number));
    }
    return *known_[number - 1];
  }
  const Layout& layout(partita_layout number) const { return known(number).layout; }
  partita_layout number_of(const Layout& layout) {
    for (std::size_t i = 0; i < known_.size(); ++i) {
      if (known_[i]->layout == layout) return static_cast<partita_layout>(i + 1);
    }
    known_.push_back(std::make_unique<Known>(Known{layout, layout.text()}));
    return static_cast<partita_layout>(known_.size());
  }

  const bool skip_zeros_;
  std::vector<std::unique_ptr<Known>> known_;
};

// Option skip_zeros=1: products with a constant matrix skip zeros of their left operand.
bool skips_zeros(DeviceOptions& options) { return options.integer("skip_zeros", 0) != 0; }

std::vector<partita_processor> processors(DeviceOptions& options) {
  partita_processor cpu{};
  copy_text(cpu.name, "cpu");
  // Measurements with and without must not be mixed.
  copy_text(cpu.description, cpu_model() + (skips_zeros(options) ? ", skips zeros" : ""));
  cpu.memory = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) *
               static_cast<std::uint64_t>(sysconf(_SC_PAGE_SIZE));
  cpu.synchronous = 1;
  return {cpu};
}

std::unique_ptr<PluginDevice> open(std::uint32_t, DeviceOptions& options) {
  return std::make_unique<OnednnDevice>(skips_zeros(options));
}

const char* computes() {
  static const std::string text = [] {
    const auto* version = dnnl::version();
    return fmt::format("oneDNN {}.{}.{}", version->major, version->minor, version->patch);
  }();
  return text.c_str();
}

}  // namespace
}  // namespace partita::exec

PARTITA_PLUGIN_ENTRY(std::uint32_t abi) {
  using namespace partita::exec;
  return device_api(abi, "cpu-onednn", computes(), processors, open);
}
