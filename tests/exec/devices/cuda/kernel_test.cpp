// The CUDA kernels as plain loops: the same functors, trees and tiles that run on a GPU.
#include <algorithm>
#include <cstring>
#include <limits>

#include "exec/devices/cuda/kernels/walk.h"
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

const Way kF32{"F32", judged_on_host};
INSTANTIATE_TEST_SUITE_P(Cuda, KernelTest,
                         testing::Values(kF32, in_16_bits("F16", DataType::F16, kF32),
                                         in_16_bits("Bf16", DataType::BF16, kF32)),
                         name_of);

// A constant lies among the weights: its view cannot share the memory of an activation.
TEST(CudaKernels, AViewOfAConstantIsACopy) {
  Draw draw(20);
  const Judged copied = judged_on_host(
      {OpKind::Reshape, {}, {{draw.floats({3, 4}), true}}, {{DataType::F32, {2, 6}}}});
  EXPECT_EQ(copied.difference, 0);
  EXPECT_NE(copied.implementation, "view");
}

// What arithmetic does not know is said before anything is made.
TEST(CudaKernels, GapsAreNamed) {
  NetworkBuilder builder("gaps");
  Tensor x;
  x.name = "x";
  x.kind = TensorKind::Input;
  x.type = DataType::F64;
  x.shape = {4};
  Tensor y = x;
  y.name = "y";
  y.kind = TensorKind::Activation;
  Layer layer;
  layer.name = "layer";
  layer.kind = OpKind::Relu;
  layer.inputs = {builder.add_tensor(x)};
  layer.outputs = {builder.add_tensor(y)};
  builder.add_output(layer.outputs[0]);
  builder.add_layer(layer);
  const Network network = builder.build({"test"});
  EXPECT_EQ(cuda::operation_gap({network.layer(LayerId{0}), network.tensors()}),
            "no CUDA kernel for f64");
}

// A quotient by multiplication, at the edges where it could be off by one.
TEST(CudaKernels, DivisorsDivide) {
  constexpr cuda::Index kMost = std::numeric_limits<cuda::Index>::max();
  for (const cuda::Index by : {1,         2,
                               3,         5,
                               7,         9,
                               49,        64,
                               127,       128,
                               129,       1000,
                               65535,     65536,
                               65537,     (1 << 30) - 1,
                               1 << 30,   (1 << 30) + 1,
                               kMost - 1, kMost}) {
    const cuda::Divisor divisor(by);
    std::vector<cuda::Index> numbers{0, 1, by - 1, by, kMost - 1, kMost};
    for (const cuda::Index times : {1, 2, 3, 1000, kMost / by}) {
      const std::int64_t edge = std::int64_t{times} * by;
      for (const std::int64_t n : {edge - 1, edge, edge + 1}) {
        if (n >= 0 && n <= kMost) numbers.push_back(static_cast<cuda::Index>(n));
      }
    }
    for (const cuda::Index n : numbers) {
      ASSERT_EQ(divisor.quotient(n), n / by) << n << " / " << by;
    }
  }
}

}  // namespace
}  // namespace partita::exec
