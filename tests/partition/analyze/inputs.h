// Inputs that tests make of a few numbers.
#pragma once

#include <utility>
#include <vector>

#include "partition/analyze/input.h"

namespace partita::test {

template <class T>
analyze::Input make_input(analyze::InputKind kind, analyze::ElementType type,
                          std::vector<std::int64_t> shape, std::vector<T> elements) {
  const auto owner = std::make_shared<const std::vector<T>>(std::move(elements));
  analyze::Input input;
  input.kind = kind;
  input.type = type;
  input.shape = std::move(shape);
  input.data = std::as_bytes(std::span<const T>(*owner));
  input.owner = owner;
  return input;
}

}  // namespace partita::test
