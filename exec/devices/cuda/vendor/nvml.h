// What a GPU counts: energy and clocks, from NVML (libnvidia-ml.so.1 of the driver).
#pragma once

#include <memory>
#include <string>

#include "exec/device/abi.h"
#include "exec/devices/cuda/vendor/library.h"

namespace partita::exec::cuda {

// Declared by hand, from NVIDIA's "NVML API Reference Guide": nvmlInit_v2, nvmlShutdown,
// nvmlDeviceGetHandleByPciBusId_v2, nvmlDeviceGetTotalEnergyConsumption (mJ since the driver was
// loaded, from Volta on), nvmlDeviceGetClockInfo (MHz).
//
// Model: what cannot be read is 0, as on GPUs that do not count: a measurement without energy is
//   still one.
// Left out: parts of a GPU, which have no counters of their own.
class Nvml {
 public:
  // Of the GPU at that place ("0000:01:00.0"); `soname`: of the library.
  explicit Nvml(const std::string& pci_bus_id, const char* soname = "libnvidia-ml.so.1");
  ~Nvml();
  Nvml(const Nvml&) = delete;
  Nvml& operator=(const Nvml&) = delete;

  partita_counters read() const;

 private:
  using Gpu = void*;
  VendorLibrary library_;
  bool started_ = false;
  Gpu gpu_ = nullptr;
  int (*energy_)(Gpu, unsigned long long*) = nullptr;
  int (*clock_)(Gpu, int, unsigned*) = nullptr;
};

}  // namespace partita::exec::cuda
