// The part of cuBLASLt that is used here, declared by hand: its headers need not be installed.
// Source: cublasLt.h, cublas_api.h, library_types.h of CUDA 13.0 (the same in 12.x);
// tests/exec/devices/cuda/declarations_test.cpp compares where they are.
#pragma once

#include <cstddef>
#include <cstdint>

#include "exec/devices/cuda/vendor/library.h"

namespace partita::exec::cuda::cublaslt {

using Handle = struct HandleContent*;
using MatmulDesc = struct MatmulDescContent*;
using MatrixLayout = struct MatrixLayoutContent*;
using Preference = struct PreferenceContent*;
using Stream = struct CUstream_st*;

constexpr int kSuccess = 0;
constexpr int kR32F = 0, kR16F = 2, kR16BF = 14;  // cudaDataType
constexpr int kCompute32F = 68;                   // cublasComputeType_t
constexpr std::int32_t kOpN = 0, kOpT = 1;        // cublasOperation_t
constexpr int kDescTransA = 3, kDescTransB = 4;   // cublasLtMatmulDescAttributes_t
constexpr int kDescMultiprocessors = 15;
constexpr int kLayoutBatchCount = 5, kLayoutStridedBatchOffset = 6;
constexpr int kPreferenceMaxWorkspace = 1, kPreferenceAlignmentA = 5, kPreferenceAlignmentD = 8;

struct Algo {
  std::uint64_t data[8];
};
struct HeuristicResult {
  Algo algo;
  std::size_t workspace;
  int state;
  float waves;
  int reserved[4];
};

struct Functions {
  const char* (*status_string)(int);
  std::size_t (*version)();
  int (*create)(Handle*);
  int (*destroy)(Handle);
  int (*matmul)(Handle, MatmulDesc, const void* alpha, const void* a, MatrixLayout, const void* b,
                MatrixLayout, const void* beta, const void* c, MatrixLayout, void* d, MatrixLayout,
                const Algo*, void* workspace, std::size_t workspace_bytes, Stream);
  int (*desc_create)(MatmulDesc*, int compute_type, int scale_type);
  int (*desc_destroy)(MatmulDesc);
  int (*desc_set)(MatmulDesc, int attribute, const void* value, std::size_t bytes);
  int (*layout_create)(MatrixLayout*, int type, std::uint64_t rows, std::uint64_t columns,
                       std::int64_t leading);
  int (*layout_destroy)(MatrixLayout);
  int (*layout_set)(MatrixLayout, int attribute, const void* value, std::size_t bytes);
  int (*preference_create)(Preference*);
  int (*preference_destroy)(Preference);
  int (*preference_set)(Preference, int attribute, const void* value, std::size_t bytes);
  int (*heuristic)(Handle, MatmulDesc, MatrixLayout a, MatrixLayout b, MatrixLayout c,
                   MatrixLayout d, Preference, int asked, HeuristicResult* results, int* found);

  // Whether the library has all of them.
  bool find_in(const VendorLibrary& library) {
    return library && library.find("cublasLtGetStatusString", status_string) &&
           library.find("cublasLtGetVersion", version) && library.find("cublasLtCreate", create) &&
           library.find("cublasLtDestroy", destroy) && library.find("cublasLtMatmul", matmul) &&
           library.find("cublasLtMatmulDescCreate", desc_create) &&
           library.find("cublasLtMatmulDescDestroy", desc_destroy) &&
           library.find("cublasLtMatmulDescSetAttribute", desc_set) &&
           library.find("cublasLtMatrixLayoutCreate", layout_create) &&
           library.find("cublasLtMatrixLayoutDestroy", layout_destroy) &&
           library.find("cublasLtMatrixLayoutSetAttribute", layout_set) &&
           library.find("cublasLtMatmulPreferenceCreate", preference_create) &&
           library.find("cublasLtMatmulPreferenceDestroy", preference_destroy) &&
           library.find("cublasLtMatmulPreferenceSetAttribute", preference_set) &&
           library.find("cublasLtMatmulAlgoGetHeuristic", heuristic);
  }
};

inline VendorLibrary library() { return VendorLibrary({"libcublasLt.so.13", "libcublasLt.so.12"}); }

}  // namespace partita::exec::cuda::cublaslt
