// Operators that join, cut, pick and scatter.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "models/network/onnx/elements.h"
#include "models/network/onnx/normalise.h"

namespace partita {
namespace {

using Numbers = std::vector<std::int64_t>;

std::vector<ValueId> concat(const NodeReader& node, Draft& draft) {
  // An empty tensor adds nothing; exporters make them of states that are not there yet.
  std::vector<ValueId> parts;
  for (const ValueId id : node.all_operands()) {
    if (checked_product(draft[id].type.shape) != 0) parts.push_back(id);
  }
  if (node.operand_count() == 0) throw NodeError{"has no operands"};
  if (parts.empty()) return {node.operand(0, "data")};
  TensorType result = draft[parts.front()].type;
  if (node.attribute("axis") == nullptr) throw NodeError{"axis is missing"};
  const std::int64_t axis = axis_from_front(node.integer("axis", 0), result.shape.size(), "axis");
  const auto at = static_cast<std::size_t>(axis);
  if (parts.size() == 1) return {parts.front()};
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const TensorType& part = draft[parts[i]].type;
    expect_same_type(result, part);
    Shape others = part.shape, known = result.shape;
    const bool fits = others.size() == known.size();
    if (fits) others[at] = known[at] = 0;
    if (!fits || others != known) {
      throw NodeError{fmt::format("{} and {} cannot be joined along axis {}",
                                  to_string(result.shape), to_string(part.shape), axis)};
    }
    result.shape[at] += part.shape[at];
  }
  return draft.emit(OpKind::Concat, {{"axis", axis}}, parts, {result});
}

std::vector<ValueId> split(const NodeReader& node, Draft& draft) {
  const TensorType x = node.type(0, "X");
  const std::int64_t axis = axis_from_front(node.integer("axis", 0), x.shape.size(), "axis");
  const std::int64_t extent = x.shape[static_cast<std::size_t>(axis)];
  const auto count = static_cast<std::int64_t>(node.result_count());
  if (count == 0) throw NodeError{"has no results"};
  const auto written =
      node.has(1) ? std::optional{node.constant_integers(1, "split")} : node.integers("split");
  Numbers sizes;
  if (written) {
    sizes = *written;
  } else {
    // Equal parts; since opset 18 the last one may be smaller.
    const std::int64_t parts = node.integer("num_outputs", count);
    if (parts != count) throw NodeError{fmt::format("num_outputs is {}, not {}", parts, count)};
    if (node.opset() < 18 && extent % count != 0) {
      throw NodeError{fmt::format("{} elements are not {} equal parts", extent, count)};
    }
    const std::int64_t each = (extent + count - 1) / count;
    sizes.assign(static_cast<std::size_t>(count), each);
    sizes.back() = extent - each * (count - 1);
  }
  const bool fits = static_cast<std::int64_t>(sizes.size()) == count &&
                    std::all_of(sizes.begin(), sizes.end(),
                                [&](std::int64_t size) { return size >= 1 && size <= extent; }) &&
                    std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0}) == extent;
  if (!fits) {
    throw NodeError{fmt::format("{} elements cannot be split into {} results of {}", extent, count,
                                to_string(sizes))};
  }
  if (count == 1) return {node.operand(0, "X")};
  std::vector<TensorType> results;
  for (const std::int64_t size : sizes) {
    results.push_back(x);
    results.back().shape[static_cast<std::size_t>(axis)] = size;
  }
  return draft.emit(OpKind::Split, {{"axis", axis}, {"split", sizes}}, {node.operand(0, "X")},
                    std::move(results));
}

struct Cut {
  std::int64_t axis, start, step, count;
};

// ONNX clamps starts and ends to the axis: to [0, n] going up, to [-1, n - 1] going down.
Cut clamped(std::int64_t axis, std::int64_t start, std::int64_t end, std::int64_t step,
            std::int64_t extent) {
  if (step == 0) throw NodeError{"a step is 0"};
  const std::int64_t low = step > 0 ? 0 : -1, high = step > 0 ? extent : extent - 1;
  const auto counted = [&](std::int64_t position, bool is_start) {
    if (position < 0) position = position < -extent ? -1 : position + extent;
    const std::int64_t least = is_start ? 0 : low;
    const std::int64_t most = is_start && step < 0 ? extent - 1 : high;
    return std::clamp(position, std::min(least, most), most);
  };
  const std::int64_t from = counted(start, true);
  // Below the front is before the first element when going down.
  const std::int64_t to = end < -extent ? low : counted(end, false);
  const std::int64_t reach = step > 0 ? to - from : from - to;
  if (reach <= 0) return {axis, 0, 1, 0};
  // The step may be the most negative number, which has no opposite.
  const Wide size = step > 0 ? Wide{step} : -Wide{step};
  const auto count = static_cast<std::int64_t>((reach + size - 1) / size);
  return {axis, from, count == 1 ? 1 : step, count};
}

ValueId sliced(Draft& draft, ValueId x, const std::vector<Cut>& cuts) {
  TensorType type = draft[x].type;
  Numbers starts, ends, axes, steps;
  for (const Cut& cut : cuts) {
    std::int64_t& extent = type.shape[static_cast<std::size_t>(cut.axis)];
    if (cut.start == 0 && cut.step == 1 && cut.count == extent) continue;
    extent = cut.count;
    axes.push_back(cut.axis);
    starts.push_back(cut.start);
    steps.push_back(cut.step);
    // One element behind the last that is taken.
    ends.push_back(cut.start + (cut.count - 1) * cut.step + (cut.step > 0 ? 1 : -1));
  }
  if (axes.empty()) return x;
  return draft.emit_one(OpKind::Slice,
                        {{"starts", starts}, {"ends", ends}, {"axes", axes}, {"steps", steps}}, {x},
                        type);
}

std::vector<ValueId> slice(const NodeReader& node, Draft& draft) {
  const Shape from = node.shape(0, "data");
  const bool as_attributes = node.opset() < 10;
  const auto required = [&](std::size_t i, const char* name) {
    if (!as_attributes) return node.constant_integers(i, name);
    const auto written = node.integers(name);
    if (!written) throw NodeError{fmt::format("{} is missing", name)};
    return *written;
  };
  const Numbers starts = required(1, "starts"), ends = required(2, "ends");
  Numbers axes(starts.size());
  std::iota(axes.begin(), axes.end(), 0);
  if (as_attributes) {
    axes = node.integers("axes").value_or(axes);
  } else if (node.has(3)) {
    axes = node.constant_integers(3, "axes");
  }
  Numbers steps(starts.size(), 1);
  if (!as_attributes && node.has(4)) steps = node.constant_integers(4, "steps");
  if (ends.size() != starts.size() || axes.size() != starts.size() ||
      steps.size() != starts.size()) {
    throw NodeError{"starts, ends, axes and steps are not equally many"};
  }
  std::vector<Cut> cuts;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::int64_t axis = axis_from_front(axes[i], from.size(), "axis");
    cuts.push_back(
        clamped(axis, starts[i], ends[i], steps[i], from[static_cast<std::size_t>(axis)]));
  }
  std::sort(cuts.begin(), cuts.end(), [](const Cut& a, const Cut& b) { return a.axis < b.axis; });
  for (std::size_t i = 1; i < cuts.size(); ++i) {
    if (cuts[i].axis == cuts[i - 1].axis) throw NodeError{"an axis is listed twice"};
  }
  return {sliced(draft, node.operand(0, "data"), cuts)};
}

Numbers pads_of(const NodeReader& node, std::size_t rank) {
  const bool as_attributes = node.opset() < 11;
  const auto written =
      as_attributes ? node.integers("pads") : std::optional{node.constant_integers(1, "pads")};
  if (!written) throw NodeError{"pads is missing"};
  Numbers axes(rank);
  std::iota(axes.begin(), axes.end(), 0);
  if (!as_attributes && node.has(3)) axes = node.constant_integers(3, "axes");
  if (written->size() != 2 * axes.size()) {
    throw NodeError{
        fmt::format("pads has {} numbers instead of {}", written->size(), 2 * axes.size())};
  }
  Numbers pads(2 * rank, 0);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto axis = static_cast<std::size_t>(axis_from_front(axes[i], rank, "axis"));
    pads[axis] = (*written)[i];
    pads[axis + rank] = (*written)[i + axes.size()];
  }
  return pads;
}

// Negative pads cut off; they become a Slice of their own.
ValueId cropped(Draft& draft, ValueId x, Numbers& pads) {
  const Shape shape = draft[x].type.shape;
  std::vector<Cut> cuts;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    std::int64_t& before = pads[axis];
    std::int64_t& after = pads[axis + shape.size()];
    const std::int64_t front = before < 0 ? -before : 0, back = after < 0 ? -after : 0;
    if (Wide{front} + back >= shape[axis]) {
      throw NodeError{fmt::format("pads cut all of axis {} off", axis)};
    }
    cuts.push_back({static_cast<std::int64_t>(axis), front, 1, shape[axis] - front - back});
    before = std::max<std::int64_t>(before, 0);
    after = std::max<std::int64_t>(after, 0);
  }
  return sliced(draft, x, cuts);
}

std::vector<ValueId> pad(const NodeReader& node, Draft& draft) {
  const std::string mode = node.text("mode", "constant");
  if (mode != "constant" && mode != "reflect" && mode != "edge") {
    throw NodeError{
        fmt::format("mode '{}' is not supported (known: constant, reflect, edge)", mode)};
  }
  Numbers pads = pads_of(node, node.shape(0, "data").size());
  constexpr std::int64_t kMost = std::int64_t{1} << 40;
  for (const std::int64_t each : pads) {
    if (each < -kMost || each > kMost) throw NodeError{"pads are too large"};
    if (each < 0 && mode != "constant") throw NodeError{"negative pads need the constant mode"};
  }
  double value = 0;
  if (node.opset() < 11) {
    value = node.number("value", 0);
  } else if (node.has(2)) {
    value = node.constant_number(2, "constant_value");
  }
  const ValueId x = cropped(draft, node.operand(0, "data"), pads);
  if (std::count(pads.begin(), pads.end(), 0) == static_cast<std::ptrdiff_t>(pads.size())) {
    return {x};
  }
  TensorType result = draft[x].type;
  const std::size_t rank = result.shape.size();
  for (std::size_t axis = 0; axis < rank; ++axis) {
    const std::int64_t most = std::max(pads[axis], pads[axis + rank]);
    if (mode == "reflect" && most >= result.shape[axis]) {
      throw NodeError{
          fmt::format("reflects {} elements of an axis of {}", most, result.shape[axis])};
    }
    result.shape[axis] += pads[axis] + pads[axis + rank];
  }
  return draft.emit(OpKind::Pad, {{"pads", pads}, {"value", value}, {"mode", mode}}, {x}, {result});
}

void expect_indices(const TensorType& type) {
  if (type.type != DataType::I32 && type.type != DataType::I64) {
    throw NodeError{fmt::format("its indices are {}, not i32 or i64", to_string(type.type))};
  }
}

// Constant indices counted from the end become ones from the front.
ValueId from_front(const NodeReader& node, Draft& draft, std::int64_t extent) {
  const ValueId id = node.operand(1, "indices");
  const TensorType type = draft[id].type;
  if (!node.is_constant(1, "indices")) return id;
  const Numbers indices = node.constant_integers(1, "indices");
  Buffer values = *draft[id].constant->values();
  const auto width = static_cast<std::size_t>(info(type.type).bytes);
  bool changed = false;
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if (indices[i] < -extent || indices[i] >= extent) {
      throw NodeError{fmt::format("index {} is outside of an axis of {}", indices[i], extent)};
    }
    if (indices[i] >= 0) continue;
    changed = true;
    store_integer(type.type, indices[i] + extent, values.data() + i * width);
  }
  if (!changed) return id;
  return draft.add_constant(draft[id].name + ".from_front", type, Constant(std::move(values)),
                            /*stored=*/false);
}

std::vector<ValueId> gather(const NodeReader& node, Draft& draft) {
  const TensorType data = node.type(0, "data"), indices = node.type(1, "indices");
  expect_indices(indices);
  const std::int64_t axis = axis_from_front(node.integer("axis", 0), data.shape.size(), "axis");
  const auto at = data.shape.begin() + axis;
  Shape shape(data.shape.begin(), at);
  shape.insert(shape.end(), indices.shape.begin(), indices.shape.end());
  shape.insert(shape.end(), at + 1, data.shape.end());
  const ValueId picked = from_front(node, draft, *at);
  return draft.emit(OpKind::Gather, {{"axis", axis}}, {node.operand(0, "data"), picked},
                    {{data.type, shape}});
}

std::vector<ValueId> scatter_nd(const NodeReader& node, Draft& draft) {
  const TensorType data = node.type(0, "data"), indices = node.type(1, "indices"),
                   updates = node.type(2, "updates");
  expect_indices(indices);
  expect_same_type(data, updates);
  const std::string reduction = node.text("reduction", "none");
  if (reduction != "none" && reduction != "add") {
    throw NodeError{fmt::format("reduction '{}' is not supported (known: none, add)", reduction)};
  }
  const auto depth = indices.shape.empty() ? 0 : static_cast<std::size_t>(indices.shape.back());
  if (depth < 1 || depth > data.shape.size()) {
    throw NodeError{fmt::format("indices {} do not fit to data {}", to_string(indices.shape),
                                to_string(data.shape))};
  }
  Shape wanted(indices.shape.begin(), indices.shape.end() - 1);
  wanted.insert(wanted.end(), data.shape.begin() + static_cast<std::ptrdiff_t>(depth),
                data.shape.end());
  if (updates.shape != wanted) {
    throw NodeError{
        fmt::format("updates are {}, not {}", to_string(updates.shape), to_string(wanted))};
  }
  return draft.emit(OpKind::ScatterNd, {{"reduction", reduction}}, node.all_operands(), {data});
}

constexpr std::array kTable{
    NormaliserEntry{"Concat", concat}, NormaliserEntry{"Split", split},
    NormaliserEntry{"Slice", slice},   NormaliserEntry{"Pad", pad},
    NormaliserEntry{"Gather", gather}, NormaliserEntry{"ScatterND", scatter_nd},
};

}  // namespace

std::span<const NormaliserEntry> selection_normalisers() { return kTable; }

}  // namespace partita
