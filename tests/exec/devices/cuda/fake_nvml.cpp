// A library in the place of NVML: one GPU, which counts 250 mJ more whenever it is asked.
#include <cstring>

namespace {

constexpr int kSuccess = 0, kNotFound = 6, kInvalid = 2;
int gpu = 0;
int users = 0;
unsigned long long energy = 1'000;

}  // namespace

extern "C" {

int nvmlInit_v2() {
  ++users;
  return kSuccess;
}
int nvmlShutdown() {
  --users;
  return kSuccess;
}
int nvmlDeviceGetHandleByPciBusId_v2(const char* where, void** device) {
  if (std::strcmp(where, "0000:01:00.0") != 0) return kNotFound;
  *device = &gpu;
  return kSuccess;
}
int nvmlDeviceGetTotalEnergyConsumption(void* device, unsigned long long* millijoules) {
  if (device != &gpu || users == 0) return kInvalid;
  *millijoules = energy += 250;
  return kSuccess;
}
// Of the graphics clock (0), of multiprocessors (1), of memory (2).
int nvmlDeviceGetClockInfo(void* device, int which, unsigned* megahertz) {
  if (device != &gpu || users == 0) return kInvalid;
  *megahertz = which == 1 ? 1980 : 7;
  return kSuccess;
}

}  // extern "C"
