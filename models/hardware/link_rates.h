// What a link of a named standard carries, so that a machine file can say "pcie, generation 5, 16
// lanes".
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "models/base/units.h"

namespace partita {

struct Fraction {
  std::int64_t numerator = 1, denominator = 1;
};

// Model: usable bytes a second, each way = lanes * bits_per_second / 8 * encoding * packet *
// protocol.
// Left out: what depends on the sizes and the mix of transfers (read requests, acknowledgements
// that share the way back); `protocol` holds their average under a stream of large copies. Packets
// of their own: fidelity `packet`.
struct LinkRate {
  std::string_view kind;
  int generation;
  std::int64_t bits_per_second;  // of one lane, one direction, as the wire counts them
  Fraction encoding;             // line code
  Fraction packet;               // payload over payload and header
  Fraction protocol;             // what link-layer traffic leaves
  int most_lanes;
  bool full_duplex;
  std::string_view lane;    // what `lanes` counts
  std::string_view source;  // of the numbers
};

inline constexpr std::int64_t kGiga = 1'000'000'000;

// PCIe: 256 B of payload (the usual Max_Payload_Size of servers) under 24 B of framing, sequence
// number, 64-bit header and LCRC. Acknowledgements and flow control take 8.1 % (Neugebauer et al.,
// "Understanding PCIe performance for end host networking", SIGCOMM 2018, section 3; measured on
// generation 3, assumed of 1, 2, 4 and 5). Sixteen lanes: 13.2, 26.5,
// 52.9 GB/s for generations 3, 4, 5; published copies: 11.1 to 12 (T4), 26.3 (RTX A6000), 52.8
// (H100).
constexpr LinkRate pcie(int generation, std::int64_t bits_per_second, Fraction code) {
  return {"pcie",
          generation,
          bits_per_second,
          code,
          {256, 280},
          {919, 1000},
          16,
          true,
          "lanes",
          "PCI Express Base Specification (rate, line code); SIGCOMM 2018 (packets)"};
}
inline constexpr Fraction kCode8b10b{8, 10}, kCode128b130b{128, 130};

// NVLink: 256 B of payload in 16 flits of 16 B behind one header flit (Foley and Danskin,
// "Ultra-performance Pascal GPU and NVLink interconnect", IEEE Micro 37(2), 2017); assumed of the
// later generations. A public osu_bw run over four links of generation 3 reached 93.1 GB/s of 100,
// where this gives 94.1. Rates are those of a link in NVIDIA's papers, which count after the line
// code.
constexpr LinkRate nvlink(int generation, std::int64_t bytes_per_second, int links,
                          Fraction protocol, std::string_view source) {
  return {"nvlink", generation, 8 * bytes_per_second, {}, {16, 17}, protocol, links, true,
          "links",  source};
}
// Through an NVSwitch of generation 4, 371 to 377 GB/s of 450 were measured between any two of
// eight GPUs (p2pBandwidthLatencyTest, github.com/NVIDIA/nccl issue 1264): 0.883 of what the
// packets leave. Assumed of 5 too.
inline constexpr Fraction kMeasuredOfNvlink4{883, 1000};

// Infinity Fabric between sockets or GPUs (xGMI), 16 lanes a link; the generation counts those of
// the lanes. AMD publishes no packet format, so nothing is taken off: copies reach less.
constexpr LinkRate xgmi(int generation, std::int64_t bits_per_second, std::string_view source) {
  return {"xgmi", generation, 16 * bits_per_second, {}, {}, {}, 8, true, "links", source};
}

// RDMA over Converged Ethernet, version 2: 4,096 B of payload in a frame with 82 B beside it
// (preamble and gap 20, Ethernet 18, IPv4 20, UDP 8, transport 12, checksum 4). The generation is
// the rate in Gb/s, which counts after the line code.
constexpr LinkRate ethernet(int gigabits) {
  return {"ethernet",
          gigabits,
          kGiga * gigabits,
          {},
          {4096, 4178},
          {},
          8,
          true,
          "ports",
          "IEEE 802.3; InfiniBand Architecture Specification, annex A17 (RoCEv2)"};
}

// CXL.mem: 64 B of data take four slots of 16 B behind one of header (headers can be packed more
// densely: assumed not to be). Flits of 68 B carry four slots, flits of 256 B fifteen.
constexpr LinkRate cxl(int generation, std::int64_t bits_per_second, Fraction code, Fraction flit) {
  return {"cxl",
          generation,
          bits_per_second,
          code,
          {64 * flit.numerator, 80 * flit.denominator},
          {},
          16,
          true,
          "lanes",
          "Compute Express Link Specification 3.0, section 4.2 (flits)"};
}

inline constexpr std::array kLinkRates{
    pcie(1, kGiga * 5 / 2, kCode8b10b),
    pcie(2, kGiga * 5, kCode8b10b),
    pcie(3, kGiga * 8, kCode128b130b),
    pcie(4, kGiga * 16, kCode128b130b),
    pcie(5, kGiga * 32, kCode128b130b),
    // 236 B of each 256 B flit are packets; acknowledgements are inside the flit; a header of 16 B,
    // no LCRC.
    LinkRate{"pcie",
             6,
             kGiga * 64,
             {236, 256},
             {256, 272},
             {},
             16,
             true,
             "lanes",
             "PCI Express Base Specification 6.0 (flit mode)"},
    nvlink(1, kGiga * 20, 4, {}, "Tesla P100 white paper: 4 links, 160 GB/s both ways together"),
    nvlink(2, kGiga * 25, 6, {}, "Tesla V100 white paper: 6 links, 300 GB/s both ways together"),
    nvlink(3, kGiga * 25, 12, {}, "A100 white paper: 12 links, 600 GB/s both ways together"),
    nvlink(4, kGiga * 25, 18, kMeasuredOfNvlink4,
           "H100 white paper: 18 links, 900 GB/s both ways together; measured share"),
    nvlink(5, kGiga * 50, 18, kMeasuredOfNvlink4,
           "Blackwell architecture brief: 18 links, 1.8 TB/s both ways together; share as 4"),
    // 375 of 450 GB/s measured from host to device (Schieffer et al., "Harnessing integrated
    // CPU-GPU system memory for HPC", ICPP 2024); device to host 297.
    LinkRate{"nvlink-c2c",
             1,
             kGiga * 450 * 8,
             {},
             {},
             {375, 450},
             1,
             true,
             "connection",
             "Grace Hopper white paper: 900 GB/s both ways together; ICPP 2024 (measured share)"},
    // Two bytes a transfer each way, as Intel counts: 10.4 GT/s are 20.8 GB/s. 8 data flits behind
    // one of header in QPI, assumed of its successor.
    LinkRate{"upi",
             1,
             kGiga * 104 / 10 * 16,
             {},
             {8, 9},
             {},
             3,
             true,
             "links",
             "Xeon Scalable technical overview: 10.4 GT/s"},
    LinkRate{"upi",
             2,
             kGiga * 16 * 16,
             {},
             {8, 9},
             {},
             4,
             true,
             "links",
             "4th generation Xeon Scalable: 16 GT/s"},
    cxl(1, kGiga * 32, kCode128b130b, {64, 68}),
    cxl(2, kGiga * 32, kCode128b130b, {64, 68}),
    cxl(3, kGiga * 64, {}, {240, 256}),
    xgmi(2, kGiga * 18, "EPYC 7003 overview: 18 GT/s"),
    xgmi(3, kGiga * 25, "CDNA 2 white paper: 100 GB/s both ways together a link"),
    xgmi(4, kGiga * 32, "CDNA 3 white paper: 128 GB/s both ways together a link"),
    ethernet(10),
    ethernet(25),
    ethernet(40),
    ethernet(100),
    ethernet(200),
    ethernet(400),
    ethernet(800),
    // Bulk transfers: 13 packets of 512 B in each microframe of 125 us, which has room for 60,000
    // bit.
    LinkRate{"usb",
             2,
             480'000'000,
             {},
             {13 * 512 * 8, 60'000},
             {},
             1,
             false,
             "port",
             "USB 2.0 specification, section 5.8.4"},
    // 1024 B behind a 20 B header packet and 12 B of framing and CRC.
    LinkRate{"usb",
             3,
             kGiga * 5,
             {8, 10},
             {1024, 1056},
             {},
             1,
             true,
             "port",
             "USB 3.2 specification, generation 1x1, section 7.2.1"},
};

// nullptr: there is no such kind and generation.
const LinkRate* link_rate(std::string_view kind, std::int64_t generation);

// Rounded down. Precondition: 1 <= lanes <= rate.most_lanes.
Bandwidth usable_bandwidth(const LinkRate& rate, int lanes);

}  // namespace partita
