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
  // Of the network, for the first request: where the coordinator writes inputs, and workers results.
  std::map<TensorId, std::uint64_t> inputs, results;
  std::map<TensorId, std::uint64_t> weights;  // of a cold start, once for all requests
  std::uint32_t seats = 1;
  std::uint64_t seat_bytes = 0;                     // from one seat's memory to the next
  std::uint64_t results_at = 0, results_bytes = 0;  // of the first seat
  std::uint64_t kept_at = 0;                        // results that are kept, by request
};

// How many requests there is room for: under way at once, and with results that are kept.
struct Room {
  std::uint32_t seats = 1, kept = 0;
};

// Model: a tensor that several workers reach where it lies (made by one of a memory's processors and
//   read by another, sent by the device that a memory's engines belong to, or copied straight into
//   another memory) lies row-major in a place of its own: in the shared memory where the workers of
//   that memory compute in the host's, else in the arena of the memory's first worker. That worker
//   makes the copies that the memory's engines make. A transfer takes one leg, from memory to memory,
//   or two, by way of a memory of the host's.
// `opened`: of each worker, what it computes in.
// Throws Error for a transfer that workers cannot make.
Assembly assemble(const Network& network, const Hardware& hardware,
                  const IdVector<ProcessorId, Opened>& opened, const Plan& plan, Room room);

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
