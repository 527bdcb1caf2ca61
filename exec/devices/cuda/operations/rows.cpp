#include "exec/devices/cuda/kernels/rows.h"

#include "exec/devices/cuda/operations/operations.h"
#include "exec/devices/cuda/operations/shapes.h"

namespace partita::exec::cuda {
namespace {

// The axes that are reduced; a global pool's are the spatial ones.
std::vector<std::int64_t> reduced_axes(const LayerRequest& request) {
  const OpKind kind = request.layer.kind;
  if (kind != OpKind::GlobalAveragePool && kind != OpKind::GlobalMaxPool) {
    return request.integers("axes");
  }
  std::vector<std::int64_t> axes;
  for (std::size_t a = 2; a < request.in(0).shape.size(); ++a) {
    axes.push_back(static_cast<std::int64_t>(a));
  }
  return axes;
}

}  // namespace

MadeOperation softmax(const LayerRequest& request) {
  need_float(request.in(0));
  const auto& axes = request.integers("axes");
  const Softmax softmax{request.in(0).type, request.layer.kind == OpKind::LogSoftmax,
                        lines_of(request.in(0).shape, static_cast<std::size_t>(axes.front()),
                                 static_cast<std::size_t>(axes.back()) + 1),
                        nullptr, nullptr};
  return one_launch(softmax, [](Softmax& own, const Operands& at) {
    own.x = at.in[0];
    own.y = at.out[0];
  });
}

MadeOperation layer_norm(const LayerRequest& request) {
  for (std::size_t i = 0; request.has(i); ++i) need_float(request.in(i));
  const Shape& x = request.in(0).shape;
  const auto axis = static_cast<std::size_t>(request.integer("axis"));
  const Shape row(x.begin() + static_cast<std::ptrdiff_t>(axis), x.end());
  const Shape scale = repeated(request.in(1).shape, row);
  const Shape bias = request.has(2) ? repeated(request.in(2).shape, row) : scale;
  LayerNorm norm{};
  norm.type = request.in(0).type;
  norm.count = elements_of(row);
  norm.rows = elements_of(x) / norm.count;
  norm.epsilon = static_cast<float>(request.number("epsilon"));
  norm.walk = walk_of<2>(row, {scale, bias});
  norm.scale.type = request.in(1).type;
  if (request.has(2)) norm.bias.type = request.in(2).type;
  const std::size_t results = request.layer.outputs.size();
  if (results > 1) norm.mean.type = request.out(1).type;
  if (results > 2) norm.factor.type = request.out(2).type;
  const bool biased = request.has(2);
  return one_launch(norm, [=](LayerNorm& own, const Operands& at) {
    own.x = at.in[0];
    own.scale.values = at.in[1];
    if (biased) own.bias.values = at.in[2];
    own.y = at.out[0];
    if (results > 1) own.mean.values = at.out[1];
    if (results > 2) own.factor.values = at.out[2];
  });
}

MadeOperation reduction(const LayerRequest& request) {
  need_number(request.in(0));
  const Shape& x = request.in(0).shape;
  const Shape strides = row_major(x);
  std::vector<bool> reduced(x.size(), false);
  for (const std::int64_t axis : reduced_axes(request)) {
    reduced[static_cast<std::size_t>(axis)] = true;
  }
  Shape kept, kept_strides, terms, term_strides;
  for (std::size_t axis = 0; axis < x.size(); ++axis) {
    (reduced[axis] ? terms : kept).push_back(x[axis]);
    (reduced[axis] ? term_strides : kept_strides).push_back(strides[axis]);
  }
  const OpKind kind = request.layer.kind;
  elements_of(x);
  const Reduction reduction{kind == OpKind::ReduceSum ? ReduceOp::Sum
                            : kind == OpKind::ReduceMax || kind == OpKind::GlobalMaxPool
                                ? ReduceOp::Max
                                : ReduceOp::Mean,
                            request.in(0).type,
                            walk_of<1>(kept, {kept_strides}),
                            walk_of<1>(terms, {term_strides}),
                            nullptr,
                            nullptr};
  return one_launch(reduction, [](Reduction& own, const Operands& at) {
    own.x = at.in[0];
    own.y = at.out[0];
  });
}

MadeOperation largest_index(const LayerRequest& request) {
  need_number(request.in(0));
  const auto axis = static_cast<std::size_t>(request.integer("axis"));
  const LargestIndex largest{request.in(0).type, request.integer("select_last_index") != 0,
                             lines_of(request.in(0).shape, axis, axis + 1), nullptr, nullptr};
  return one_launch(largest, [](LargestIndex& own, const Operands& at) {
    own.x = at.in[0];
    own.y = static_cast<std::int64_t*>(at.out[0]);
  });
}

MadeOperation top_k(const LayerRequest& request) {
  need_number(request.in(0));
  const auto axis = static_cast<std::size_t>(request.integer("axis"));
  const TopK top{request.in(0).type,
                 request.integer("largest") != 0,
                 lines_of(request.in(0).shape, axis, axis + 1),
                 lines_of(request.out().shape, axis, axis + 1),
                 nullptr,
                 nullptr,
                 nullptr};
  const bool indexed = request.layer.outputs.size() > 1;
  MadeOperation made = one_launch(top, [indexed](TopK& own, const Operands& at) {
    own.x = at.in[0];
    own.values = at.out[0];
    if (indexed) own.indices = static_cast<std::int64_t*>(at.out[1]);
  });
  constexpr Index kLong = 4096;  // from here on the comparisons outweigh everything else
  made.slow = top.from.count > kLong;
  return made;
}

}  // namespace partita::exec::cuda
