#include "tools/partita/input_stack.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "models/base/diagnostics.h"
#include "partition/analyze/analyze.h"
#include "partition/analyze/read_input.h"

namespace partita::command {
namespace {

using analyze::ElementType;
using analyze::Input;
using analyze::InputKind;

bool takes_tokens(const Tensor& input) {
  return input.type == DataType::I32 || input.type == DataType::I64;
}

template <class Number>
TensorValue as_ids(const Input& one, const Tensor& input) {
  TensorValue value(input.type, input.shape);
  const std::span<Number> to = value.as<Number>();
  for (std::size_t i = 0; i < to.size(); ++i) {
    std::int32_t id = 0;
    std::memcpy(&id, one.data.data() + i * sizeof(id), sizeof(id));
    to[i] = id;
  }
  return value;
}

TensorValue as_numbers(const Input& one, const Tensor& input) {
  if (input.type == DataType::I64) return as_ids<std::int64_t>(one, input);
  if (input.type == DataType::I32) return as_ids<std::int32_t>(one, input);
  TensorValue value(DataType::F32, input.shape);
  const std::span<float> to = value.as<float>();
  if (one.type == ElementType::F32) {
    std::memcpy(to.data(), one.data.data(), one.data.size());
  } else {
    std::transform(one.data.begin(), one.data.end(), to.begin(),
                   [](std::byte pixel) { return static_cast<float>(pixel); });
  }
  return value;
}

Input member(const Input& all, std::size_t number) {
  Input one = all;
  one.shape.erase(one.shape.begin());
  if (one.shape.empty()) one.shape.push_back(1);
  if (all.type == ElementType::U8 && all.shape.size() == 3) {
    one.kind = InputKind::Image;
    one.shape.push_back(1);
  }
  const std::size_t size = all.data.size() / static_cast<std::size_t>(all.shape[0]);
  one.data = all.data.subspan(number * size, size);
  one.stored = Bytes{static_cast<std::int64_t>(size)};
  return one;
}

void check_ids(const Input& all, const std::string& file, std::int64_t tokens) {
  for (std::int64_t i = 0; i < all.elements(); ++i) {
    std::int32_t id = 0;
    std::memcpy(&id, all.data.data() + i * std::int64_t{sizeof(id)}, sizeof(id));
    if (id < tokens) continue;
    throw ConfigError({file}, fmt::format("element {} is {}: the network knows tokens 0 to {}", i,
                                          id, tokens - 1));
  }
}

void check(const Input& all, const std::string& file, const Tensor& input, std::int64_t tokens) {
  const bool as_tokens = takes_tokens(input);
  if (!as_tokens && all.type != ElementType::U8 && all.type != ElementType::F32) {
    throw ConfigError({file}, fmt::format("holds {}, not uint8 or float32", to_string(all.type)));
  }
  if ((!as_tokens && input.type != DataType::F32) ||
      all.elements() != all.shape[0] * input.elements()) {
    throw ConfigError({file}, fmt::format("holds inputs of {} elements; the network's input '{}' "
                                          "has {} of type {}",
                                          all.elements() / all.shape[0], input.name,
                                          input.elements(), to_string(input.type)));
  }
  if (as_tokens) check_ids(all, file, tokens);
}

}  // namespace

InputStack load_stack(const std::string& file, const Tensor& input, std::int64_t tokens) {
  const Input all =
      analyze::read_input(file, takes_tokens(input) ? InputKind::Tokens : InputKind::Tensor);
  check(all, file, input, tokens);
  InputStack stack;
  const auto begin = std::chrono::steady_clock::now();
  for (std::int64_t i = 0; i < all.shape[0]; ++i) {
    const auto found = analyze::analyze(member(all, static_cast<std::size_t>(i)));
    const auto& values = found.features.values();
    stack.features.emplace_back(values.begin(), values.end());
  }
  stack.analysis = Time{std::chrono::steady_clock::now() - begin} / all.shape[0];
  for (std::int64_t i = 0; i < all.shape[0]; ++i) {
    stack.values.push_back(as_numbers(member(all, static_cast<std::size_t>(i)), input));
  }
  return stack;
}

std::vector<std::size_t> load_labels(const std::string& file, std::size_t count) {
  const Input named = analyze::read_input(file, InputKind::Tensor);
  if (named.type != ElementType::U8 || named.data.size() != count) {
    throw ConfigError({file}, fmt::format("is not {} labels of type u1", count));
  }
  std::vector<std::size_t> labels;
  for (const std::byte label : named.data) labels.push_back(static_cast<std::size_t>(label));
  return labels;
}

}  // namespace partita::command
