// What a link of a named standard carries, so that a machine file can say "pcie, generation 5, 16 lanes".
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "models/base/units.h"

namespace partita {

struct Fraction {
  std::int64_t numerator = 1, denominator = 1;
};

// Model: usable bytes a second, each way = lanes * bits_per_second / 8 * encoding * packet * protocol.
// Left out: what depends on the sizes and the mix of transfers (read requests, acknowledgements that share the way back);
// `protocol` holds their average under a stream of large copies. Packets of their own: fidelity `packet`.
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

// PCIe: 256 B of payload (the usual Max_Payload_Size of servers) under 24 B of framing, sequence number, 64-bit header and
// LCRC. Acknowledgements and flow control take 8.1 % (Neugebauer et al., "Understanding PCIe performance for end host
// networking", SIGCOMM 2018, section 3; measured on generation 3, assumed of 1, 2, 4 and 5). Generation 6 moves
// 236 B of each 256 B flit, acknowledgements are inside the flit, and a packet has a 16 B header and no LCRC.
inline constexpr Fraction kPcieCode8b10b{8, 10}, kPcieCode128b130b{128, 130};
inline constexpr Fraction kPciePacket{256, 280}, kPcieProtocol{919, 1000};
inline constexpr std::string_view kPcieSource =
    "PCI Express Base Specification (line rate, line code); SIGCOMM 2018 (packets)";

// NVLink: 256 B of payload in 16 flits of 16 B behind one header flit (Foley and Danskin, "Ultra-performance Pascal GPU and
// NVLink interconnect", IEEE Micro 37(2), 2017); assumed of the later generations. Rates are those of a link in
// NVIDIA's papers, which count after the line code.
inline constexpr Fraction kNvlinkPacket{16, 17};

inline constexpr std::array kLinkRates{
    LinkRate{"pcie", 1, 5 * kGiga / 2, kPcieCode8b10b, kPciePacket, kPcieProtocol, 16, true,
             "lanes", kPcieSource},
    LinkRate{"pcie", 2, 5 * kGiga, kPcieCode8b10b, kPciePacket, kPcieProtocol, 16, true, "lanes",
             kPcieSource},
    LinkRate{"pcie", 3, 8 * kGiga, kPcieCode128b130b, kPciePacket, kPcieProtocol, 16, true, "lanes",
             kPcieSource},
    LinkRate{"pcie", 4, 16 * kGiga, kPcieCode128b130b, kPciePacket, kPcieProtocol, 16, true,
             "lanes", kPcieSource},
    LinkRate{"pcie", 5, 32 * kGiga, kPcieCode128b130b, kPciePacket, kPcieProtocol, 16, true,
             "lanes", kPcieSource},
    LinkRate{"pcie",
             6,
             64 * kGiga,
             {236, 256},
             {256, 272},
             {},
             16,
             true,
             "lanes",
             "PCI Express Base Specification 6.0 (flit mode)"},
    LinkRate{"nvlink",
             1,
             20 * 8 * kGiga,
             {},
             kNvlinkPacket,
             {},
             4,
             true,
             "links",
             "Tesla P100 white paper: 4 links, 160 GB/s both ways together"},
    LinkRate{"nvlink",
             2,
             25 * 8 * kGiga,
             {},
             kNvlinkPacket,
             {},
             6,
             true,
             "links",
             "Tesla V100 white paper: 6 links, 300 GB/s both ways together"},
    LinkRate{"nvlink",
             3,
             25 * 8 * kGiga,
             {},
             kNvlinkPacket,
             {},
             12,
             true,
             "links",
             "A100 white paper: 12 links, 600 GB/s both ways together"},
    LinkRate{"nvlink",
             4,
             25 * 8 * kGiga,
             {},
             kNvlinkPacket,
             {},
             18,
             true,
             "links",
             "H100 white paper: 18 links, 900 GB/s both ways together"},
    LinkRate{"nvlink",
             5,
             50 * 8 * kGiga,
             {},
             kNvlinkPacket,
             {},
             18,
             true,
             "links",
             "Blackwell architecture brief: 18 links, 1.8 TB/s both ways together"},
    // 900 GB/s both ways together; 375 GB/s of the 450 measured from host to device (Schieffer et al.,
    // "Harnessing integrated CPU-GPU system memory for HPC", ICPP 2024; device to host 297).
    LinkRate{"nvlink-c2c",
             1,
             450 * 8 * kGiga,
             {},
             {},
             {375, 450},
             1,
             true,
             "connections",
             "Grace Hopper white paper (900 GB/s both ways together); ICPP 2024 (measured share)"},
    // Two bytes a transfer each way, as Intel counts: 10.4 GT/s are 20.8 GB/s. A cache line of 64 B travels with a
    // header; 8/9 is that of QPI (8 data flits behind one of header), assumed of its successor.
    LinkRate{"upi",
             1,
             16 * 104 * kGiga / 10,
             {},
             {8, 9},
             {},
             3,
             true,
             "links",
             "Xeon Scalable technical overview: 10.4 GT/s"},
    LinkRate{"upi",
             2,
             16 * 16 * kGiga,
             {},
             {8, 9},
             {},
             4,
             true,
             "links",
             "4th generation Xeon Scalable: 16 GT/s"},
    // Bulk transfers: 13 packets of 512 B in each 125 us microframe of 60,000 bit (USB 2.0, section 5.8.4).
    LinkRate{"usb",
             2,
             480'000'000,
             {},
             {13 * 512 * 8, 60'000},
             {},
             1,
             false,
             "ports",
             "USB 2.0 specification, section 5.8.4"},
    // 1024 B behind a 20 B header packet and 12 B of framing and CRC (USB 3.2, section 7.2.1).
    LinkRate{"usb",
             3,
             5 * kGiga,
             {8, 10},
             {1024, 1056},
             {},
             1,
             true,
             "ports",
             "USB 3.2 specification, generation 1x1"},
};

// nullptr: there is no such kind and generation.
const LinkRate* link_rate(std::string_view kind, std::int64_t generation);

// Rounded down. Precondition: 1 <= lanes <= rate.most_lanes.
Bandwidth usable_bandwidth(const LinkRate& rate, int lanes);

}  // namespace partita
