#include "tools/partita/exits/images.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "models/base/diagnostics.h"
#include "partition/analyze/analyze.h"
#include "partition/analyze/read_input.h"

namespace partita::command {
namespace {

using analyze::ElementType;
using analyze::Input;
using analyze::InputKind;

TensorValue as_numbers(std::span<const std::byte> pixels, const Tensor& input) {
  TensorValue value(DataType::F32, input.shape);
  const std::span<float> to = value.as<float>();
  std::transform(pixels.begin(), pixels.end(), to.begin(),
                 [](std::byte pixel) { return static_cast<float>(pixel); });
  return value;
}

std::vector<double> features_of(const Input& all, std::size_t first, std::size_t size) {
  Input one = all;
  one.kind = InputKind::Image;
  one.shape = {all.shape[1], all.shape[2], 1};
  one.data = all.data.subspan(first, size);
  one.stored = Bytes{static_cast<std::int64_t>(size)};
  const auto& values = analyze::analyze(one).features.values();
  return {values.begin(), values.end()};
}

}  // namespace

Images load_images(const std::string& pixels, const std::string& labels, const Tensor& input) {
  Diagnostics diagnostics;
  const Input all = analyze::read_input(pixels, InputKind::Tensor);
  if (all.type != ElementType::U8 || all.shape.size() != 3) {
    diagnostics.error({pixels}, "is not count x height x width pixels of type u1");
  } else if (input.type != DataType::F32 || all.shape[1] * all.shape[2] != input.elements()) {
    diagnostics.error(
        {pixels}, fmt::format("has images of {} pixels; the network's input '{}' has {} of type {}",
                              all.shape[1] * all.shape[2], input.name, input.elements(),
                              info(input.type).name));
  }
  diagnostics.throw_if_any();

  Images images;
  const auto size = static_cast<std::size_t>(input.elements());
  const auto count = static_cast<std::size_t>(all.shape[0]);
  const auto begin = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < count; ++i) {
    images.features.push_back(features_of(all, i * size, size));
  }
  images.analysis = Time{std::chrono::steady_clock::now() - begin} / static_cast<std::int64_t>(count);
  for (std::size_t i = 0; i < count; ++i) {
    images.values.push_back(as_numbers(all.data.subspan(i * size, size), input));
  }
  if (labels.empty()) return images;
  const Input named = analyze::read_input(labels, InputKind::Tensor);
  if (named.type != ElementType::U8 || named.data.size() != count) {
    throw ConfigError({labels}, fmt::format("is not {} labels of type u1", count));
  }
  for (const std::byte label : named.data) images.labels.push_back(static_cast<std::size_t>(label));
  return images;
}

}  // namespace partita::command
