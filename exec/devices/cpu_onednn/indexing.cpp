// Gather and ScatterND: rows picked, or written, by indices that may be computed.
#include <cstring>

#include "exec/devices/cpu_onednn/kernels.h"
#include "models/base/diagnostics.h"

namespace partita::exec {
namespace {

template <class Index>
class GatherKernel : public PlainKernel {
 public:
  explicit GatherKernel(const KernelRequest& request) : PlainKernel(request) {
    const Tensor& data = request.input(0);
    const auto axis = static_cast<std::size_t>(request.attributes().integer("axis"));
    const std::span<const std::int64_t> all(data.shape);
    outer_ = product(all.first(axis));
    rows_ = data.shape[axis];
    row_bytes_ = static_cast<std::size_t>(product(all.subspan(axis + 1)) * info(data.type).bytes);
    picks_ = request.input(1).elements();
  }
  void run() override {
    std::byte* y = out<std::byte>();
    for (std::int64_t o = 0; o < outer_; ++o) {
      const std::byte* x = in<std::byte>(0) + static_cast<std::size_t>(o * rows_) * row_bytes_;
      for (std::int64_t i = 0; i < picks_; ++i) {
        std::int64_t pick = in<Index>(1)[i];
        if (pick < 0) pick += rows_;
        if (pick < 0 || pick >= rows_)
          throw Error("index " + std::to_string(pick) + " of a Gather is outside its " +
                      std::to_string(rows_) + " rows");
        std::memcpy(y, x + static_cast<std::size_t>(pick) * row_bytes_, row_bytes_);
        y += row_bytes_;
      }
    }
  }

 private:
  std::int64_t outer_ = 1, rows_ = 1, picks_ = 1;
  std::size_t row_bytes_ = 0;
};

// Model: copies the data, then writes (or adds) update rows where the index tuples say, in order.
template <class T>
class ScatterKernel : public PlainKernel {
 public:
  explicit ScatterKernel(const KernelRequest& request)
      : PlainKernel(request), adds_(request.attributes().text("reduction") == "add") {
    const Tensor& data = request.input(0);
    const Shape& indices = request.input(1).shape;
    depth_ = static_cast<std::size_t>(indices.back());
    tuples_ = product(std::span(indices).first(indices.size() - 1));
    count_ = static_cast<std::size_t>(data.elements());
    row_ = product(std::span(data.shape).subspan(depth_));
    strides_ = row_major_strides(data.shape);
    shape_ = data.shape;
  }
  void run() override {
    T* y = out<T>();
    std::memcpy(y, in<T>(0), count_ * sizeof(T));
    const std::int64_t* index = in<std::int64_t>(1);
    const T* update = in<T>(2);
    for (std::int64_t i = 0; i < tuples_; ++i, index += depth_, update += row_) {
      T* at = y + offset(index);
      if (adds_) {
        for (std::int64_t j = 0; j < row_; ++j) at[j] += update[j];
      } else {
        std::memcpy(at, update, static_cast<std::size_t>(row_) * sizeof(T));
      }
    }
  }

 private:
  std::int64_t offset(const std::int64_t* index) const {
    std::int64_t at = 0;
    for (std::size_t axis = 0; axis < depth_; ++axis) {
      const std::int64_t i = index[axis] < 0 ? index[axis] + shape_[axis] : index[axis];
      if (i < 0 || i >= shape_[axis]) throw Error("an index of a ScatterND is outside its data");
      at += i * strides_[axis];
    }
    return at;
  }

  bool adds_;
  std::size_t depth_ = 0, count_ = 0;
  std::int64_t tuples_ = 0, row_ = 1;
  Shape strides_, shape_;
};

std::unique_ptr<Kernel> make_scatter(const KernelRequest& request) {
  if (request.input(1).type != DataType::I64) throw Error("indices must be i64");
  switch (request.input(0).type) {
    case DataType::F32: return std::make_unique<ScatterKernel<float>>(request);
    case DataType::I32: return std::make_unique<ScatterKernel<std::int32_t>>(request);
    case DataType::I64: return std::make_unique<ScatterKernel<std::int64_t>>(request);
    default:
      throw Error("not for operands of type " + std::string(to_string(request.input(0).type)));
  }
}

}  // namespace

std::unique_ptr<Kernel> make_indexing_kernel(const KernelRequest& request) {
  if (request.layer.kind == OpKind::ScatterNd) return make_scatter(request);
  switch (request.input(1).type) {
    case DataType::I32: return std::make_unique<GatherKernel<std::int32_t>>(request);
    case DataType::I64: return std::make_unique<GatherKernel<std::int64_t>>(request);
    default: throw Error("indices must be i32 or i64");
  }
}

}  // namespace partita::exec
