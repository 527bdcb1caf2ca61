// The device plugin "fake": a device with queues that is not there. It computes what the reference
// executor does, takes as long as it is told, and does wrong what it is told to: so that whatever
// drives devices can be tested on any computer.
//
// Options: times=FILE (CSV "layer,nanoseconds"), time=NS (of layers that it does not name),
// copy_setup=NS, copy_ns_per_mb=NS, peer_setup=NS, peer_ns_per_mb=NS (of copies to other devices; by
// default like the others), look=NS (that it takes to learn whether an event has happened), graphs=1
// (layers in sequences), pageable=1 (copies from and to the host take twice as long), watts=N and
// clock_khz=N (what it counts), memory=BYTES, clock_error=NS, fault=KIND[@N] (faults.h).
#include <fmt/format.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <limits>
#include <utility>

#include "exec/device/plain_layouts.h"
#include "exec/device/plugin_device.h"
#include "exec/devices/cpu_reference/reference_kernel.h"
#include "exec/devices/fake/faults.h"
#include "exec/devices/fake/queue.h"
#include "exec/devices/fake/shared_blocks.h"
#include "exec/reference/reference.h"
#include "models/base/file.h"

namespace partita::exec {
namespace {

constexpr std::uint64_t kGibibyte = std::uint64_t{1} << 30;
constexpr std::uint64_t kMemory = 8 * kGibibyte;

std::map<std::string, std::int64_t> times_of(const std::string& file) {
  std::map<std::string, std::int64_t> times;
  if (file.empty()) return times;
  std::int64_t line = 0;
  const std::string text = read_file(file);
  for (std::size_t at = 0; at < text.size(); ++line) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string row = text.substr(at, end - at);
    at = end + 1;
    if (line == 0 || row.empty()) continue;
    // Names may hold commas; times do not.
    const std::size_t comma = row.rfind(',');
    char* stop = nullptr;
    const long long time =
        comma == std::string::npos ? -1 : std::strtoll(row.c_str() + comma + 1, &stop, 10);
    if (time < 0 || stop != row.c_str() + row.size()) {
      throw DeviceError(
          PARTITA_INVALID,
          fmt::format("{}:{}: '{}' is not of the form layer,nanoseconds", file, line + 1, row));
    }
    times[row.substr(0, comma)] = time;
  }
  return times;
}

class FakeDevice : public PluginDevice {
 public:
  explicit FakeDevice(DeviceOptions& options)
      : times_(times_of(options.text("times"))),
        time_(options.integer("time", 0)),
        copy_setup_(options.integer("copy_setup", 0)),
        copy_ns_per_mb_(options.integer("copy_ns_per_mb", 0)),
        peer_setup_(options.integer("peer_setup", copy_setup_)),
        peer_ns_per_mb_(options.integer("peer_ns_per_mb", copy_ns_per_mb_)),
        memory_(static_cast<std::uint64_t>(
            options.integer("memory", static_cast<std::int64_t>(kMemory)))),
        pageable_(options.integer("pageable", 0) != 0),
        look_(options.integer("look", 0)),
        clock_error_(options.integer("clock_error", 0)),
        watts_(options.integer("watts", 0)),
        clock_khz_(options.integer("clock_khz", 0)),
        fault_(fault_named(options.text("fault"))) {
    options.integer("graphs", 0);  // the list of processors says it
    if (fault_.kind == Fault::Kind::Open) {
      throw DeviceError(PARTITA_LOST, "the device has fallen off the bus, as it was told to");
    }
  }

  void* allocate(std::uint64_t bytes) override {
    take(bytes);
    void* address = PluginDevice::allocate(bytes);
    sizes_[address] = bytes;
    return address;
  }
  void release(void* address) override {
    synchronize_quietly();
    allocated_ -= sizes_.at(address);
    sizes_.erase(address);
    if (shared_.has(address)) {
      shared_.end(address);
    } else {
      PluginDevice::release(address);
    }
  }

  void* allocate_shared(std::uint64_t bytes, partita_handle& handle) override {
    take(bytes);
    void* address = shared_.make(bytes, handle);
    sizes_[address] = bytes;
    return address;
  }
  void* open_shared(const partita_handle& handle) override {
    if (fault_.kind == Fault::Kind::Peer) {
      throw DeviceError(PARTITA_UNSUPPORTED, "there is no way to that device, as it was told");
    }
    return shared_.open(handle);
  }
  void close_shared(void* address) override {
    synchronize_quietly();
    shared_.end(address);
  }

  partita_layout plain(const Tensor& tensor) override { return layouts_.number_of(tensor); }
  std::uint64_t layout_bytes(partita_layout layout) override { return layouts_.bytes(layout); }
  const char* layout_text(partita_layout) override { return "plain"; }

  std::string gap(const Layer& layer, const IdVector<TensorId, Tensor>& tensors) override {
    return reference_gap(layer, tensors);
  }
  Made make_kernel(const Layer& layer, const IdVector<TensorId, Tensor>& tensors,
                   const std::vector<partita_layout>&) override;
  std::unique_ptr<PluginCopy> make_copy(partita_way way, partita_layout from,
                                        partita_layout to) override;

  std::unique_ptr<PluginEvent> make_event() override { return std::make_unique<FakeEvent>(); }
  void record(PluginEvent& event, partita_queue queue) override {
    do_or_note([this, &event, queue] {
      const auto mark = std::make_shared<Mark>();
      static_cast<FakeEvent&>(event).mark = mark;
      queues_[queue].put([this, mark] { mark->happen(clock_offset_); });
    });
  }
  void wait(PluginEvent& event, partita_queue queue) override {
    queues_[queue].wait_for(recorded(event));
  }
  bool happened(PluginEvent& event) override {
    for (const FakeQueue& queue : queues_) queue.rethrow();
    const bool yes = recorded(event)->happened();
    if (look_ > 0) sleep_until(fake_now() + look_);
    return yes;
  }
  std::int64_t event_time(PluginEvent& event) override {
    if (!recorded(event)->happened()) {
      throw DeviceError(PARTITA_INVALID, "an event that has not happened has no time");
    }
    return recorded(event)->time();
  }
  std::int64_t clock_error() override { return clock_error_; }
  void synchronize() override {
    for (FakeQueue& queue : queues_) queue.drain();
  }

  // As a device of that power would count that has been on since the clock began.
  partita_counters counters() override {
    return {static_cast<std::uint64_t>(fake_now() / 1000 * watts_),
            static_cast<std::uint32_t>(clock_khz_), 0};
  }

  void begin_sequence() override {
    if (fault_.kind == Fault::Kind::Sequence) {
      throw DeviceError(PARTITA_UNSUPPORTED, "layers cannot be noted, as it was told");
    }
    noting_ = true;
  }
  std::unique_ptr<PluginSequence> end_sequence() override;

  // Does it now, or whenever the sequence runs that is being noted.
  void do_or_note(std::function<void()> work) {
    if (noting_) {
      noted_.push_back(std::move(work));
    } else {
      work();
    }
  }
  FakeQueue& queue(partita_queue which) { return queues_[which]; }
  std::int64_t time_of(const std::string& layer) const {
    const auto given = times_.find(layer);
    return given == times_.end() ? time_ : given->second;
  }
  std::int64_t copy_time(partita_way way, std::uint64_t bytes) const {
    const auto of = [bytes](std::int64_t setup, std::int64_t ns_per_mb) {
      return setup + static_cast<std::int64_t>(bytes) * ns_per_mb / 1'000'000;
    };
    switch (way) {
      case PARTITA_WITHIN: return 0;
      case PARTITA_PEER: return of(peer_setup_, peer_ns_per_mb_);
      default: return of(copy_setup_, copy_ns_per_mb_) * (pageable_ ? 2 : 1);
    }
  }

  // In the compute queue, at each layer: what is wrong with it.
  Fault::Kind fault_of_next() {
    return layers_run_++ == fault_.at ? fault_.kind : Fault::Kind::None;
  }
  void turn_clock_back() { clock_offset_ -= 1'000'000'000; }

 private:
  void take(std::uint64_t bytes) {
    if (fault_.kind == Fault::Kind::Memory || bytes > memory_ - allocated_) {
      throw DeviceError(
          PARTITA_NO_MEMORY,
          fmt::format("the device has {} bytes, of which {} are taken", memory_, allocated_));
    }
    allocated_ += bytes;
  }
  static const std::shared_ptr<Mark>& recorded(PluginEvent& event) {
    const auto& mark = static_cast<FakeEvent&>(event).mark;
    if (!mark) throw DeviceError(PARTITA_INVALID, "an event that was never recorded");
    return mark;
  }
  void synchronize_quietly() {
    for (FakeQueue& queue : queues_) {
      try {
        queue.drain();
      } catch (const DeviceError&) {
        // Told to whoever runs something.
      }
    }
  }

  const std::map<std::string, std::int64_t> times_;
  const std::int64_t time_, copy_setup_, copy_ns_per_mb_, peer_setup_, peer_ns_per_mb_;
  const std::uint64_t memory_;
  const bool pageable_;
  const std::int64_t look_, clock_error_, watts_, clock_khz_;
  const Fault fault_;
  PlainLayouts layouts_;
  std::uint64_t allocated_ = 0;
  std::map<void*, std::uint64_t> sizes_;
  SharedBlocks shared_;
  bool noting_ = false;
  std::vector<std::function<void()>> noted_;
  std::int64_t layers_run_ = 0;
  std::atomic<std::int64_t> clock_offset_{0};
  std::array<FakeQueue, PARTITA_QUEUES> queues_;  // last: their threads use the rest
};

class FakeKernel : public PluginKernel {
 public:
  FakeKernel(FakeDevice& device, const Layer& layer, const IdVector<TensorId, Tensor>& tensors)
      : device_(device), kernel_(layer, tensors), first_result_(tensors[layer.outputs.at(0)]) {}

  void bind(void* const* inputs, void* const* outputs, void*) override {
    kernel_.bind(inputs, outputs);
    result_ = outputs[0];
  }
  void run() override {
    device_.do_or_note([this] { device_.queue(PARTITA_COMPUTE).put([this] { work(); }); });
  }

 private:
  void work() {
    const std::int64_t end = fake_now() + device_.time_of(kernel_.layer().name);
    const Fault::Kind fault = device_.fault_of_next();
    if (fault == Fault::Kind::Fail) {
      throw Error(fmt::format("layer '{}' failed, as it was told to", kernel_.layer().name));
    }
    if (fault == Fault::Kind::Crash) std::abort();
    while (fault == Fault::Kind::Hang && !device_.queue(PARTITA_COMPUTE).stopping()) {
      sleep_until(fake_now() + 1'000'000);
    }
    kernel_.run();
    if (fault == Fault::Kind::Nan && first_result_.type == DataType::F32) {
      *static_cast<float*>(result_) = std::numeric_limits<float>::quiet_NaN();
    }
    sleep_until(end);
    if (fault == Fault::Kind::Backwards) device_.turn_clock_back();
  }

  FakeDevice& device_;
  ReferenceKernel kernel_;
  const Tensor first_result_;
  void* result_ = nullptr;
};

class FakeCopy : public PluginCopy {
 public:
  FakeCopy(FakeDevice& device, std::uint64_t bytes, partita_way way)
      : device_(device), bytes_(bytes), time_(device.copy_time(way, bytes)) {}
  void bind(const void* from, void* to) override {
    from_ = from;
    to_ = to;
  }
  void run(partita_queue queue) override {
    device_.do_or_note([this, queue] {
      device_.queue(queue).put([this] {
        const std::int64_t end = fake_now() + time_;
        std::memcpy(to_, from_, bytes_);
        sleep_until(end);
      });
    });
  }

 private:
  FakeDevice& device_;
  std::uint64_t bytes_;
  std::int64_t time_;
  const void* from_ = nullptr;
  void* to_ = nullptr;
};

class FakeSequence : public PluginSequence {
 public:
  explicit FakeSequence(std::vector<std::function<void()>> noted) : noted_(std::move(noted)) {}
  void run() override {
    for (const auto& work : noted_) work();
  }

 private:
  std::vector<std::function<void()>> noted_;
};

std::unique_ptr<PluginSequence> FakeDevice::end_sequence() {
  noting_ = false;
  return std::make_unique<FakeSequence>(std::exchange(noted_, {}));
}

PluginDevice::Made FakeDevice::make_kernel(const Layer& layer,
                                           const IdVector<TensorId, Tensor>& tensors,
                                           const std::vector<partita_layout>&) {
  Made made;
  made.wants = layouts_.numbers_of(layer.inputs, tensors);
  made.makes = layouts_.numbers_of(layer.outputs, tensors);
  copy_text(made.info.implementation, "fake");
  made.kernel = std::make_unique<FakeKernel>(*this, layer, tensors);
  return made;
}

std::unique_ptr<PluginCopy> FakeDevice::make_copy(partita_way way, partita_layout from,
                                                  partita_layout) {
  return std::make_unique<FakeCopy>(*this, layouts_.bytes(from), way);
}

std::vector<partita_processor> processors(DeviceOptions& options) {
  std::vector<partita_processor> all(2);
  for (std::size_t i = 0; i < all.size(); ++i) {
    copy_text(all[i].name, fmt::format("fake{}", i));
    all[i].sequences = options.integer("graphs", 0) != 0 ? 1 : 0;
    all[i].memory_space = static_cast<std::uint32_t>(i + 1);
    copy_text(all[i].description, "a device that is not there, for tests");
    all[i].memory =
        static_cast<std::uint64_t>(options.integer("memory", static_cast<std::int64_t>(kMemory)));
  }
  return all;
}

std::unique_ptr<PluginDevice> open(std::uint32_t, DeviceOptions& options) {
  return std::make_unique<FakeDevice>(options);
}

}  // namespace
}  // namespace partita::exec

PARTITA_PLUGIN_ENTRY(std::uint32_t abi) {
  using namespace partita::exec;
  return device_api(abi, "fake", "nothing that is there", processors, open);
}
