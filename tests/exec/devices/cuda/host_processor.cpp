// Two GPUs of host memory: queues whose work is done when it is queued, kernels as plain loops. With
// it the whole plugin but for its calls of CUDA is tested on any machine.
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <ctime>
#include <map>
#include <mutex>

#include "exec/device/plugin_device.h"
#include "exec/devices/cuda/multiprocessor_sets.h"
#include "exec/devices/cuda/plugin.h"
#include "exec/devices/cuda/processor.h"

namespace partita::exec::cuda {
namespace {

constexpr int kGranule = 8;
constexpr std::size_t kGroups = 16, kGpus = 2;
// The device's clock is another than the host's: it counts from an hour ago.
constexpr std::int64_t kClockOffset = 3'600'000'000'000;

std::int64_t device_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec + kClockOffset;
}

std::mutex taken_mutex;
std::map<int, TakenGroups> taken;

struct Where {
  int process, gpu;
  void* address;
};

struct HostEvent {
  std::int64_t time = 0;
  bool recorded = false;
};
HostEvent& of(Processor::Event event) { return *static_cast<HostEvent*>(event); }

class HostProcessor : public Processor {
 public:
  HostProcessor(int gpu, int multiprocessors) : gpu_(gpu) {
    if (multiprocessors == 0) return;
    const std::scoped_lock lock(taken_mutex);
    groups_ = taken.try_emplace(gpu, kGroups)
                  .first->second.take(groups_for(multiprocessors, kGranule, kGroups));
  }
  ~HostProcessor() override {
    const std::scoped_lock lock(taken_mutex);
    if (!groups_.empty()) taken.at(gpu_).give_back(groups_);
  }

  std::string pci_bus_id() override { return gpu_ == 0 ? "0000:01:00.0" : "0000:02:00.0"; }

  // Rubbish, as a GPU's memory is.
  void* allocate(std::uint64_t bytes) override {
    void* address = std::aligned_alloc(256, (bytes + 256) / 256 * 256);
    if (address == nullptr) throw DeviceError(PARTITA_NO_MEMORY, "there is not enough memory");
    std::memset(address, 0x7f, bytes);
    return address;
  }
  void release(void* address) override { std::free(address); }
  void* allocate_shared(std::uint64_t bytes, partita_handle& handle) override {
    void* const address = allocate(bytes);
    const Where where{getpid(), gpu_, address};
    std::memcpy(handle.bytes, &where, sizeof where);
    return address;
  }
  void* open_shared(const partita_handle& handle) override {
    Where where{};
    std::memcpy(&where, handle.bytes, sizeof where);
    if (where.process != getpid()) {
      throw DeviceError(PARTITA_UNSUPPORTED, "memory of another process");
    }
    return where.address;
  }
  void close_shared(void*) override {}
  // Plain loops are done when they are queued.
  void begin_capture() override {
    throw DeviceError(PARTITA_UNSUPPORTED, "plain loops cannot be made a graph");
  }
  bool captures() const override { return false; }
  Graph end_capture() override { return nullptr; }
  void run_graph(Graph) override {}
  void end_graph(Graph) override {}
  void pin(void*, std::uint64_t) override {}
  void unpin(void*) override {}

  Queue queue(partita_queue) override { return {nullptr, &complaint_}; }
  void copy(void* to, const void* from, std::uint64_t bytes, partita_way, partita_queue) override {
    std::memcpy(to, from, bytes);
  }

  Event make_event() override { return new HostEvent; }
  void end_event(Event event) override { delete &of(event); }
  void record(Event event, partita_queue) override { of(event) = {device_now(), true}; }
  void wait(Event event, partita_queue) override { need(event); }
  bool happened(Event event) override { return need(event).recorded; }
  void synchronize(Event event) override { need(event); }
  std::int64_t nanoseconds_between(Event first, Event second) override {
    return need(second).time - need(first).time;
  }
  void synchronize() override {
    if (complaint_ == kNoComplaint) return;
    complaint_ = kNoComplaint;
    throw DeviceError(PARTITA_INVALID, "an index is outside of the extent that it counts in");
  }
  void stir() override {}

 private:
  // CUDA lets a queue that waits for an event that nobody has recorded go on at once: whoever does
  // that has forgotten something.
  static const HostEvent& need(Event event) {
    if (!of(event).recorded) throw DeviceError(PARTITA_INVALID, "an event that nobody recorded");
    return of(event);
  }

  const int gpu_;
  std::vector<std::size_t> groups_;
  std::uint32_t complaint_ = kNoComplaint;
};

}  // namespace

std::vector<Gpu> gpus() {
  return std::vector<Gpu>(
      kGpus, {"host memory", "no CUDA", std::uint64_t{1} << 30, kGranule * int{kGroups} + 4});
}

std::unique_ptr<Processor> open_processor(int gpu, int multiprocessors) {
  return std::make_unique<HostProcessor>(gpu, multiprocessors);
}

}  // namespace partita::exec::cuda

PARTITA_PLUGIN_ENTRY(std::uint32_t abi) {
  return partita::exec::cuda::plugin(abi, "cuda-on-host", "plain loops");
}
