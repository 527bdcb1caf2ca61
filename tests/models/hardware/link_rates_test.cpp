#include "models/hardware/link_rates.h"

#include <gtest/gtest.h>

#include <set>

#include "models/hardware/packet_format.h"

namespace partita {
namespace {

Bandwidth rate(std::string_view kind, int generation, int lanes) {
  return usable_bandwidth(*link_rate(kind, generation), lanes);
}

// 16 lanes x 8 Gb/s = 16 GB/s; x 128/130 x 256/280 x 919/1000 = 16 x 10^9 x 30,113,792 / 36,400,000
TEST(LinkRates, PcieIsLineRateTimesCodeTimesPacketsTimesProtocol) {
  EXPECT_EQ(rate("pcie", 3, 16), Bandwidth{13'236'831'648});
  EXPECT_EQ(rate("pcie", 3, 1), Bandwidth{827'301'978});  // a sixteenth, rounded down
}

// Published copies with a copy engine: RTX A6000 on generation 4, 26.34 GB/s from device to device
// under one switch; H100 on generation 5, 52.8 GB/s from device to host. Within 3 %.
TEST(LinkRates, PcieAgreesWithPublishedCopies) {
  EXPECT_NEAR(static_cast<double>(rate("pcie", 4, 16).value), 26.34e9, 0.03 * 26.34e9);
  EXPECT_NEAR(static_cast<double>(rate("pcie", 5, 16).value), 52.8e9, 0.03 * 52.8e9);
}

// osu_bw over four links of generation 3: 93.13 GB/s. p2pBandwidthLatencyTest between H100: 371 to
// 377 GB/s.
TEST(LinkRates, NvlinkAgreesWithPublishedCopies) {
  EXPECT_NEAR(static_cast<double>(rate("nvlink", 3, 4).value), 93.13e9, 0.03 * 93.13e9);
  EXPECT_NEAR(static_cast<double>(rate("nvlink", 4, 18).value), 374e9, 0.01 * 374e9);
}

// 4 links x 20 GB/s x 16/17 = 75,294,117,647.06
TEST(LinkRates, NvlinkCountsLinks) { EXPECT_EQ(rate("nvlink", 1, 4), Bandwidth{75'294'117'647}); }

// 10.4 GT/s x 2 B = 20.8 GB/s; x 8/9 = 18,488,888,888.9. 13 x 512 B each 125 us = 53,248,000 B/s.
TEST(LinkRates, OfUpiAndUsb) {
  EXPECT_EQ(rate("upi", 1, 1), Bandwidth{18'488'888'888});
  EXPECT_EQ(rate("usb", 2, 1), Bandwidth{53'248'000});
  EXPECT_FALSE(link_rate("usb", 2)->full_duplex);
}

// 25 GT/s x 16 lanes / 8 = 50 GB/s. 100 Gb/s / 8 x 4096/4178 = 12,254,667,304.9.
TEST(LinkRates, OfInfinityFabricAndEthernet) {
  EXPECT_EQ(rate("xgmi", 3, 1), Bandwidth{50'000'000'000});
  EXPECT_EQ(rate("ethernet", 100, 1), Bandwidth{12'254'667'304});
}

// 32 GT/s x 16 / 8 = 64 GB/s; x 128/130 x 64/68 x 64/80 = 47,446,877,828.05. 64 GT/s: 128 GB/s x
// 240/256 x 64/80 = 96 GB/s.
TEST(LinkRates, OfCxl) {
  EXPECT_EQ(rate("cxl", 2, 16), Bandwidth{47'446'877'828});
  EXPECT_EQ(rate("cxl", 3, 16), Bandwidth{96'000'000'000});
}

// Fidelity packet cuts into packets what the rates say packets carry; within 3 % of each other, as
// generations of one kind differ (PCIe 6 has shorter headers).
TEST(LinkRates, PacketsHaveTheHeadersThatRatesCountWith) {
  for (const LinkRate& rate : kLinkRates) {
    if (rate.packet.numerator == rate.packet.denominator) continue;  // not known
    if (rate.kind == "usb" && rate.generation == 2) continue;        // frames of 125 us, no packets
    const PacketFormat format = packet_format(rate.kind);
    const auto payload = static_cast<double>(format.max_payload.value);
    const auto headers = static_cast<double>(format.write_header.value);
    EXPECT_NEAR(
        payload / (payload + headers),
        static_cast<double>(rate.packet.numerator) / static_cast<double>(rate.packet.denominator),
        0.03)
        << rate.kind << ' ' << rate.generation;
  }
}

TEST(LinkRates, ThereAreNoneOfUnknownStandards) {
  EXPECT_EQ(link_rate("pcie", 7), nullptr);
  EXPECT_EQ(link_rate("PCIe", 4), nullptr);
}

TEST(LinkRates, GrowWithTheGenerationAndTheLanes) {
  const LinkRate* previous = nullptr;
  std::set<std::pair<std::string_view, int>> seen;
  for (const LinkRate& here : kLinkRates) {
    EXPECT_TRUE(seen.emplace(here.kind, here.generation).second) << here.kind << here.generation;
    EXPECT_GT(usable_bandwidth(here, 1).value, 0);
    EXPECT_LE(usable_bandwidth(here, 1).value, here.bits_per_second / 8);
    EXPECT_GE(usable_bandwidth(here, here.most_lanes).value,
              usable_bandwidth(here, 1).value * here.most_lanes);
    if (previous != nullptr && previous->kind == here.kind) {
      EXPECT_GE(here.bits_per_second, previous->bits_per_second) << here.kind << here.generation;
    }
    previous = &here;
  }
}

}  // namespace
}  // namespace partita
