#include "exec/devices/cuda/green_context.h"

#include <cudaTypedefs.h>
#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>

#include "exec/device/plugin_device.h"
#include "exec/devices/cuda/check_cuda.h"
#include "exec/devices/cuda/multiprocessor_sets.h"

namespace partita::exec::cuda {
namespace {

// The driver's own functions, found through the runtime: the plugin does not link against libcuda,
// so that it loads where there is none.
template <class Function>
Function driver_function(const char* name, unsigned version) {
  void* found = nullptr;
  cudaDriverEntryPointQueryResult result{};
  check_cuda(cudaGetDriverEntryPointByVersion(name, &found, version, cudaEnableDefault, &result),
             "cannot look for a function of the CUDA driver");
  if (result != cudaDriverEntryPointSuccess) {
    throw DeviceError(PARTITA_UNSUPPORTED,
                      fmt::format("this CUDA driver cannot divide a GPU: it has no {}", name));
  }
  return reinterpret_cast<Function>(found);
}

struct Driver {
  PFN_cuGetErrorString_v6000 error_string =
      driver_function<PFN_cuGetErrorString_v6000>("cuGetErrorString", 6000);
  PFN_cuDeviceGetDevResource_v12040 resource_of =
      driver_function<PFN_cuDeviceGetDevResource_v12040>("cuDeviceGetDevResource", 12040);
  PFN_cuDevSmResourceSplitByCount_v12040 split =
      driver_function<PFN_cuDevSmResourceSplitByCount_v12040>("cuDevSmResourceSplitByCount", 12040);
  PFN_cuDevResourceGenerateDesc_v12040 describe =
      driver_function<PFN_cuDevResourceGenerateDesc_v12040>("cuDevResourceGenerateDesc", 12040);
  PFN_cuGreenCtxCreate_v12040 create =
      driver_function<PFN_cuGreenCtxCreate_v12040>("cuGreenCtxCreate", 12040);
  PFN_cuGreenCtxDestroy_v12040 destroy =
      driver_function<PFN_cuGreenCtxDestroy_v12040>("cuGreenCtxDestroy", 12040);
  PFN_cuCtxFromGreenCtx_v12040 context_of =
      driver_function<PFN_cuCtxFromGreenCtx_v12040>("cuCtxFromGreenCtx", 12040);
  PFN_cuGreenCtxStreamCreate_v12050 make_stream =
      driver_function<PFN_cuGreenCtxStreamCreate_v12050>("cuGreenCtxStreamCreate", 12050);
  PFN_cuCtxSetCurrent_v4000 enter =
      driver_function<PFN_cuCtxSetCurrent_v4000>("cuCtxSetCurrent", 4000);

  void check(CUresult code, const char* doing) const {
    if (code == CUDA_SUCCESS) return;
    const char* sentence = nullptr;
    error_string(code, &sentence);
    throw DeviceError(code == CUDA_ERROR_OUT_OF_MEMORY ? PARTITA_NO_MEMORY : PARTITA_FAILED,
                      fmt::format("{}: {}", doing, sentence != nullptr ? sentence : "no reason"));
  }
};

const Driver& driver() {
  static const Driver driver;
  return driver;
}

// One GPU's groups. Descriptors may join only groups of one and the same split.
struct DividedGpu {
  int granule;
  std::vector<CUdevResource> groups;
  TakenGroups taken;
};

// The smallest set, which every set is a multiple of. Drivers before CUDA 13 do not tell: what the
// documentation says for each compute capability.
int granule_of(int gpu, const CUdevResource& whole) {
#if CUDA_VERSION >= 13000
  const unsigned told = std::max(whole.sm.minSmPartitionSize, whole.sm.smCoscheduledAlignment);
  if (told > 0) return static_cast<int>(told);
#else
  (void)whole;
#endif
  int major = 0;
  check_cuda(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, gpu),
             "cannot ask for the compute capability");
  return major >= 9 ? 8 : major == 8 ? 4 : 2;
}

DividedGpu divide(int gpu) {
  CUdevResource whole{};
  driver().check(driver().resource_of(gpu, &whole, CU_DEV_RESOURCE_TYPE_SM),
                 "cannot ask for the GPU's multiprocessors");
  const int granule = granule_of(gpu, whole);
  unsigned count = 0;
  driver().check(
      driver().split(nullptr, &count, &whole, nullptr, 0, static_cast<unsigned>(granule)),
      "cannot ask how the GPU can be divided");
  std::vector<CUdevResource> groups(count);
  driver().check(
      driver().split(groups.data(), &count, &whole, nullptr, 0, static_cast<unsigned>(granule)),
      "cannot divide the GPU");
  groups.resize(count);
  return {granule, std::move(groups), TakenGroups(count)};
}

std::mutex all_mutex;
std::map<int, DividedGpu> all;

}  // namespace

GreenContext::GreenContext(int gpu, int multiprocessors) : gpu_(gpu) {
  const std::scoped_lock lock(all_mutex);
  auto divided = all.find(gpu);
  if (divided == all.end()) divided = all.emplace(gpu, divide(gpu)).first;
  DividedGpu& own = divided->second;
  groups_ = own.taken.take(groups_for(multiprocessors, own.granule, own.groups.size()));
  try {
    std::vector<CUdevResource> resources;
    for (const std::size_t group : groups_) resources.push_back(own.groups[group]);
    CUdevResourceDesc description = nullptr;
    driver().check(
        driver().describe(&description, resources.data(), static_cast<unsigned>(resources.size())),
        "cannot describe a part of the GPU");
    driver().check(driver().create(&green_, description, gpu, CU_GREEN_CTX_DEFAULT_STREAM),
                   "cannot make a part of the GPU a processor");
    driver().check(driver().context_of(&context_, green_), "cannot use a part of the GPU");
  } catch (...) {
    if (green_ != nullptr) driver().destroy(green_);
    own.taken.give_back(groups_);
    throw;
  }
}

GreenContext::~GreenContext() {
  const std::scoped_lock lock(all_mutex);
  driver().enter(nullptr);  // it may be this thread's
  driver().destroy(green_);
  all.at(gpu_).taken.give_back(groups_);
}

void GreenContext::enter() const {
  driver().check(driver().enter(context_), "cannot enter a part of the GPU");
}

CUstream GreenContext::make_stream() const {
  CUstream stream = nullptr;
  driver().check(driver().make_stream(&stream, green_, CU_STREAM_NON_BLOCKING, 0),
                 "cannot make a queue on a part of the GPU");
  return stream;
}

}  // namespace partita::exec::cuda
