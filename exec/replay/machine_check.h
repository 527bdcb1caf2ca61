// Whether a machine can be had on this computer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "exec/host/computer.h"
#include "exec/worker/worker_protocol.h"
#include "models/hardware/hardware.h"

namespace partita::exec {

// Throws ConfigError that lists all that stands in the way: processors without `execution`,
// plugins, caps and cores that this computer has not, streams.
// Without a computer (the workers run elsewhere) what it has is left to be found out there.
void check_executable(const Hardware& hardware, const std::optional<Computer>& computer);

// Throws ConfigError for DMA engines that do not fit the devices: a thread that computes has none, a
// device with queues copies by engines only, one of its memory for each direction at least.
void check_engines(const Hardware& hardware, const IdVector<ProcessorId, Opened>& opened);

// Throws ConfigError for processors on one memory whose devices do not compute in one: all do in the
// host's, or all in that of one device of a plugin, in one process.
void check_shared_memories(const Hardware& hardware, const IdVector<ProcessorId, Opened>& opened);

// Groups of processors whose workers share a core, as sentences; empty where each has its own.
std::vector<std::string> shared_cores(const Hardware& hardware);

}  // namespace partita::exec
