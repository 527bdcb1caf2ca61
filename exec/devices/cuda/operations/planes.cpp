#include "exec/devices/cuda/kernels/planes.h"

#include "exec/devices/cuda/operations/operations.h"
#include "exec/devices/cuda/operations/shapes.h"

namespace partita::exec::cuda {
namespace {

Divisor channels_of(const Shape& x) { return Divisor(x.size() > 1 ? index_of(x[1]) : 1); }
Divisor inner_of(const Shape& x) {
  return Divisor(x.size() > 2 ? index_of(volume_of(x, 2, x.size())) : 1);
}

Coordinate coordinate_named(const std::string& name) {
  if (name == "asymmetric") return Coordinate::Asymmetric;
  if (name == "align_corners") return Coordinate::AlignCorners;
  return name == "pytorch_half_pixel" ? Coordinate::TorchHalfPixel : Coordinate::HalfPixel;
}

Nearest nearest_named(const std::string& name) {
  if (name == "floor") return Nearest::Floor;
  if (name == "ceil") return Nearest::Ceil;
  return name == "round_prefer_ceil" ? Nearest::PreferCeil : Nearest::PreferFloor;
}

}  // namespace

MadeOperation batch_norm(const LayerRequest& request) {
  for (std::size_t i = 0; i < 5; ++i) need_float(request.in(i));
  const Shape& x = request.in(0).shape;
  BatchNorm norm{};
  norm.type = request.in(0).type;
  norm.count = elements_of(x);
  norm.inner = inner_of(x);
  norm.channels = channels_of(x);
  norm.epsilon = static_cast<float>(request.number("epsilon"));
  norm.scale.type = request.in(1).type;
  norm.bias.type = request.in(2).type;
  norm.mean.type = request.in(3).type;
  norm.variance.type = request.in(4).type;
  return one_launch(norm, [](BatchNorm& own, const Operands& at) {
    own.x = at.in[0];
    own.scale.values = at.in[1];
    own.bias.values = at.in[2];
    own.mean.values = at.in[3];
    own.variance.values = at.in[4];
    own.y = at.out[0];
  });
}

MadeOperation local_response_norm(const LayerRequest& request) {
  need_float(request.in(0));
  const Shape& x = request.in(0).shape;
  const std::int64_t size = request.integer("size");
  const LocalResponseNorm norm{
      request.in(0).type,
      elements_of(x),
      inner_of(x),
      channels_of(x),
      index_of((size - 1) / 2),
      index_of(size / 2),
      static_cast<float>(request.number("alpha") / static_cast<double>(size)),
      static_cast<float>(request.number("beta")),
      static_cast<float>(request.number("bias")),
      nullptr,
      nullptr};
  return one_launch(norm, [](LocalResponseNorm& own, const Operands& at) {
    own.x = at.in[0];
    own.y = at.out[0];
  });
}

MadeOperation resize(const LayerRequest& request) {
  need_float(request.in(0));
  const Shape& x = request.in(0).shape;
  const Shape& y = request.out().shape;
  if (x.size() > kMostAxes) {
    unsupported(fmt::format("no CUDA kernel for {} axes (at most {})", x.size(), kMostAxes));
  }
  Resize resize{};
  resize.type = request.in(0).type;
  resize.linear = request.text("mode") == "linear";
  resize.coordinate = coordinate_named(request.text("coordinate"));
  resize.nearest = nearest_named(request.text("nearest"));
  resize.count = elements_of(y);
  resize.axes = static_cast<int>(x.size());
  for (std::size_t a = 0; a < x.size(); ++a) {
    ResizeAxis& axis = resize.axis[a];
    axis.out = Divisor(index_of(y[a]));
    axis.in = index_of(x[a]);
    axis.stride = index_of(row_major(x)[a]);
    axis.scale = request.layer.attributes.numbers("scales")[a];
    axis.same = x[a] == y[a] && axis.scale == 1;
  }
  return one_launch(resize, [](Resize& own, const Operands& at) {
    own.x = at.in[0];
    own.y = at.out[0];
  });
}

}  // namespace partita::exec::cuda
