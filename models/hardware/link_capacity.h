// What bit errors and credits leave of a link.
#pragma once

#include <string>

#include "models/hardware/hardware.h"

namespace partita {

// Bit errors are counted in parts of 10^18, so that their sums are whole numbers.
inline constexpr std::int64_t kErrorUnit = 1'000'000'000'000'000'000;

// LinkSpec::bit_error_rate in 10^-18, to the nearest.
std::int64_t bit_errors(const LinkSpec& spec);

// From the end of a packet that arrived wrong until it goes again: LinkSpec::replay_delay, or the
// round trip of a NAK (PCI Express Base Specification, section 3.6: the receiver asks for what was
// wrong and drops what follows, so nothing useful is sent meanwhile).
Time replay_delay(const LinkSpec& spec);

// What copies share of one direction, if `crossing` passes from a packet's tail leaving until it is
// in the next hop's buffer.
//
// Model: of packets with P bytes of payload, the share p = bits * bit_error_rate arrives wrong, and
//   each of those costs its own time and the replay delay d once more:
//     B' = B * (1 - p) * P / (P + p * d * B).
//   With credits for k packets, k go in the time that one needs until its credit is back:
//     min(B', k * P / (P / B + 2 * crossing)), rounded down.
// Left out: that a copy shorter than the credits need not wait for any, and that errors come one by
//   one (fidelity packet has both); corrupted acknowledgements.
Bandwidth link_capacity(const LinkSpec& spec, Time crossing);

// What is wrong with one number of a link, given the others; empty: nothing.
std::string error_rate_problem(const LinkSpec& spec);
std::string replay_delay_problem(const LinkSpec& spec);
std::string credits_problem(const LinkSpec& spec);

}  // namespace partita
