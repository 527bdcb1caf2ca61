#include "models/hardware/link_rates.h"

namespace partita {

const LinkRate* link_rate(std::string_view kind, std::int64_t generation) {
  for (const LinkRate& rate : kLinkRates) {
    if (rate.kind == kind && rate.generation == generation) return &rate;
  }
  return nullptr;
}

Bandwidth usable_bandwidth(const LinkRate& rate, int lanes) {
  Wide numerator = static_cast<Wide>(rate.bits_per_second) * lanes;
  Wide denominator = 8;
  for (const Fraction& share : {rate.encoding, rate.packet, rate.protocol}) {
    numerator *= share.numerator;
    denominator *= share.denominator;
  }
  return {static_cast<std::int64_t>(numerator / denominator)};
}

}  // namespace partita
