// What is declared by hand against the libraries themselves (where they are installed) and their
// headers (where those are). Needs no GPU.
#include <gtest/gtest.h>

#include <array>

#include "exec/devices/cuda/vendor/cublaslt.h"
#include "exec/devices/cuda/vendor/cudnn.h"

#if __has_include(<cublasLt.h>)
#include <cublasLt.h>
#define PARTITA_HAS_CUBLASLT_HEADER
#endif
#if __has_include(<cudnn.h>)
#include <cudnn.h>
#define PARTITA_HAS_CUDNN_HEADER
#endif

namespace partita::exec::cuda {
namespace {

#ifdef PARTITA_HAS_CUBLASLT_HEADER
static_assert(cublaslt::kSuccess == CUBLAS_STATUS_SUCCESS);
static_assert(cublaslt::kR32F == CUDA_R_32F && cublaslt::kR16F == CUDA_R_16F &&
              cublaslt::kR16BF == CUDA_R_16BF);
static_assert(cublaslt::kCompute32F == CUBLAS_COMPUTE_32F);
static_assert(cublaslt::kOpN == CUBLAS_OP_N && cublaslt::kOpT == CUBLAS_OP_T);
static_assert(cublaslt::kDescTransA == CUBLASLT_MATMUL_DESC_TRANSA &&
              cublaslt::kDescTransB == CUBLASLT_MATMUL_DESC_TRANSB &&
              cublaslt::kDescMultiprocessors == CUBLASLT_MATMUL_DESC_SM_COUNT_TARGET);
static_assert(cublaslt::kLayoutBatchCount == CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT &&
              cublaslt::kLayoutStridedBatchOffset == CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET);
static_assert(cublaslt::kPreferenceMaxWorkspace == CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES &&
              cublaslt::kPreferenceAlignmentA == CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES &&
              cublaslt::kPreferenceAlignmentD == CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES);
static_assert(sizeof(cublaslt::Algo) == sizeof(cublasLtMatmulAlgo_t));
static_assert(sizeof(cublaslt::HeuristicResult) == sizeof(cublasLtMatmulHeuristicResult_t) &&
              offsetof(cublaslt::HeuristicResult, workspace) ==
                  offsetof(cublasLtMatmulHeuristicResult_t, workspaceSize) &&
              offsetof(cublaslt::HeuristicResult, state) ==
                  offsetof(cublasLtMatmulHeuristicResult_t, state));
#endif

#ifdef PARTITA_HAS_CUDNN_HEADER
static_assert(cudnn::kSuccess == CUDNN_STATUS_SUCCESS);
static_assert(cudnn::kFloat == CUDNN_DATA_FLOAT && cudnn::kHalf == CUDNN_DATA_HALF &&
              cudnn::kBfloat16 == CUDNN_DATA_BFLOAT16);
static_assert(cudnn::kNchw == CUDNN_TENSOR_NCHW);
static_assert(cudnn::kCrossCorrelation == CUDNN_CROSS_CORRELATION);
static_assert(cudnn::kTensorOpMath == CUDNN_TENSOR_OP_MATH && cudnn::kFmaMath == CUDNN_FMA_MATH);
static_assert(cudnn::kDeterministic == CUDNN_DETERMINISTIC);
static_assert(cudnn::kMostAlgorithms == CUDNN_CONVOLUTION_FWD_ALGO_COUNT);
static_assert(sizeof(cudnn::AlgorithmPerformance) == sizeof(cudnnConvolutionFwdAlgoPerf_t) &&
              offsetof(cudnn::AlgorithmPerformance, memory) ==
                  offsetof(cudnnConvolutionFwdAlgoPerf_t, memory) &&
              offsetof(cudnn::AlgorithmPerformance, math) ==
                  offsetof(cudnnConvolutionFwdAlgoPerf_t, mathType));
#endif

TEST(VendorDeclarations, CublasltHasEveryFunction) {
  const VendorLibrary library = cublaslt::library();
  if (!library) GTEST_SKIP() << "cuBLASLt is not installed";
  cublaslt::Functions call{};
  ASSERT_TRUE(call.find_in(library));
  EXPECT_GE(call.version(), 120000u);
  cublaslt::MatrixLayout layout = nullptr;
  ASSERT_EQ(call.layout_create(&layout, cublaslt::kR16F, 5, 3, 8), cublaslt::kSuccess);
  const std::int32_t count = 4;
  EXPECT_EQ(call.layout_set(layout, cublaslt::kLayoutBatchCount, &count, sizeof count),
            cublaslt::kSuccess);
  // A value of the wrong size is refused: the number means what we take it for.
  EXPECT_NE(call.layout_set(layout, cublaslt::kLayoutStridedBatchOffset, &count, sizeof count),
            cublaslt::kSuccess);
  EXPECT_EQ(call.layout_destroy(layout), cublaslt::kSuccess);
}

// Descriptors need no GPU, and cuDNN computes the extents of a result from them: 9 with 2 of padding
// on both ends, 3 taps 2 apart (5 wide), every second: (9 + 4 - 5) / 2 + 1 = 5; the other axis
// (7 + 2 - 3) / 1 + 1 = 7.
TEST(VendorDeclarations, CudnnUnderstandsWhatIsDescribed) {
  const VendorLibrary library = cudnn::library();
  if (!library) GTEST_SKIP() << "cuDNN is not installed";
  cudnn::Functions call{};
  ASSERT_TRUE(call.find_in(library));
  EXPECT_GE(call.version(), 90000u);
  cudnn::Tensor x = nullptr;
  cudnn::Filter w = nullptr;
  cudnn::ConvolutionDesc convolution = nullptr;
  ASSERT_EQ(call.tensor_create(&x), cudnn::kSuccess);
  ASSERT_EQ(call.filter_create(&w), cudnn::kSuccess);
  ASSERT_EQ(call.convolution_create(&convolution), cudnn::kSuccess);
  const std::array<int, 4> extents{2, 6, 9, 7}, strides{6 * 9 * 7, 9 * 7, 7, 1};
  const std::array<int, 4> filter{8, 3, 3, 3};
  const std::array<int, 2> pads{2, 1}, steps{2, 1}, dilations{2, 1};
  ASSERT_EQ(call.tensor_set(x, cudnn::kFloat, 4, extents.data(), strides.data()), cudnn::kSuccess);
  ASSERT_EQ(call.filter_set(w, cudnn::kFloat, cudnn::kNchw, 4, filter.data()), cudnn::kSuccess);
  ASSERT_EQ(call.convolution_set(convolution, 2, pads.data(), steps.data(), dilations.data(),
                                 cudnn::kCrossCorrelation, cudnn::kFloat),
            cudnn::kSuccess);
  ASSERT_EQ(call.convolution_set_groups(convolution, 2), cudnn::kSuccess);
  ASSERT_EQ(call.convolution_set_math(convolution, cudnn::kFmaMath), cudnn::kSuccess);
  std::array<int, 4> y{};
  ASSERT_EQ(call.output_extents(convolution, x, w, 4, y.data()), cudnn::kSuccess);
  EXPECT_EQ(y, (std::array<int, 4>{2, 8, 5, 7}));
  call.convolution_destroy(convolution);
  call.filter_destroy(w);
  call.tensor_destroy(x);
}

}  // namespace
}  // namespace partita::exec::cuda
