// Kernels against the reference executor: the cases are the same for every device that has kernels
// of its own. A device's test instantiates them (suite KernelTest) with its ways to run a layer.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <ostream>
#include <string>

#include "tests/exec/devices/one_layer.h"

namespace partita::exec {

struct Way {
  std::string name;
  std::function<Judged(const OneLayer&)> judge;
  double tolerance = 0;  // where results are rounded to less than f32; exact cases stay exact
};
inline std::ostream& operator<<(std::ostream& out, const Way& way) { return out << way.name; }
inline std::string name_of(const testing::TestParamInfo<Way>& way) { return way.param.name; }

// The same layer with every f32 tensor in 16 bits. Reference and kernel round the same number but
// for the last bit: of f16 2^-10, of bf16 2^-7.
inline Way in_16_bits(const char* name, DataType type, const Way& way) {
  return {name,
          [type, way](OneLayer one) {
            for (Operand& operand : one.operands) {
              if (operand.value.type == DataType::F32) {
                operand.value = converted(operand.value, type);
              }
            }
            for (auto& [result, shape] : one.results) {
              if (result == DataType::F32) result = type;
            }
            return way.judge(one);
          },
          type == DataType::F16 ? 0x1p-10 : 0x1p-7};
}

// f32 sums of a few hundred products in another order than the reference's.
constexpr double kClose = 2e-5;

class KernelTest : public testing::TestWithParam<Way> {
 protected:
  void expect_close(const OneLayer& one, double tolerance = kClose) {
    const Judged judged = GetParam().judge(one);
    EXPECT_LE(judged.difference, tolerance == 0 ? 0 : std::max(tolerance, GetParam().tolerance))
        << to_string(one.kind) << " by " << judged.implementation << " on "
        << testing::PrintToString(one.operands[0].value.shape) << " to "
        << testing::PrintToString(one.results[0].second);
  }
};

}  // namespace partita::exec
