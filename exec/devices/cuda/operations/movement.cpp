#include "exec/devices/cuda/kernels/movement.h"

#include <cstring>

#include "exec/device/lowering.h"
#include "exec/devices/cuda/operations/moves.h"
#include "exec/devices/cuda/operations/operations.h"
#include "exec/values/tensor_value.h"

namespace partita::exec::cuda {
namespace {

MadeOperation one_move(const Move& move) {
  return one_launch(move, [](Move& own, const Operands& at) {
    own.x = at.in[0];
    own.y = at.out[0];
  });
}

// Axis by axis, with something outside the operand: no axes are joined.
Move axis_by_axis(const LayerRequest& request, Outside outside) {
  const Shape& from = request.in(0).shape;
  const Shape& to = request.out().shape;
  if (to.size() > kMostAxes) {
    unsupported(fmt::format("no CUDA kernel for {} axes (at most {})", to.size(), kMostAxes));
  }
  Move move;
  move.bytes = info(request.out().type).bytes;
  move.count = elements_of(to);
  move.axes = static_cast<int>(to.size());
  move.outside = outside;
  const Shape from_strides = row_major(from), to_strides = row_major(to);
  for (std::size_t a = 0; a < to.size(); ++a) {
    move.axis[a].extent = Divisor(index_of(to[a]));
    move.axis[a].operand_extent = index_of(from[a]);
    move.axis[a].from = index_of(from_strides[a]);
    move.axis[a].to = index_of(to_strides[a]);
  }
  return move;
}

}  // namespace

// Identity and Reshape.
MadeOperation view(const LayerRequest& request) {
  // A constant lies among the weights, not among the activations: its view needs bytes of its own.
  if (is_constant(request.in(0))) return one_move(whole_copy(request.in(0)));
  MadeOperation made;
  made.implementation = "view";
  return made;
}

MadeOperation transpose(const LayerRequest& request) {
  const Shape own = row_major(request.in(0).shape);
  Shape strides;
  for (const std::int64_t axis : request.integers("perm")) {
    strides.push_back(own[static_cast<std::size_t>(axis)]);
  }
  const Shape& y = request.out().shape;
  return one_move(move_of({request.out().type, y, strides, row_major(y)}));
}

MadeOperation expand(const LayerRequest& request) {
  const Shape& y = request.out().shape;
  return one_move(move_of({request.out().type, y, repeated(request.in(0).shape, y), row_major(y)}));
}

MadeOperation slice(const LayerRequest& request) {
  const Shape& y = request.out().shape;
  Block block{request.out().type, y, row_major(request.in(0).shape), row_major(y)};
  const auto& axes = request.integers("axes");
  for (std::size_t i = 0; i < axes.size(); ++i) {
    std::int64_t& stride = block.from_strides[static_cast<std::size_t>(axes[i])];
    block.from_start += request.integers("starts")[i] * stride;
    stride *= request.integers("steps")[i];
  }
  return one_move(move_of(block));
}

MadeOperation tile(const LayerRequest& request) {
  return one_move(axis_by_axis(request, Outside::Repeats));
}

MadeOperation pad(const LayerRequest& request) {
  const std::string& mode = request.text("mode");
  Move move = axis_by_axis(request, mode == "edge"      ? Outside::Edge
                                    : mode == "reflect" ? Outside::Reflects
                                                        : Outside::Fill);
  for (int a = 0; a < move.axes; ++a) {
    move.axis[a].start = index_of(-request.integers("pads")[static_cast<std::size_t>(a)]);
  }
  const double value = request.layer.attributes.has("value") ? request.number("value") : 0.0;
  const TensorValue fill =
      converted(tensor_value<double>(DataType::F64, {}, {value}), request.out().type);
  std::memcpy(&move.fill, fill.bytes.data(), fill.bytes.size());
  return one_move(move);
}

MadeOperation concat(const LayerRequest& request) {
  const auto axis = static_cast<std::size_t>(request.integer("axis"));
  std::vector<Move> moves;
  std::int64_t first = 0;
  for (std::size_t i = 0; request.has(i); ++i) {
    const std::int64_t extent = request.in(i).shape[axis];
    moves.push_back(put_in(request.out().type, request.out().shape, axis, first, extent));
    first += extent;
  }
  return launches(std::move(moves), [](std::size_t i, Move& own, const Operands& at) {
    own.x = at.in[i];
    own.y = at.out[0];
  });
}

MadeOperation split(const LayerRequest& request) {
  const auto axis = static_cast<std::size_t>(request.integer("axis"));
  std::vector<Move> moves;
  std::int64_t first = 0;
  for (std::size_t i = 0; i < request.layer.outputs.size(); ++i) {
    const std::int64_t extent = request.out(i).shape[axis];
    moves.push_back(cut_out(request.in(0).type, request.in(0).shape, axis, first, extent));
    first += extent;
  }
  return launches(std::move(moves), [](std::size_t i, Move& own, const Operands& at) {
    own.x = at.in[0];
    own.y = at.out[i];
  });
}

MadeOperation gather(const LayerRequest& request) {
  const auto axis = static_cast<std::size_t>(request.integer("axis"));
  const Shape& data = request.in(0).shape;
  const DataType type = request.in(1).type;
  if (type != DataType::I32 && type != DataType::I64) unsupported("indices must be i32 or i64");
  elements_of(data);
  elements_of(request.out().shape);
  const Gather gather{info(request.out().type).bytes,
                      Divisor(index_of(volume_of(data, axis + 1, data.size()))),
                      Divisor(elements_of(request.in(1).shape)),
                      index_of(volume_of(data, 0, axis)),
                      index_of(data[axis]),
                      type,
                      nullptr,
                      nullptr,
                      nullptr};
  return one_launch(gather, [](Gather& own, const Operands& at) {
    own.x = at.in[0];
    own.indices = at.in[1];
    own.y = at.out[0];
  });
}

MadeOperation scatter(const LayerRequest& request) {
  need_number(request.out());
  if (request.in(1).type != DataType::I64) unsupported("indices must be i64");
  const Shape& data = request.in(0).shape;
  const Shape& indices = request.in(1).shape;
  const auto named = static_cast<std::size_t>(indices.back());
  if (named > kMostAxes) unsupported(fmt::format("indices name at most {} axes", kMostAxes));
  Scatter scatter{};
  scatter.type = request.out().type;
  scatter.add = request.text("reduction") == "add";
  scatter.count = elements_of(data);
  scatter.slice = index_of(volume_of(data, named, data.size()));
  scatter.rows = index_of(volume_of(indices, 0, indices.size() - 1));
  scatter.named = static_cast<int>(named);
  for (std::size_t axis = 0; axis < named; ++axis) {
    scatter.extent[axis] = index_of(data[axis]);
    scatter.stride[axis] = index_of(row_major(data)[axis]);
  }
  return one_launch(scatter, [](Scatter& own, const Operands& at) {
    own.x = at.in[0];
    own.indices = static_cast<const std::int64_t*>(at.in[1]);
    own.updates = at.in[2];
    own.y = at.out[0];
  });
}

MadeOperation cast(const LayerRequest& request) {
  return one_launch(Conversion{request.in(0).type, request.out().type,
                               elements_of(request.out().shape), nullptr, nullptr},
                    [](Conversion& own, const Operands& at) {
                      own.x = at.in[0];
                      own.y = at.out[0];
                    });
}

}  // namespace partita::exec::cuda
