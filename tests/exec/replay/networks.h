// Small networks with everything in them that makes a replay hard, and random plans for them.
#pragma once

#include <cstdint>

#include "models/hardware/hardware.h"
#include "models/network/network.h"
#include "models/plan/plan.h"

namespace partita::exec {

// Three branches joined by a concatenation, channels that leave blocks incomplete, a residual sum,
// two results.
Network branched_cnn();

// Token ids through an embedding, one attention block with a mask, two results of one layer (TopK),
// whole numbers.
Network attention_block();

// Seven elementwise layers of 4 KiB each: Neg, Abs, Neg, Sub, Add, Relu, Clip. Operands that are
// read once more later, twice by one layer, that came from outside, and that are results.
Network elementwise_layers();

// Workers with the strongest and the weakest instruction set, `processors` of them, on this
// computer's cores in turn. With a host, the network's inputs and outputs travel through the shared
// memory.
Hardware workers(std::size_t processors, bool host = false);

// Every layer anywhere, in the layers' order; the same seed gives the same plan.
Plan random_plan(const Network& network, const Hardware& hardware, std::uint32_t seed);
Plan plan_on(const Network& network, const Hardware& hardware, ProcessorId processor);

}  // namespace partita::exec
