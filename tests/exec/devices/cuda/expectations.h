// What networks and replays on GPUs must come to, whoever the GPUs are.
#pragma once

#include <string>
#include <vector>

#include "exec/device/device.h"
#include "models/hardware/hardware.h"
#include "models/network/network.h"

namespace partita::exec {

constexpr std::uint64_t kSeed = 5;
constexpr double kCloseOutputs = 1e-4;

// Every layer, one after the other; outputs as the reference executor's, within `close` of the
// largest.
void expect_right(const Network& network, Device& device, double close);

// As networks of the zoo: f32, or roundings of a few layers of 16 bits, each of half a last bit.
void expect_zoo_right(const std::string& spec, Device& device);

// Three parts of one GPU in one process, each with an engine for either direction.
Hardware parts_of_one_gpu(const std::string& plugin, const std::string& options);

// The same machine with these options for its processors.
Hardware with_options(const Hardware& machine, const std::vector<std::string>& options);

// Random plans keep the contract (where `timely`) and compute what the reference executor does.
void expect_replays(const Network& network, const Hardware& hardware, std::uint32_t plans = 3,
                    bool timely = true);

// Networks of every kind, small enough to judge all of them.
const std::vector<const char*>& small_zoo();

}  // namespace partita::exec
