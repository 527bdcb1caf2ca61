// Operators that give the same elements another shape, order, type or grid.
#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/network/onnx/elements.h"
#include "models/network/onnx/normalise.h"

namespace partita {
namespace {

std::vector<ValueId> reshape(const NodeReader& node, Draft& draft) {
  const Shape from = node.shape(0, "data");
  Shape to = node.constant_integers(1, "shape");
  const bool zero_means_zero = node.integer("allowzero", 0) != 0;
  const std::int64_t count = checked_product(from);
  std::size_t open = to.size();
  for (std::size_t axis = 0; axis < to.size(); ++axis) {
    if (to[axis] == 0 && !zero_means_zero) {
      if (axis >= from.size()) throw NodeError{"shape has a 0 where its operand has no axis"};
      to[axis] = from[axis];
    }
    if (to[axis] < -1)
      throw NodeError{fmt::format("shape {} has a negative extent", to_string(to))};
    if (to[axis] == -1) {
      if (open != to.size()) throw NodeError{"shape leaves two extents open"};
      open = axis;
    }
  }
  const std::string written = to_string(to);
  if (open != to.size()) {
    to[open] = 1;
    const std::int64_t rest = checked_product(to);
    to[open] = rest == 0 ? 0 : count / rest;
  }
  if (checked_product(to) != count) {
    throw NodeError{fmt::format("{} cannot be seen as {}: it has {} elements", to_string(from),
                                written, count)};
  }
  return {reshaped(draft, node.operand(0, "data"), to)};
}

std::vector<ValueId> flatten(const NodeReader& node, Draft& draft) {
  const Shape from = node.shape(0, "X");
  const auto rank = static_cast<std::int64_t>(from.size());
  const std::int64_t axis = node.integer("axis", 1);
  if (axis < -rank || axis > rank) {
    throw NodeError{fmt::format("axis {} is outside of a tensor with {} axes", axis, rank)};
  }
  const auto middle = from.begin() + (axis < 0 ? axis + rank : axis);
  return {
      reshaped(draft, node.operand(0, "X"),
               {checked_product({from.begin(), middle}), checked_product({middle, from.end()})})};
}

// An attribute before opset 13, an operand since.
std::optional<std::vector<std::int64_t>> axes_of(const NodeReader& node) {
  if (node.has(1)) return node.constant_integers(1, "axes");
  return node.integers("axes");
}

std::vector<ValueId> squeeze(const NodeReader& node, Draft& draft) {
  const Shape from = node.shape(0, "data");
  const auto written = axes_of(node);
  std::vector<std::int64_t> axes;
  if (written) {
    axes = axes_from_front(*written, from.size());
  } else {
    for (std::size_t axis = 0; axis < from.size(); ++axis) {
      if (from[axis] == 1) axes.push_back(static_cast<std::int64_t>(axis));
    }
  }
  Shape to;
  for (std::size_t axis = 0; axis < from.size(); ++axis) {
    if (!std::binary_search(axes.begin(), axes.end(), static_cast<std::int64_t>(axis))) {
      to.push_back(from[axis]);
    } else if (from[axis] != 1) {
      throw NodeError{fmt::format("axis {} of {} is not 1", axis, to_string(from))};
    }
  }
  return {reshaped(draft, node.operand(0, "data"), to)};
}

std::vector<ValueId> unsqueeze(const NodeReader& node, Draft& draft) {
  const Shape from = node.shape(0, "data");
  const auto written = axes_of(node);
  if (!written) throw NodeError{"axes are missing"};
  const auto axes = axes_from_front(*written, from.size() + written->size());
  Shape to = from;
  for (const std::int64_t axis : axes) to.insert(to.begin() + axis, 1);
  return {reshaped(draft, node.operand(0, "data"), to)};
}

ValueId transposed(Draft& draft, ValueId x, const std::vector<std::int64_t>& perm) {
  const TensorType from = draft[x].type;
  if (std::is_sorted(perm.begin(), perm.end())) return x;
  Shape to;
  for (const std::int64_t axis : perm) to.push_back(from.shape[static_cast<std::size_t>(axis)]);
  return draft.emit_one(OpKind::Transpose, {{"perm", perm}}, {x}, {from.type, to});
}

std::vector<ValueId> transpose(const NodeReader& node, Draft& draft) {
  const std::size_t rank = node.shape(0, "data").size();
  std::vector<std::int64_t> perm(rank);
  std::iota(perm.rbegin(), perm.rend(), 0);
  if (const auto written = node.integers("perm")) {
    perm = *written;
    if (perm.size() != rank) {
      throw NodeError{fmt::format("perm has {} axes, its operand has {}", perm.size(), rank)};
    }
    for (std::int64_t& axis : perm) axis = axis_from_front(axis, rank, "axis");
    if (axes_from_front(perm, rank).size() != rank) throw NodeError{"an axis is missing"};
  }
  return {transposed(draft, node.operand(0, "data"), perm)};
}

std::vector<ValueId> expand(const NodeReader& node, Draft& draft) {
  const TensorType from = node.type(0, "data");
  const Shape to = broadcast(from.shape, node.constant_integers(1, "shape"));
  if (to == from.shape) return {node.operand(0, "data")};
  return draft.emit(OpKind::Expand, {}, {node.operand(0, "data")}, {{from.type, to}});
}

std::vector<ValueId> tile(const NodeReader& node, Draft& draft) {
  const TensorType from = node.type(0, "data");
  const auto repeats = node.constant_integers(1, "repeats");
  if (repeats.size() != from.shape.size()) {
    throw NodeError{fmt::format("repeats has {} numbers, its operand has {} axes", repeats.size(),
                                from.shape.size())};
  }
  Shape to;
  for (std::size_t axis = 0; axis < repeats.size(); ++axis) {
    if (repeats[axis] < 0) throw NodeError{"repeats has a negative number"};
    to.push_back(checked_product({from.shape[axis], repeats[axis]}));
  }
  if (to == from.shape) return {node.operand(0, "data")};
  return draft.emit(OpKind::Tile, {{"repeats", repeats}}, {node.operand(0, "data")},
                    {{from.type, to}});
}

std::vector<ValueId> identity(const NodeReader& node, Draft&) { return {node.operand(0, "X")}; }

// Nothing is dropped in inference.
std::vector<ValueId> dropout(const NodeReader& node, Draft&) {
  if (node.has(2) && node.constant_integer(2, "training_mode") != 0) {
    throw NodeError{"training_mode is not supported"};
  }
  return {node.operand(0, "X")};
}

std::vector<ValueId> cast(const NodeReader& node, Draft& draft) {
  const TensorType from = node.type(0, "X");
  const auto to = static_cast<int>(node.integer("to", 0));
  const auto type = data_type_of(to);
  if (!type)
    throw NodeError{fmt::format("casts to {}, which is not supported", onnx_type_name(to))};
  if (*type == from.type) return {node.operand(0, "X")};
  return draft.emit(OpKind::Cast, {}, {node.operand(0, "X")}, {{*type, from.shape}});
}

// Blocks of channels become blocks of pixels: three steps that every kernel library has.
std::vector<ValueId> depth_to_space(const NodeReader& node, Draft& draft) {
  const Shape from = node.shape(0, "X");
  const std::int64_t block = node.integer("blocksize", 0);
  if (from.size() != 4) throw NodeError{"X needs four axes"};
  if (block < 1 || block > from[1] || from[1] % (block * block) != 0) {
    throw NodeError{fmt::format("blocksize {} does not fit to {} channels", block, from[1])};
  }
  const std::string mode = node.text("mode", "DCR");
  if (mode != "DCR" && mode != "CRD") {
    throw NodeError{fmt::format("mode is '{}' (known: DCR, CRD)", mode)};
  }
  const std::int64_t depth = from[1] / (block * block);
  const bool blocks_first = mode == "DCR";
  const Shape apart = blocks_first ? Shape{from[0], block, block, depth, from[2], from[3]}
                                   : Shape{from[0], depth, block, block, from[2], from[3]};
  const std::vector<std::int64_t> perm = blocks_first ? std::vector<std::int64_t>{0, 3, 4, 1, 5, 2}
                                                      : std::vector<std::int64_t>{0, 1, 4, 2, 5, 3};
  const ValueId turned = transposed(draft, reshaped(draft, node.operand(0, "X"), apart), perm);
  return {reshaped(draft, turned, {from[0], depth, from[2] * block, from[3] * block})};
}

struct Grid {
  std::vector<double> scales;
  Shape shape;
};

Grid grid_of_scales(const Shape& from, const std::vector<double>& scales) {
  if (scales.size() != from.size()) {
    throw NodeError{
        fmt::format("scales has {} numbers, its operand has {} axes", scales.size(), from.size())};
  }
  Grid grid{scales, {}};
  for (std::size_t axis = 0; axis < from.size(); ++axis) {
    const double extent = std::floor(static_cast<double>(from[axis]) * scales[axis]);
    if (!(scales[axis] > 0) || !(extent < 1e15)) {
      throw NodeError{fmt::format("scales has the number {}", scales[axis])};
    }
    grid.shape.push_back(static_cast<std::int64_t>(extent));
  }
  return grid;
}

Grid grid_of_sizes(const Shape& from, const Shape& sizes) {
  if (sizes.size() != from.size()) {
    throw NodeError{
        fmt::format("sizes has {} numbers, its operand has {} axes", sizes.size(), from.size())};
  }
  Grid grid{{}, sizes};
  for (std::size_t axis = 0; axis < from.size(); ++axis) {
    grid.scales.push_back(static_cast<double>(sizes[axis]) / static_cast<double>(from[axis]));
  }
  return grid;
}

// Numbers for some axes as numbers for all of them.
template <class Number>
std::vector<Number> for_all_axes(const std::vector<Number>& some, std::vector<std::int64_t> axes,
                                 std::vector<Number> all) {
  if (axes.size() != some.size()) throw NodeError{"axes and numbers are not equally many"};
  for (std::size_t i = 0; i < axes.size(); ++i) {
    all[static_cast<std::size_t>(axis_from_front(axes[i], all.size(), "axis"))] = some[i];
  }
  return all;
}

std::string one_of(const std::string& what, const std::string& written,
                   const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), written) != known.end()) return written;
  std::string all;
  for (const std::string& name : known) all += (all.empty() ? "" : ", ") + name;
  throw NodeError{fmt::format("{} '{}' is not supported (known: {})", what, written, all)};
}

std::vector<ValueId> on_grid(const NodeReader& node, Draft& draft, const Grid& grid,
                             Attributes attributes) {
  const TensorType x = node.type(0, "X");
  expect_floating(x, "X");
  if (grid.shape == x.shape) return {node.operand(0, "X")};
  attributes.set("scales", grid.scales);
  return draft.emit(OpKind::Resize, std::move(attributes), {node.operand(0, "X")},
                    {{x.type, grid.shape}});
}

std::vector<ValueId> resize(const NodeReader& node, Draft& draft) {
  const Shape from = node.shape(0, "X");
  const bool is_first_form = node.opset() < 11;  // X scales; always asymmetric and rounded down
  Attributes attributes;
  attributes.set("mode", one_of("mode", node.text("mode", "nearest"), {"nearest", "linear"}));
  attributes.set("coordinate",
                 is_first_form
                     ? "asymmetric"
                     : one_of("coordinate_transformation_mode",
                              node.text("coordinate_transformation_mode", "half_pixel"),
                              {"half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"}));
  attributes.set("nearest",
                 is_first_form
                     ? "floor"
                     : one_of("nearest_mode", node.text("nearest_mode", "round_prefer_floor"),
                              {"round_prefer_floor", "floor", "ceil", "round_prefer_ceil"}));
  if (node.integer("exclude_outside", 0) != 0) throw NodeError{"exclude_outside is not supported"};
  if (node.integer("antialias", 0) != 0) throw NodeError{"antialias is not supported"};
  one_of("keep_aspect_ratio_policy", node.text("keep_aspect_ratio_policy", "stretch"), {"stretch"});

  std::vector<std::int64_t> all_axes(from.size());
  std::iota(all_axes.begin(), all_axes.end(), 0);
  const auto axes = node.integers("axes").value_or(all_axes);
  if (!is_first_form && node.has(3)) {
    const Shape sizes = for_all_axes(node.constant_integers(3, "sizes"), axes, from);
    return on_grid(node, draft, grid_of_sizes(from, sizes), std::move(attributes));
  }
  const auto scales = for_all_axes(node.constant_numbers(is_first_form ? 1 : 2, "scales"), axes,
                                   std::vector<double>(from.size(), 1));
  return on_grid(node, draft, grid_of_scales(from, scales), std::move(attributes));
}

std::vector<ValueId> upsample(const NodeReader& node, Draft& draft) {
  const auto scales = node.opset() < 9 ? node.numbers("scales").value_or(std::vector<double>{})
                                       : node.constant_numbers(1, "scales");
  const std::string mode =
      one_of("mode", node.text("mode", "nearest"), {"nearest", "linear", "bilinear"});
  return on_grid(node, draft, grid_of_scales(node.shape(0, "X"), scales),
                 {{"mode", mode == "nearest" ? "nearest" : "linear"},
                  {"coordinate", "asymmetric"},
                  {"nearest", "floor"}});
}

constexpr std::array kTable{
    NormaliserEntry{"Reshape", reshape},
    NormaliserEntry{"Flatten", flatten},
    NormaliserEntry{"Squeeze", squeeze},
    NormaliserEntry{"Unsqueeze", unsqueeze},
    NormaliserEntry{"Transpose", transpose},
    NormaliserEntry{"Expand", expand},
    NormaliserEntry{"Tile", tile},
    NormaliserEntry{"Identity", identity},
    NormaliserEntry{"Dropout", dropout},
    NormaliserEntry{"Cast", cast},
    NormaliserEntry{"DepthToSpace", depth_to_space},
    NormaliserEntry{"Resize", resize},
    NormaliserEntry{"Upsample", upsample},
};

}  // namespace

std::span<const NormaliserEntry> shape_normalisers() { return kTable; }

}  // namespace partita
