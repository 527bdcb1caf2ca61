// Transpose, Slice, Expand, Tile, Split, Pad: results whose every value stands somewhere in the
// operand.
#include <cstring>

#include "exec/devices/cpu_onednn/kernels.h"
#include "models/base/diagnostics.h"

namespace partita::exec {
namespace {

// Values of one size, moved without looking at them.
template <class Visit>
void with_value_type(DataType type, Visit visit) {
  switch (info(type).bytes) {
    case 1: visit(std::uint8_t{}); break;
    case 2: visit(std::uint16_t{}); break;
    case 4: visit(std::uint32_t{}); break;
    default: visit(std::uint64_t{}); break;
  }
}

// A copy of values at regular distances: result axis i steps through the operand by steps[i].
struct Strided {
  Shape extents, steps;
  std::int64_t start = 0;

  // Fewer, longer axes: one axis continues the one before where its run ends at the other's step.
  void merge() {
    Shape e, s;
    for (std::size_t i = 0; i < extents.size(); ++i) {
      if (extents[i] == 1) continue;
      if (!e.empty() && s.back() == steps[i] * extents[i]) {
        e.back() *= extents[i];
        s.back() = steps[i];
      } else {
        e.push_back(extents[i]);
        s.push_back(steps[i]);
      }
    }
    if (e.empty()) {
      e.push_back(1);
      s.push_back(1);
    }
    extents = e;
    steps = s;
  }
};

template <class T>
T* copy_strided(const Strided& from, std::size_t axis, const T* src, T* dst) {
  const std::int64_t n = from.extents[axis], step = from.steps[axis];
  if (axis + 1 < from.extents.size()) {
    for (std::int64_t i = 0; i < n; ++i) dst = copy_strided(from, axis + 1, src + i * step, dst);
    return dst;
  }
  if (step == 1) {
    std::memcpy(dst, src, static_cast<std::size_t>(n) * sizeof(T));
  } else {
    for (std::int64_t i = 0; i < n; ++i) dst[i] = src[i * step];
  }
  return dst + n;
}

class StridedKernel : public PlainKernel {
 public:
  StridedKernel(const KernelRequest& request, std::vector<Strided> parts)
      : PlainKernel(request), type_(request.input(0).type), parts_(std::move(parts)) {
    for (Strided& part : parts_) part.merge();
  }
  void run() override {
    with_value_type(type_, [this](auto value) {
      using T = decltype(value);
      for (std::size_t i = 0; i < parts_.size(); ++i) {
        copy_strided(parts_[i], 0, in<T>(0) + parts_[i].start, out<T>(i));
      }
    });
  }

 private:
  DataType type_;
  std::vector<Strided> parts_;  // one for each result
};

Strided sliced(const KernelRequest& request) {
  const Attributes& a = request.attributes();
  Strided part{request.output().shape, row_major_strides(request.input(0).shape)};
  const Shape& axes = a.integers("axes");
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto axis = static_cast<std::size_t>(axes[i]);
    part.start += a.integers("starts")[i] * part.steps[axis];
    part.steps[axis] *= a.integers("steps")[i];
  }
  return part;
}

Strided expanded(const KernelRequest& request) {
  const Shape x = with_rank(request.input(0).shape, request.output().shape.size());
  Strided part{request.output().shape, row_major_strides(x)};
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i] == 1) part.steps[i] = 0;
  }
  return part;
}

// [r * n] is [r, n] with a step of nothing along r.
Strided tiled(const KernelRequest& request) {
  const Shape& x = request.input(0).shape;
  const Shape& repeats = request.attributes().integers("repeats");
  const Shape steps = row_major_strides(x);
  Strided part;
  for (std::size_t i = 0; i < x.size(); ++i) {
    part.extents.insert(part.extents.end(), {repeats[i], x[i]});
    part.steps.insert(part.steps.end(), {0, steps[i]});
  }
  return part;
}

std::vector<Strided> split(const KernelRequest& request) {
  const auto axis = static_cast<std::size_t>(request.attributes().integer("axis"));
  const Shape steps = row_major_strides(request.input(0).shape);
  std::vector<Strided> parts;
  std::int64_t start = 0;
  for (std::size_t i = 0; i < request.layer.outputs.size(); ++i) {
    parts.push_back({request.output(i).shape, steps, start});
    start += request.output(i).shape[axis] * steps[axis];
  }
  return parts;
}

// oneDNN's reorder is faster at swapping axes than a plain walk; it copies f32 only.
class TransposeKernel : public PlainKernel {
 public:
  TransposeKernel(const KernelRequest& request, Desc src, Desc dst)
      : PlainKernel(request, "reorder"), src_(std::move(src)), dst_(std::move(dst)) {}
  void prepare(const std::vector<const std::byte*>& inputs,
               const std::vector<std::byte*>& outputs) override {
    src_memory_ = dnnl::memory(src_, engine(), const_cast<std::byte*>(inputs[0]));
    dst_memory_ = dnnl::memory(dst_, engine(), outputs[0]);
    reorder_ = dnnl::reorder(src_memory_, dst_memory_);
  }
  void run() override { reorder_.execute(stream(), src_memory_, dst_memory_); }

 private:
  Desc src_, dst_;
  dnnl::memory src_memory_, dst_memory_;
  dnnl::reorder reorder_;
};

std::unique_ptr<Kernel> make_transpose(const KernelRequest& request) {
  const Shape& perm = request.attributes().integers("perm");
  const Shape strides = row_major_strides(request.input(0).shape);
  Strided part{request.output().shape, Shape(perm.size())};
  for (std::size_t i = 0; i < perm.size(); ++i) {
    part.steps[i] = strides[static_cast<std::size_t>(perm[i])];
  }
  if (request.input(0).type == DataType::F32 && !perm.empty()) {
    const Desc src(part.extents, dnnl::memory::data_type::f32, part.steps);
    return std::make_unique<TransposeKernel>(request, src, plain_desc(part.extents));
  }
  return std::make_unique<StridedKernel>(request, std::vector{part});
}

// Model: along every axis a table says which position of the operand a result position takes, or
// -1: the fill value.
class PadKernel : public PlainKernel {
 public:
  explicit PadKernel(const KernelRequest& request)
      : PlainKernel(request),
        type_(request.input(0).type),
        strides_(row_major_strides(request.input(0).shape)) {
    const Shape& x = request.input(0).shape;
    const Shape& pads = request.attributes().integers("pads");
    const std::string& mode = request.attributes().text("mode");
    for (std::size_t axis = 0; axis < x.size(); ++axis) {
      sources_.push_back(source_positions(mode, x[axis], pads[axis], request.output().shape[axis]));
    }
    fill_ = fill_bytes(request.attributes().number("value"));
  }
  void run() override {
    with_value_type(type_, [this](auto value) {
      using T = decltype(value);
      T fill{};
      std::memcpy(&fill, fill_.data(), sizeof(T));
      pad(std::size_t{0}, in<T>(0), false, out<T>(), fill);
    });
  }

 private:
  static Shape source_positions(const std::string& mode, std::int64_t n, std::int64_t before,
                                std::int64_t result) {
    Shape positions;
    for (std::int64_t i = -before; i < result - before; ++i) {
      if (mode == "edge") {
        positions.push_back(std::clamp<std::int64_t>(i, 0, n - 1));
      } else if (mode == "reflect") {
        // A mirror at both ends that does not repeat the end itself: period 2 (n - 1).
        const std::int64_t period = std::max<std::int64_t>(2 * (n - 1), 1);
        const std::int64_t at = ((i % period) + period) % period;
        positions.push_back(at < n ? at : period - at);
      } else {
        positions.push_back(i >= 0 && i < n ? i : -1);
      }
    }
    return positions;
  }

  std::vector<std::byte> fill_bytes(double value) const {
    std::vector<std::byte> bytes(8);
    const auto put = [&](auto typed) { std::memcpy(bytes.data(), &typed, sizeof(typed)); };
    switch (type_) {
      case DataType::F32: put(static_cast<float>(value)); break;
      case DataType::F64: put(value); break;
      case DataType::I64: put(static_cast<std::int64_t>(value)); break;
      case DataType::I32: put(static_cast<std::int32_t>(value)); break;
      default: put(static_cast<std::uint8_t>(value)); break;
    }
    return bytes;
  }

  template <class T>
  T* pad(std::size_t axis, const T* src, bool outside, T* dst, T fill) {
    if (axis == sources_.size()) {
      *dst = outside ? fill : *src;
      return dst + 1;
    }
    for (const std::int64_t position : sources_[axis]) {
      const bool out_here = outside || position < 0;
      dst = pad(axis + 1, out_here ? src : src + position * strides_[axis], out_here, dst, fill);
    }
    return dst;
  }

  DataType type_;
  Shape strides_;
  std::vector<Shape> sources_;
  std::vector<std::byte> fill_;
};

}  // namespace

std::unique_ptr<Kernel> make_movement_kernel(const KernelRequest& request) {
  const auto strided = [&](std::vector<Strided> parts) {
    return std::make_unique<StridedKernel>(request, std::move(parts));
  };
  switch (request.layer.kind) {
    case OpKind::Slice: return strided({sliced(request)});
    case OpKind::Expand: return strided({expanded(request)});
    case OpKind::Tile: return strided({tiled(request)});
    case OpKind::Split: return strided(split(request));
    case OpKind::Transpose: return make_transpose(request);
    default: return std::make_unique<PadKernel>(request);
  }
}

}  // namespace partita::exec
