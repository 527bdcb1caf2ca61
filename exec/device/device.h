// One processor that computes, through its plugin: what has been made is ended by whoever holds it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exec/device/abi.h"
#include "exec/device/lowering.h"
#include "exec/device/plugin.h"

namespace partita::exec {

// How a tensor's values lie; of one device.
enum class LayoutId : partita_layout {};

class Device;

namespace detail {
// Ends what a device made, once.
template <class T, auto End>
class Made {
 public:
  Made() = default;
  Made(Device& device, T* what) : device_(&device), what_(what) {}
  Made(Made&& other) noexcept
      : device_(other.device_), what_(std::exchange(other.what_, nullptr)) {}
  Made& operator=(Made&& other) noexcept {
    std::swap(device_, other.device_);
    std::swap(what_, other.what_);
    return *this;
  }
  ~Made() {
    if (what_ != nullptr) End(*device_, what_);
  }
  T* get() const { return what_; }
  Device& device() const { return *device_; }

 private:
  Device* device_ = nullptr;
  T* what_ = nullptr;
};
void end_memory(Device& device, void* memory);
void end_pin(Device& device, void* host);
void end_opened(Device& device, void* address);
void end_kernel(Device& device, partita_kernel* kernel);
void end_copy(Device& device, partita_copy* copy);
void end_event(Device& device, partita_event* event);
void end_sequence(Device& device, partita_sequence* sequence);
}  // namespace detail

// Memory of a device: only the device may follow its addresses.
class DeviceMemory : public detail::Made<void, detail::end_memory> {
 public:
  DeviceMemory() = default;
  DeviceMemory(Device& device, void* address, std::size_t bytes)
      : Made(device, address), bytes_(bytes) {}
  std::byte* data() const { return static_cast<std::byte*>(get()); }
  std::size_t size() const { return get() == nullptr ? 0 : bytes_; }

 private:
  std::size_t bytes_ = 0;
};

// Memory that it shares, and what another device needs to reach it.
struct SharedDeviceMemory {
  DeviceMemory memory;
  partita_handle handle{};
};
// What another device shares, as this one reaches it.
class OpenedMemory : public detail::Made<void, detail::end_opened> {
 public:
  using Made::Made;
  std::byte* data() const { return static_cast<std::byte*>(get()); }
};

using PinnedMemory = detail::Made<void, detail::end_pin>;
using DeviceEvent = detail::Made<partita_event, detail::end_event>;

// Layers that are queued at once.
class DeviceSequence : public detail::Made<partita_sequence, detail::end_sequence> {
 public:
  using Made::Made;
  void run();
};

// What runs one layer.
class DeviceKernel : public detail::Made<partita_kernel, detail::end_kernel> {
 public:
  DeviceKernel(Device& device, partita_kernel* kernel, std::vector<LayoutId> wants,
               std::vector<LayoutId> makes, const partita_kernel_info& info)
      : Made(device, kernel), wants_(std::move(wants)), makes_(std::move(makes)), info_(info) {}

  const std::vector<LayoutId>& wants() const { return wants_; }  // of each operand
  const std::vector<LayoutId>& makes() const { return makes_; }  // of each result
  std::string implementation() const { return info_.implementation; }
  bool is_view() const { return info_.view != 0; }
  bool is_slow() const { return info_.slow != 0; }
  // The operand over which the first result may lie.
  std::optional<std::size_t> may_overwrite() const {
    if (info_.may_overwrite == 0) return std::nullopt;
    return info_.may_overwrite - 1;
  }
  std::size_t workspace() const { return info_.workspace; }

  void bind(const std::vector<void*>& inputs, const std::vector<void*>& outputs, void* workspace);
  void run();

 private:
  std::vector<LayoutId> wants_, makes_;
  partita_kernel_info info_;
};

class DeviceCopy : public detail::Made<partita_copy, detail::end_copy> {
 public:
  using Made::Made;
  void bind(const void* from, void* to);
  void run(partita_queue queue = PARTITA_COMPUTE);
};

// Every call that fails throws Error with the plugin's sentence. Must outlive what it makes.
class Device {
 public:
  // Opened on the calling thread.
  Device(std::shared_ptr<const Plugin> plugin, std::uint32_t processor, const std::string& options);
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  const Plugin& plugin() const { return *plugin_; }
  bool synchronous() const { return synchronous_; }
  std::uint64_t memory() const { return memory_; }              // bytes; 0: not known
  std::uint32_t memory_space() const { return memory_space_; }  // abi.h

  DeviceMemory allocate(std::size_t bytes);
  SharedDeviceMemory allocate_shared(std::size_t bytes);
  OpenedMemory open_shared(const partita_handle& handle);
  PinnedMemory pin(void* host, std::size_t bytes);

  LayoutId plain(const Tensor& tensor);
  std::size_t bytes(LayoutId layout) const;
  std::string text(LayoutId layout) const;

  // Why the layer cannot run; empty: it can.
  std::string gap(const Layer& layer, const IdVector<TensorId, Tensor>& tensors);
  DeviceKernel make_kernel(const Layer& layer, const IdVector<TensorId, Tensor>& tensors,
                           const std::vector<std::optional<LayoutId>>& offered);
  DeviceCopy make_copy(partita_way way, LayoutId from, LayoutId to);

  DeviceEvent make_event();
  void record(const DeviceEvent& event, partita_queue queue);
  void wait(const DeviceEvent& event, partita_queue queue);
  bool happened(const DeviceEvent& event);
  std::int64_t time(const DeviceEvent& event);
  std::int64_t clock_error();
  partita_counters counters();
  void synchronize();  // also where everything is synchronous
  void keep_awake();

  bool sequences() const { return sequences_; }  // it should get them (abi.h)
  // What `queue_all` queues in PARTITA_COMPUTE, without doing it.
  DeviceSequence make_sequence(const std::function<void()>& queue_all);

  partita_device* get() const { return device_; }
  const partita_device_api& api() const { return plugin_->api(); }
  void check(partita_status status, const char* doing) const { plugin_->check(status, doing); }

 private:
  std::shared_ptr<const Plugin> plugin_;
  partita_device* device_ = nullptr;
  bool synchronous_ = true;
  std::uint64_t memory_ = 0;
  std::uint32_t memory_space_ = 0;
  bool sequences_ = false;
};

}  // namespace partita::exec
