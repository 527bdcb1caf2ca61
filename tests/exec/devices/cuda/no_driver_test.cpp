// The real plugin where there is no GPU: it loads, and says what is missing.
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exec/device/device.h"

namespace partita::exec {
namespace {

using testing::HasSubstr;

class NoDriver : public testing::Test {
 protected:
  void SetUp() override {
    if (void* driver = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL)) {
      dlclose(driver);
      GTEST_SKIP() << "there is a CUDA driver here";
    }
  }
};

TEST_F(NoDriver, ThePluginLoadsAndSaysWhatIsMissing) {
  const auto plugin = Plugin::load("cuda");
  EXPECT_EQ(plugin->name(), "cuda");
  EXPECT_THAT(plugin->computes(), HasSubstr("CUDA "));
  for (int round = 0; round < 2; ++round) {
    try {
      plugin->processors("");
      FAIL() << "there is no driver";
    } catch (const Error& e) {
      EXPECT_THAT(e.what(),
                  HasSubstr("there is no CUDA driver on this computer (no libcuda.so.1)"));
    }
  }
}

TEST_F(NoDriver, OpeningSaysTheSame) {
  try {
    Device(Plugin::load("cuda"), 0, "multiprocessors=16");
    FAIL() << "there is no driver";
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), HasSubstr("there is no CUDA driver"));
  }
}

}  // namespace
}  // namespace partita::exec
