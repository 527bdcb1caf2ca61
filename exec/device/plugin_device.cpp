#include "exec/device/plugin_device.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <cstdlib>
#include <new>

#include "exec/device/buffer.h"
#include "exec/device/lowering.h"

namespace partita::exec {
namespace {

// The sentence of this thread's last failure.
thread_local std::string last_sentence;
ListProcessors list_processors;
OpenDevice open_device;

template <class Work>
partita_status guarded(Work work) {
  try {
    work();
    return PARTITA_OK;
  } catch (const DeviceError& e) {
    last_sentence = e.what();
    return e.status();
  } catch (const std::bad_alloc&) {
    last_sentence = "there is not enough memory";
    return PARTITA_NO_MEMORY;
  } catch (const std::exception& e) {
    last_sentence = e.what();
    return PARTITA_FAILED;
  }
}

PluginDevice* of(partita_device* device) { return reinterpret_cast<PluginDevice*>(device); }
PluginKernel* of(partita_kernel* kernel) { return reinterpret_cast<PluginKernel*>(kernel); }
PluginCopy* of(partita_copy* copy) { return reinterpret_cast<PluginCopy*>(copy); }
PluginSequence* of(partita_sequence* sequence) {
  return reinterpret_cast<PluginSequence*>(sequence);
}
PluginEvent* of(partita_event* event) { return reinterpret_cast<PluginEvent*>(event); }

const char* last_error() { return last_sentence.c_str(); }

partita_status processors(const char* text, partita_processor* list, std::uint32_t capacity,
                          std::uint32_t* count) {
  return guarded([&] {
    DeviceOptions options(text);
    const std::vector<partita_processor> all = list_processors(options);
    for (std::size_t i = 0; i < all.size() && i < capacity; ++i) list[i] = all[i];
    *count = static_cast<std::uint32_t>(all.size());
  });
}

partita_status open(std::uint32_t processor, const char* text, partita_device** device) {
  return guarded([&] {
    DeviceOptions options(text);
    std::unique_ptr<PluginDevice> opened = open_device(processor, options);
    options.refuse_others();
    *device = reinterpret_cast<partita_device*>(opened.release());
  });
}
void close(partita_device* device) { delete of(device); }

partita_status allocate(partita_device* device, std::uint64_t bytes, void** address) {
  return guarded([&] { *address = of(device)->allocate(bytes); });
}
void release(partita_device* device, void* address) { of(device)->release(address); }
partita_status pin(partita_device* device, void* host, std::uint64_t bytes) {
  return guarded([&] { of(device)->pin(host, bytes); });
}
void unpin(partita_device* device, void* host) { of(device)->unpin(host); }
partita_status allocate_shared(partita_device* device, std::uint64_t bytes, void** address,
                               partita_handle* handle) {
  return guarded([&] { *address = of(device)->allocate_shared(bytes, *handle); });
}
partita_status open_shared(partita_device* device, const partita_handle* handle, void** address) {
  return guarded([&] { *address = of(device)->open_shared(*handle); });
}
void close_shared(partita_device* device, void* address) { of(device)->close_shared(address); }

partita_status plain(partita_device* device, const partita_tensor* tensor, partita_layout* layout) {
  return guarded([&] { *layout = of(device)->plain(raised(*tensor)); });
}
std::uint64_t layout_bytes(partita_device* device, partita_layout layout) {
  return of(device)->layout_bytes(layout);
}
const char* layout_text(partita_device* device, partita_layout layout) {
  return of(device)->layout_text(layout);
}

partita_status can_run(partita_device* device, const partita_layer* layer) {
  return guarded([&] {
    const RaisedLayer own = raised(*layer);
    const std::string gap = of(device)->gap(own.layer, own.tensors);
    if (!gap.empty()) throw DeviceError(PARTITA_UNSUPPORTED, gap);
  });
}
partita_status make_kernel(partita_device* device, const partita_layer* layer,
                           const partita_layout* offered, partita_layout* wants,
                           partita_layout* makes, partita_kernel_info* info,
                           partita_kernel** kernel) {
  return guarded([&] {
    const RaisedLayer own = raised(*layer);
    PluginDevice::Made made =
        of(device)->make_kernel(own.layer, own.tensors, {offered, offered + layer->inputs});
    std::copy(made.wants.begin(), made.wants.end(), wants);
    std::copy(made.makes.begin(), made.makes.end(), makes);
    *info = made.info;
    *kernel = reinterpret_cast<partita_kernel*>(made.kernel.release());
  });
}
void end_kernel(partita_device*, partita_kernel* kernel) { delete of(kernel); }
partita_status bind(partita_device*, partita_kernel* kernel, void* const* inputs,
                    void* const* outputs, void* workspace) {
  return guarded([&] { of(kernel)->bind(inputs, outputs, workspace); });
}
partita_status run(partita_device*, partita_kernel* kernel) {
  return guarded([&] { of(kernel)->run(); });
}

partita_status make_copy(partita_device* device, std::uint32_t way, partita_layout from,
                         partita_layout to, partita_copy** copy) {
  return guarded([&] {
    *copy = reinterpret_cast<partita_copy*>(
        of(device)->make_copy(static_cast<partita_way>(way), from, to).release());
  });
}
void end_copy(partita_device*, partita_copy* copy) { delete of(copy); }
partita_status bind_copy(partita_device*, partita_copy* copy, const void* from, void* to) {
  return guarded([&] { of(copy)->bind(from, to); });
}
partita_status run_copy(partita_device*, partita_copy* copy, std::uint32_t queue) {
  return guarded([&] { of(copy)->run(static_cast<partita_queue>(queue)); });
}

partita_status make_event(partita_device* device, partita_event** event) {
  return guarded(
      [&] { *event = reinterpret_cast<partita_event*>(of(device)->make_event().release()); });
}
void end_event(partita_device*, partita_event* event) { delete of(event); }
partita_status record(partita_device* device, partita_event* event, std::uint32_t queue) {
  return guarded([&] { of(device)->record(*of(event), static_cast<partita_queue>(queue)); });
}
partita_status wait(partita_device* device, partita_event* event, std::uint32_t queue) {
  return guarded([&] { of(device)->wait(*of(event), static_cast<partita_queue>(queue)); });
}
partita_status happened(partita_device* device, partita_event* event, std::uint32_t* yes) {
  return guarded([&] { *yes = of(device)->happened(*of(event)) ? 1 : 0; });
}
partita_status event_time(partita_device* device, partita_event* event, std::int64_t* time) {
  return guarded([&] { *time = of(device)->event_time(*of(event)); });
}
partita_status clock_error(partita_device* device, std::int64_t* nanoseconds) {
  return guarded([&] { *nanoseconds = of(device)->clock_error(); });
}
partita_status synchronize(partita_device* device) {
  return guarded([&] { of(device)->synchronize(); });
}
partita_status keep_awake(partita_device* device) {
  return guarded([&] { of(device)->keep_awake(); });
}

partita_status counters(partita_device* device, partita_counters* counters) {
  return guarded([&] { *counters = of(device)->counters(); });
}

partita_status begin_sequence(partita_device* device) {
  return guarded([&] { of(device)->begin_sequence(); });
}
partita_status end_sequence(partita_device* device, partita_sequence** sequence) {
  return guarded([&] {
    *sequence = reinterpret_cast<partita_sequence*>(of(device)->end_sequence().release());
  });
}
partita_status run_sequence(partita_device*, partita_sequence* sequence) {
  return guarded([&] { of(sequence)->run(); });
}
void drop_sequence(partita_device*, partita_sequence* sequence) { delete of(sequence); }

[[noreturn]] void no_sequences() {
  throw DeviceError(PARTITA_UNSUPPORTED, "this kind of device makes no sequences");
}

[[noreturn]] void no_sharing() {
  throw DeviceError(PARTITA_UNSUPPORTED, "this kind of device shares no memory with others");
}

[[noreturn]] void no_queues() {
  throw DeviceError(PARTITA_UNSUPPORTED, "a synchronous processor has no queues and no events");
}

}  // namespace

DeviceOptions::DeviceOptions(const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::string part = text.substr(at, end - at);
    const std::size_t equals = part.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw DeviceError(PARTITA_INVALID,
                        fmt::format("option '{}' is not of the form key=value", part));
    }
    if (!values_.emplace(part.substr(0, equals), part.substr(equals + 1)).second) {
      throw DeviceError(PARTITA_INVALID,
                        fmt::format("option '{}' is given twice", part.substr(0, equals)));
    }
    at = end + 1;
  }
}

std::string DeviceOptions::text(const std::string& key, const std::string& otherwise) {
  asked_.insert(key);
  const auto found = values_.find(key);
  return found == values_.end() ? otherwise : found->second;
}

std::int64_t DeviceOptions::integer(const std::string& key, std::int64_t otherwise) {
  const std::string value = text(key);
  if (value.empty()) return otherwise;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size()) {
    throw DeviceError(PARTITA_INVALID,
                      fmt::format("option '{}={}' must be a whole number", key, value));
  }
  return number;
}

void DeviceOptions::refuse_others() const {
  std::vector<std::string> unknown;
  for (const auto& [key, value] : values_) {
    if (asked_.count(key) == 0) unknown.push_back(key);
  }
  if (unknown.empty()) return;
  throw DeviceError(
      PARTITA_INVALID,
      fmt::format("there is no option '{}' (there are: {})", fmt::join(unknown, "', '"),
                  asked_.empty() ? "none" : fmt::format("{}", fmt::join(asked_, ", "))));
}

void* PluginDevice::allocate(std::uint64_t bytes) { return Buffer(bytes).release(); }
void PluginDevice::release(void* address) { std::free(address); }
void* PluginDevice::allocate_shared(std::uint64_t, partita_handle&) { no_sharing(); }
void* PluginDevice::open_shared(const partita_handle&) { no_sharing(); }
std::unique_ptr<PluginEvent> PluginDevice::make_event() { no_queues(); }
void PluginDevice::begin_sequence() { no_sequences(); }
std::unique_ptr<PluginSequence> PluginDevice::end_sequence() { no_sequences(); }
std::int64_t PluginDevice::event_time(PluginEvent&) { no_queues(); }

const partita_device_api* device_api(std::uint32_t abi, const char* name, const char* computes,
                                     ListProcessors lister, OpenDevice opener) {
  if (abi != PARTITA_DEVICE_ABI) return nullptr;
  // Once: workers that share a process load a plugin at the same time.
  [[maybe_unused]] static const bool known = [&] {
    list_processors = lister;
    open_device = opener;
    return true;
  }();
  static const partita_device_api api{PARTITA_DEVICE_ABI,
                                      sizeof(partita_device_api),
                                      name,
                                      computes,
                                      last_error,
                                      processors,
                                      open,
                                      close,
                                      allocate,
                                      release,
                                      pin,
                                      unpin,
                                      allocate_shared,
                                      open_shared,
                                      close_shared,
                                      plain,
                                      layout_bytes,
                                      layout_text,
                                      can_run,
                                      make_kernel,
                                      end_kernel,
                                      bind,
                                      run,
                                      make_copy,
                                      end_copy,
                                      bind_copy,
                                      run_copy,
                                      make_event,
                                      end_event,
                                      record,
                                      wait,
                                      happened,
                                      event_time,
                                      clock_error,
                                      synchronize,
                                      keep_awake,
                                      counters,
                                      begin_sequence,
                                      end_sequence,
                                      run_sequence,
                                      drop_sequence};
  return &api;
}

}  // namespace partita::exec
