// The part of cuDNN that is used here, declared by hand: its headers need not be installed. Source:
// cudnn_graph.h, cudnn_ops.h, cudnn_cnn.h of cuDNN 9.19 (the "legacy" convolution calls, which 9.x
// marks deprecated and has); tests/exec/devices/cuda/declarations_test.cpp compares where they are.
#pragma once

#include <cstddef>

#include "exec/devices/cuda/vendor/library.h"

namespace partita::exec::cuda::cudnn {

using Handle = struct HandleContent*;
using Tensor = struct TensorContent*;
using Filter = struct FilterContent*;
using ConvolutionDesc = struct ConvolutionDescContent*;
using Stream = struct CUstream_st*;

constexpr int kSuccess = 0;
constexpr int kFloat = 0, kHalf = 2, kBfloat16 = 9;  // cudnnDataType_t
constexpr int kNchw = 0;                             // cudnnTensorFormat_t
constexpr int kCrossCorrelation = 1;                 // cudnnConvolutionMode_t
constexpr int kTensorOpMath = 1, kFmaMath = 3;       // cudnnMathType_t
constexpr int kDeterministic = 1;                    // cudnnDeterminism_t
constexpr int kMostAlgorithms = 8;                   // CUDNN_CONVOLUTION_FWD_ALGO_COUNT

struct AlgorithmPerformance {
  int algorithm, status;
  float time;
  std::size_t memory;
  int determinism, math;
  int reserved[3];
};

struct Functions {
  const char* (*error_string)(int);
  std::size_t (*version)();
  int (*create)(Handle*);
  int (*destroy)(Handle);
  int (*set_stream)(Handle, Stream);
  int (*tensor_create)(Tensor*);
  int (*tensor_destroy)(Tensor);
  int (*tensor_set)(Tensor, int type, int axes, const int* extents, const int* strides);
  int (*filter_create)(Filter*);
  int (*filter_destroy)(Filter);
  int (*filter_set)(Filter, int type, int format, int axes, const int* extents);
  int (*convolution_create)(ConvolutionDesc*);
  int (*convolution_destroy)(ConvolutionDesc);
  int (*convolution_set)(ConvolutionDesc, int axes, const int* pads, const int* strides,
                         const int* dilations, int mode, int compute_type);
  int (*convolution_set_groups)(ConvolutionDesc, int groups);
  int (*convolution_set_math)(ConvolutionDesc, int math);
  int (*output_extents)(ConvolutionDesc, Tensor x, Filter w, int axes, int* extents);
  int (*algorithms)(Handle, Tensor x, Filter w, ConvolutionDesc, Tensor y, int asked, int* found,
                    AlgorithmPerformance* results);
  int (*workspace_bytes)(Handle, Tensor x, Filter w, ConvolutionDesc, Tensor y, int algorithm,
                         std::size_t* bytes);
  int (*forward)(Handle, const void* alpha, Tensor, const void* x, Filter, const void* w,
                 ConvolutionDesc, int algorithm, void* workspace, std::size_t workspace_bytes,
                 const void* beta, Tensor, void* y);
  int (*add)(Handle, const void* alpha, Tensor, const void* a, const void* beta, Tensor, void* c);

  // Whether the library has all of them.
  bool find_in(const VendorLibrary& library) {
    return library && library.find("cudnnGetErrorString", error_string) &&
           library.find("cudnnGetVersion", version) && library.find("cudnnCreate", create) &&
           library.find("cudnnDestroy", destroy) && library.find("cudnnSetStream", set_stream) &&
           library.find("cudnnCreateTensorDescriptor", tensor_create) &&
           library.find("cudnnDestroyTensorDescriptor", tensor_destroy) &&
           library.find("cudnnSetTensorNdDescriptor", tensor_set) &&
           library.find("cudnnCreateFilterDescriptor", filter_create) &&
           library.find("cudnnDestroyFilterDescriptor", filter_destroy) &&
           library.find("cudnnSetFilterNdDescriptor", filter_set) &&
           library.find("cudnnCreateConvolutionDescriptor", convolution_create) &&
           library.find("cudnnDestroyConvolutionDescriptor", convolution_destroy) &&
           library.find("cudnnSetConvolutionNdDescriptor", convolution_set) &&
           library.find("cudnnSetConvolutionGroupCount", convolution_set_groups) &&
           library.find("cudnnSetConvolutionMathType", convolution_set_math) &&
           library.find("cudnnGetConvolutionNdForwardOutputDim", output_extents) &&
           library.find("cudnnGetConvolutionForwardAlgorithm_v7", algorithms) &&
           library.find("cudnnGetConvolutionForwardWorkspaceSize", workspace_bytes) &&
           library.find("cudnnConvolutionForward", forward) && library.find("cudnnAddTensor", add);
  }
};

inline VendorLibrary library() { return VendorLibrary({"libcudnn.so.9"}); }

}  // namespace partita::exec::cuda::cudnn
