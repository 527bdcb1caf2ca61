#include "exec/replay/replay.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <optional>

#include "exec/host/computer.h"
#include "exec/onednn/support.h"
#include "exec/replay/assembly.h"
#include "exec/replay/machine_check.h"
#include "exec/replay/measured_run.h"
#include "exec/replay/worker_process.h"
#include "exec/values/values.h"
#include "exec/worker/shared_memory.h"
#include "models/base/assert.h"

namespace partita::exec {
namespace {

using Clock = std::chrono::steady_clock;
using Workers = std::vector<std::unique_ptr<WorkerProcess>>;

// Ahead of the clock when all workers are told to start: enough for the last of them to wake up.
constexpr std::int64_t kStartAhead = 200'000;  // ns

// The answers of all workers, in order. The first failure of any of them ends the waiting: the
// others may be waiting for it.
std::vector<Reader> answers(const Workers& workers, std::chrono::milliseconds patience) {
  std::vector<std::optional<Reader>> found(workers.size());
  const auto deadline = Clock::now() + patience;
  std::size_t missing = workers.size();
  while (missing > 0) {
    std::vector<pollfd> waits;
    std::vector<std::size_t> who;
    for (std::size_t i = 0; i < workers.size(); ++i) {
      if (found[i]) continue;
      waits.push_back({workers[i]->descriptor(), POLLIN, 0});
      who.push_back(i);
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    const int ready =
        left.count() > 0 ? poll(waits.data(), waits.size(), static_cast<int>(left.count())) : 0;
    if (ready == 0) workers[who.front()]->fail_as_hung(patience);
    for (std::size_t i = 0; ready > 0 && i < waits.size(); ++i) {
      if (waits[i].revents == 0) continue;
      found[who[i]] = workers[who[i]]->answer(patience);
      --missing;
    }
  }
  std::vector<Reader> all;
  for (std::optional<Reader>& answer : found) all.push_back(std::move(*answer));
  return all;
}

Time since(Clock::time_point start) { return Clock::now() - start; }

bool by_reference(const std::string& implementation) { return implementation.starts_with("ref"); }

}  // namespace

struct Replayer::State {
  State(const Network& of, const Hardware& on, ReplayerOptions chosen)
      : network(of), hardware(on), options(chosen) {}

  const Network& network;
  const Hardware& hardware;
  const ReplayerOptions options;
  Workers workers;  // by processor; empty once one has failed
  std::string failure;
  std::map<TensorId, TensorValue> inputs;
  bool shared_cores = false;

  std::optional<Plan> plan;
  Assembly assembly;
  SharedMemory shared;
  IdVector<ProcessorId, std::vector<TensorId>> held;  // weights
  Preparation preparation;
  std::uint32_t runs = 0;  // of the prepared plan

  // Whatever goes wrong with a worker ends all of them: none is left waiting for another.
  template <class Work>
  auto with_workers(Work work) {
    if (workers.empty()) throw Error("the replay has ended: " + failure);
    try {
      return work();
    } catch (const Error& e) {
      failure = e.what();
      workers.clear();
      throw;
    }
  }

  void start(std::uint64_t seed) {
    for (const ProcessorSpec& processor : hardware.processors()) {
      workers.push_back(std::make_unique<WorkerProcess>(processor));
    }
    with_workers([&] {
      Writer content;
      write(content, model_of(network, seed));
      for (const auto& worker : workers) worker->send(Request::Load, content);
      answers(workers, options.patience);
    });
  }

  void prepare(const Plan& next) {
    const auto begin = Clock::now();
    assembly = assemble(network, hardware, next);
    WeightMoves moves = weight_moves(network, next, held);
    const SharedMemory weights = collect_weights(moves);
    SharedMemory memory(assembly.shared_bytes);
    write_inputs(memory);
    for (const ProcessorId id : ids<ProcessorId>(workers.size())) {
      PrepareOrder& order = assembly.orders[id];
      order.weights = std::move(moves.takes[id]);
      order.weight_bytes = weights.size();
      Writer content;
      write(content, order);
      std::vector<int> descriptors{memory.descriptor()};
      if (!order.weights.empty()) descriptors.push_back(weights.descriptor());
      workers[index(id)]->send(Request::Prepare, content, descriptors);
    }
    note(answers(workers, options.patience));
    preparation.weights_moved = moves.moved;
    preparation.took = since(begin);
    shared = std::move(memory);
    plan = next;
    runs = 0;
  }

  // Those who have weights that others need write them, row-major, into a memory of their own.
  SharedMemory collect_weights(const WeightMoves& moves) {
    if (moves.memory_bytes == 0) return {};
    SharedMemory memory(moves.memory_bytes);
    for (const ProcessorId id : ids<ProcessorId>(workers.size())) {
      Writer content;
      content.put(moves.memory_bytes);
      content.put(moves.gives[id]);
      workers[index(id)]->send(Request::Give, content, {memory.descriptor()});
    }
    answers(workers, options.patience);
    return memory;
  }

  void note(std::vector<Reader> replies) {
    preparation = {};
    preparation.implementations.resize(network.layer_count());
    held.assign(workers.size(), {});
    for (const ProcessorId id : ids<ProcessorId>(replies.size())) {
      Prepared prepared;
      read(replies[index(id)], prepared);
      for (const TensorId tensor : prepared.weights) {
        if (network.tensor(tensor).kind == TensorKind::Weight) held[id].push_back(tensor);
      }
      preparation.kernels_kept += prepared.kernels_kept;
      preparation.kernels_made += prepared.reports.size() - prepared.kernels_kept;
      for (const LayerReport& report : prepared.reports) {
        preparation.implementations[report.layer] = report.implementation;
        preparation.reorders += report.reorders;
        if (!by_reference(report.implementation)) continue;
        const Layer& layer = network.layer(report.layer);
        preparation.warnings.push_back(
            fmt::format("layer '{}' ({}) on {} has oneDNN's slow reference kernel only", layer.name,
                        to_string(layer.kind), hardware.processors()[id].name));
      }
    }
  }

  void write_inputs(const SharedMemory& memory) const {
    for (const auto& [tensor, value] : inputs) {
      std::copy(value.bytes.begin(), value.bytes.end(), memory.at(assembly.inputs.at(tensor)));
    }
  }

  RunResult run() {
    const std::uint32_t number = ++runs;
    Writer content;
    content.put(number);
    for (const auto& worker : workers) worker->send(Request::Run, content);
    answers(workers, options.patience);
    auto& control = shared.as<RunControl>(0);
    control.start.store(now_ns() + kStartAhead, std::memory_order_relaxed);
    control.go.store(number, std::memory_order_release);
    futex_wake_all(control.go);
    std::vector<Reader> replies = answers(workers, options.patience);
    IdVector<ProcessorId, std::vector<Record>> records;
    for (Reader& reply : replies) records.push_back(reply.get<std::vector<Record>>());
    return measured_run(network, hardware, *plan, records, shared_cores);
  }

  void request_of_all(Request request) {
    for (const auto& worker : workers) worker->send(request, {});
    answers(workers, options.patience);
  }
};

Replayer::Replayer(const Network& network, const Hardware& hardware, std::uint64_t seed,
                   ReplayerOptions options)
    : state_(std::make_unique<State>(network, hardware, options)) {
  check_executable(hardware, this_computer());
  Diagnostics missing;
  for (const std::string& gap : missing_kernels(network)) missing.error({network.name()}, gap);
  missing.throw_if_any();
  state_->inputs = seeded_inputs(network, seed);
  state_->shared_cores = !exec::shared_cores(hardware).empty();
  state_->held.assign(hardware.processors().size(), {});
  state_->start(seed);
}

Replayer::~Replayer() = default;
Replayer::Replayer(Replayer&&) noexcept = default;

const Preparation& Replayer::prepare(const Plan& plan) {
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
  state_->with_workers([&] {
    state_->write_inputs(state_->shared);
    state_->request_of_all(Request::Refill);
  });
}

std::map<TensorId, TensorValue> Replayer::outputs() {
  PARTITA_ASSERT(state_->runs > 0, "outputs are those of a run");
  state_->with_workers([&] { state_->request_of_all(Request::Results); });
  std::map<TensorId, TensorValue> values;
  for (const TensorId output : state_->network.outputs()) {
    const Tensor& tensor = state_->network.tensor(output);
    const auto place = state_->assembly.results.find(output);
    if (place == state_->assembly.results.end()) {
      values[output] = state_->inputs.at(output);
      continue;
    }
    TensorValue value(tensor.type, tensor.shape);
    std::copy_n(state_->shared.at(place->second), value.bytes.size(), value.bytes.begin());
    values[output] = std::move(value);
  }
  return values;
}

IdVector<ProcessorId, int> Replayer::worker_processes() const {
  IdVector<ProcessorId, int> processes;
  for (const auto& worker : state_->workers) processes.push_back(worker->process());
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
