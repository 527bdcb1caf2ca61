// How links of a kind cut data into packets, for fidelity `packet`.
#pragma once

#include <string_view>

#include "models/base/units.h"

namespace partita {

// Headers are all that a packet adds: framing, sequence numbers and checksums too.
struct PacketFormat {
  std::string_view kind;
  Bytes max_payload{256};
  Bytes write_header{16};
  // Links on which the receiver may ask for data.
  Bytes request_header{16}, completion_header{16};
  Bytes max_read_request{512};
};

// PCIe: 4 B of framing and sequence number, 12 B of header or 16 with a 64-bit address, 4 B of
// LCRC; 256 B and 512 B are the usual settings of servers (Neugebauer et al., SIGCOMM 2018, section
// 3). The others agree with LinkRate::packet: NVLink 256 B behind a flit of 16 B, UPI eight flits
// of 8 B behind one, USB 1024 B behind 32 B, CXL 64 B behind a slot of 16 B and what flits add, RDMA
// over Ethernet 4096 B behind 82 B.
inline constexpr PacketFormat kPacketFormats[] = {
    {"pcie", Bytes{256}, Bytes{24}, Bytes{24}, Bytes{20}, Bytes{512}},
    {"nvlink", Bytes{256}, Bytes{16}, Bytes{16}, Bytes{16}, Bytes{256}},
    {"nvlink-c2c", Bytes{64}, Bytes{16}, Bytes{16}, Bytes{16}, Bytes{64}},
    {"upi", Bytes{64}, Bytes{8}, Bytes{8}, Bytes{8}, Bytes{64}},
    {"cxl", Bytes{64}, Bytes{21}, Bytes{21}, Bytes{21}, Bytes{64}},
    {"ethernet", Bytes{4096}, Bytes{82}, Bytes{82}, Bytes{82}, Bytes{4096}},
    {"usb", Bytes{1024}, Bytes{32}, Bytes{32}, Bytes{32}, Bytes{1024}},
};

// Of any other kind: 256 B behind 16 B.
constexpr PacketFormat packet_format(std::string_view kind) {
  for (const PacketFormat& format : kPacketFormats) {
    if (format.kind == kind) return format;
  }
  return {kind};
}

// Of `bytes` on the wire, headers among them, where full packets carry `usable` bytes of payload a
// second. Rounded up.
constexpr Time wire_time(const PacketFormat& format, Bandwidth usable, Bytes bytes) {
  const std::int64_t payload = format.max_payload.value;
  const Wide work = static_cast<Wide>(bytes.value) * payload * std::pico::den;
  const Wide rate = static_cast<Wide>(usable.value) * (payload + format.write_header.value);
  return Time{static_cast<std::int64_t>((work + rate - 1) / rate)};
}

}  // namespace partita
