// The plain evaluator: executes a plan by the contract in ordinary C++, as fast as it can.
//
// The contract, made precise (the SystemC machine in sim/ follows the same text and must agree to
// the picosecond):
//  1. Everything happens at instants. At each instant, first everything that ends, ends (layers,
//     the data of transfers, arrivals); then everything that can start, starts. Whatever starts
//     takes at least 1 ps, so starting can make nothing else end at the same instant, and the order
//     within each half does not matter.
//  2. A processor with a free stream, that is not copying, does next: the copy at the head of its
//     own copy queue, if it has one and no layer of it is running; else the next layer of its
//     order, if all its inputs are resident in its memory. Layers start strictly in plan order: one
//     that waits holds back those behind it. The lowest free stream takes it. While it copies
//     (set-up, data and latency), a processor starts no layer; a copy waits until its layers have
//     ended.
//  3. A layer takes launch_overhead (unless LayerCost::launched is false) + its time, stretched by
//     contention (fluid.h): it asks for
//     traffic / duration of its memory's bandwidth, at most all of it. While k layers run on one
//     processor, each at most 1 / max(1, k * stream_share) as fast as alone: they share its compute
//     as well as the bandwidth.
//  4. When a layer ends, its transfers are queued, in the plan's order. Each leg waits in the queue
//     of its engine, or of the processor that copies: the tensor's producer where it sits on the
//     leg's source memory, else Leg::copier. Transfers of network inputs are queued at time 0. The
//     next leg is queued when the one before has arrived. Queues are served by time queued, then by
//     plan order of the transfer (its index), one at a time, or engine.channels at a time.
//  5. Serving: set-up (engine.setup for each descriptor of at most engine.chunk bytes, at least
//     one, all before the data; or processor.copy_setup; and Leg::pace().wait), then the data as a
//     flow over the leg's channels, at most at Leg::pace().cap, then engine.completion, then the
//     engine's channel is free; the leg arrives `latency` later. Completion holds back the arrival
//     because a copy may be used when it is known to be done, not when its bytes are there: engines
//     signal it (a semaphore, a completion record, an interrupt) after the last byte. A processor
//     that copies is busy until the arrival. A tensor with a given transfer_time arrives that long
//     after its producer ended and uses no engine, processor or channel. An empty tensor takes 1 ps
//     of data.
//  6. Memory: weights of a processor's layers are resident from the start (each distinct weight
//     once for each memory), or cold: then they start in the host's memory, are queued at time 0
//     among the inputs and by the same rules, and are never released anywhere. Resident from the
//     start are also network inputs (in the host's memory; without a host, in every
//     memory that consumes them). A layer's results and workspace are allocated at its start, a
//     transfer's copy (on staging memories too) at the start of the leg. A tensor is released in a
//     memory when its last consumer there has ended and its last leg out of there has arrived; a
//     network output stays, in the host's memory or, without a host, where it is made. A result
//     that nobody needs goes at the end of its layer; an input that nobody needs is never there. A
//     staging copy serves its transfer alone. Workspace is released at the end of its layer. At an
//     instant, releases come before allocations: a peak is what is held when an instant is over.
//  7. The makespan is the last finish of a layer, or the last arrival of a network output at the
//     host.
#pragma once

#include <memory>

#include "models/cost/cost_table.h"
#include "models/timeline/timeline.h"

namespace partita {

// Evaluates any number of plans of one network on one machine; keeps its buffers. References are
// kept: the three must outlive it. One evaluator for each thread.
class Evaluator {
 public:
  Evaluator(const Network& network, const Hardware& hardware, const CostTable& costs);
  ~Evaluator();
  Evaluator(Evaluator&&) noexcept;

  // Precondition: every layer has a cost on its processor. The result stays valid until the next
  // call.
  const Timeline& run(const Plan& plan);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The first capacity that a timeline exceeds, as a sentence that names the memory and the bytes
// missing; empty when everything fits.
std::string exceeded_capacity(const Timeline& timeline, const Hardware& hardware);

}  // namespace partita
