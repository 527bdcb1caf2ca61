// A machine of fake devices.
#pragma once

#include <map>
#include <string>

#include "exec/replay/replay.h"
#include "tests/exec/replay/networks.h"

namespace partita::exec {

// Processor 0 computes by itself, the others are fake devices with an engine for each direction.
Hardware with_fakes(std::size_t processors, const std::string& options, bool host = false,
                    const std::string& process = "");

// All processors are of this back end, each with an engine for each direction.
Hardware devices(std::size_t processors, const std::string& backend, const std::string& options,
                 const std::string& process = "");
// All of them are fake.
Hardware fakes(std::size_t processors, const std::string& options, const std::string& process = "");

// The same machine, in which each of these processors has moved to the memory of the other one; its
// own, with its link and engines, is gone.
Hardware sharing(const Hardware& machine, const std::map<std::size_t, std::size_t>& moves);

// The same machine with a link from each processor's memory straight to each other one's, which is
// shorter than the way by the memory that all of them share.
Hardware linked(const Hardware& machine);

// A stream in which no request seems to have been passed over, of five tries where any device is a fake. On a busy computer a
// fake device's thread may be stopped between an event and saying that it has happened: its worker
// then rightly goes on with a younger request, and the record looks as if it had known.
StreamResult undisturbed(Replayer& replayer, const Network& network, const Hardware& hardware,
                         const Workload& workload, bool keep_results = false);

}  // namespace partita::exec
