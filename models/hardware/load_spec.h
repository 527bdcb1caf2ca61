// What others do on a machine meanwhile: traffic on its links and memories, work on its processors,
// and processors that go away and come back.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "models/base/diagnostics.h"
#include "models/base/ids.h"
#include "models/base/units.h"

namespace partita {

// Along a link: from the first to the second of the two things that it joins, or back.
enum class TrafficWay : std::uint8_t { Forward, Backward, Both };
constexpr std::array<std::string_view, 3> kTrafficWays{"forward", "backward", "both"};

// Bytes of others over a link. Both: so much each way, also where both ways share the bandwidth.
struct LinkTraffic {
  LinkId link{};
  TrafficWay way = TrafficWay::Both;
  Bandwidth rate;
  friend bool operator==(const LinkTraffic&, const LinkTraffic&) = default;
};
struct MemoryTraffic {
  MemoryId memory{};
  Bandwidth rate;
  friend bool operator==(const MemoryTraffic&, const MemoryTraffic&) = default;
};
// A link carries 1 / factor of its rate, both ways: it trained down, or somebody goes before us.
struct SlowedLink {
  LinkId link{};
  double factor = 1;  // 1 or more
  friend bool operator==(const SlowedLink&, const SlowedLink&) = default;
};
// Work of others takes `share` of a processor: layers run at 1 - share of their speed.
struct BusyShare {
  ProcessorId processor{};
  double share = 0;  // above 0, below 1
  friend bool operator==(const BusyShare&, const BusyShare&) = default;
};
// Layers take `factor` times as long.
struct SlowedDown {
  ProcessorId processor{};
  double factor = 1;  // 1 or more
  friend bool operator==(const SlowedDown&, const SlowedDown&) = default;
};
// The processor is gone: what it was doing is lost, and it starts nothing.
struct Lost {
  ProcessorId processor{};
  friend bool operator==(const Lost&, const Lost&) = default;
};
using LoadEffect =
    std::variant<LinkTraffic, MemoryTraffic, SlowedLink, BusyShare, SlowedDown, Lost>;

// The processor that it is on; none: it is on a link or a memory.
std::optional<ProcessorId> loaded_processor(const LoadEffect& effect);

// One entry of `load:`.
//
// Model: it holds from `from` (inclusive) to `until` (exclusive), again `every` so much later, and
//   so on. What holds at once on one part adds up: traffic adds, shares and factors multiply, and a
//   processor is there while no entry takes it away.
// Left out: reasons. Others do not react to us, and several who send over one link compete with us
//   as one flow of their summed rates.
struct LoadSpec {
  std::string name;
  LoadEffect effect;
  Time from{0};
  std::optional<Time> until;  // after `from`; absent: for ever
  std::optional<Time> every;  // longer than until - from; absent: once
  SourceLoc where;
};

struct Window {
  Time from{0}, until{0};
};
// When it holds before `end`, the first `most` times.
std::vector<Window> windows(const LoadSpec& load, Time end, std::size_t most);
bool holds_at(const LoadSpec& load, Time when);

// Nothing is slowed down more than this by one entry.
constexpr double kMostSlowdown = 1e6;

}  // namespace partita
