// How long decisions take: tools/bench policy, in processor time. A stream of requests on four processors, of which one
// becomes slow and well again all the time. Prints a line for each size, the last as JSON.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <vector>

#include "models/base/random.h"
#include "partition/runtime/policies/repartitioner.h"
#include "tests/partition/runtime/policies/stream.h"
#include "tests/support/machine.h"

namespace partita {
namespace {

using Clock = std::chrono::steady_clock;

Hardware four_processors() {
  test::Machine machine;
  const MemoryId host = machine.memory("host", Bandwidth{50'000'000'000});
  machine.processor("cpu", host);
  for (const char* name : {"gpu0", "gpu1", "npu"}) {
    const MemoryId memory = machine.memory(std::string("m_") + name, Bandwidth{400'000'000'000});
    machine.processor(name, memory);
    machine.engine(std::string("dma_") + name, memory, 2us);
    machine.link(std::string("pcie_") + name, host, memory, Bandwidth{16'000'000'000}, 1us);
  }
  return machine.build();
}

// Rows of layers, each of which reads one or two of the row before.
Network rows_of_four(int layers, Random& random) {
  test::Graph graph;
  std::vector<TensorId> before, row;
  for (int i = 0; i < layers; ++i) {
    std::vector<TensorId> inputs;
    if (!before.empty()) inputs.push_back(before[random.below(before.size())]);
    if (before.size() > 1 && random.one_in(3)) {
      const TensorId other = before[random.below(before.size())];
      if (other != inputs.front()) inputs.push_back(other);
    }
    const std::string name = std::to_string(i);
    if (!random.one_in(4))
      inputs.push_back(graph.weight(
          "w" + name, Bytes{static_cast<std::int64_t>(10'000 + random.below(2'000'000))}));
    row.push_back(
        graph.layer(name, inputs, Bytes{static_cast<std::int64_t>(1'000 + random.below(200'000))}));
    if (row.size() == 4) before = std::exchange(row, {});
  }
  return graph.build();
}

CostTable costs_for(const Network& network, Random& random) {
  CostTable costs(network.layer_count(), 4);
  for (const LayerId layer : network.layers()) {
    const double size = 20e-6 * static_cast<double>(1 + random.below(20));
    for (std::uint32_t p = 0; p < 4; ++p) {
      const double speed = p == 0 ? 1 : 3 + static_cast<double>(random.below(4));
      costs.set(layer, ProcessorId{p},
                LayerCost{scaled(std::chrono::seconds{1}, size / speed), Bytes{}});
    }
  }
  return costs;
}

// Of this thread: other programs on the computer do not count.
double cpu_microseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) * 1e-3;
}

// Times each call of decide().
class Timed : public Policy {
 public:
  explicit Timed(Policy& of) : of_(of) {}
  std::shared_ptr<const Configuration> first() override { return of_.first(); }
  void observe(Time now, std::span<const LayerReading> layers,
               std::span<const CopyReading> copies) override {
    of_.observe(now, layers, copies);
  }
  void arrived(Time now, std::uint32_t seen_class) override { of_.arrived(now, seen_class); }
  void answered(Time now, Time latency) override { of_.answered(now, latency); }
  void lost(Time now, ProcessorId processor) override { of_.lost(now, processor); }
  void back(Time now, ProcessorId processor) override { of_.back(now, processor); }
  Decision decide(const Situation& situation) override {
    const double before = cpu_microseconds();
    Decision decision = of_.decide(situation);
    microseconds.push_back(cpu_microseconds() - before);
    return decision;
  }
  std::shared_ptr<const Plan> plan_for(Time now, std::uint32_t seen_class) override {
    return of_.plan_for(now, seen_class);
  }
  Time next_look() const override { return of_.next_look(); }

  std::vector<double> microseconds;

 private:
  Policy& of_;
};

void bench(int layers, std::size_t requests) {
  Random random(1);
  const Hardware hardware = four_processors();
  const Network network = rows_of_four(layers, random);
  const CostTable costs = costs_for(network, random);
  PolicyProblem problem;
  problem.hardware = &hardware;
  problem.classes = {{&network, &costs, 1}};
  problem.steps = std::max(10, 40'000 / layers);
  const auto begin = Clock::now();
  auto library = std::make_shared<PlanLibrary>(
      std::get<PlanLibrary>(plan_library(problem, usual_occasions(problem))));
  const double prepared = std::chrono::duration<double>(Clock::now() - begin).count();
  const double latency = library->candidates.front().classes.front().undisturbed;
  problem.arrivals_per_second = 0.4 / latency;
  problem.horizon = scaled(std::chrono::seconds{1}, 500 * latency);

  Repartitioner policy(problem, library);
  Timed timed(policy);
  const Time gap = scaled(std::chrono::seconds{1}, 2.5 * latency);
  std::vector<test::Arrival> arrivals;
  for (std::size_t i = 0; i < requests; ++i)
    arrivals.push_back({gap * static_cast<std::int64_t>(i), 0});
  test::World world;
  world.noise = 0.02;
  world.conditions = [&](Time now, std::size_t, Time) {
    Conditions made = Conditions::undisturbed(hardware);
    const auto episode = static_cast<std::size_t>(now / (gap * 60));  // of 60 requests
    if (episode % 2 == 1)
      made.slowdown[static_cast<ProcessorId>(1 + episode / 2 % 3)] = 2 + episode % 5;
    return made;
  };
  const test::StreamRecord record = run_stream(problem, timed, world, arrivals);
  std::vector<double>& all = timed.microseconds;
  std::sort(all.begin(), all.end());
  const auto at = [&](double part) {
    return all[static_cast<std::size_t>(part * static_cast<double>(all.size() - 1))];
  };
  fmt::print(
      "{{\"layers\": {}, \"processors\": 4, \"library\": {}, \"library_s\": {:.2f}, \"requests\": "
      "{}, "
      "\"switches\": {}, \"decisions\": {}, \"p50_us\": {:.1f}, \"p90_us\": {:.1f}, \"p99_us\": "
      "{:.1f}, "
      "\"most_us\": {:.1f}, \"mean_latency_of_undisturbed\": {:.3f}}}\n",
      layers, library->candidates.size(), prepared, requests, record.switches, all.size(), at(0.5),
      at(0.9), at(0.99), all.back(), record.mean() / latency);
}

}  // namespace
}  // namespace partita

int main() {
  partita::bench(10'000, 130);
  partita::bench(200, 2'000);
}
