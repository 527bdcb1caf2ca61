// What a machine file was understood as, and what follows from it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "models/hardware/hardware.h"

namespace partita {

// Tables for people: processors with their balance points, memories, power, routes with the
// time of a copy, and warnings.
std::string describe(const Hardware& hardware);

// The same for programs.
nlohmann::ordered_json describe_json(const Hardware& hardware);

// What is allowed but probably not meant: "link 'x' is on no route", "memory 'y': no processor sits
// on it", ...
std::vector<std::string> warnings(const Hardware& hardware);

// Operations for each byte above which a layer at the processor's full efficiency is limited by
// arithmetic, not by memory: peak * efficiency / (bandwidth * bandwidth_efficiency). Precondition:
// the processor has a peak for the type.
double balance_point(const Hardware& hardware, ProcessorId processor, DataType type,
                     OpFamily family);

// A copy of `size` over a route without contention: of each leg the set-up of who copies, the data
// through the narrowest channel, and the latency.
Time copy_time(const Hardware& hardware, const Route& route, Bytes size);

// "gpu0", "pcie0, cpu_dram to gpu0_hbm"; and what an entry does there: "lost", "takes 50 %".
std::string load_part(const Hardware& hardware, const LoadEffect& effect);
std::string load_text(const LoadEffect& effect);

}  // namespace partita
