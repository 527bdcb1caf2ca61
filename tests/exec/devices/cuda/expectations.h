// What networks and replays on GPUs must come to, whoever the GPUs are.
#pragma once

#include <string>
#include <vector>

#include "exec/device/device.h"
#include "exec/program/part.h"
#include "models/hardware/hardware.h"
#include "models/network/network.h"

namespace partita::exec {

constexpr std::uint64_t kSeed = 5;
constexpr double kCloseOutputs = 1e-4;

// All layers of a network, one after the other, on one device.
Part whole(const Network& network);

// Every layer, one after the other; outputs as the reference executor's, within `close` of the
// largest.
void expect_right(const Network& network, Device& device, double close);

// As networks of the zoo: f32, or roundings of a few layers of 16 bits, each of half a last bit.
void expect_zoo_right(const std::string& spec, Device& device);

// Three parts of one GPU in one process, each with an engine for either direction.
Hardware parts_of_one_gpu(const std::string& plugin, const std::string& options);

// The same machine with these options for its processors.
Hardware with_options(const Hardware& machine, const std::vector<std::string>& options);

// An event is told by the host's clock, also after the clocks were aligned anew.
void expect_told_by_the_hosts_clock(Device& device);

// An index outside of what it counts in is an error of the run, said once.
void expect_index_outside_is_told(Device& device);

// Random plans keep the contract (where `timely`) and compute what the reference executor does.
void expect_replays(const Network& network, const Hardware& hardware, std::uint32_t plans = 3,
                    bool timely = true);

// Networks of every kind, small enough to judge all of them.
const std::vector<const char*>& small_zoo();

}  // namespace partita::exec
