// The CUDA kernels as plain loops: the same functors, trees and tiles that run on a GPU.
#include <algorithm>
#include <cstring>

#include "exec/devices/cuda/operations/operation.h"
#include "tests/exec/devices/kernel_cases.h"

namespace partita::exec {
namespace {

std::vector<TensorValue> run_on_host(const Network& network, const OneLayer& one,
                                     std::string& implementation) {
  const Layer& layer = network.layer(LayerId{0});
  cuda::MadeOperation made = cuda::make_operation({layer, network.tensors()});
  implementation = made.implementation;
  std::vector<TensorValue> operands, results;
  std::vector<void*> in, out;
  for (const Operand& operand : one.operands) operands.push_back(operand.value);
  for (TensorValue& operand : operands) in.push_back(operand.bytes.data());
  for (const auto& [type, shape] : one.results) {
    TensorValue& result = results.emplace_back(type, shape);
    std::memset(result.bytes.data(), 0x7f, result.bytes.size());
  }
  for (TensorValue& result : results) out.push_back(result.bytes.data());
  if (!made.operation) {  // a view
    results[0].bytes = operands[0].bytes;
    return results;
  }
  std::vector<std::byte> workspace(made.workspace, std::byte{0x7f});
  made.operation->bind({in.data(), out.data(), workspace.data()});
  std::uint32_t complaint = cuda::kNoComplaint;
  made.operation->run({nullptr, &complaint});
  made.operation->run({nullptr, &complaint});
  EXPECT_EQ(complaint, cuda::kNoComplaint);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    EXPECT_EQ(operands[i].bytes, one.operands[i].value.bytes) << "an operand was written to";
  }
  return results;
}

Judged judged_on_host(const OneLayer& one) { return judge(one, run_on_host); }

// The same layer with every f32 tensor in 16 bits.
Way in_16_bits(const char* name, DataType type, double tolerance) {
  return {name,
          [type](OneLayer one) {
            for (Operand& operand : one.operands) {
              if (operand.value.type == DataType::F32) {
                operand.value = converted(operand.value, type);
              }
            }
            for (auto& [result, shape] : one.results) {
              if (result == DataType::F32) result = type;
            }
            return judged_on_host(one);
          },
          tolerance};
}

// Reference and kernel round the same number to 16 bits, but for the last bit: of f16 2^-10, of
// bf16 2^-7.
INSTANTIATE_TEST_SUITE_P(Cuda, KernelTest,
                         testing::Values(Way{"F32", judged_on_host},
                                         in_16_bits("F16", DataType::F16, 0x1p-10),
                                         in_16_bits("Bf16", DataType::BF16, 0x1p-7)),
                         name_of);

}  // namespace
}  // namespace partita::exec
