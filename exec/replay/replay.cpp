#include "exec/replay/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "exec/host/computer.h"
#include "exec/replay/assembly.h"
#include "exec/replay/crew_link.h"
#include "exec/replay/machine_check.h"
#include "exec/replay/measured_run.h"
#include "exec/values/values.h"
#include "models/base/assert.h"

namespace partita::exec {
namespace {

using Clock = std::chrono::steady_clock;

Time since(Clock::time_point start) { return Clock::now() - start; }

std::vector<WorkerSpec> specs_of(const Hardware& hardware) {
  std::vector<WorkerSpec> specs;
  for (const ProcessorSpec& processor : hardware.processors()) {
    const ExecutionSpec& execution = *processor.execution;
    WorkerSpec spec;
    spec.name = processor.name;
    spec.process = execution.process;
    spec.plugin = execution.backend;
    spec.device = execution.device;
    spec.options = execution.options;
    if (const IsaLevel* level = isa_level_named(execution.isa)) spec.isa = level->setting;
    spec.core = execution.core.value_or(-1);
    specs.push_back(std::move(spec));
  }
  return specs;
}

}  // namespace

struct Replayer::State {
  State(const Network& of, const Hardware& on, const ReplayerOptions& chosen)
      : network(of), hardware(on), link(std::in_place, chosen.where, chosen.patience) {}

  const Network& network;
  const Hardware& hardware;
  std::optional<CrewLink> link;  // absent once a worker has failed
  std::string failure;
  IdVector<ProcessorId, Opened> opened;
  IdVector<ProcessorId, std::vector<Gap>> gaps;
  std::map<TensorId, TensorValue> inputs;
  bool shared_cores = false;

  std::optional<Plan> plan;
  Assembly assembly;
  IdVector<ProcessorId, std::vector<TensorId>> held;  // weights
  Preparation preparation;
  std::uint32_t runs = 0;  // of the prepared plan

  // Whatever goes wrong with a worker ends all of them: none is left waiting for another.
  template <class Work>
  auto with_workers(Work work) {
    if (!link) throw Error("the replay has ended: " + failure);
    try {
      return work();
    } catch (const Error& e) {
      failure = e.what();
      link.reset();
      throw;
    }
  }

  void start(std::uint64_t seed) {
    with_workers([&] {
      for (Opened& one : link->start(specs_of(hardware))) opened.push_back(std::move(one));
      check_engines(hardware, opened);
      for (auto& some : link->load(model_of(network, seed))) gaps.push_back(std::move(some));
    });
    refuse_layers_without_kernel();
  }

  // Layers that no processor can run.
  void refuse_layers_without_kernel() {
    IdVector<LayerId, std::size_t> without(network.layer_count());
    for (const std::vector<Gap>& some : gaps) {
      for (const Gap& gap : some) ++without[gap.layer];
    }
    Diagnostics missing;
    for (const LayerId layer : network.layers()) {
      if (without[layer] < gaps.size()) continue;
      missing.error({network.name()}, sentence(layer, gap_of(ProcessorId{0}, layer)->reason));
    }
    missing.throw_if_any();
  }

  const Gap* gap_of(ProcessorId processor, LayerId layer) const {
    for (const Gap& gap : gaps[processor]) {
      if (gap.layer == layer) return &gap;
    }
    return nullptr;
  }
  std::string sentence(LayerId layer, const std::string& reason) const {
    return fmt::format("layer '{}' ({}): no kernel for {}", network.layer(layer).name,
                       to_string(network.layer(layer).kind), reason);
  }

  // Layers where this plan has put them.
  void refuse_misplaced_layers(const Plan& next) const {
    Diagnostics misplaced;
    for (const ProcessorId processor : ids<ProcessorId>(gaps.size())) {
      for (const Gap& gap : gaps[processor]) {
        if (next.processor(gap.layer) != processor) continue;
        misplaced.error({network.name()},
                        fmt::format("{} on processor '{}'", sentence(gap.layer, gap.reason),
                                    hardware.processors()[processor].name));
      }
    }
    misplaced.throw_if_any();
  }

  void prepare(const Plan& next) {
    const auto begin = Clock::now();
    assembly = assemble(network, hardware, next);
    WeightMoves moves = weight_moves(network, next, held);
    CrewOrder order;
    for (const ProcessorId id : ids<ProcessorId>(assembly.orders.size())) {
      PrepareOrder& one = assembly.orders[id];
      one.weights = std::move(moves.takes[id]);
      one.weight_bytes = moves.memory_bytes;
      order.orders.push_back(std::move(one));
      order.gives.push_back(std::move(moves.gives[id]));
    }
    order.shared_bytes = assembly.shared_bytes;
    order.weight_bytes = moves.memory_bytes;
    order.inputs = placed_inputs();
    note(link->prepare(order));
    preparation.weights_moved = moves.moved;
    preparation.took = since(begin);
    plan = next;
    runs = 0;
  }

  void note(const std::vector<Prepared>& replies) {
    preparation = {};
    preparation.implementations.resize(network.layer_count());
    held.assign(replies.size(), {});
    for (const ProcessorId id : ids<ProcessorId>(replies.size())) {
      const Prepared& prepared = replies[index(id)];
      for (const TensorId tensor : prepared.weights) {
        if (network.tensor(tensor).kind == TensorKind::Weight) held[id].push_back(tensor);
      }
      preparation.kernels_kept += prepared.kernels_kept;
      preparation.kernels_made += prepared.reports.size() - prepared.kernels_kept;
      for (const LayerReport& report : prepared.reports) {
        preparation.implementations[report.layer] = report.implementation;
        preparation.reorders += report.reorders;
        if (!report.slow) continue;
        const Layer& layer = network.layer(report.layer);
        preparation.warnings.push_back(fmt::format("layer '{}' ({}) on {} has a slow kernel only",
                                                   layer.name, to_string(layer.kind),
                                                   hardware.processors()[id].name));
      }
    }
  }

  std::vector<PlacedValues> placed_inputs() const {
    std::vector<PlacedValues> placed;
    for (const auto& [tensor, value] : inputs) {
      placed.push_back({assembly.inputs.at(tensor), value.bytes});
    }
    return placed;
  }

  RunResult run() {
    IdVector<ProcessorId, std::vector<Record>> records;
    Time clock_error{0};
    for (Ran& ran : link->run(++runs)) {
      records.push_back(std::move(ran.records));
      clock_error = std::max<Time>(clock_error, std::chrono::nanoseconds(ran.clock_error));
    }
    RunResult result = measured_run(network, hardware, *plan, records, shared_cores);
    result.clock_error = clock_error;
    return result;
  }

  std::map<TensorId, TensorValue> outputs() {
    std::vector<PlacedValues> places;
    for (const auto& [tensor, offset] : assembly.results) {
      const auto bytes = static_cast<std::size_t>(network.tensor(tensor).size.value);
      places.push_back({offset, std::vector<std::byte>(bytes)});
    }
    link->results(places);
    std::map<TensorId, TensorValue> values;
    auto place = places.begin();
    for (const auto& [tensor, offset] : assembly.results) {
      TensorValue value(network.tensor(tensor).type, network.tensor(tensor).shape);
      value.bytes = std::move((place++)->values);
      values[tensor] = std::move(value);
    }
    // A network may hand on what it is given.
    for (const TensorId output : network.outputs()) {
      if (values.count(output) == 0) values[output] = inputs.at(output);
    }
    return values;
  }
};

Replayer::Replayer(const Network& network, const Hardware& hardware, std::uint64_t seed,
                   ReplayerOptions options) {
  check_executable(hardware, options.where.empty() ? std::optional(this_computer()) : std::nullopt);
  state_ = std::make_unique<State>(network, hardware, options);
  state_->inputs = seeded_inputs(network, seed);
  state_->shared_cores = !exec::shared_cores(hardware).empty();
  state_->held.assign(hardware.processors().size(), {});
  state_->start(seed);
}

Replayer::~Replayer() = default;
Replayer::Replayer(Replayer&&) noexcept = default;

const Preparation& Replayer::prepare(const Plan& plan) {
  state_->refuse_misplaced_layers(plan);
  state_->with_workers([&] { state_->prepare(plan); });
  return state_->preparation;
}

RunResult Replayer::run_once() {
  PARTITA_ASSERT(state_->plan, "prepare a plan before running it");
  return state_->with_workers([&] { return state_->run(); });
}

void Replayer::set_inputs(const std::map<TensorId, TensorValue>& inputs) {
  state_->inputs = inputs;
  if (!state_->plan) return;
  state_->with_workers([&] { state_->link->set_inputs(state_->placed_inputs()); });
}

std::map<TensorId, TensorValue> Replayer::outputs() {
  PARTITA_ASSERT(state_->runs > 0, "outputs are those of a run");
  return state_->with_workers([&] { return state_->outputs(); });
}

std::string Replayer::environment(ProcessorId processor) const {
  const Opened& opened = state_->opened[processor];
  return environment_hash(opened.description, opened.computes,
                          state_->hardware.processors()[processor].execution->isa);
}

bool Replayer::runs(ProcessorId processor, LayerId layer) const {
  return state_->gap_of(processor, layer) == nullptr;
}

IdVector<ProcessorId, int> Replayer::worker_processes() const {
  IdVector<ProcessorId, int> processes;
  for (const Opened& one : state_->opened) processes.push_back(one.process);
  return processes;
}

namespace {

// Of many runs the one in the middle, and what the others say.
ReplayResult summed_up(std::vector<RunResult> runs, const RepeatOptions& options) {
  ReplayResult result;
  const std::size_t all = runs.size();
  result.clean = static_cast<std::size_t>(
      std::count_if(runs.begin(), runs.end(), [](const RunResult& run) { return run.clean; }));
  result.discarded = all - result.clean;
  if (result.clean > 0) std::erase_if(runs, [](const RunResult& run) { return !run.clean; });
  result.layers.resize(runs.front().timeline.layers.size());
  for (const RunResult& run : runs) {
    result.clock_error = std::max(result.clock_error, run.clock_error);
    result.makespans.push_back(run.timeline.makespan);
    for (const LayerId layer : ids<LayerId>(result.layers.size())) {
      const LayerSpan& span = run.timeline.layers[layer];
      result.layers[layer].push_back(span.finish - span.start);
    }
  }
  std::sort(runs.begin(), runs.end(), [](const RunResult& a, const RunResult& b) {
    return a.timeline.makespan < b.timeline.makespan;
  });
  result.timeline = runs[(runs.size() - 1) / 2].timeline;
  const bool wanted = result.clean >= static_cast<std::size_t>(options.repetitions);
  result.trustworthy = wanted || (result.clean >= 3 && result.clean * 2 >= all);
  if (!result.trustworthy) {
    const std::string& disturbance = runs.front().disturbance;
    result.warnings.push_back(
        fmt::format("only {} of {} runs were undisturbed{}", result.clean, all,
                    disturbance.empty() ? "" : " (for example " + disturbance + ")"));
  }
  return result;
}

}  // namespace

ReplayResult Replayer::run(const Plan& plan, const RepeatOptions& options) {
  return std::move(run_in_turns({&plan}, options, 1).front());
}

std::vector<ReplayResult> Replayer::run_in_turns(
    const std::vector<const Plan*>& plans, const RepeatOptions& options, int rounds,
    const std::function<void(std::size_t, int)>& after_turn) {
  std::vector<std::vector<RunResult>> runs(plans.size());
  std::vector<Preparation> preparations(plans.size());
  std::vector<int> clean(plans.size(), 0);
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < plans.size(); ++i) {
      prepare(*plans[i]);
      if (round == 0) preparations[i] = state_->preparation;
      const auto begin = Clock::now();
      const auto in_time = [&] { return Clock::now() - begin < options.time_limit / rounds; };
      for (int k = 0; k < options.warm_up && in_time(); ++k) run_once();
      // Rounds before may have left some to make up for.
      const int wanted = (options.repetitions * (round + 1) + rounds - 1) / rounds;
      do {
        runs[i].push_back(run_once());
        if (runs[i].back().clean) ++clean[i];
        if (options.progress) options.progress(clean[i], options.repetitions);
      } while (clean[i] < wanted && in_time());
      if (after_turn) after_turn(i, round);
    }
  }

  std::vector<ReplayResult> results;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    ReplayResult result = summed_up(std::move(runs[i]), options);
    result.preparation = std::move(preparations[i]);
    result.warnings.insert(result.warnings.end(), result.preparation.warnings.begin(),
                           result.preparation.warnings.end());
    for (const std::string& sentence : exec::shared_cores(state_->hardware)) {
      // What disturbs whom cannot be told apart then.
      result.trustworthy = false;
      result.warnings.push_back(sentence);
    }
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace partita::exec
