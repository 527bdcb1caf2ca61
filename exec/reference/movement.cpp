// Operators that move elements and compute nothing.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "exec/reference/kernel.h"
#include "exec/reference/loops.h"
#include "exec/values/scalar_functions.h"

namespace partita::reference {
namespace {

// For each result position along each axis, the operand's position; kOutside: the fill value.
using AxisMaps = std::vector<std::vector<std::int64_t>>;
constexpr std::int64_t kOutside = -1;

// Precondition: operand and result have the same rank.
template <class T>
void remap(const T* x, const Shape& from, T* y, const Shape& to, const AxisMaps& maps, T fill,
           std::size_t axis = 0, std::int64_t offset = 0, bool outside = false) {
  if (axis == to.size()) {
    *y = outside ? fill : x[offset];
    return;
  }
  const std::int64_t stride = extent_of(from, axis + 1, from.size());
  const std::int64_t step = extent_of(to, axis + 1, to.size());
  for (const std::int64_t position : maps[axis]) {
    remap(x, from, y, to, maps, fill, axis + 1,
          offset + (position == kOutside ? 0 : position * stride), outside || position == kOutside);
    y += step;
  }
}

// make(axis, result position) is the operand's position.
template <class Make>
void move_by(const Call& call, const Shape& from, Make make, const TensorValue* fill = nullptr) {
  const Shape& to = call.out().shape;
  AxisMaps maps(to.size());
  for (std::size_t axis = 0; axis < to.size(); ++axis) {
    for (std::int64_t o = 0; o < to[axis]; ++o) maps[axis].push_back(make(axis, o));
  }
  with_element_of(call.out().type, [&](auto type) {
    using T = decltype(type);
    remap<T>(call.in(0).as<T>().data(), from, call.out().as<T>().data(), to, maps,
             fill != nullptr ? fill->as<T>()[0] : T{0});
  });
}

// The shape with leading ones, so that it has `rank` axes.
Shape padded_to(std::size_t rank, Shape shape) {
  shape.insert(shape.begin(), rank - shape.size(), 1);
  return shape;
}

// A negative index counts from the end. An index is data: only a run can find it out of range.
std::int64_t index_in(std::int64_t written, std::int64_t extent, const Layer& layer) {
  const std::int64_t at = written < 0 ? written + extent : written;
  if (at >= 0 && at < extent) return at;
  throw Error(fmt::format("layer '{}' ({}): index {} is outside an extent of {}", layer.name,
                          to_string(layer.kind), written, extent));
}

// Bytes of one element times the extents from `axis` on.
std::int64_t bytes_from(const TensorValue& value, std::size_t axis) {
  return extent_of(value.shape, axis, value.shape.size()) * info(value.type).bytes;
}

}  // namespace

// Identity and Reshape.
void copy(const Call& call) { call.out().bytes = call.in(0).bytes; }

void cast(const Call& call) { call.out().bytes = converted(call.in(0), call.out().type).bytes; }

void concatenation(const Call& call) {
  const auto axis = static_cast<std::size_t>(call.integer("axis"));
  const std::int64_t outer = extent_of(call.out().shape, 0, axis);
  std::byte* to = call.out().bytes.data();
  for (std::int64_t row = 0; row < outer; ++row) {
    for (const TensorValue* operand : call.inputs) {
      const std::int64_t size = bytes_from(*operand, axis);
      to = std::copy_n(operand->bytes.data() + row * size, size, to);
    }
  }
}

void split(const Call& call) {
  const auto axis = static_cast<std::size_t>(call.integer("axis"));
  const std::int64_t outer = extent_of(call.in(0).shape, 0, axis);
  const std::byte* from = call.in(0).bytes.data();
  for (std::int64_t row = 0; row < outer; ++row) {
    for (TensorValue* result : call.outputs) {
      const std::int64_t size = bytes_from(*result, axis);
      std::copy_n(from, size, result->bytes.data() + row * size);
      from += size;
    }
  }
}

void slice(const Call& call) {
  const Shape& from = call.in(0).shape;
  Shape starts(from.size(), 0), steps(from.size(), 1);
  const auto& axes = call.integers("axes");
  for (std::size_t i = 0; i < axes.size(); ++i) {
    starts[static_cast<std::size_t>(axes[i])] = call.integers("starts")[i];
    steps[static_cast<std::size_t>(axes[i])] = call.integers("steps")[i];
  }
  move_by(call, from,
          [&](std::size_t axis, std::int64_t o) { return starts[axis] + o * steps[axis]; });
}

// Negative pads cut. Reflection turns at the border elements without repeating them.
void pad(const Call& call) {
  const Shape& from = call.in(0).shape;
  const auto& pads = call.integers("pads");
  const std::string& mode = call.layer.attributes.text("mode");
  const TensorValue fill =
      converted(tensor_value<double>(DataType::F64, {}, {attribute_or(call.layer, "value", 0)}),
                call.out().type);
  move_by(
      call, from,
      [&](std::size_t axis, std::int64_t o) {
        const std::int64_t at = o - pads[axis], last = from[axis] - 1;
        if (at >= 0 && at <= last) return at;
        if (mode == "edge") return std::clamp<std::int64_t>(at, 0, last);
        if (mode != "reflect") return kOutside;
        if (last == 0) return std::int64_t{0};
        const std::int64_t period = 2 * last, turned = ((at % period) + period) % period;
        return turned <= last ? turned : period - turned;
      },
      &fill);
}

void transpose(const Call& call) {
  const auto& perm = call.integers("perm");
  const Shape own = strides_of(call.in(0).shape);
  Shape strides;
  for (const std::int64_t axis : perm) strides.push_back(own[static_cast<std::size_t>(axis)]);
  with_element_of(call.out().type, [&](auto type) {
    using T = decltype(type);
    const T* x = call.in(0).as<T>().data();
    T* y = call.out().as<T>().data();
    for_each_row<1>(call.out().shape, {strides},
                    [&](const auto& offsets, std::int64_t count, const auto& steps) {
                      const T* from = x + offsets[0];
                      for (std::int64_t i = 0; i < count; ++i) *y++ = from[i * steps[0]];
                    });
  });
}

void expand(const Call& call) {
  const Shape from = padded_to(call.out().shape.size(), call.in(0).shape);
  move_by(call, from, [&](std::size_t axis, std::int64_t o) { return from[axis] == 1 ? 0 : o; });
}

void tile(const Call& call) {
  const Shape& from = call.in(0).shape;
  move_by(call, from, [&](std::size_t axis, std::int64_t o) { return o % from[axis]; });
}

// result[a..., i..., b...] = data[a..., indices[i...], b...]; a negative index counts from the end.
void gather(const Call& call) {
  const auto axis = static_cast<std::size_t>(call.integer("axis"));
  const Shape& data = call.in(0).shape;
  const std::int64_t outer = extent_of(data, 0, axis);
  const std::int64_t size = bytes_from(call.in(0), axis + 1);
  std::byte* to = call.out().bytes.data();
  with_number_of(call.in(1).type, [&](auto type) {
    using Index = decltype(type);
    for (std::int64_t row = 0; row < outer; ++row) {
      for (const Index written : call.in(1).as<Index>()) {
        const std::int64_t at =
            index_in(static_cast<std::int64_t>(written), data[axis], call.layer);
        to = std::copy_n(call.in(0).bytes.data() + (row * data[axis] + at) * size, size, to);
      }
    }
  });
}

// A copy of data in which, for each row of indices (its last axis), the slice that it names is
// replaced by (or, reduction = add, increased by) the same row of updates. Rows are applied in
// order.
void scatter_nd(const Call& call) {
  const Shape& data = call.in(0).shape;
  const Shape& index_shape = call.in(1).shape;
  const auto named = static_cast<std::size_t>(index_shape.back());
  const std::int64_t rows = extent_of(index_shape, 0, index_shape.size() - 1);
  const std::int64_t slice_size = extent_of(data, named, data.size());
  const Shape strides = strides_of(data);
  const bool add = call.layer.attributes.text("reduction") == "add";
  call.out().bytes = call.in(0).bytes;
  const std::int64_t* indices = call.in(1).as<std::int64_t>().data();
  with_number_of(call.out().type, [&](auto type) {
    using T = decltype(type);
    const T* updates = call.in(2).as<T>().data();
    for (std::int64_t row = 0; row < rows; ++row, indices += named) {
      std::int64_t offset = 0;
      for (std::size_t axis = 0; axis < named; ++axis) {
        offset += index_in(indices[axis], data[axis], call.layer) * strides[axis];
      }
      T* to = call.out().as<T>().data() + offset;
      for (std::int64_t i = 0; i < slice_size; ++i, ++updates) {
        to[i] = add ? static_cast<T>(to[i] + *updates) : *updates;
      }
    }
  });
}

}  // namespace partita::reference
