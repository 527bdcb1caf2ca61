#include "exec/devices/cuda/vendor/nvml.h"

namespace partita::exec::cuda {
namespace {

constexpr int kSuccess = 0;    // NVML_SUCCESS
constexpr int kClockOfSm = 1;  // NVML_CLOCK_SM

}  // namespace

Nvml::Nvml(const std::string& pci_bus_id, const char* soname) : library_({soname}) {
  int (*start)() = nullptr;
  int (*gpu_at)(const char*, Gpu*) = nullptr;
  if (!library_ || !library_.find("nvmlInit_v2", start) ||
      !library_.find("nvmlDeviceGetHandleByPciBusId_v2", gpu_at)) {
    return;
  }
  started_ = start() == kSuccess;
  if (!started_ || gpu_at(pci_bus_id.c_str(), &gpu_) != kSuccess) return;
  library_.find("nvmlDeviceGetTotalEnergyConsumption", energy_);
  library_.find("nvmlDeviceGetClockInfo", clock_);
}

Nvml::~Nvml() {
  int (*stop)() = nullptr;
  if (started_ && library_.find("nvmlShutdown", stop)) stop();
}

partita_counters Nvml::read() const {
  partita_counters counters{};
  unsigned long long millijoules = 0;
  if (energy_ != nullptr && energy_(gpu_, &millijoules) == kSuccess) {
    counters.energy = millijoules * 1000;
  }
  unsigned megahertz = 0;
  if (clock_ != nullptr && clock_(gpu_, kClockOfSm, &megahertz) == kSuccess) {
    counters.clock = megahertz * 1000;
  }
  return counters;
}

}  // namespace partita::exec::cuda
