// A plugin that needs what nobody brings.
#include "exec/device/abi.h"

extern "C" const partita_device_api* partita_nobody_brings_this(uint32_t);
extern "C" __attribute__((visibility("default"))) const partita_device_api* partita_device_plugin(
    uint32_t abi) {
  return partita_nobody_brings_this(abi);
}
