// All that the plugin asks of CUDA: one implementation over the CUDA runtime, and one in the tests
// that does the same with host memory.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "exec/device/abi.h"
#include "exec/devices/cuda/kernels/portable.h"

namespace partita::exec::cuda {

struct Gpu {
  std::string name;    // "NVIDIA H100 80GB HBM3"
  std::string driver;  // for people: "CUDA 13.0, driver 13.0"
  std::uint64_t memory = 0;
  int multiprocessors = 0;
};

// Throws DeviceError with what is missing: a driver, a newer one, a GPU.
std::vector<Gpu> gpus();

// A GPU, or so many of its multiprocessors. Every call that fails throws DeviceError.
class Processor {
 public:
  using Event = void*;
  using Graph = void*;

  virtual ~Processor() = default;

  // Of the GPU: "0000:01:00.0".
  virtual std::string pci_bus_id() = 0;

  virtual void* allocate(std::uint64_t bytes) = 0;
  virtual void release(void* address) = 0;
  // Memory that other processors reach, of this process and of others (abi.h).
  virtual void* allocate_shared(std::uint64_t bytes, partita_handle& handle) = 0;
  virtual void* open_shared(const partita_handle& handle) = 0;
  virtual void close_shared(void* address) = 0;
  virtual void pin(void* host, std::uint64_t bytes) = 0;
  virtual void unpin(void* host) = 0;

  // Makes this processor the calling thread's, then what kernels are queued with.
  virtual Queue queue(partita_queue which) = 0;
  virtual void copy(void* to, const void* from, std::uint64_t bytes, partita_way way,
                    partita_queue queue) = 0;

  virtual Event make_event() = 0;
  virtual void end_event(Event event) = 0;
  virtual void record(Event event, partita_queue queue) = 0;
  // Between these two what is queued to compute is noted, and not done; what comes back is queued
  // by run_graph(), again and again. Nothing waits meanwhile.
  virtual void begin_capture() = 0;
  virtual bool captures() const = 0;
  virtual Graph end_capture() = 0;
  virtual void run_graph(Graph graph) = 0;
  virtual void end_graph(Graph graph) = 0;
  virtual void wait(Event event, partita_queue queue) = 0;
  virtual bool happened(Event event) = 0;
  virtual void synchronize(Event event) = 0;
  // By the device's clock. Precondition: both have happened.
  virtual std::int64_t nanoseconds_between(Event first, Event second) = 0;

  // Until all queues are empty; throws for what kernels have complained of.
  virtual void synchronize() = 0;
  // A little work in each queue, until it is done.
  virtual void stir() = 0;
};

// multiprocessors: 0: all; otherwise a set of so many that no other processor of this process has.
std::unique_ptr<Processor> open_processor(int gpu, int multiprocessors);

}  // namespace partita::exec::cuda
