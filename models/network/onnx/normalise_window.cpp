// Operators that slide a window: convolutions and pooling.
#include <fmt/format.h>

#include <algorithm>

#include "models/network/onnx/normalise.h"

namespace partita {
namespace {

constexpr std::int64_t kLargestNumber = std::int64_t{1} << 31;  // of strides, dilations, pads

using Numbers = std::vector<std::int64_t>;

Numbers in_range(const Numbers& numbers, const char* what, std::size_t count, std::int64_t least) {
  if (numbers.size() != count) {
    throw NodeError{fmt::format("{} has {} numbers instead of {}", what, numbers.size(), count)};
  }
  for (const std::int64_t number : numbers) {
    if (number < least || number > kLargestNumber) {
      throw NodeError{
          fmt::format("{} has the number {}, which is below {} or too large", what, number, least)};
    }
  }
  return numbers;
}

struct Window {
  Numbers kernel, strides, dilations, pads;  // pads: begins, then ends

  std::size_t axes() const { return kernel.size(); }
  std::int64_t reach(std::size_t axis) const { return (kernel[axis] - 1) * dilations[axis] + 1; }
  std::int64_t padding(std::size_t axis) const { return pads[axis] + pads[axis + axes()]; }
};

// Shares out what SAME asks for; the odd one goes to the end (SAME_UPPER) or the beginning.
void share_padding(Window& window, std::size_t axis, std::int64_t total, bool more_at_end) {
  if (total < 0) throw NodeError{"the padding comes out negative"};
  const std::int64_t less = total / 2, more = total - less;
  window.pads[axis] = more_at_end ? less : more;
  window.pads[axis + window.axes()] = more_at_end ? more : less;
}

enum class AutoPad { None, SameUpper, SameLower };

AutoPad auto_pad_of(const NodeReader& node) {
  const std::string text = node.text("auto_pad", "NOTSET");
  if (text == "NOTSET" || text == "VALID" || text.empty()) return AutoPad::None;
  if (text == "SAME_UPPER") return AutoPad::SameUpper;
  if (text == "SAME_LOWER") return AutoPad::SameLower;
  throw NodeError{
      fmt::format("auto_pad is '{}' (known: NOTSET, VALID, SAME_UPPER, SAME_LOWER)", text)};
}

Window window_of(const NodeReader& node, Numbers kernel) {
  const std::size_t axes = kernel.size();
  Window window;
  window.kernel = in_range(kernel, "kernel_shape", axes, 1);
  window.strides =
      in_range(node.integers("strides").value_or(Numbers(axes, 1)), "strides", axes, 1);
  window.dilations =
      in_range(node.integers("dilations").value_or(Numbers(axes, 1)), "dilations", axes, 1);
  const bool is_explicit = node.text("auto_pad", "NOTSET") == "NOTSET";
  const Numbers none(2 * axes, 0);
  window.pads =
      is_explicit ? in_range(node.integers("pads").value_or(none), "pads", 2 * axes, 0) : none;
  return window;
}

// Extents of the axes after the first two.
Numbers spatial(const Shape& shape) { return {shape.begin() + 2, shape.end()}; }

Numbers slide(const NodeReader& node, Window& window, const Numbers& extents, bool round_up) {
  const AutoPad auto_pad = auto_pad_of(node);
  Numbers results;
  for (std::size_t axis = 0; axis < window.axes(); ++axis) {
    const std::int64_t stride = window.strides[axis];
    if (auto_pad != AutoPad::None) {
      const std::int64_t wanted = (extents[axis] + stride - 1) / stride;
      const std::int64_t total =
          std::max<std::int64_t>(0, (wanted - 1) * stride + window.reach(axis) - extents[axis]);
      share_padding(window, axis, total, auto_pad == AutoPad::SameUpper);
    }
    const std::int64_t room = extents[axis] + window.padding(axis) - window.reach(axis);
    if (room < 0) {
      throw NodeError{fmt::format("its window reaches {} elements, its padded operand has {}",
                                  window.reach(axis), extents[axis] + window.padding(axis))};
    }
    std::int64_t steps = room / stride;
    // A last window that begins behind the data and the padding before it would see nothing.
    if (round_up && room % stride != 0 &&
        (steps + 1) * stride < extents[axis] + window.pads[axis]) {
      ++steps;
    }
    results.push_back(steps + 1);
  }
  return results;
}

void expect_image(const Shape& x) {
  if (x.size() < 3) {
    throw NodeError{
        fmt::format("its operand has the shape {}; batch, channels and at least one "
                    "more axis are needed",
                    to_string(x))};
  }
}

Shape image(std::int64_t batch, std::int64_t channels, const Numbers& extents) {
  Shape shape{batch, channels};
  shape.insert(shape.end(), extents.begin(), extents.end());
  return shape;
}

// Operands X W [B] that fit together; gives the number of groups.
std::int64_t checked_convolution(const NodeReader& node, std::size_t kernel_inputs,
                                 std::size_t kernel_outputs) {
  const TensorType& x = node.type(0, "X");
  const TensorType& w = node.type(1, "W");
  expect_image(x.shape);
  expect_floating(x, "X");
  expect_same_type(x, w);
  if (w.shape.size() != x.shape.size()) {
    throw NodeError{fmt::format("X has {} axes and W has {}", x.shape.size(), w.shape.size())};
  }
  const std::int64_t group = node.integer("group", 1);
  if (group < 1 || group > x.shape[1] || x.shape[1] % group != 0) {
    throw NodeError{
        fmt::format("group {} does not divide the {} channels of X", group, x.shape[1])};
  }
  // W is [C_out, C_in / group, ...] in a convolution, [C_in, C_out / group, ...] in its transpose.
  const std::int64_t wanted = kernel_inputs == 0 ? x.shape[1] : x.shape[1] / group;
  if (w.shape[kernel_inputs] != wanted) {
    throw NodeError{fmt::format("W is {}, but X has {} channels in {} group{}", to_string(w.shape),
                                x.shape[1], group, group == 1 ? "" : "s")};
  }
  const std::int64_t outputs = w.shape[kernel_outputs] * (kernel_inputs == 0 ? group : 1);
  if (outputs % group != 0) {
    throw NodeError{fmt::format("group {} does not divide the {} results", group, outputs)};
  }
  if (node.has(2)) {
    expect_same_type(x, node.type(2, "B"));
    if (node.shape(2, "B") != Shape{outputs}) {
      throw NodeError{fmt::format("B is {}, not [{}]", to_string(node.shape(2, "B")), outputs)};
    }
  }
  const Numbers kernel = spatial(w.shape);
  if (node.integers("kernel_shape").value_or(kernel) != kernel) {
    throw NodeError{fmt::format("kernel_shape {} disagrees with W, {}",
                                to_string(*node.integers("kernel_shape")), to_string(w.shape))};
  }
  return group;
}

Attributes attributes_of(const Window& window, std::int64_t group) {
  return {{"group", group},
          {"kernel_shape", window.kernel},
          {"strides", window.strides},
          {"dilations", window.dilations},
          {"pads", window.pads}};
}

std::vector<ValueId> conv(const NodeReader& node, Draft& draft) {
  const std::int64_t group = checked_convolution(node, 1, 0);
  const TensorType x = node.type(0, "X");
  const Shape w = node.shape(1, "W");
  Window window = window_of(node, spatial(w));
  const Numbers extents = slide(node, window, spatial(x.shape), /*round_up=*/false);
  return draft.emit(OpKind::Conv, attributes_of(window, group), node.all_operands(),
                    {{x.type, image(x.shape[0], w[0], extents)}});
}

std::vector<ValueId> conv_transpose(const NodeReader& node, Draft& draft) {
  const std::int64_t group = checked_convolution(node, 0, 1);
  const TensorType x = node.type(0, "X");
  const Shape w = node.shape(1, "W");
  Window window = window_of(node, spatial(w));
  const std::size_t axes = window.axes();
  const Numbers extra = in_range(node.integers("output_padding").value_or(Numbers(axes, 0)),
                                 "output_padding", axes, 0);
  auto wanted = node.integers("output_shape");
  // Old exporters list batch and channels, too.
  if (wanted && wanted->size() == axes + 2) wanted->erase(wanted->begin(), wanted->begin() + 2);
  if (wanted) in_range(*wanted, "output_shape", axes, 1);
  const AutoPad auto_pad = auto_pad_of(node);
  Numbers extents;
  for (std::size_t axis = 0; axis < axes; ++axis) {
    const std::int64_t in = x.shape[axis + 2], stride = window.strides[axis];
    if (Wide{in} * stride > kLargestNumber) throw NodeError{"strides are too large"};
    const std::int64_t full = stride * (in - 1) + extra[axis] + window.reach(axis);
    if (wanted || auto_pad != AutoPad::None) {
      const std::int64_t target = wanted ? (*wanted)[axis] : in * stride;
      share_padding(window, axis, full - target, auto_pad == AutoPad::SameUpper);
    }
    extents.push_back(full - window.padding(axis));
  }
  Attributes attributes = attributes_of(window, group);
  attributes.set("output_padding", extra);
  return draft.emit(OpKind::ConvTranspose, std::move(attributes), node.all_operands(),
                    {{x.type, image(x.shape[0], w[1] * group, extents)}});
}

template <OpKind kind>
std::vector<ValueId> pool(const NodeReader& node, Draft& draft) {
  const TensorType x = node.type(0, "X");
  expect_image(x.shape);
  const auto kernel = node.integers("kernel_shape");
  if (!kernel) throw NodeError{"kernel_shape is missing"};
  if (kernel->size() + 2 != x.shape.size()) {
    throw NodeError{fmt::format("kernel_shape {} does not fit to X, {}", to_string(*kernel),
                                to_string(x.shape))};
  }
  const bool round_up = node.integer("ceil_mode", 0) != 0;
  Window window = window_of(node, *kernel);
  Window exact = window;
  const Numbers extents = slide(node, window, spatial(x.shape), round_up);
  const bool matters = extents != slide(node, exact, spatial(x.shape), /*round_up=*/false);
  Attributes attributes{{"kernel_shape", window.kernel},
                        {"strides", window.strides},
                        {"pads", window.pads},
                        {"ceil_mode", std::int64_t{matters}}};
  if (kind == OpKind::MaxPool) {
    attributes.set("dilations", window.dilations);
  } else {
    expect_floating(x, "X");
    if (window.dilations != Numbers(window.axes(), 1)) {
      throw NodeError{"an average over a dilated window is not supported"};
    }
    attributes.set("count_include_pad", std::int64_t{node.integer("count_include_pad", 0) != 0});
  }
  return draft.emit(kind, std::move(attributes), {node.operand(0, "X")},
                    {{x.type, image(x.shape[0], x.shape[1], extents)}});
}

template <OpKind kind>
std::vector<ValueId> global_pool(const NodeReader& node, Draft& draft) {
  const TensorType x = node.type(0, "X");
  expect_image(x.shape);
  return draft.emit(kind, {}, {node.operand(0, "X")},
                    {{x.type, image(x.shape[0], x.shape[1], Numbers(x.shape.size() - 2, 1))}});
}

constexpr std::array kTable{
    NormaliserEntry{"Conv", conv},
    NormaliserEntry{"ConvTranspose", conv_transpose},
    NormaliserEntry{"MaxPool", pool<OpKind::MaxPool>},
    NormaliserEntry{"AveragePool", pool<OpKind::AveragePool>},
    NormaliserEntry{"GlobalAveragePool", global_pool<OpKind::GlobalAveragePool>},
    NormaliserEntry{"GlobalMaxPool", global_pool<OpKind::GlobalMaxPool>},
};

}  // namespace

std::span<const NormaliserEntry> window_normalisers() { return kTable; }

}  // namespace partita
