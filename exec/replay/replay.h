// Plans carried out for real: one worker for each processor of the machine, kernels of its device
// plugin, copies through shared memory, a clock that all share.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "exec/values/tensor_value.h"
#include "models/hardware/hardware.h"
#include "models/network/network.h"
#include "models/plan/plan.h"
#include "models/timeline/timeline.h"

namespace partita::exec {

struct ReplayerOptions {
  // A worker that does not answer within this time is taken for hung, and the replay ends.
  std::chrono::milliseconds patience{60'000};
  // Where the workers run: "" on this computer, else see CrewLink.
  std::string where{};
};

// What preparing a plan did.
struct Preparation {
  Time took{0};
  Bytes weights_moved;  // from worker to worker
  std::size_t kernels_made = 0, kernels_kept = 0;
  std::size_t reorders = 0;  // copies of operands into another layout, inside layers
  IdVector<LayerId, std::string> implementations;  // of each layer: "jit:avx2", "own", "view"
  std::vector<std::string> warnings;               // layers that only a slow kernel can run
};

// One inference.
struct RunResult {
  Timeline timeline;            // measured
  bool clean = true;            // nobody took a core from a worker while it worked
  std::string disturbance;      // the first thing that makes it unclean
  IdVector<LayerId, Time> cpu;  // time that the worker's thread got during each layer
  // Whether nobody took the core during each layer, and during each of timeline.legs.
  IdVector<LayerId, bool> layer_clean;
  std::vector<bool> leg_clean;
  Time clock_error{0};  // by which times of different processors may be off
};

struct RepeatOptions {
  int warm_up = 3;
  int repetitions = 15;  // clean runs wanted
  std::chrono::milliseconds time_limit{
      8'000};  // for all of them together; at least one run is made
  std::function<void(int done, int wanted)> progress{};
};

// Many inferences of one plan.
struct ReplayResult {
  Timeline timeline;  // of the run with the median makespan, among the clean runs if there are any
  std::vector<Time> makespans;  // of those runs, in the order in which they were made
  std::size_t clean = 0, discarded = 0;
  IdVector<LayerId, std::vector<Time>> layers;  // how long each layer took in each of those runs
  Preparation preparation;
  Time clock_error{0};  // the largest of any run
  std::vector<std::string>
      warnings;  // what a reader of the numbers must know: too few clean runs, a shared core

  // Enough clean runs to be printed as measured: the wanted number, or at least three and half of
  // all.
  bool trustworthy = false;
};

// Model: the execution contract (models/evaluate/evaluate.h) with real work in it. A processor's
//   memory is its worker's own, with layouts as its kernels like them; the memory between two is
//   shared, and plain. A worker whose thread computes copies by itself: out (layout to plain) after
//   the layer that made the tensor, in (plain to its first consumer's layout) when it is between
//   layers and the data is there; copies are served in the order in which they were queued, before
//   the next layer. A device with queues has its DMA engines copy while it computes
//   (queued_runner.h). Inputs of the network are laid out before the clock starts, unless the
//   machine has a host, from which they then are copied.
// Left out: processors that share a memory, streams, copies from device to device (all refused),
// and loading of weights.
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
  // longer needs are dropped. All these throw Error when a worker dies or hangs; then all workers
  // are ended, and the replayer is good for nothing else.
  const Preparation& prepare(const Plan& plan);

  // One inference by the prepared plan.
  RunResult run_once();

  // Prepares the plan and runs it until enough clean runs are made, or the time is over.
  ReplayResult run(const Plan& plan, const RepeatOptions& options = {});

  // The same for several plans, in turns and in `rounds` rounds among which the repetitions and the
  // time of each plan are divided: a computer that gets faster or slower meanwhile does so for all
  // plans. `after_turn(plan, round)` is called while outputs() are those of that plan.
  std::vector<ReplayResult> run_in_turns(
      const std::vector<const Plan*>& plans, const RepeatOptions& options, int rounds,
      const std::function<void(std::size_t plan, int round)>& after_turn = {});

  // Other inputs than the seeded ones, for all following runs. Precondition: a value for each input
  // of the network.
  void set_inputs(const std::map<TensorId, TensorValue>& inputs);

  // Of the last run.
  std::map<TensorId, TensorValue> outputs();

  // Hash of what runs a processor's layers: model, kernels, cap (environment_hash()).
  std::string environment(ProcessorId processor) const;

  // Whether the processor has a kernel for the layer.
  bool runs(ProcessorId processor, LayerId layer) const;

  // Process of each processor's worker, where it runs.
  IdVector<ProcessorId, int> worker_processes() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace partita::exec
