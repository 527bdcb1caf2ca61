// When requests arrive: regularly, at random, in bursts, as a file says, or whenever there is room.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "models/timeline/workload.h"

namespace partita {

// Model: fixed: one every `period`, the first at 0; bursts: `size` at once every `period`, the
//   first at 0; Poisson: gaps between arrivals are independent and exponential, the first gap
//   before the first arrival. Random numbers come from Random::exponential(), so the same seed
//   gives the same picoseconds on any machine; every arrival is rounded down.
// Left out: rates that change over time (a trace can have them); who leaves because it waits too
//   long.
struct Arrivals {
  enum class Kind : std::uint8_t { Fixed, Poisson, Bursts, Saturated, Trace };
  Kind kind = Kind::Saturated;
  Time period{0};               // Fixed, Bursts
  std::size_t size = 1;         // of a burst
  std::int64_t per_second = 0;  // Poisson: 10^-6 requests a second
  std::string file;             // Trace
};

struct BadArrivals {
  std::string message;
};

// Reads "every 2 ms", "poisson 500/s", "bursts of 8 every 20 ms", "saturated"; a text that ends in
// ".csv" is the name of a trace.
std::variant<Arrivals, BadArrivals> parse_arrivals(std::string_view text);

// The first `count` arrivals, ascending; of a trace all there are, if `count` is empty or larger. A
// trace is a CSV file with the column `arrival`, a time with its unit in each row, ascending:
// mistakes are reported with their place (ConfigError). Of `saturated` all are 0. Throws
// ConfigError at `where` for an arrival that lies beyond the end of time.
// Precondition: `count` is given, unless it is a trace.
std::vector<Time> arrival_times(const Arrivals& arrivals, std::optional<std::size_t> count,
                                std::uint64_t seed, const SourceLoc& where);

}  // namespace partita
