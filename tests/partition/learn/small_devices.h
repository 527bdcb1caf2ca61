// A catalogue of two devices: "gpu", and "no_f32", which has a peak of f16 only.
#pragma once

#include <filesystem>

#include "partition/learn/device_features.h"
#include "tests/support/text_file.h"

namespace partita::test {

class SmallDevices {
 public:
  learn::DeviceCatalogue catalogue() const {
    return learn::DeviceCatalogue::load({std::filesystem::path(gpu_.path()).parent_path()});
  }

 private:
  TextFile gpu_{"gpu.yaml",
                "device: gpu\npeak: {f32: 10 TFLOP/s}\nbandwidth: 1 TB/s\nmemory: 16 GB\n"
                "l2: 1 MB\nunits: 10\nclock_mhz: 1000\n"};
  TextFile no_f32_{"no_f32.yaml", "device: no_f32\npeak: {f16: 1 TFLOP/s}\nbandwidth: 1 TB/s\n"};
};

}  // namespace partita::test
