// Plans carried out for real: one worker for each processor of the machine, kernels of its device
// plugin, copies through shared memory, a clock that all share.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exec/replay/results.h"
#include "exec/values/tensor_value.h"
#include "models/hardware/hardware.h"
#include "models/network/network.h"
#include "models/plan/plan.h"
#include "models/timeline/timeline.h"
#include "models/timeline/workload.h"

namespace partita::exec {

// What a slower machine would do, tried on this one: the worker of a processor waits where that one
// would still be at work.
struct Handicap {
  double slowdown = 1;  // layers take so many times as long; 1 or more
  // Copies that it makes by itself are no faster.
  Bandwidth copies{std::numeric_limits<std::int64_t>::max()};
};

struct ReplayerOptions {
  // A worker that does not answer within this time is taken for hung, and the replay ends.
  std::chrono::milliseconds patience{60'000};
  // Where the workers run: "" on this computer, else see CrewLink.
  std::string where{};
  IdVector<ProcessorId, Handicap> handicaps{};  // of each processor, or empty
};

// Model: the execution contract (models/evaluate/evaluate.h) with real work in it. A processor's
//   memory is its worker's own, with layouts as its kernels like them; the memory between two is
//   shared, and plain. A worker whose thread computes copies by itself: out (layout to plain) after
//   the layer that made the tensor, in (plain to its first consumer's layout) when it is between
//   layers and the data is there; copies are served in the order in which they were queued, before
//   the next layer. A device with queues has its DMA engines copy while it computes
//   (queued_runner.h). Inputs of the network are laid out before the clock starts, unless the
//   machine has a host, from which they then are copied.
//   Several inferences of one plan are pipelined as rule 8 of the contract says: each request under
//   way has buffers of its own on every worker, called a seat; weights are there once. The plan of a
//   cold start (with_cold_start()) copies them from the host's memory, in every run anew; what is
//   measured then is of the network with_cold_weights().
//   What processors of one memory make for each other, and what is copied straight from one memory
//   into another, lies row-major where all of them reach it (assembly.h); laying it out so is part of
//   the layers' times.
// Left out: processors with streams; cold starts on a memory of several processors that read the same
// weights (both refused). Memory for the weights of a cold start is taken before they come.
//
// Network and machine must outlive it. Workers end with it, and with this process, however that
// ends.
class Replayer {
 public:
  // Starts the workers. Throws ConfigError where the machine cannot be had, or the network has layers
  // that no processor has a kernel for (all of them are named), and Error where a process cannot be
  // started.
  Replayer(const Network& network, const Hardware& hardware, std::uint64_t seed,
           ReplayerOptions options = {});
  ~Replayer();
  Replayer(Replayer&&) noexcept;

  // Makes ready to run this plan. What the plan before prepared is kept where the new one uses it:
  // weights that a worker newly needs are moved from a worker that has them, those that it no
  // longer needs are dropped. All these throw Error when a worker dies or hangs (WorkerFailure,
  // worker_failure.h, where it is known which); then all workers are ended, and the replayer is good
  // for nothing else.
  const Preparation& prepare(const Plan& plan);

  // One inference by the prepared plan.
  RunResult run_once();

  // Makes ready to run this plan for so many requests at once, with room to keep the outputs of
  // `kept` of them.
  const Preparation& prepare(const Plan& plan, std::size_t in_flight, std::size_t kept = 0);

  // All requests of a workload of the prepared plan, with as many in flight as it is prepared for
  // (no fewer, no more: a precondition). With `keep_outputs`, of each request.
  StreamResult run_workload(const Workload& workload, bool keep_outputs = false);

  // Prepares the plan and runs it until enough clean runs are made, or the time is over.
  ReplayResult run(const Plan& plan, const RepeatOptions& options = {});

  // The same for several plans, in turns and in `rounds` rounds among which the repetitions and the
  // time of each plan are divided: a computer that gets faster or slower meanwhile does so for all
  // plans. `after_turn(plan, round)` is called while outputs() are those of that plan.
  std::vector<ReplayResult> run_in_turns(
      const std::vector<const Plan*>& plans, const RepeatOptions& options, int rounds,
      const std::function<void(std::size_t plan, int round)>& after_turn = {});

  // The same for a workload, whose makespan it is that is repeated. Precondition: it is prepared.
  WorkloadResult repeat(const Workload& workload, const RepeatOptions& options = {});

  // Other inputs than the seeded ones, for all following runs. Precondition: a value for each input
  // of the network.
  void set_inputs(const std::map<TensorId, TensorValue>& inputs);

  // The same for those requests only that get one of the seats.
  void set_inputs_of_seat(std::size_t seat, const std::map<TensorId, TensorValue>& inputs);

  // For all following runs: layers take so many times as long, 1 or more, instead of what the
  // handicaps say. Throws Error for processors that cannot be slowed. One for each processor.
  void slow_down(const IdVector<ProcessorId, double>& slowdowns);
  bool can_be_slowed(ProcessorId processor) const;
  // For all following runs: who has not finished after so long hangs.
  void set_run_patience(std::chrono::milliseconds patience);

  // Of the last run.
  std::map<TensorId, TensorValue> outputs();
  // Of one request of the last workload, which was told to keep them.
  std::map<TensorId, TensorValue> outputs_of(std::size_t request);

  // Where and with what it runs, now.
  Environment environment();

  // Hash of what runs a processor's layers: model, kernels, cap (environment_hash()).
  std::string environment(ProcessorId processor) const;

  // Whether the processor has a kernel for the layer.
  bool runs(ProcessorId processor, LayerId layer) const;

  // Process of each processor's worker, where it runs.
  IdVector<ProcessorId, int> worker_processes() const;
  // That of the leader, whose children they are; -1: not on this computer.
  int leader_process() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace partita::exec
