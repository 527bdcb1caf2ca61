// The elements of one tensor, and how two of them are compared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "models/network/network.h"

namespace partita {

// Row-major and little endian, as ONNX stores tensors; a Bool is one byte, 0 or 1.
struct TensorValue {
  DataType type = DataType::F32;
  Shape shape;
  std::vector<std::byte> bytes;

  TensorValue() = default;
  // All elements 0.
  TensorValue(DataType type, Shape shape);

  std::int64_t elements() const;

  // The elements as T. Precondition: sizeof(T) is the size of one element.
  template <class T>
  std::span<T> as() {
    return {reinterpret_cast<T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
  template <class T>
  std::span<const T> as() const {
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
};

// For tests and small tensors.
template <class T>
TensorValue tensor_value(DataType type, Shape shape, const std::vector<T>& elements) {
  TensorValue value(type, std::move(shape));
  const std::span<T> to = value.as<T>();
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = elements.at(i);
  return value;
}

// Every element as a double; I64 beyond 2^53 is rounded.
std::vector<double> numbers(const TensorValue& value);

// The same numbers in another type: rounded to nearest between floating-point types, cut towards
// zero to whole numbers (out of range: saturated, NaN: 0), "is not zero" to Bool.
TensorValue converted(const TensorValue& value, DataType type);

struct Difference {
  double absolute = 0;  // largest |a - reference|
  double relative = 0;  // ... over the largest |reference|; 0 if both are 0
  // Elements that are NaN or infinite in one and not exactly the same in the other make both
  // numbers infinite.
  bool finite = true;            // no NaN or infinity in a
  bool reference_finite = true;  // ... nor in the reference
};

// Precondition: the same shape. Types may differ.
Difference compare(const TensorValue& a, const TensorValue& reference);

}  // namespace partita
