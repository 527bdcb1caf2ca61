#include "exec/values/recipe.h"

#include <cmath>

#include "exec/values/half.h"
#include "models/base/assert.h"

namespace partita {
namespace {

constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15;

// The finaliser of SplitMix64.
constexpr std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

template <class Value, class Make>
void fill_each(std::uint64_t key, std::int64_t first, std::span<std::byte> out, Make make) {
  Value* values = reinterpret_cast<Value*>(out.data());
  const std::size_t count = out.size() / sizeof(Value);
  std::uint64_t counter = key + static_cast<std::uint64_t>(first) * kGolden;
  for (std::size_t i = 0; i < count; ++i, counter += kGolden) values[i] = make(mixed(counter));
}

// Calls use(make) with the function from 64 random bits to a number of the distribution.
template <class Use>
void with_distribution(const Recipe& recipe, Use use) {
  const float centre = recipe.centre;
  switch (recipe.distribution) {
    case Recipe::Distribution::Uniform: {
      const float step = recipe.spread * 0x1p-23F;
      return use([=](std::uint64_t bits) {
        return centre +
               static_cast<float>(static_cast<std::int32_t>(bits >> 40) - (1 << 23)) * step;
      });
    }
    case Recipe::Distribution::Normal: {
      // Four numbers uniform below 2^16: mean 2 (2^16 - 1), variance 4 (2^16)^2 / 12.
      const float step = recipe.spread * 1.7320508F * 0x1p-16F;
      return use([=](std::uint64_t bits) {
        const auto sum = static_cast<std::int32_t>((bits & 0xffff) + ((bits >> 16) & 0xffff) +
                                                   ((bits >> 32) & 0xffff) + (bits >> 48));
        return centre + static_cast<float>(sum - 2 * 0xffff) * step;
      });
    }
    case Recipe::Distribution::Below: {
      // The high half of a 64 x 32 bit product, without a division (Lemire, TOMACS 29(1), 2019).
      const auto bound = static_cast<std::uint64_t>(recipe.bound);
      return use([=](std::uint64_t bits) {
        return static_cast<std::int64_t>(((bits >> 32) * bound) >> 32);
      });
    }
    case Recipe::Distribution::Mask:
      return use([](std::uint64_t bits) { return static_cast<std::int64_t>((bits >> 61) != 0); });
  }
}

}  // namespace

std::uint64_t key_of(std::string_view name, std::uint64_t seed) {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return mixed(hash + mixed(seed + kGolden));
}

void fill(const Recipe& recipe, std::int64_t first, std::span<std::byte> out) {
  PARTITA_ASSERT(recipe.distribution != Recipe::Distribution::Below ||
                     (recipe.bound > 0 && recipe.bound < (std::int64_t{1} << 32)),
                 "bound of a random whole number");
  with_distribution(recipe, [&](auto make) {
    const auto whole = [&](auto type) {
      using Value = decltype(type);
      fill_each<Value>(recipe.key, first, out, [&](std::uint64_t bits) {
        return static_cast<Value>(std::llrint(make(bits)));
      });
    };
    const auto converted = [&]<class Value>(auto convert) {
      fill_each<Value>(recipe.key, first, out,
                       [&](std::uint64_t bits) { return static_cast<Value>(convert(make(bits))); });
    };
    switch (recipe.type) {
      case DataType::F32: return converted.template operator()<float>([](auto x) { return x; });
      case DataType::F64: return converted.template operator()<double>([](auto x) { return x; });
      case DataType::F16:
        return converted.template operator()<std::uint16_t>(
            [](auto x) { return to_half(static_cast<float>(x)); });
      case DataType::BF16:
        return converted.template operator()<std::uint16_t>(
            [](auto x) { return to_bfloat(static_cast<float>(x)); });
      case DataType::I8: return whole(std::int8_t{});
      case DataType::U8: return whole(std::uint8_t{});
      case DataType::I32: return whole(std::int32_t{});
      case DataType::I64: return whole(std::int64_t{});
      case DataType::Bool:
        return converted.template operator()<std::uint8_t>([](auto x) { return x != 0; });
    }
  });
}

}  // namespace partita
