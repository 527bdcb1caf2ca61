// What a plugin that is written in C++ implements; device_api() makes the C table of it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "exec/device/abi.h"
#include "models/base/diagnostics.h"
#include "models/network/network.h"

namespace partita::exec {

// A failure with a status of its own; any other exception is PARTITA_FAILED.
class DeviceError : public Error {
 public:
  DeviceError(partita_status status, const std::string& sentence)
      : Error(sentence), status_(status) {}
  partita_status status() const { return status_; }

 private:
  partita_status status_;
};

// "key=value,key=value" of a machine file. Throws DeviceError where that is not its form.
class DeviceOptions {
 public:
  explicit DeviceOptions(const std::string& text);

  std::string text(const std::string& key, const std::string& otherwise = "");
  std::int64_t integer(const std::string& key, std::int64_t otherwise);
  // Throws DeviceError for the keys that nobody has asked for.
  void refuse_others() const;

 private:
  std::map<std::string, std::string> values_;
  std::set<std::string> asked_;
};

class PluginKernel {
 public:
  virtual ~PluginKernel() = default;
  virtual void bind(void* const* inputs, void* const* outputs, void* workspace) = 0;
  virtual void run() = 0;
};

class PluginCopy {
 public:
  virtual ~PluginCopy() = default;
  virtual void bind(const void* from, void* to) = 0;
  virtual void run(partita_queue queue) = 0;
};

class PluginSequence {
 public:
  virtual ~PluginSequence() = default;
  virtual void run() = 0;
};

class PluginEvent {
 public:
  virtual ~PluginEvent() = default;
};

// abi.h says what each of these means. Memory is the host's and everything is synchronous unless a
// device overrides that.
class PluginDevice {
 public:
  struct Made {
    std::unique_ptr<PluginKernel> kernel;
    std::vector<partita_layout> wants, makes;
    partita_kernel_info info{};
  };

  virtual ~PluginDevice() = default;

  virtual void* allocate(std::uint64_t bytes);
  virtual void release(void* address);
  virtual void pin(void*, std::uint64_t) {}
  virtual void unpin(void*) {}
  virtual void* allocate_shared(std::uint64_t bytes, partita_handle& handle);
  virtual void* open_shared(const partita_handle& handle);
  virtual void close_shared(void*) {}

  virtual partita_layout plain(const Tensor& tensor) = 0;
  virtual std::uint64_t layout_bytes(partita_layout layout) = 0;
  virtual const char* layout_text(partita_layout layout) = 0;

  // Why the layer cannot run; empty: it can.
  virtual std::string gap(const Layer& layer, const IdVector<TensorId, Tensor>& tensors) = 0;
  virtual Made make_kernel(const Layer& layer, const IdVector<TensorId, Tensor>& tensors,
                           const std::vector<partita_layout>& offered) = 0;
  virtual std::unique_ptr<PluginCopy> make_copy(partita_way way, partita_layout from,
                                                partita_layout to) = 0;

  virtual std::unique_ptr<PluginEvent> make_event();
  virtual void record(PluginEvent&, partita_queue) {}
  virtual void wait(PluginEvent&, partita_queue) {}
  virtual bool happened(PluginEvent&) { return true; }
  virtual std::int64_t event_time(PluginEvent&);
  virtual std::int64_t clock_error() { return 0; }
  virtual void synchronize() {}
  virtual void keep_awake() {}

  virtual partita_counters counters() { return {}; }

  virtual void begin_sequence();
  virtual std::unique_ptr<PluginSequence> end_sequence();
};

// Cut to fit, always terminated.
template <std::size_t N>
void copy_text(char (&to)[N], const std::string& text) {
  text.copy(to, N - 1);
  to[text.size() < N ? text.size() : N - 1] = '\0';
}

using ListProcessors = std::vector<partita_processor> (*)(DeviceOptions& options);
using OpenDevice = std::unique_ptr<PluginDevice> (*)(std::uint32_t processor,
                                                     DeviceOptions& options);

// Fills in the table; once in a plugin. The texts must live as long as the plugin.
const partita_device_api* device_api(std::uint32_t abi, const char* name, const char* computes,
                                     ListProcessors processors, OpenDevice open);

}  // namespace partita::exec

#define PARTITA_PLUGIN_ENTRY \
  extern "C" __attribute__((visibility("default"))) const partita_device_api* partita_device_plugin
