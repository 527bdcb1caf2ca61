#include "exec/replay/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "exec/host/computer.h"
#include "exec/host/topology.h"
#include "exec/replay/assembly.h"
#include "exec/replay/crew_link.h"
#include "exec/replay/machine_check.h"
#include "exec/replay/measured_run.h"
#include "exec/replay/summing_up.h"
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
  State(const Network& of, const Hardware& on, std::uint64_t seed, const ReplayerOptions& chosen)
      : network(of),
        hardware(on),
        seeded(of, seed),
        handicaps(chosen.handicaps),
        is_here(chosen.where.empty()),
        link(std::in_place, chosen.where, chosen.patience) {}

  const Network& network;
  const Hardware& hardware;
  const SeededValues seeded;
  const IdVector<ProcessorId, Handicap> handicaps;
  const bool is_here;            // the workers run on this computer
  std::optional<CrewLink> link;  // absent once a worker has failed
  std::string failure;
  IdVector<ProcessorId, Opened> opened;
  IdVector<ProcessorId, std::vector<Gap>> gaps;
  using Values = std::map<TensorId, TensorValue>;
  Values inputs;
  std::map<std::size_t, Values> inputs_of_seat;  // where they are others
  bool shared_cores = false;

  std::optional<Plan> plan;
  Assembly assembly;
  IdVector<ProcessorId, std::vector<TensorId>> held;  // weights
  Preparation preparation;
  std::set<ProcessorId> told_unnoted;         // of whom a warning speaks
  std::chrono::milliseconds run_patience{0};  // 0: that of the crew
  std::vector<double> slowdowns;              // empty: as the handicaps say
  std::uint32_t runs = 0, requests = 0;       // of the prepared plan
  std::vector<std::size_t> seats;             // of the requests of the last workload

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
      check_shared_memories(hardware, opened);
      check_engines(hardware, opened);
      for (const ProcessorId id : ids<ProcessorId>(handicaps.size())) refuse_slowing(id);
      for (auto& some : link->load(model_of(network, seed))) gaps.push_back(std::move(some));
    });
    refuse_layers_without_kernel();
  }

  bool can_be_slowed(ProcessorId id) const { return opened[id].synchronous; }
  void refuse_slowing(ProcessorId id) const {
    if (can_be_slowed(id)) return;
    throw Error(fmt::format("processor '{}' computes and copies by itself: it cannot be slowed",
                            hardware.processors()[id].name));
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

  void prepare(const Plan& next, Room room) {
    const auto begin = Clock::now();
    assembly = assemble(network, hardware, opened, next, room);
    WeightMoves moves = weight_moves(network, next, held);
    CrewOrder order;
    for (const ProcessorId id : ids<ProcessorId>(assembly.orders.size())) {
      PrepareOrder& one = assembly.orders[id];
      one.weights = std::move(moves.takes[id]);
      one.weight_bytes = moves.memory_bytes;
      if (!handicaps.empty()) slow_down(one, handicaps[id]);
      order.orders.push_back(std::move(one));
      order.gives.push_back(std::move(moves.gives[id]));
    }
    order.shared_bytes = assembly.shared_bytes;
    order.weight_bytes = moves.memory_bytes;
    order.inputs = placed_inputs();
    for (const auto& [tensor, offset] : assembly.weights) {
      order.inputs.push_back({offset, seeded.value(tensor).bytes});
    }
    note(link->prepare(order));
    preparation.weights_moved = moves.moved;
    preparation.took = since(begin);
    plan = next;
    runs = requests = 0;
  }

  void slow_down(PrepareOrder& order, const Handicap& handicap) const {
    order.slowdown = handicap.slowdown;
    for (auto* copies : {&order.packs, &order.unpacks}) {
      for (CopyOrder& copy : *copies) {
        copy.at_least =
            network.tensor(copy.tensor).size / handicap.copies / std::chrono::nanoseconds(1);
      }
    }
  }

  void note(const std::vector<Prepared>& replies) {
    preparation = {};
    told_unnoted.clear();
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

  const Values& inputs_on(std::size_t seat) const {
    const auto others = inputs_of_seat.find(seat);
    return others == inputs_of_seat.end() ? inputs : others->second;
  }

  std::vector<PlacedValues> placed_inputs() const {
    std::vector<PlacedValues> placed;
    for (std::size_t seat = 0; seat < assembly.seats; ++seat) {
      for (const auto& [tensor, value] : inputs_on(seat)) {
        placed.push_back({assembly.inputs.at(tensor) + seat * assembly.seat_bytes, value.bytes});
      }
    }
    return placed;
  }

  void inputs_changed() {
    if (plan) with_workers([&] { link->set_inputs(placed_inputs()); });
  }

  IdVector<ProcessorId, Ran> run(std::size_t count, std::vector<std::int64_t> arrivals,
                                 bool keep_results) {
    RunOrder order;
    order.number = ++runs;
    order.first = requests + 1;
    order.count = static_cast<std::uint32_t>(count);
    order.arrivals = std::move(arrivals);
    order.keep_results = keep_results;
    order.patience_ms = run_patience.count();
    order.slowdowns = slowdowns;
    requests += order.count;
    IdVector<ProcessorId, Ran> rans;
    for (Ran& ran : link->run(order)) rans.push_back(std::move(ran));
    note_unnoted(rans);
    return rans;
  }

  // Only a run shows them; said once of a plan.
  void note_unnoted(const IdVector<ProcessorId, Ran>& rans) {
    for (const ProcessorId id : ids<ProcessorId>(rans.size())) {
      const std::uint32_t kernels = rans[id].counters.unnoted;
      if (kernels == 0 || !told_unnoted.insert(id).second) continue;
      preparation.warnings.push_back(fmt::format(
          "on {} kernels that cannot be noted as graphs are queued anew, slowly, in each "
          "run: {} of them",
          hardware.processors()[id].name, kernels));
    }
  }

  StreamResult run(const Workload& workload, bool keep_outputs) {
    std::vector<std::int64_t> arrivals;
    for (const auto& request : workload.requests) {
      if (workload.saturated) continue;
      arrivals.push_back(std::chrono::ceil<std::chrono::nanoseconds>(request.arrival).count());
    }
    const auto rans = run(workload.requests.size(), std::move(arrivals), keep_outputs);
    StreamResult result = measured_stream(network, hardware, workload, rans, shared_cores);
    seats = result.seats;
    return result;
  }

  // Of a request on that seat, whose results begin there.
  Values outputs(std::uint64_t results_at, std::size_t seat) {
    std::vector<PlacedValues> places;
    for (const auto& [tensor, offset] : assembly.results) {
      const auto bytes = static_cast<std::size_t>(network.tensor(tensor).size.value);
      places.push_back({results_at + offset - assembly.results_at, std::vector<std::byte>(bytes)});
    }
    link->results(places);
    Values values;
    auto place = places.begin();
    for (const auto& [tensor, offset] : assembly.results) {
      TensorValue value(network.tensor(tensor).type, network.tensor(tensor).shape);
      value.bytes = std::move((place++)->values);
      values[tensor] = std::move(value);
    }
    // A network may hand on what it is given.
    for (const TensorId output : network.outputs()) {
      if (values.count(output) == 0) values[output] = inputs_on(seat).at(output);
    }
    return values;
  }
};

Replayer::Replayer(const Network& network, const Hardware& hardware, std::uint64_t seed,
                   ReplayerOptions options) {
  check_executable(hardware, options.where.empty() ? std::optional(this_computer()) : std::nullopt);
  state_ = std::make_unique<State>(network, hardware, seed, options);
  state_->inputs = seeded_inputs(network, seed);
  state_->shared_cores = !exec::shared_cores(hardware).empty();
  state_->held.assign(hardware.processors().size(), {});
  state_->start(seed);
}

Replayer::~Replayer() = default;
Replayer::Replayer(Replayer&&) noexcept = default;

const Preparation& Replayer::prepare(const Plan& plan) { return prepare(plan, 1); }

const Preparation& Replayer::prepare(const Plan& plan, std::size_t in_flight, std::size_t kept) {
  PARTITA_ASSERT(in_flight > 0 && in_flight <= kMostSeats, "some requests are in flight");
  state_->refuse_misplaced_layers(plan);
  const Room room{static_cast<std::uint32_t>(in_flight), static_cast<std::uint32_t>(kept)};
  state_->with_workers([&] { state_->prepare(plan, room); });
  return state_->preparation;
}

RunResult Replayer::run_once() {
  PARTITA_ASSERT(state_->plan, "prepare a plan before running it");
  return state_->with_workers([&] {
    return measured_run(state_->network, state_->hardware, *state_->plan, state_->run(1, {}, false),
                        state_->shared_cores);
  });
}

StreamResult Replayer::run_workload(const Workload& workload, bool keep_outputs) {
  PARTITA_ASSERT(state_->plan && workload.in_flight == state_->assembly.seats,
                 "prepare a plan for so many requests before running them");
  return state_->with_workers([&] { return state_->run(workload, keep_outputs); });
}

void Replayer::set_inputs(const std::map<TensorId, TensorValue>& inputs) {
  state_->inputs = inputs;
  state_->inputs_of_seat.clear();
  state_->inputs_changed();
}

void Replayer::set_inputs_of_seat(std::size_t seat, const std::map<TensorId, TensorValue>& inputs) {
  state_->inputs_of_seat[seat] = inputs;
  state_->inputs_changed();
}

void Replayer::slow_down(const IdVector<ProcessorId, double>& slowdowns) {
  for (const ProcessorId id : ids<ProcessorId>(slowdowns.size())) {
    if (slowdowns[id] > 1) state_->refuse_slowing(id);
  }
  state_->slowdowns.assign(slowdowns.begin(), slowdowns.end());
}

bool Replayer::can_be_slowed(ProcessorId processor) const {
  return state_->can_be_slowed(processor);
}

void Replayer::set_run_patience(std::chrono::milliseconds patience) {
  state_->run_patience = patience;
}

std::map<TensorId, TensorValue> Replayer::outputs() {
  PARTITA_ASSERT(state_->runs > 0, "outputs are those of a run");
  const std::uint64_t at = state_->assembly.results_at;
  return state_->with_workers([&] { return state_->outputs(at, 0); });
}

std::map<TensorId, TensorValue> Replayer::outputs_of(std::size_t request) {
  const Assembly& assembly = state_->assembly;
  const std::uint64_t at = assembly.kept_at + request * assembly.results_bytes;
  return state_->with_workers([&] { return state_->outputs(at, state_->seats.at(request)); });
}

Environment Replayer::environment() {
  Environment now;
  now.before = state_->with_workers([&] { return state_->link->surroundings(); });
  now.load_after = now.before.load;
  if (state_->is_here) now.topology = topology_in_words();
  for (const ProcessorId id : ids<ProcessorId>(state_->opened.size())) {
    const ProcessorSpec& spec = state_->hardware.processors()[id];
    const Opened& opened = state_->opened[id];
    now.processors.push_back({spec.name, opened.description, opened.computes, spec.execution->isa,
                              spec.execution->core.value_or(-1)});
  }
  return now;
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

int Replayer::leader_process() const {
  return state_->is_here && state_->link ? state_->link->leader() : -1;
}

ReplayResult Replayer::run(const Plan& plan, const RepeatOptions& options) {
  return std::move(run_in_turns({&plan}, options, 1).front());
}

namespace {

template <class Run>
void note(const Run& run, std::vector<Time>& clean, const RepeatOptions& options) {
  if (run.clean) clean.push_back(makespan(run));
  const int done = static_cast<int>(clean.size());
  if (options.progress) options.progress(done, std::max(done, options.repetitions));
}

bool enough(const std::vector<Time>& clean, int wanted, double half_width) {
  return clean.size() >= static_cast<std::size_t>(wanted) &&
         (half_width == 0 || is_narrow(clean, half_width));
}

void add_warnings(Repeated& result, const Hardware& hardware) {
  result.warnings.insert(result.warnings.end(), result.preparation.warnings.begin(),
                         result.preparation.warnings.end());
  for (const std::string& sentence : shared_cores(hardware)) {
    // What disturbs whom cannot be told apart then.
    result.trustworthy = false;
    result.warnings.push_back(sentence);
  }
}

}  // namespace

WorkloadResult Replayer::repeat(const Workload& workload, const RepeatOptions& options) {
  const auto begin = Clock::now();
  const auto in_time = [&] { return Clock::now() - begin < options.time_limit; };
  Environment where = environment();
  std::vector<StreamResult> runs;
  std::vector<Time> clean;
  for (int k = 0; k < options.warm_up && in_time(); ++k) run_workload(workload);
  do {
    runs.push_back(run_workload(workload));
    note(runs.back(), clean, options);
  } while (!enough(clean, options.repetitions, options.half_width) && in_time());
  WorkloadResult result = summed_up(std::move(runs), options);
  result.preparation = state_->preparation;
  result.environment = std::move(where);
  result.environment.load_after = environment().before.load;
  add_warnings(result, state_->hardware);
  return result;
}

std::vector<ReplayResult> Replayer::run_in_turns(
    const std::vector<const Plan*>& plans, const RepeatOptions& options, int rounds,
    const std::function<void(std::size_t, int)>& after_turn) {
  std::vector<std::vector<RunResult>> runs(plans.size());
  std::vector<Preparation> preparations(plans.size());
  std::vector<std::vector<Time>> clean(plans.size());
  Environment where = environment();
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < plans.size(); ++i) {
      prepare(*plans[i]);
      const auto begin = Clock::now();
      const auto in_time = [&] { return Clock::now() - begin < options.time_limit / rounds; };
      for (int k = 0; k < options.warm_up && in_time(); ++k) run_once();
      // Rounds before may have left some to make up for.
      const int wanted = (options.repetitions * (round + 1) + rounds - 1) / rounds;
      do {
        runs[i].push_back(run_once());
        note(runs[i].back(), clean[i], options);
      } while (!enough(clean[i], wanted, options.half_width) && in_time());
      if (round == 0) preparations[i] = state_->preparation;  // with what the runs have shown
      if (after_turn) after_turn(i, round);
    }
  }

  where.load_after = environment().before.load;
  std::vector<ReplayResult> results;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    ReplayResult result = summed_up(std::move(runs[i]), options);
    result.preparation = std::move(preparations[i]);
    result.environment = where;
    add_warnings(result, state_->hardware);
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace partita::exec
