// Conv by cuDNN.
#include "exec/devices/cuda/vendor/cudnn.h"

#include <fmt/format.h>

#include <array>

#include "exec/devices/cuda/operations/operations.h"
#include "exec/devices/cuda/operations/shapes.h"
#include "exec/devices/cuda/vendor/vendors.h"

namespace partita::exec::cuda {
namespace {

using namespace cudnn;

struct Cudnn {
  VendorLibrary library = cudnn::library();
  Functions call{};
  Handle handle = nullptr;

  Cudnn() = default;
  ~Cudnn() {
    if (handle != nullptr) call.destroy(handle);
  }
  Cudnn(const Cudnn&) = delete;
  Cudnn& operator=(const Cudnn&) = delete;

  bool works(const Queue& queue) {
    return call.find_in(library) && call.create(&handle) == kSuccess &&
           call.set_stream(handle, static_cast<Stream>(queue.stream)) == kSuccess;
  }
  void check(int status, const char* doing) const {
    if (status == kSuccess) return;
    throw DeviceError(PARTITA_FAILED,
                      fmt::format("cuDNN cannot {}: {}", doing, call.error_string(status)));
  }
};

int cudnn_type(DataType type) {
  return type == DataType::F16 ? kHalf : type == DataType::BF16 ? kBfloat16 : kFloat;
}

// Shapes as cuDNN wants them: at least two spatial axes.
std::vector<int> extents_of(const Shape& shape) {
  std::vector<int> extents(shape.begin(), shape.end());
  if (extents.size() == 3) extents.insert(extents.begin() + 2, 1);
  return extents;
}

class CudnnConvolution : public Operation {
 public:
  CudnnConvolution(const Cudnn& dnn, const LayerRequest& request)
      : dnn_(dnn), biased_(request.has(2)) {
    const Convolution own = convolution_of(request);
    const int type = cudnn_type(own.type);
    const std::vector<int> y = extents_of(request.out().shape);
    x_desc_ = tensor(type, extents_of(request.in(0).shape));
    y_desc_ = tensor(type, y);
    if (biased_) {
      std::vector<int> bias(y.size(), 1);
      bias[1] = y[1];
      bias_desc_ = tensor(type, bias);
    }
    const std::vector<int> w = extents_of(request.in(1).shape);
    dnn.check(dnn.call.filter_create(&w_desc_), "describe a filter");
    dnn.check(dnn.call.filter_set(w_desc_, type, kNchw, static_cast<int>(w.size()), w.data()),
              "describe a filter");
    const std::size_t axes = w.size() - 2;
    std::array<int, 3> pads{}, strides{}, dilations{};
    for (std::size_t i = 0; i < axes; ++i) {
      const WindowAxis& axis = own.window.axis[3 - axes + i];
      pads[i] = axis.pad;
      strides[i] = axis.stride;
      dilations[i] = axis.dilation;
    }
    dnn.check(dnn.call.convolution_create(&convolution_), "describe a convolution");
    dnn.check(dnn.call.convolution_set(convolution_, static_cast<int>(axes), pads.data(),
                                       strides.data(), dilations.data(), kCrossCorrelation, kFloat),
              "describe a convolution");
    dnn.check(dnn.call.convolution_set_groups(convolution_, own.groups), "divide a convolution");
    // f32 means f32: the default would round operands to TF32's ten bits.
    math_ = own.type == DataType::F32 ? kFmaMath : kTensorOpMath;
    dnn.check(dnn.call.convolution_set_math(convolution_, math_), "choose the arithmetic");
  }
  ~CudnnConvolution() override {
    for (const cudnn::Tensor tensor : {x_desc_, y_desc_, bias_desc_}) {
      if (tensor != nullptr) dnn_.call.tensor_destroy(tensor);
    }
    if (w_desc_ != nullptr) dnn_.call.filter_destroy(w_desc_);
    if (convolution_ != nullptr) dnn_.call.convolution_destroy(convolution_);
  }

  // cuDNN pads both ends alike.
  static bool possible(const Convolution& convolution) {
    for (const WindowAxis& axis : convolution.window.axis) {
      if (axis.pad != axis.pad_end) return false;
    }
    return !convolution.transposed;
  }

  // Whether there is an algorithm. The best that cuDNN's heuristics know, of those whose results
  // are the same each time.
  bool choose() {
    std::array<AlgorithmPerformance, kMostAlgorithms> all{};
    int found = 0;
    if (dnn_.call.algorithms(dnn_.handle, x_desc_, w_desc_, convolution_, y_desc_, kMostAlgorithms,
                             &found, all.data()) != kSuccess) {
      return false;
    }
    constexpr std::size_t kMostWorkspace = std::size_t{512} << 20;
    for (std::size_t i = 0; i < static_cast<std::size_t>(found); ++i) {
      if (all[i].status != kSuccess || all[i].determinism != kDeterministic) continue;
      if (math_ == kFmaMath && all[i].math != kFmaMath && all[i].math != 0) continue;
      std::size_t bytes = 0;
      if (dnn_.call.workspace_bytes(dnn_.handle, x_desc_, w_desc_, convolution_, y_desc_,
                                    all[i].algorithm, &bytes) != kSuccess ||
          bytes > kMostWorkspace) {
        continue;
      }
      algorithm_ = all[i].algorithm;
      bytes_ = bytes;
      return true;
    }
    return false;
  }
  int algorithm() const { return algorithm_; }
  std::uint64_t workspace() const { return vendor_workspace(bytes_); }

  void bind(const Operands& at) override {
    x_ = at.in[0];
    w_ = at.in[1];
    if (biased_) bias_ = at.in[2];
    y_ = at.out[0];
    workspace_ = aligned_for_vendor(at.workspace);
  }
  void run(const Queue&) override {
    const float one = 1, zero = 0;
    dnn_.check(dnn_.call.forward(dnn_.handle, &one, x_desc_, x_, w_desc_, w_, convolution_,
                                 algorithm_, workspace_, bytes_, &zero, y_desc_, y_),
               "queue a convolution");
    if (!biased_) return;
    dnn_.check(dnn_.call.add(dnn_.handle, &one, bias_desc_, bias_, &one, y_desc_, y_),
               "queue a sum");
  }

 private:
  cudnn::Tensor tensor(int type, const std::vector<int>& extents) {
    std::vector<int> strides(extents.size(), 1);
    for (std::size_t i = extents.size() - 1; i > 0; --i) strides[i - 1] = strides[i] * extents[i];
    cudnn::Tensor tensor = nullptr;
    dnn_.check(dnn_.call.tensor_create(&tensor), "describe a tensor");
    dnn_.check(dnn_.call.tensor_set(tensor, type, static_cast<int>(extents.size()), extents.data(),
                                    strides.data()),
               "describe a tensor");
    return tensor;
  }

  const Cudnn& dnn_;
  bool biased_;
  cudnn::Tensor x_desc_ = nullptr, y_desc_ = nullptr, bias_desc_ = nullptr;
  Filter w_desc_ = nullptr;
  ConvolutionDesc convolution_ = nullptr;
  int math_ = 0, algorithm_ = 0;
  std::size_t bytes_ = 0;
  const void *x_ = nullptr, *w_ = nullptr, *bias_ = nullptr;
  void *y_ = nullptr, *workspace_ = nullptr;
};

class CudnnWay : public VendorWay {
 public:
  bool works(const Queue& queue) { return dnn_.works(queue); }
  std::string name() const override {
    const std::size_t version = dnn_.call.version();  // 91900: 9.19.0
    return fmt::format("cuDNN {}.{}.{}", version / 10000, version / 100 % 100, version % 100);
  }
  std::optional<MadeOperation> make(const LayerRequest& request) override {
    if (request.layer.kind != OpKind::Conv) return std::nullopt;
    if (!CudnnConvolution::possible(convolution_of(request))) return std::nullopt;
    auto operation = std::make_unique<CudnnConvolution>(dnn_, request);
    if (!operation->choose()) return std::nullopt;
    MadeOperation made;
    made.implementation = fmt::format("{}, algorithm {}", name(), operation->algorithm());
    made.workspace = operation->workspace();
    made.costs_host = true;
    made.operation = std::move(operation);
    return made;
  }

 private:
  Cudnn dnn_;
};

}  // namespace

std::unique_ptr<VendorWay> cudnn_convolutions(const Queue& queue) {
  auto way = std::make_unique<CudnnWay>();
  if (!way->works(queue)) return nullptr;
  return way;
}

}  // namespace partita::exec::cuda
