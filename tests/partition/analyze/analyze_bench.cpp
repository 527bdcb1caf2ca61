// tools/bench analyze: bytes a second of each group of features on one core, against how fast this
// machine's memory can be read in the same run. Bytes of the input for a second of processor time.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "models/base/random.h"
#include "partition/analyze/analyze.h"
#include "partition/analyze/change_detector.h"
#include "partition/analyze/feature_stream.h"
#include "partition/analyze/gradients.h"
#include "partition/analyze/histogram.h"
#include "partition/analyze/moments.h"
#include "partition/analyze/runs.h"
#include "partition/analyze/token_statistics.h"

namespace partita::analyze {
namespace {

constexpr std::size_t kBytes = std::size_t{1} << 28;  // far beyond the caches
constexpr std::size_t kBlock = 8192;
constexpr int kRounds = 5;

// Numbers that nobody may leave out.
volatile double kept = 0;

struct Group {
  std::string name, type;
  bool cheap;  // measured against the memory; the others against 1 GB/s
  std::size_t bytes;
  std::function<double()> work;
  double best = 0;  // GB/s
};

// Of this thread's processor: others who run meanwhile take turns, not speed.
double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}
double seconds_of(const std::function<double()>& work) {
  const double start = processor_seconds();
  kept = work();
  return processor_seconds() - start;
}

// As fast as one core reads: several independent sums of whole words.
double read_all(std::span<const std::uint64_t> words) {
  std::array<std::uint64_t, 16> sums{};
  for (std::size_t i = 0; i + sums.size() <= words.size(); i += sums.size()) {
    for (std::size_t k = 0; k < sums.size(); ++k) sums[k] += words[i + k];
  }
  std::uint64_t sum = 0;
  for (const std::uint64_t some : sums) sum += some;
  return static_cast<double>(sum);
}

template <class T>
Input input_over(InputKind kind, ElementType type, std::vector<std::int64_t> shape,
                 std::span<const T> elements) {
  Input input;
  input.kind = kind;
  input.type = type;
  input.shape = std::move(shape);
  input.data = std::as_bytes(elements);
  return input;
}

template <class T>
double moments_all(std::span<const T> all) {
  Moments sums;
  const std::size_t block = kBlock / sizeof(T);
  for (std::size_t i = 0; i < all.size(); i += block) {
    sums.merge(moments_of(all.subspan(i, std::min(block, all.size() - i))));
  }
  return sums.mean;
}

template <class T>
double runs_all(std::span<const T> all, std::size_t channels) {
  RunCounter runs(sizeof(T), channels, kIsFloat<T>);
  runs.add(std::as_bytes(all), {0, static_cast<std::int64_t>(all.size() / channels)});
  return runs.runs().mean();
}

template <class T>
double gradients_all(std::span<const T> all, const Layout& layout, bool blocks) {
  Gradients sums;
  const auto block = static_cast<std::int64_t>(kBlock / sizeof(T) / 3 * 3);
  const auto end = static_cast<std::int64_t>(all.size());
  for (std::int64_t i = 0; i < end; i += block) {
    sums.merge(gradients_of(all, layout, {i, std::min(end, i + block)}, blocks));
  }
  return sums.x.mean() + sums.y.mean();
}

void run() {
  // An image that is neither noise nor flat: steps of a walk, black now and then.
  Random random(1);
  constexpr std::int64_t kSide = 9456;  // kSide^2 x 3 bytes are a little below kBytes
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(kSide * kSide * 3));
  std::uint8_t level = 100;
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const std::uint64_t bits = random.bits();
    level = static_cast<std::uint8_t>(level + (bits & 7) - 3);
    pixels[i] = (bits >> 8) % 4 == 0 ? std::uint8_t{0} : level;
  }
  std::vector<float> values(kBytes / sizeof(float));
  for (float& value : values) {
    const auto x = static_cast<float>(static_cast<double>(random.bits() >> 11) * 0x1p-52 - 1);
    value = x < 0 ? 0 : x;  // as activations behind a ReLU
  }
  std::vector<std::int32_t> ids(kBytes / 4 / sizeof(std::int32_t));
  for (std::int32_t& id : ids) {
    // Small ids come more often, as Zipf has it.
    id = static_cast<std::int32_t>(50'000 >> (random.bits() % 12)) +
         static_cast<std::int32_t>(random.below(100));
  }
  const std::span<const std::uint8_t> u8(pixels);
  const std::span<const float> f32(values);
  const std::span<const std::int32_t> tokens(ids);
  const Layout image{.planes = 1, .rows = kSide, .columns = kSide, .step = 3};
  const Layout planes{.planes = 256, .rows = 512, .columns = 512, .step = 1};
  const Input image_input = input_over(InputKind::Image, ElementType::U8, {kSide, kSide, 3}, u8);
  const Input tensor_input = input_over(InputKind::Tensor, ElementType::F32, {256, 512, 512}, f32);
  const Input token_input = input_over(InputKind::Tokens, ElementType::I32,
                                       {static_cast<std::int64_t>(ids.size())}, tokens);
  const std::size_t some = pixels.size(), most = values.size() * sizeof(float);
  std::vector<Group> groups{
      {"read memory", "-", true, most,
       [&] {
         return read_all({reinterpret_cast<const std::uint64_t*>(values.data()), most / 8});
       }},
      {"moments", "uint8", true, some, [&] { return moments_all(u8); }},
      {"moments", "float32", true, most, [&] { return moments_all(f32); }},
      {"byte histogram", "uint8", false, some,
       [&] {
         ByteCounts counts;
         counts.add(std::as_bytes(u8));
         return static_cast<double>(counts.counts()[0]);
       }},
      {"value histogram", "float32", false, most,
       [&] {
         ValueCounts counts;
         counts.add(f32);
         return static_cast<double>(counts.counts()[0]);
       }},
      {"runs", "uint8", false, some, [&] { return runs_all(u8, 1); }},
      {"runs of pixels", "uint8 x 3", false, some, [&] { return runs_all(u8, 3); }},
      {"runs", "float32", false, most, [&] { return runs_all(f32, 1); }},
      {"gradients, blocks", "uint8 x 3", false, some,
       [&] { return gradients_all(u8, image, true); }},
      {"gradients", "float32", false, most, [&] { return gradients_all(f32, planes, false); }},
      {"tokens", "int32", false, ids.size() * 4,
       [&] {
         return token_statistics(tokens, static_cast<std::int64_t>(ids.size())).entropy_bits;
       }},
      {"all of an image", "uint8 x 3", false, some,
       [&] { return analyze(image_input).features[Feature::Mean]; }},
      {"all of a tensor", "float32", false, most,
       [&] { return analyze(tensor_input).features[Feature::Mean]; }},
      {"all of tokens", "int32", false, ids.size() * 4,
       [&] { return analyze(token_input).features[Feature::TokenEntropy]; }},
      {"a sample of 1 % (of all bytes)", "float32", false, most,
       [&] {
         const auto items = static_cast<std::int64_t>(values.size() / 100);
         return analyze(tensor_input, Sample{.items = items, .seed = 1}).features[Feature::Mean];
       }},
  };
  // In turns, so that a neighbour who comes and goes disturbs all of them alike.
  for (int round = 0; round < kRounds; ++round) {
    for (Group& group : groups) {
      group.best =
          std::max(group.best, static_cast<double>(group.bytes) / seconds_of(group.work) / 1e9);
    }
  }
  const double memory = groups.front().best;
  nlohmann::json rows = nlohmann::json::array();
  fmt::print("{:32} {:10} {:>8} {:>16}\n", "group", "elements", "GB/s", "share of memory");
  for (const Group& group : groups) {
    const double share = group.best / memory;
    const bool met = group.best >= 1 && (!group.cheap || share >= 0.5);
    fmt::print("{:32} {:10} {:>8.2f} {:>14.0f} % {}\n", group.name, group.type, group.best,
               100 * share, met ? "" : "below its goal");
    rows.push_back({{"group", group.name},
                    {"type", group.type},
                    {"gigabytes_per_second", group.best},
                    {"share_of_memory", share},
                    {"cheap", group.cheap},
                    {"met", met}});
  }

  FeatureStream stream(1000);
  const InputFeatures features =
      analyze(input_over(InputKind::Image, ElementType::U8, {64, 64, 3}, u8.first(64 * 64 * 3)))
          .features;
  constexpr int kInputs = 100'000;
  const double took = seconds_of([&] {
    double found = 0;
    for (int i = 0; i < kInputs; ++i) found += static_cast<double>(stream.observe(features).size());
    return found;
  });
  fmt::print("one input of a stream, all detectors: {:.0f} ns\n", took / kInputs * 1e9);
  const nlohmann::json result{{"measured", rows},
                              {"memory_gigabytes_per_second", memory},
                              {"stream_ns_per_input", took / kInputs * 1e9}};
  fmt::print("{}\n", result.dump());
}

}  // namespace
}  // namespace partita::analyze

int main() { partita::analyze::run(); }
