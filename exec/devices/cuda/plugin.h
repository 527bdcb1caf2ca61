// The C table of a plugin whose devices are Processors: of GPUs, or of what tests put in their
// place.
#pragma once

#include <cstdint>

#include "exec/device/abi.h"

namespace partita::exec::cuda {

// The texts must live as long as the plugin.
const partita_device_api* plugin(std::uint32_t abi, const char* name, const char* computes);

}  // namespace partita::exec::cuda
