#include "exec/devices/cuda/operations/moves.h"

namespace partita::exec::cuda {

Move move_of(const Block& block) {
  const Walk<2> walk = walk_of<2>(block.extents, {block.from_strides, block.to_strides});
  Move move;
  move.bytes = info(block.type).bytes;
  move.count = walk.count;
  move.axes = walk.axes;
  for (int a = 0; a < walk.axes; ++a) {
    move.axis[a].extent = walk.extent[a];
    move.axis[a].from = walk.stride[0][a];
    move.axis[a].to = walk.stride[1][a];
  }
  move.from_start = index_of(block.from_start);
  move.to_start = index_of(block.to_start);
  return move;
}

Move cut_out(DataType type, const Shape& whole, std::size_t axis, std::int64_t first,
             std::int64_t extent) {
  Shape part = whole;
  part[axis] = extent;
  const Shape strides = row_major(whole);
  return move_of({type, part, strides, row_major(part), first * strides[axis], 0});
}

Move put_in(DataType type, const Shape& whole, std::size_t axis, std::int64_t first,
            std::int64_t extent) {
  Shape part = whole;
  part[axis] = extent;
  const Shape strides = row_major(whole);
  return move_of({type, part, row_major(part), strides, 0, first * strides[axis]});
}

Move whole_copy(const Tensor& tensor) {
  const Shape strides = row_major(tensor.shape);
  return move_of({tensor.type, tensor.shape, strides, strides});
}

}  // namespace partita::exec::cuda
