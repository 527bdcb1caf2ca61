// A plugin of another ABI number.
#include "exec/device/abi.h"

extern "C" __attribute__((visibility("default"))) const partita_device_api* partita_device_plugin(
    uint32_t) {
  static partita_device_api api{};
  api.abi = PARTITA_DEVICE_ABI + 1;
  api.size = sizeof api;
  api.name = "other-abi";
  return &api;
}
