// What several processors do together, on one.
#include <algorithm>
#include <type_traits>

#include "exec/reference/kernel.h"
#include "exec/reference/loops.h"

namespace partita::reference {
namespace {

// Operands are added in their order; whole numbers wrap.
TensorValue sum_of(const Call& call) {
  TensorValue sum = call.in(0);
  with_number_of(sum.type, [&](auto type) {
    using T = decltype(type);
    using Total = std::conditional_t<std::is_floating_point_v<T>, double, std::uint64_t>;
    const std::span<T> to = sum.as<T>();
    for (std::size_t at = 0; at < to.size(); ++at) {
      Total total{};
      for (const TensorValue* operand : call.inputs) {
        total += static_cast<Total>(operand->as<T>()[at]);
      }
      to[at] = static_cast<T>(total);
    }
  });
  return sum;
}

// Bytes that lie together from `axis` on.
std::int64_t run_of(const TensorValue& value, std::size_t axis) {
  return extent_of(value.shape, axis, value.shape.size()) * info(value.type).bytes;
}

// A part of each row for each result.
void cut(const TensorValue& whole, const Call& call) {
  const auto axis = static_cast<std::size_t>(call.integer("axis"));
  const std::byte* from = whole.bytes.data();
  for (std::int64_t row = extent_of(whole.shape, 0, axis), done = 0; done < row; ++done) {
    for (TensorValue* result : call.outputs) {
      const std::int64_t size = run_of(*result, axis);
      std::copy_n(from, size, result->bytes.data() + done * size);
      from += size;
    }
  }
}

}  // namespace

void all_reduce(const Call& call) {
  const TensorValue sum = sum_of(call);
  for (TensorValue* result : call.outputs) result->bytes = sum.bytes;
}

void reduce_scatter(const Call& call) { cut(sum_of(call), call); }
void scatter_from_one(const Call& call) { cut(call.in(0), call); }

void all_gather(const Call& call) {
  const auto axis = static_cast<std::size_t>(call.integer("axis"));
  const std::int64_t rows = extent_of(call.out().shape, 0, axis);
  std::byte* to = call.out().bytes.data();
  for (std::int64_t row = 0; row < rows; ++row) {
    for (const TensorValue* operand : call.inputs) {
      const std::int64_t size = run_of(*operand, axis);
      to = std::copy_n(operand->bytes.data() + row * size, size, to);
    }
  }
  for (TensorValue* result : call.outputs) result->bytes = call.out().bytes;
}

// Part r of operand i is part i of result r.
void all_to_all(const Call& call) {
  const auto axis = static_cast<std::size_t>(call.integer("axis"));
  const std::int64_t rows = extent_of(call.out().shape, 0, axis);
  const auto ranks = static_cast<std::int64_t>(call.inputs.size());
  const std::int64_t part = run_of(call.out(), axis) / ranks;
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t i = 0; i < ranks; ++i) {
      for (std::int64_t r = 0; r < ranks; ++r) {
        std::copy_n(call.in(static_cast<std::size_t>(i)).bytes.data() + (row * ranks + r) * part,
                    part,
                    call.out(static_cast<std::size_t>(r)).bytes.data() + (row * ranks + i) * part);
      }
    }
  }
}

void broadcast_to_all(const Call& call) {
  for (TensorValue* result : call.outputs) result->bytes = call.in(0).bytes;
}

}  // namespace partita::reference
