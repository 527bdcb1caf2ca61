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
//     contention (fluid.h): it asks for traffic / duration of its memory's bandwidth, at most all
//     of it. While k layers run on one processor, each at most 1 / max(1, k * stream_share) as fast
//     as alone: they share its compute as well as the bandwidth. A processor that has done nothing,
//     neither layers nor own copies, for more than sleep.after, since the start or since the last
//     of them ended or was lost, wakes when it starts something: that layer takes sleep.wake
//     longer, as part of its launch, or that copy, as part of its set-up; and what starts there
//     before sleep.wake is over takes what is left of it longer.
//  4. When a layer ends, its transfers are queued, in the plan's order. Each leg waits in the queue
//     of its engine, or of the processor that copies: the tensor's producer where it sits on the
//     leg's source memory, else Leg::copier. Transfers of network inputs are queued at time 0. The
//     next leg is queued when the one before has arrived. Queues are served by priority, the
//     highest first, then by time queued, then by plan order of the transfer (its index), one at a
//     time, or engine.channels at a time. Whoever is served is not interrupted.
//  5. Serving: set-up (engine.setup for each descriptor of at most engine.chunk bytes, at least
//     one, all before the data; or processor.copy_setup; and Leg::pace().wait), then the data as a
//     flow over the leg's channels (of each it takes Leg::uses; with the transfer's priority where
//     Leg::priorities), at most at Leg::pace().cap, then engine.completion, then the engine's
//     channel is free; the leg arrives `latency` later. Completion holds back the arrival because a
//     copy may be used when it is known to be done, not when its bytes are there: engines signal it
//     (a semaphore, a completion record, an interrupt) after the last byte. A processor that copies
//     is busy until the arrival. A tensor with a given transfer_time arrives that long
//     after its producer ended and uses no engine, processor or channel. An empty tensor takes 1 ps
//     of data. Transfers that switches make of one copy (models/plan/multicast.h) are one: they
//     wait, are set up and are lost together, in the place of the first. The data is one flow over
//     the channels of all of their legs, those that they share once, and of a channel that two of
//     them meet again for each; with the longest Pace::wait and the least cap of any; with a
//     priority, where all links on all ways keep them. Each arrives its own latency later; a
//     processor that copies is busy until the last arrival.
//  6. Memory: weights of a processor's layers are resident from the start (each distinct weight
//     once for each memory), or cold: then they start in the host's memory, are queued at time 0
//     among the inputs and by the same rules, and are never released anywhere. Resident from the
//     start are also network inputs (in the host's memory; without a host, in every
//     memory that consumes them). A layer's results and workspace are allocated at its start, a
//     transfer's copy (on staging memories too) at the start of the leg. A tensor is released in a
//     memory when its last consumer there has ended and its last leg out of there has arrived; a
//     network output stays until its inference has ended, in the host's memory or, without a host,
//     where it is made. A result that nobody needs goes at the end of its layer; an input that
//     nobody needs is never there. A staging copy serves its transfer alone. Workspace is released
//     at the end of its layer. At an instant, releases come before allocations: a peak is what is
//     held when an instant is over.
//  7. The makespan is the last finish of a layer, or the last arrival of a network output at the
//     host.
//  8. Several requests, each with a plan of its own of the same network, are admitted in the order
//     of their arrivals (of one instant: in the order of their numbers), at most `in_flight` at
//     once: at the arrival or, where that is later, at the instant when others have ended and made
//     room. Admission belongs to the first half of an instant; it is the time 0 of rules 4 and 6
//     for the request: its inputs are there, and their transfers are queued. A request ends at the
//     instant of rule 7, and its outputs go. A free stream takes, of the oldest request whose next
//     layer in its own order for that processor is ready, that layer: so requests pipeline, and
//     overtake where an older one waits. Queues serve by priority, then by time queued, then by
//     request, then by plan order. Weights are held once for all requests, each in every memory
//     where any plan reads it. Cold ones come once: with the first request whose plan sends them
//     there, at its admission; until then they are nowhere but in the host's memory, from the first
//     admission on. For a younger request they are there when they have come, and no sooner than it
//     is admitted; it queues no transfer.
//  9. Load of others (hardware.load(), models/hardware/load_spec.h) changes at instants of its own,
//     at the end of their first half: what ends at such an instant has ended. Traffic is one flow
//     for each channel, of all rates there together, which never ends and competes like any other.
//     Others on a processor lower the caps of its layers, also of those that run (fluid.h); its own
//     copies they do not slow down. A processor that goes away loses what it is doing: the layers
//     that it runs, or the copy that it makes by itself, unless all of its data has left. It starts
//     nothing while it is away. At the instant when it is back, what it lost begins again, on the
//     same streams, before anything else. What was allocated stays so, and what is in memory stays
//     there. A processor that has lost its work 1,000 times, and finished nothing in between, is
//     taken as gone for good. Where nothing is under way or will be asked for, and no processor
//     that has something left to do ever comes back, a run is over, and unfinished.
// 10. A tensor that layers on a memory read in place (Plan::in_place()) is not sent there. For those
//     layers it is there as soon as it is made (an input of the network: from the start), and it
//     stays in its home memory until they have ended, too; where they run it takes no memory. A
//     weight that is read in place is held by the host's memory for them. Such a layer first asks
//     for its data, which takes twice the latency of the way and is a part of its launch; then it
//     takes the longer of its time and of what it reads over each channel on the way, its own
//     memory excepted. All of it is one flow over its memory and those channels, of each in
//     proportion to the bytes that cross it there (reads_in_place.h), of the usual priority; links
//     that pack do so. At fidelity packet it stays a flow, beside packets.
// 11. A request may be cancelled (Request::cancelled). From that instant on nothing of it starts: its
//     legs leave their queues, layers that have not begun never do, and what it lost with a
//     processor does not begin again. What runs or is being copied, ends, or is lost; of a staged
//     copy the next leg is not queued. When nothing of it goes on it is drained: it ends, all memory
//     that it still holds is released, and its place in flight is free. This belongs to the first
//     half of an instant: what ends then has ended, and what ends for good then is done and not
//     cancelled; who is lost then (rule 9) is lost; then those are cancelled who are due; then
//     others are admitted. Who is cancelled before he is admitted is admitted in his turn, and
//     drained in the same instant, before the next is admitted. Cancelled requests have no weights
//     of a cold start.
// 12. A relocation stands in the list of requests, takes a place in flight and may be cancelled as
//     they are. At its admission it drops weights, whose memory is released; then its moves are
//     queued in its order, and go by rules 4 and 5 as an input of the network does, each alone, and
//     as weights. In queues they have a priority below all others; on links that of most. Memory at
//     the destination is allocated when the last leg starts, and stays; staging copies are as those
//     of other transfers. It ends when all have arrived, without moves at once; of a cancelled one,
//     what has arrived stays. Where there are any, Workload::resident says which weights are where
//     at the beginning; only those are held, and what is brought. Preconditions: a weight is where
//     it is dropped; it is where it is sent from, from the admission until its first leg has
//     arrived; it neither is nor comes where it is sent to; and no layer starts, or begins again,
//     where a weight of it is not.
// 13. Requests may be for several variants of one network (models/cost/variant.h): sizes, work and
//     costs are those of the request's. Weights are held once for all.
#pragma once

#include <memory>

#include "models/cost/variant.h"
#include "models/timeline/workload.h"

namespace partita {

namespace plain {
class EventLoop;
}

// Evaluates any number of plans of one network on one machine; keeps its buffers. References are
// kept: the three must outlive it. One evaluator for each thread.
class Evaluator {
 public:
  Evaluator(const Network& network, const Hardware& hardware, const CostTable& costs);
  // Request::variant counts in `variants`; the first is what run(plan) runs.
  Evaluator(const std::vector<Variant>& variants, const Hardware& hardware);
  ~Evaluator();
  Evaluator(Evaluator&&) noexcept;

  // Precondition: every layer has a cost on its processor. The result stays valid until the next
  // call.
  const Timeline& run(const Plan& plan);

  // Several requests (rules 8, 11-13); `done` may be empty. Preconditions: arrivals ascend; the plans
  // are of this network and machine; of a cold start nobody is cancelled, and no weight relocated.
  const WorkloadTimeline& run(const Workload& workload, const RequestDone& done = nullptr);

 private:
  std::unique_ptr<plain::EventLoop> loop_;
};

// The first capacity that a timeline, or what memories held at their fullest, exceeds, as a
// sentence that names the memory and the bytes missing; empty when everything fits.
std::string exceeded_capacity(const Timeline& timeline, const Hardware& hardware);
std::string exceeded_capacity(const IdVector<MemoryId, Bytes>& peaks, const Hardware& hardware);

// Why a plan does not work out: it never finishes, or a capacity is exceeded; else empty.
std::string why_infeasible(const Timeline& timeline, const Network& network,
                           const Hardware& hardware);
std::string why_infeasible(const WorkloadTimeline& record, const Network& network,
                           const Hardware& hardware);

}  // namespace partita
