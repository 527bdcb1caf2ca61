// A plan taken apart into what each worker must do, and where in the shared memory everything lies.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "exec/worker/worker_protocol.h"
#include "models/hardware/hardware.h"
#include "models/network/network.h"
#include "models/plan/plan.h"

namespace partita::exec {

struct Assembly {
  IdVector<ProcessorId, PrepareOrder> orders;
  std::uint64_t shared_bytes = 0;
  std::map<TensorId, std::uint64_t> inputs;   // of the network: where the coordinator writes them
  std::map<TensorId, std::uint64_t> results;  // of the network: where workers write them
};

// Throws Error for a transfer that workers cannot make: each must leave and enter a worker's memory
// by way of one memory that no worker owns.
Assembly assemble(const Network& network, const Hardware& hardware, const Plan& plan);

// Who must send which weights to whom, so that every worker has what its layers need without making
// it anew.
struct WeightMoves {
  IdVector<ProcessorId, std::vector<Placed>> gives, takes;
  std::uint64_t memory_bytes = 0;
  Bytes moved;
};
// `held`: weights that each worker has now.
WeightMoves weight_moves(const Network& network, const Plan& plan,
                         const IdVector<ProcessorId, std::vector<TensorId>>& held);

}  // namespace partita::exec
