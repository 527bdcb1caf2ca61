// What several processors do together, on one.
#include "exec/devices/cuda/kernels/elementwise.h"
#include "exec/devices/cuda/operations/moves.h"
#include "exec/devices/cuda/operations/operations.h"

namespace partita::exec::cuda {
namespace {

// Sums of the block of `extents` that starts at `start` of every operand.
Summation sum_of(const LayerRequest& request, const Shape& extents, std::int64_t start) {
  need_number(request.in(0));
  const std::size_t summands = request.layer.inputs.size();
  if (summands > kMostSummands) {
    unsupported(fmt::format("no CUDA kernel for sums of {} operands (at most {})", summands,
                            kMostSummands));
  }
  Summation sum{};
  sum.type = request.in(0).type;
  sum.walk = walk_of<1>(extents, {row_major(request.in(0).shape)});
  sum.start = index_of(start);
  sum.summands = static_cast<int>(summands);
  return sum;
}

MadeOperation sums(std::vector<Summation> all) {
  return launches(std::move(all), [](std::size_t i, Summation& own, const Operands& at) {
    for (int k = 0; k < own.summands; ++k) own.x[k] = at.in[k];
    own.y = at.out[i];
  });
}

// Moves between operands and results, each named by its number.
struct NamedMove {
  Move move;
  std::size_t from, to;
};
void launch(const Queue& queue, const NamedMove& named) { cuda::launch(queue, named.move); }

MadeOperation named_moves(std::vector<NamedMove> moves) {
  return launches(std::move(moves), [](std::size_t, NamedMove& own, const Operands& at) {
    own.move.x = at.in[own.from];
    own.move.y = at.out[own.to];
  });
}

}  // namespace

// Each result adds for itself: one kernel instead of two that wait for each other.
MadeOperation all_reduce(const LayerRequest& request) {
  return sums(std::vector(request.layer.outputs.size(), sum_of(request, request.in(0).shape, 0)));
}

MadeOperation reduce_scatter(const LayerRequest& request) {
  const auto axis = static_cast<std::size_t>(request.integer("axis"));
  const std::int64_t stride = row_major(request.in(0).shape)[axis];
  std::vector<Summation> all;
  std::int64_t first = 0;
  for (std::size_t i = 0; i < request.layer.outputs.size(); ++i) {
    all.push_back(sum_of(request, request.out(i).shape, first * stride));
    first += request.out(i).shape[axis];
  }
  return sums(std::move(all));
}

MadeOperation all_gather(const LayerRequest& request) {
  const auto axis = static_cast<std::size_t>(request.integer("axis"));
  std::vector<NamedMove> moves;
  for (std::size_t to = 0; to < request.layer.outputs.size(); ++to) {
    std::int64_t first = 0;
    for (std::size_t from = 0; request.has(from); ++from) {
      const std::int64_t extent = request.in(from).shape[axis];
      moves.push_back(
          {put_in(request.out(to).type, request.out(to).shape, axis, first, extent), from, to});
      first += extent;
    }
  }
  return named_moves(std::move(moves));
}

// Every operand is cut into one part for each result, which joins them.
MadeOperation all_to_all(const LayerRequest& request) {
  const auto axis = static_cast<std::size_t>(request.integer("axis"));
  const auto results = static_cast<std::int64_t>(request.layer.outputs.size());
  std::vector<NamedMove> moves;
  for (std::size_t to = 0; to < request.layer.outputs.size(); ++to) {
    const Shape to_strides = row_major(request.out(to).shape);
    std::int64_t first = 0;
    for (std::size_t from = 0; request.has(from); ++from) {
      Shape part = request.in(from).shape;
      part[axis] /= results;
      const Shape from_strides = row_major(request.in(from).shape);
      moves.push_back({move_of({request.in(from).type, part, from_strides, to_strides,
                                static_cast<std::int64_t>(to) * part[axis] * from_strides[axis],
                                first * to_strides[axis]}),
                       from, to});
      first += part[axis];
    }
  }
  return named_moves(std::move(moves));
}

MadeOperation broadcast(const LayerRequest& request) {
  std::vector<NamedMove> moves;
  for (std::size_t to = 0; to < request.layer.outputs.size(); ++to) {
    moves.push_back({whole_copy(request.in(0)), 0, to});
  }
  return named_moves(std::move(moves));
}

}  // namespace partita::exec::cuda
