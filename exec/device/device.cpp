#include "exec/device/device.h"

#include <fmt/format.h>

#include <utility>

namespace partita::exec {

namespace detail {
void end_memory(Device& device, void* memory) { device.api().release(device.get(), memory); }
void end_pin(Device& device, void* host) { device.api().unpin(device.get(), host); }
void end_opened(Device& device, void* address) { device.api().close_shared(device.get(), address); }
void end_kernel(Device& device, partita_kernel* kernel) {
  device.api().end_kernel(device.get(), kernel);
}
void end_copy(Device& device, partita_copy* copy) { device.api().end_copy(device.get(), copy); }
void end_event(Device& device, partita_event* event) {
  device.api().end_event(device.get(), event);
}
void end_sequence(Device& device, partita_sequence* sequence) {
  device.api().drop_sequence(device.get(), sequence);
}
}  // namespace detail

void DeviceKernel::bind(const std::vector<void*>& inputs, const std::vector<void*>& outputs,
                        void* workspace) {
  device().check(
      device().api().bind(device().get(), get(), inputs.data(), outputs.data(), workspace),
      "cannot bind a layer to its memory");
}

void DeviceKernel::run() {
  const partita_status status = device().api().run(device().get(), get());
  if (status != PARTITA_OK) device().check(status, "cannot run a layer");
}

void DeviceCopy::bind(const void* from, void* to) {
  device().check(device().api().bind_copy(device().get(), get(), from, to),
                 "cannot bind a copy to its memory");
}

void DeviceCopy::run(partita_queue queue) {
  const partita_status status = device().api().run_copy(device().get(), get(), queue);
  if (status != PARTITA_OK) device().check(status, "cannot copy");
}

Device::Device(std::shared_ptr<const Plugin> plugin, std::uint32_t processor,
               const std::string& options)
    : plugin_(std::move(plugin)) {
  const auto list = plugin_->processors(options);
  if (processor >= list.size()) {
    throw Error(fmt::format("plugin '{}' has {} processors here, so none of number {}",
                            plugin_->name(), list.size(), processor));
  }
  synchronous_ = list[processor].synchronous != 0;
  memory_ = list[processor].memory;
  sequences_ = list[processor].sequences != 0;
  memory_space_ = list[processor].memory_space;
  check(api().open(processor, options.c_str(), &device_), "cannot open the processor");
}

Device::~Device() { api().close(device_); }

DeviceMemory Device::allocate(std::size_t bytes) {
  void* address = nullptr;
  plugin_->check(api().allocate(device_, bytes, &address),
                 fmt::format("cannot allocate {} bytes", bytes));
  return {*this, address, bytes};
}

SharedDeviceMemory Device::allocate_shared(std::size_t bytes) {
  void* address = nullptr;
  partita_handle handle{};
  plugin_->check(api().allocate_shared(device_, bytes, &address, &handle),
                 fmt::format("cannot allocate {} bytes for others to reach", bytes));
  return {{*this, address, bytes}, handle};
}

OpenedMemory Device::open_shared(const partita_handle& handle) {
  void* address = nullptr;
  check(api().open_shared(device_, &handle, &address), "cannot reach another device's memory");
  return {*this, address};
}

PinnedMemory Device::pin(void* host, std::size_t bytes) {
  check(api().pin(device_, host, bytes), "cannot pin host memory");
  return {*this, host};
}

LayoutId Device::plain(const Tensor& tensor) {
  const partita_tensor to = lowered(tensor);
  partita_layout layout = 0;
  check(api().plain(device_, &to, &layout), "cannot lay a tensor out");
  return LayoutId{layout};
}

std::size_t Device::bytes(LayoutId layout) const {
  return api().layout_bytes(device_, static_cast<partita_layout>(layout));
}

std::string Device::text(LayoutId layout) const {
  return api().layout_text(device_, static_cast<partita_layout>(layout));
}

std::string Device::gap(const Layer& layer, const IdVector<TensorId, Tensor>& tensors) {
  const LoweredLayer to(layer, tensors);
  if (api().can_run(device_, to.get()) == PARTITA_OK) return "";
  return api().last_error();
}

DeviceKernel Device::make_kernel(const Layer& layer, const IdVector<TensorId, Tensor>& tensors,
                                 const std::vector<std::optional<LayoutId>>& offered) {
  const LoweredLayer to(layer, tensors);
  std::vector<partita_layout> offers, wants(layer.inputs.size()), makes(layer.outputs.size());
  for (const auto& offer : offered) {
    offers.push_back(static_cast<partita_layout>(offer.value_or(LayoutId{0})));
  }
  partita_kernel_info info{};
  partita_kernel* kernel = nullptr;
  plugin_->check(api().make_kernel(device_, to.get(), offers.data(), wants.data(), makes.data(),
                                   &info, &kernel),
                 fmt::format("layer '{}' ({})", layer.name, to_string(layer.kind)));
  std::vector<LayoutId> wanted, made;
  for (const partita_layout layout : wants) wanted.push_back(LayoutId{layout});
  for (const partita_layout layout : makes) made.push_back(LayoutId{layout});
  return {*this, kernel, std::move(wanted), std::move(made), info};
}

DeviceCopy Device::make_copy(partita_way way, LayoutId from, LayoutId to) {
  partita_copy* copy = nullptr;
  check(api().make_copy(device_, way, static_cast<partita_layout>(from),
                        static_cast<partita_layout>(to), &copy),
        "cannot make a copy");
  return {*this, copy};
}

void DeviceSequence::run() {
  const partita_status status = device().api().run_sequence(device().get(), get());
  if (status != PARTITA_OK) device().check(status, "cannot run a sequence of layers");
}

DeviceSequence Device::make_sequence(const std::function<void()>& queue_all) {
  check(api().begin_sequence(device_), "cannot begin a sequence of layers");
  partita_sequence* sequence = nullptr;
  try {
    queue_all();
  } catch (...) {
    // The device must not go on noting; what went wrong first is what is told.
    if (api().end_sequence(device_, &sequence) == PARTITA_OK) {
      api().drop_sequence(device_, sequence);
    }
    throw;
  }
  check(api().end_sequence(device_, &sequence), "cannot make a sequence of layers");
  return {*this, sequence};
}

DeviceEvent Device::make_event() {
  partita_event* event = nullptr;
  check(api().make_event(device_, &event), "cannot make an event");
  return {*this, event};
}

void Device::record(const DeviceEvent& event, partita_queue queue) {
  check(api().record(device_, event.get(), queue), "cannot record an event");
}

void Device::wait(const DeviceEvent& event, partita_queue queue) {
  check(api().wait(device_, event.get(), queue), "cannot wait for an event");
}

bool Device::happened(const DeviceEvent& event) {
  std::uint32_t yes = 0;
  check(api().happened(device_, event.get(), &yes), "the device failed");
  return yes != 0;
}

std::int64_t Device::time(const DeviceEvent& event) {
  std::int64_t time = 0;
  check(api().event_time(device_, event.get(), &time), "cannot tell when an event happened");
  return time;
}

std::int64_t Device::clock_error() {
  if (synchronous_) return 0;
  std::int64_t error = 0;
  check(api().clock_error(device_, &error), "cannot align clocks");
  return error;
}

partita_counters Device::counters() {
  partita_counters counters{};
  check(api().counters(device_, &counters), "cannot read the device's counters");
  return counters;
}

void Device::synchronize() {
  if (!synchronous_) check(api().synchronize(device_), "the device failed");
}

void Device::keep_awake() {
  if (!synchronous_) check(api().keep_awake(device_), "the device failed");
}

}  // namespace partita::exec
