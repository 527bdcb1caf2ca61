// Which way data takes from memory to memory.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "models/hardware/hardware.h"

namespace partita {

// Everything whose bandwidth is shared, and where to find it.
struct Channels {
  IdVector<ChannelId, Channel> all;
  IdVector<MemoryId, ChannelId> of_memory;
  IdVector<LinkId, std::array<ChannelId, 2>>
      of_link;  // a to b, b to a; twice the same: half duplex
};

// The routes between all pairs of memories: src * memories + dst; absent where there is no way.
//
// Model: a leg leads from memory to memory through switches only, and crosses a switch at most
// once. At a switch without peer-to-peer it enters or leaves by the upstream link. It needs
// somebody who copies: an engine or a processor at one of its ends. A route is the chain of legs
// with the least total latency of links and switches; of equal ones the one with fewer links, then
// with fewer legs, then with the sequence of links that comes first in file order.
// Left out: the set-up times of the legs' copies, and bandwidth: the nearest way is taken even
// where it is narrow.
//
// Precondition: `parts` has passed the checks of HardwareBuilder.
std::vector<std::optional<Route>> find_routes(const HardwareParts& parts, const Channels& channels);

}  // namespace partita
