// The plugin's processors over the CUDA runtime.
#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <array>
#include <atomic>
#include <cmath>
#include <optional>

#include "exec/device/plugin_device.h"
#include "exec/devices/cuda/check_cuda.h"
#include "exec/devices/cuda/green_context.h"
#include "exec/devices/cuda/processor.h"
#include "exec/devices/cuda/shared_memory.h"

namespace partita::exec::cuda {
namespace {

std::string version_text(int version) {
  return fmt::format("{}.{}", version / 1000, version % 1000 / 10);
}

int count_gpus() {
  int count = 0, driver = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  cudaDriverGetVersion(&driver);
  if (error == cudaErrorInsufficientDriver || driver == 0) {
    cudaGetLastError();
    throw DeviceError(
        PARTITA_UNSUPPORTED,
        driver == 0
            ? "there is no CUDA driver on this computer (no libcuda.so.1): NVIDIA's driver is "
              "missing, or the container does not pass it on"
            : fmt::format("the CUDA driver is for CUDA {}, this plugin needs {}: update the driver",
                          version_text(driver), version_text(CUDART_VERSION)));
  }
  if (error == cudaErrorNoDevice || (error == cudaSuccess && count == 0)) {
    cudaGetLastError();
    throw DeviceError(PARTITA_UNSUPPORTED,
                      "there is a CUDA driver, but no GPU that it can use (is "
                      "CUDA_VISIBLE_DEVICES set?)");
  }
  check_cuda(error, "cannot count the GPUs");
  return count;
}

// Which processor's context is current on this thread; numbers are never used twice.
thread_local std::uint64_t current_processor = 0;
std::atomic<std::uint64_t> last_processor{0};

class CudaProcessor : public Processor {
 public:
  CudaProcessor(int gpu, int multiprocessors) : gpu_(gpu) {
    check_cuda(cudaSetDevice(gpu), "cannot use the GPU");
    current_processor = 0;  // until this one is entered, and if it cannot be made
    if (multiprocessors > 0) {
      // The runtime sets the primary context up at its first real call.
      check_cuda(cudaFree(nullptr), "cannot start the GPU");
      part_.emplace(gpu, multiprocessors);
    }
    enter();
    for (cudaStream_t& stream : streams_) {
      if (part_) {
        stream = part_->make_stream();
      } else {
        check_cuda(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking),
                   "cannot make a queue");
      }
    }
    void* words = nullptr;
    check_cuda(cudaHostAlloc(&words, kWords * sizeof *complaint_, cudaHostAllocMapped),
               "cannot allocate memory that host and GPU share");
    complaint_ = static_cast<std::uint32_t*>(words);
    *complaint_ = kNoComplaint;
    check_cuda(cudaMalloc(&stirred_, kWords * sizeof *complaint_), "cannot allocate memory");
  }

  ~CudaProcessor() override {
    enter_quietly();
    for (const cudaStream_t stream : streams_) {
      if (stream != nullptr) cudaStreamDestroy(stream);
    }
    cudaFree(stirred_);
    cudaFreeHost(complaint_);
    cudaSetDevice(gpu_);
    current_processor = 0;
  }

  std::string pci_bus_id() override {
    enter();
    char text[32] = "";
    check_cuda(cudaDeviceGetPCIBusId(text, sizeof text, gpu_), "cannot ask where the GPU is");
    return text;
  }

  void* allocate(std::uint64_t bytes) override {
    enter();
    void* address = nullptr;
    const std::string doing = fmt::format("cannot allocate {} bytes on the GPU", bytes);
    check_cuda(cudaMalloc(&address, bytes > 0 ? bytes : 1), doing.c_str());
    return address;
  }
  void release(void* address) override {
    enter_quietly();
    cudaFree(address);
  }
  void* allocate_shared(std::uint64_t bytes, partita_handle& handle) override {
    void* const address = allocate(shareable(bytes));
    try {
      handle = shared_.handle_of(address);
    } catch (...) {
      release(address);
      throw;
    }
    return address;
  }
  void* open_shared(const partita_handle& handle) override {
    enter();
    return shared_.open(handle);
  }
  void close_shared(void* address) override {
    enter_quietly();
    shared_.close(address);
  }
  void pin(void* host, std::uint64_t bytes) override {
    enter();
    check_cuda(cudaHostRegister(host, bytes, cudaHostRegisterPortable), "cannot pin host memory");
  }
  void unpin(void* host) override {
    enter_quietly();
    cudaHostUnregister(host);
  }

  Queue queue(partita_queue which) override {
    enter();
    return {stream(which), complaint_};
  }
  void copy(void* to, const void* from, std::uint64_t bytes, partita_way way,
            partita_queue queue) override {
    // To another GPU: whose an address is, the driver knows (unified addressing).
    constexpr std::array kKinds{cudaMemcpyDeviceToDevice, cudaMemcpyHostToDevice,
                                cudaMemcpyDeviceToHost, cudaMemcpyDefault};
    enter();
    check_cuda(cudaMemcpyAsync(to, from, bytes, kKinds.at(way), stream(queue)),
               "cannot queue a copy");
  }

  Event make_event() override {
    enter();
    cudaEvent_t event = nullptr;
    check_cuda(cudaEventCreate(&event), "cannot make an event");
    return event;
  }
  void end_event(Event event) override {
    enter_quietly();
    cudaEventDestroy(static_cast<cudaEvent_t>(event));
  }
  void record(Event event, partita_queue queue) override {
    enter();
    // Noted in a graph, it happens anew whenever that runs (CUDA Runtime API,
    // cudaEventRecordExternal); otherwise it would only order what is noted.
    const bool noted = capturing_ && queue == PARTITA_COMPUTE;
    check_cuda(cudaEventRecordWithFlags(static_cast<cudaEvent_t>(event), stream(queue),
                                        noted ? cudaEventRecordExternal : cudaEventRecordDefault),
               "cannot record an event");
  }
  // Other workers' threads of this process may do meanwhile what a capture forbids.
  void begin_capture() override {
    enter();
    check_cuda(cudaStreamBeginCapture(stream(PARTITA_COMPUTE), cudaStreamCaptureModeThreadLocal),
               "cannot begin a CUDA graph");
    capturing_ = true;
  }
  bool captures() const override { return capturing_; }
  Graph end_capture() override {
    enter();
    capturing_ = false;
    cudaGraph_t noted = nullptr;
    check_cuda(cudaStreamEndCapture(stream(PARTITA_COMPUTE), &noted),
               "what a layer does cannot be made a CUDA graph");
    cudaGraphExec_t graph = nullptr;
    const cudaError_t code = cudaGraphInstantiate(&graph, noted, 0);
    cudaGraphDestroy(noted);
    check_cuda(code, "cannot make a CUDA graph ready to run");
    return graph;
  }
  void run_graph(Graph graph) override {
    enter();
    check_cuda(cudaGraphLaunch(static_cast<cudaGraphExec_t>(graph), stream(PARTITA_COMPUTE)),
               "cannot run a CUDA graph");
  }
  void end_graph(Graph graph) override {
    enter_quietly();
    cudaGraphExecDestroy(static_cast<cudaGraphExec_t>(graph));
  }

  void wait(Event event, partita_queue queue) override {
    enter();
    check_cuda(cudaStreamWaitEvent(stream(queue), static_cast<cudaEvent_t>(event), 0),
               "cannot let a queue wait");
  }
  bool happened(Event event) override {
    enter();
    const cudaError_t error = cudaEventQuery(static_cast<cudaEvent_t>(event));
    if (error == cudaErrorNotReady) return false;
    check_cuda(error, "the GPU failed");
    return true;
  }
  void synchronize(Event event) override {
    enter();
    check_cuda(cudaEventSynchronize(static_cast<cudaEvent_t>(event)), "the GPU failed");
  }
  std::int64_t nanoseconds_between(Event first, Event second) override {
    enter();
    float milliseconds = 0;
    check_cuda(cudaEventElapsedTime(&milliseconds, static_cast<cudaEvent_t>(first),
                                    static_cast<cudaEvent_t>(second)),
               "cannot tell when an event happened");
    return std::llround(static_cast<double>(milliseconds) * 1e6);
  }

  void synchronize() override {
    enter();
    for (const cudaStream_t stream : streams_) {
      check_cuda(cudaStreamSynchronize(stream), "the GPU failed");
    }
    // Written by the GPU: read once, and for real.
    const std::uint32_t complaint = *static_cast<volatile std::uint32_t*>(complaint_);
    if (complaint == kNoComplaint) return;
    *complaint_ = kNoComplaint;
    throw DeviceError(PARTITA_INVALID, "an index is outside of the extent that it counts in");
  }

  void stir() override {
    enter();
    constexpr std::size_t kWord = sizeof *complaint_;
    auto* const there = static_cast<std::uint32_t*>(stirred_);
    check_cuda(cudaMemcpyAsync(there + PARTITA_COPY_IN, complaint_ + PARTITA_COPY_IN + 1, kWord,
                               cudaMemcpyHostToDevice, stream(PARTITA_COPY_IN)),
               "cannot queue a copy");
    check_cuda(cudaMemsetAsync(there + PARTITA_COMPUTE, 0, kWord, stream(PARTITA_COMPUTE)),
               "cannot queue a kernel");
    check_cuda(cudaMemcpyAsync(complaint_ + PARTITA_COPY_OUT + 1, there + PARTITA_COPY_OUT, kWord,
                               cudaMemcpyDeviceToHost, stream(PARTITA_COPY_OUT)),
               "cannot queue a copy");
    for (const cudaStream_t stream : streams_) {
      check_cuda(cudaStreamSynchronize(stream), "the GPU failed");
    }
  }

 private:
  cudaStream_t stream(partita_queue which) const { return streams_.at(which); }

  void enter() const {
    if (current_processor == number_) return;
    if (part_) {
      part_->enter();
    } else {
      check_cuda(cudaSetDevice(gpu_), "cannot use the GPU");
    }
    current_processor = number_;
  }

  // For what ends things: nothing can be done about what fails there.
  void enter_quietly() const noexcept {
    try {
      enter();
    } catch (const DeviceError&) {
    }
  }

  const int gpu_;
  const std::uint64_t number_ = ++last_processor;
  std::optional<GreenContext> part_;
  std::array<cudaStream_t, PARTITA_QUEUES> streams_{};
  // What host and GPU share: a complaint, then what stir() copies, a word a queue.
  static constexpr std::size_t kWords = 1 + PARTITA_QUEUES;
  std::uint32_t* complaint_ = nullptr;
  void* stirred_ = nullptr;
  SharedMemories shared_{gpu_};
  bool capturing_ = false;
};

}  // namespace

std::vector<Gpu> gpus() {
  std::vector<Gpu> all(static_cast<std::size_t>(count_gpus()));
  int driver = 0;
  check_cuda(cudaDriverGetVersion(&driver), "cannot ask for the driver's version");
  for (std::size_t i = 0; i < all.size(); ++i) {
    cudaDeviceProp properties{};
    check_cuda(cudaGetDeviceProperties(&properties, static_cast<int>(i)),
               "cannot ask for a GPU's properties");
    all[i] = {
        properties.name,
        fmt::format("CUDA {}, driver for {}", version_text(CUDART_VERSION), version_text(driver)),
        properties.totalGlobalMem, properties.multiProcessorCount};
  }
  return all;
}

std::unique_ptr<Processor> open_processor(int gpu, int multiprocessors) {
  return std::make_unique<CudaProcessor>(gpu, multiprocessors);
}

}  // namespace partita::exec::cuda
