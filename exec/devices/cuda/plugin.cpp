// The device plugin "cuda": GPUs, or parts of them, that work through three queues each.
//
// Options: device=N (only that GPU), multiprocessors=N (a part of the GPU of so many), libraries=own
// (no cuBLASLt and cuDNN; by default what is installed is used), graphs=1 (layers that need not wait
// go as one CUDA graph), pageable=1 (host memory is not pinned, to measure what that costs).
#include "exec/devices/cuda/plugin.h"

#include <fmt/format.h>

#include <ctime>
#include <utility>

#include "exec/device/plain_layouts.h"
#include "exec/device/plugin_device.h"
#include "exec/devices/cuda/clock_alignment.h"
#include "exec/devices/cuda/operations/operation.h"
#include "exec/devices/cuda/processor.h"
#include "exec/devices/cuda/vendor/nvml.h"
#include "exec/devices/cuda/vendor/vendors.h"

namespace partita::exec::cuda {
namespace {

std::int64_t monotonic_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

class CudaEvent : public PluginEvent {
 public:
  explicit CudaEvent(Processor& processor)
      : processor_(processor), event_(processor.make_event()) {}
  ~CudaEvent() override { processor_.end_event(event_); }
  Processor::Event get() const { return event_; }

 private:
  Processor& processor_;
  Processor::Event event_;
};

// An operation that costs the host much each time it is queued (cuDNN chooses kernels anew each time,
// an LSTM is many) is noted when it runs first, and then queued by one call as a CUDA graph.
class CudaKernel : public PluginKernel {
  enum class Noting : std::uint8_t { Useless, Wanted, Impossible };

 public:
  // `unnoted`: counts the kernels that cannot be noted.
  CudaKernel(Processor& processor, MadeOperation made, std::uint32_t& unnoted)
      : processor_(processor),
        operation_(std::move(made.operation)),
        noting_(made.costs_host ? Noting::Wanted : Noting::Useless),
        unnoted_(unnoted) {}
  ~CudaKernel() override {
    forget();
    if (noting_ == Noting::Impossible) --unnoted_;
  }
  void bind(void* const* inputs, void* const* outputs, void* workspace) override {
    forget();
    if (operation_) operation_->bind({inputs, outputs, workspace});
  }
  void run() override {
    if (!operation_) return;
    if (noted_ != nullptr && !processor_.captures()) return processor_.run_graph(noted_);
    operation_->run(processor_.queue(PARTITA_COMPUTE));
    // Not before: what is loaded when it is first used must not be while it is noted.
    if (noting_ == Noting::Wanted && noted_ == nullptr && !processor_.captures()) note();
  }

 private:
  void note() {
    try {
      processor_.begin_capture();
      try {
        operation_->run(processor_.queue(PARTITA_COMPUTE));
      } catch (const DeviceError&) {
        processor_.end_graph(processor_.end_capture());
        throw;
      }
      noted_ = processor_.end_capture();
    } catch (const DeviceError&) {
      // Not everything can be noted: then it stays slow, and right.
      noting_ = Noting::Impossible;
      ++unnoted_;
    }
  }
  void forget() {
    if (noted_ != nullptr) processor_.end_graph(noted_);
    noted_ = nullptr;
  }

  Processor& processor_;
  std::unique_ptr<Operation> operation_;
  Noting noting_;
  std::uint32_t& unnoted_;
  Processor::Graph noted_ = nullptr;
};

class CudaCopy : public PluginCopy {
 public:
  CudaCopy(Processor& processor, partita_way way, std::uint64_t bytes)
      : processor_(processor), way_(way), bytes_(bytes) {}
  void bind(const void* from, void* to) override {
    from_ = from;
    to_ = to;
  }
  void run(partita_queue queue) override { processor_.copy(to_, from_, bytes_, way_, queue); }

 private:
  Processor& processor_;
  partita_way way_;
  std::uint64_t bytes_;
  const void* from_ = nullptr;
  void* to_ = nullptr;
};

class CudaSequence : public PluginSequence {
 public:
  CudaSequence(Processor& processor, Processor::Graph graph)
      : processor_(processor), graph_(graph) {}
  ~CudaSequence() override { processor_.end_graph(graph_); }
  void run() override { processor_.run_graph(graph_); }

 private:
  Processor& processor_;
  Processor::Graph graph_;
};

// What the options ask for.
struct Wish {
  std::int64_t gpu, multiprocessors;  // -1: any; 0: all
  bool libraries, graphs, pageable;

  explicit Wish(DeviceOptions& options)
      : gpu(options.integer("device", -1)), multiprocessors(options.integer("multiprocessors", 0)) {
    const std::string which = options.text("libraries", "installed");
    libraries = which == "installed";
    if (!libraries && which != "own") {
      throw DeviceError(PARTITA_INVALID,
                        fmt::format("option 'libraries={}': there are installed, own", which));
    }
    graphs = yes_or_no(options, "graphs");
    pageable = yes_or_no(options, "pageable");
    if (multiprocessors < 0) {
      throw DeviceError(PARTITA_INVALID, "option 'multiprocessors' must not be negative");
    }
  }

  static bool yes_or_no(DeviceOptions& options, const char* name) {
    const std::int64_t number = options.integer(name, 0);
    if (number == 0 || number == 1) return number == 1;
    throw DeviceError(PARTITA_INVALID, fmt::format("option '{}={}' must be 0 or 1", name, number));
  }

  // The number of the GPU that is processor `number` of the list.
  std::size_t gpu_of(std::size_t number, std::size_t count) const {
    const std::size_t index = gpu >= 0 ? static_cast<std::size_t>(gpu) : number;
    if (index < count && (gpu < 0 || number == 0)) return index;
    throw DeviceError(PARTITA_INVALID,
                      fmt::format("there is no GPU {} (there are {})", index, count));
  }
};

class CudaDevice : public PluginDevice {
 public:
  CudaDevice(std::unique_ptr<Processor> processor, const Wish& wish)
      : processor_(std::move(processor)),
        pageable_(wish.pageable),
        nvml_(processor_->pci_bus_id()) {
    const Queue queue = processor_->queue(PARTITA_COMPUTE);
    if (wish.libraries) {
      products_ = cublaslt_products(static_cast<int>(wish.multiprocessors));
      convolutions_ = cudnn_convolutions(queue);
    }
    for (int i = 0; i < kMarks; ++i) marks_.push_back(std::make_unique<CudaEvent>(*processor_));
    align_clocks();
  }

  void* allocate(std::uint64_t bytes) override { return processor_->allocate(bytes); }
  void release(void* address) override { processor_->release(address); }
  void* allocate_shared(std::uint64_t bytes, partita_handle& handle) override {
    return processor_->allocate_shared(bytes, handle);
  }
  void* open_shared(const partita_handle& handle) override {
    return processor_->open_shared(handle);
  }
  void close_shared(void* address) override { processor_->close_shared(address); }
  void pin(void* host, std::uint64_t bytes) override {
    if (!pageable_) processor_->pin(host, bytes);
  }
  void unpin(void* host) override {
    if (!pageable_) processor_->unpin(host);
  }

  partita_counters counters() override {
    partita_counters now = nvml_.read();
    now.unnoted = unnoted_;
    return now;
  }

  void begin_sequence() override { processor_->begin_capture(); }
  std::unique_ptr<PluginSequence> end_sequence() override {
    return std::make_unique<CudaSequence>(*processor_, processor_->end_capture());
  }

  partita_layout plain(const Tensor& tensor) override { return layouts_.number_of(tensor); }
  std::uint64_t layout_bytes(partita_layout layout) override { return layouts_.bytes(layout); }
  const char* layout_text(partita_layout) override { return "plain"; }

  std::string gap(const Layer& layer, const IdVector<TensorId, Tensor>& tensors) override {
    return operation_gap({layer, tensors});
  }

  Made make_kernel(const Layer& layer, const IdVector<TensorId, Tensor>& tensors,
                   const std::vector<partita_layout>&) override {
    processor_->queue(PARTITA_COMPUTE);  // libraries ask the context of the calling thread
    MadeOperation operation = fastest({layer, tensors});
    Made made;
    made.wants = layouts_.numbers_of(layer.inputs, tensors);
    made.makes = layouts_.numbers_of(layer.outputs, tensors);
    copy_text(made.info.implementation, operation.implementation);
    made.info.view = operation.operation ? 0 : 1;
    made.info.slow = operation.slow ? 1 : 0;
    made.info.workspace = operation.workspace;
    made.kernel = std::make_unique<CudaKernel>(*processor_, std::move(operation), unnoted_);
    return made;
  }

  std::unique_ptr<PluginCopy> make_copy(partita_way way, partita_layout from,
                                        partita_layout) override {
    return std::make_unique<CudaCopy>(*processor_, way, layouts_.bytes(from));
  }

  std::unique_ptr<PluginEvent> make_event() override {
    return std::make_unique<CudaEvent>(*processor_);
  }
  void record(PluginEvent& event, partita_queue queue) override {
    processor_->record(of(event), queue);
  }
  void wait(PluginEvent& event, partita_queue queue) override {
    processor_->wait(of(event), queue);
  }
  bool happened(PluginEvent& event) override { return processor_->happened(of(event)); }
  std::int64_t event_time(PluginEvent& event) override {
    return alignment_.offset + processor_->nanoseconds_between(marks_.front()->get(), of(event));
  }
  std::int64_t clock_error() override { return alignment_.error + kTick; }

  // Clocks drift apart by tens of microseconds in a second, and events are told in floats that lose
  // precision with distance: they are aligned anew whenever the device is idle.
  void synchronize() override {
    processor_->synchronize();
    align_clocks();
  }
  void keep_awake() override { processor_->stir(); }

 private:
  static constexpr int kMarks = 16, kMostRounds = 20;
  static constexpr std::int64_t kGoodAlignment = 5'000;  // ns
  // Resolution of event times (CUDA Runtime API, cudaEventElapsedTime).
  static constexpr std::int64_t kTick = 500;

  static Processor::Event of(PluginEvent& event) { return static_cast<CudaEvent&>(event).get(); }

  MadeOperation fastest(const LayerRequest& request) {
    for (VendorWay* way : {products_.get(), convolutions_.get()}) {
      if (way == nullptr) continue;
      try {
        if (std::optional<MadeOperation> made = way->make(request)) return std::move(*made);
      } catch (const DeviceError& e) {
        // What a library refuses to describe our own kernels can still do.
        if (e.status() != PARTITA_FAILED) throw;
      }
    }
    return make_operation(request);
  }

  // Precondition: the queue is empty. Where other processes use the GPU, too, most marks are late.
  void align_clocks() {
    for (int round = 0; round < kMostRounds; ++round) {
      alignment_ = aligned_clocks();  // those before hold no more: their zero has moved
      if (alignment_.error <= kGoodAlignment) return;
    }
  }

  Alignment aligned_clocks() {
    std::vector<Bracket> brackets;
    for (const auto& mark : marks_) {
      const std::int64_t before = monotonic_now();
      processor_->record(mark->get(), PARTITA_COMPUTE);
      processor_->synchronize(mark->get());
      brackets.push_back({before, monotonic_now(), 0});
    }
    for (std::size_t i = 0; i < marks_.size(); ++i) {
      brackets[i].device = processor_->nanoseconds_between(marks_.front()->get(), marks_[i]->get());
    }
    return align(brackets);
  }

  std::unique_ptr<Processor> processor_;
  const bool pageable_;
  const Nvml nvml_;
  std::unique_ptr<VendorWay> products_, convolutions_;
  PlainLayouts layouts_;
  std::vector<std::unique_ptr<CudaEvent>> marks_;  // the first is the zero of the device's clock
  Alignment alignment_;
  std::uint32_t unnoted_ = 0;  // of the kernels that there are now
};

partita_processor described(const Gpu& gpu, std::size_t number, const Wish& wish) {
  partita_processor processor{};
  if (wish.multiprocessors == 0) {
    copy_text(processor.name, fmt::format("gpu{}", number));
    copy_text(processor.description,
              fmt::format("{}, {} multiprocessors, {}", gpu.name, gpu.multiprocessors, gpu.driver));
  } else {
    copy_text(processor.name, fmt::format("gpu{}/{}sm", number, wish.multiprocessors));
    copy_text(processor.description,
              fmt::format("{}, {} of {} multiprocessors, {}", gpu.name, wish.multiprocessors,
                          gpu.multiprocessors, gpu.driver));
  }
  processor.memory = gpu.memory;
  processor.memory_space = static_cast<std::uint32_t>(number + 1);
  processor.sequences = wish.graphs ? 1 : 0;
  return processor;
}

std::vector<partita_processor> processors(DeviceOptions& options) {
  const Wish wish(options);
  const std::vector<Gpu> all = gpus();
  std::vector<partita_processor> list;
  if (wish.gpu >= 0) {
    const std::size_t number = wish.gpu_of(0, all.size());
    return {described(all[number], number, wish)};
  }
  for (std::size_t i = 0; i < all.size(); ++i) list.push_back(described(all[i], i, wish));
  return list;
}

std::unique_ptr<PluginDevice> open(std::uint32_t processor, DeviceOptions& options) {
  const Wish wish(options);
  options.refuse_others();  // before a GPU is started
  const std::size_t gpu = wish.gpu_of(processor, gpus().size());
  return std::make_unique<CudaDevice>(
      open_processor(static_cast<int>(gpu), static_cast<int>(wish.multiprocessors)), wish);
}

}  // namespace

const partita_device_api* plugin(std::uint32_t abi, const char* name, const char* computes) {
  return device_api(abi, name, computes, processors, open);
}

}  // namespace partita::exec::cuda
