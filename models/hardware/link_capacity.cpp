#include "models/hardware/link_capacity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/hardware/packet_format.h"

namespace partita {
namespace {

constexpr Time kLongestReplay{std::pico::den};

Bytes full_packet(const LinkSpec& spec) {
  const PacketFormat format = packet_format(spec.kind);
  return format.max_payload + format.write_header;
}

// value * numerator / denominator, rounded down, bit by bit: the product may have more than 128
// bits. Precondition: numerator <= denominator < 2^126.
std::int64_t share_of(std::int64_t value, Wide numerator, Wide denominator) {
  std::int64_t quotient = 0;
  Wide rest = 0;
  for (int bit = 62; bit >= 0; --bit) {
    rest = 2 * rest + ((value >> bit) & 1 ? numerator : 0);
    quotient = 2 * quotient + static_cast<std::int64_t>(rest / denominator);
    rest %= denominator;
  }
  return quotient;
}

std::int64_t after_errors(const LinkSpec& spec) {
  const Wide wrong = static_cast<Wide>(full_packet(spec).value) * 8 * bit_errors(spec);
  if (wrong == 0) return spec.bandwidth.value;
  // Bytes that would have gone during the delay, rounded up.
  const Wide lost =
      (static_cast<Wide>(spec.bandwidth.value) * replay_delay(spec).count() + std::pico::den - 1) /
      std::pico::den;
  const Wide payload = packet_format(spec.kind).max_payload.value;
  return share_of(spec.bandwidth.value, (kErrorUnit - wrong) * payload,
                  kErrorUnit * payload + wrong * lost);
}

}  // namespace

std::int64_t bit_errors(const LinkSpec& spec) {
  return std::llround(spec.bit_error_rate * static_cast<double>(kErrorUnit));
}

Time replay_delay(const LinkSpec& spec) {
  if (spec.replay_delay) return *spec.replay_delay;
  return 2 * std::min(spec.latency, kLongestReplay / 2);
}

Bandwidth link_capacity(const LinkSpec& spec, Time crossing) {
  std::int64_t capacity = after_errors(spec);
  if (spec.credits) {
    const Bytes payload = packet_format(spec.kind).max_payload;
    const Wide packets = spec.credits->value / full_packet(spec).value;
    const Wide round_trip = (payload / spec.bandwidth).count() + 2 * Wide{crossing.count()};
    const Wide rate = packets * payload.value * std::pico::den / round_trip;
    capacity = static_cast<std::int64_t>(std::min<Wide>(capacity, rate));
  }
  return {std::max<std::int64_t>(1, capacity)};
}

std::string error_rate_problem(const LinkSpec& spec) {
  const auto bits = static_cast<double>(8 * full_packet(spec).value);
  if (spec.bit_error_rate >= 0 && spec.bit_error_rate * bits <= 0.5) return "";
  if (!(spec.bit_error_rate >= 0)) {
    return fmt::format("bit_error_rate: {} must be at least 0", spec.bit_error_rate);
  }
  return fmt::format(
      "bit_error_rate: with {} more than half of all full packets ({} bits) arrive wrong",
      spec.bit_error_rate, bits);
}

std::string replay_delay_problem(const LinkSpec& spec) {
  if (!spec.replay_delay) return "";
  if (*spec.replay_delay < Time{0}) return "replay_delay is negative";
  if (*spec.replay_delay <= kLongestReplay) return "";
  return fmt::format("replay_delay: {} is more than 1 s", exact_text(*spec.replay_delay));
}

std::string credits_problem(const LinkSpec& spec) {
  if (!spec.credits || *spec.credits >= full_packet(spec)) return "";
  const PacketFormat format = packet_format(spec.kind);
  return fmt::format(
      "credits: {} cannot hold a packet of '{}' ({} B behind {} B), so nothing would ever flow",
      exact_text(*spec.credits), spec.kind, format.max_payload.value, format.write_header.value);
}

}  // namespace partita
