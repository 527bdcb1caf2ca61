// Measures every distinct layer of a network on every processor of a real machine, and copies
// between them.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "models/hardware/hardware.h"
#include "models/network/network.h"
#include "partition/predict/profile.h"

namespace partita::exec {

struct ProfileOptions {
  int repetitions = 20;                          // clean runs wanted of each plan that is run
  std::chrono::milliseconds time_limit{20'000};  // for everything together
  std::function<void(const std::string& what, double done)> progress{};  // done: 0 .. 1
};

// Model: layers are measured in context: the whole network runs on one processor at a time, so that
//   caches and layouts are as in a real run, and samples of layers with one signature are put
//   together. Copies are measured in plans that hand the network from processor to processor every
//   few layers: rows of kind "copy", one for each size that occurs, "mem0>shared" by who packs and
//   "shared>mem1" by who unpacks.
// Left out: what processors do to each other when both work (calibration finds it).
Profile profile(const Network& network, const Hardware& hardware, std::uint64_t seed,
                const ProfileOptions& options = {});

}  // namespace partita::exec
