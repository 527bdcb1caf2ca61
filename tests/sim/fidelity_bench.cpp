// How far apart fluid links and packets are on one machine: random plans of two networks, and
// copies that meet in ways of their own, simulated at both fidelities.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "models/analysis/uneven_sharing.h"
#include "models/hardware/load_hardware.h"
#include "models/network/onnx/network_source.h"
#include "partition/predict/predictor.h"
#include "sim/simulate.h"
#include "tests/sim/fidelity/traffic.h"
#include "tests/support/random_cases.h"

namespace partita {
namespace {

constexpr const char* kNetworks[] = {"zoo:resnet50?batch=4", "zoo:bert?layers=4"};

struct Pair {
  double fluid = 0, packet = 0;  // makespans, us
  double contended = 0;          // share of the fluid legs' data time that contention added
  double uneven = 0;             // percent of the makespan, misplaced on the worst channel
  std::vector<double> legs;      // by how many percent the time of each leg's data is off
};

// The share of pairs of plans whose order both agree on, less the share where they do not.
double kendall_tau(const std::vector<Pair>& pairs) {
  double sum = 0, count = 0;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const double a = pairs[i].fluid - pairs[j].fluid, b = pairs[i].packet - pairs[j].packet;
      if (a != 0 && b != 0) sum += (a > 0) == (b > 0) ? 1 : -1;
      ++count;
    }
  }
  return sum / count;
}

double microseconds(Time time) { return static_cast<double>(time.count()) / 1e6; }

double contention(const Timeline& timeline, const Network& network, const Hardware& hardware,
                  const Plan& plan) {
  double alone = 0, took = 0;
  for (const LegSpan& span : timeline.legs) {
    const Transfer& transfer = plan.transfers()[span.transfer];
    const Leg& leg = (*hardware.route(transfer.src, transfer.dst))[span.leg];
    std::int64_t narrowest = leg.pace(network.tensor(transfer.tensor).size).cap;
    for (const ChannelId channel : leg.channels) {
      narrowest = std::min(narrowest, hardware.channels()[channel].capacity.value);
    }
    alone += microseconds(network.tensor(transfer.tensor).size / Bandwidth{narrowest});
    took += microseconds(span.finish - span.data - leg.latency);
  }
  return took > 0 ? 1 - alone / took : 0;
}

// The machine with room for everything: random plans ask for more memory than there is.
Hardware roomy(const Hardware& hardware) {
  HardwareParts parts = hardware.parts();
  for (MemorySpec& memory : parts.memories) {
    memory.capacity = Bytes{std::int64_t{1} << (memory.part_of ? 40 : 50)};
  }
  return HardwareBuilder::build(std::move(parts));
}

CostTable faster(const CostTable& costs, std::size_t processors, std::int64_t times) {
  CostTable result = costs;
  for (const LayerId layer : ids<LayerId>(costs.layers())) {
    for (const ProcessorId processor : ids<ProcessorId>(processors)) {
      std::optional<LayerCost> cost = costs(layer, processor);
      if (!cost) continue;
      cost->time = std::max(Time{1}, cost->time / times);
      cost->traffic = Bytes{};
      result.set(layer, processor, cost);
    }
  }
  return result;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double largest(const std::vector<double>& values) {
  return values.empty() ? 0 : *std::max_element(values.begin(), values.end());
}

Pair compare(const Network& network, const Hardware& hardware, const CostTable& costs,
             const Plan& plan) {
  const Timeline flows = sim::Simulator(network, hardware, costs).run(plan);
  const Timeline packets =
      sim::Simulator(network, hardware, costs, {.fidelity = Fidelity::Packet}).run(plan);
  const std::vector<std::string> wrong = violations(packets, network, hardware, plan);
  if (!wrong.empty()) throw Error("the checker refuses a timeline of packets: " + wrong.front());
  Pair pair;
  pair.fluid = microseconds(flows.makespan);
  pair.packet = microseconds(packets.makespan);
  pair.contended = contention(flows, network, hardware, plan);
  const std::vector<UnevenSharing> uneven = uneven_sharing(flows, network, hardware, plan);
  if (!uneven.empty()) pair.uneven = 100 * microseconds(uneven.front().misplaced) / pair.fluid;
  for (std::size_t i = 0; i < flows.legs.size(); ++i) {
    const LegSpan &flow = flows.legs[i], &copy = packets.legs[i];
    const double took = microseconds(copy.finish - copy.data);
    pair.legs.push_back(100 * std::abs(microseconds(flow.finish - flow.data) / took - 1));
  }
  return pair;
}

// The first simulator of a process that runs is one of packets.
void elaborate(const Network& network, const Hardware& hardware, const CostTable& costs) {
  sim::Simulator(network, hardware, costs, {.fidelity = Fidelity::Packet}).load();
}

class Report {
 public:
  Report(const Hardware& hardware, const std::string& out) : hardware_(hardware), csv_(out) {
    csv_ << "machine,network,load,plan,fluid_us,packet_us,contended,uneven,leg_median,leg_worst\n";
  }

  void add(const std::string& network, const std::string& load, const std::vector<Pair>& pairs) {
    std::vector<double> errors, legs;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      const Pair& pair = pairs[i];
      csv_ << fmt::format("{},\"{}\",{},{},{},{},{},{},{},{}\n", hardware_.name(), network, load,
                          i + 1, pair.fluid, pair.packet, pair.contended, pair.uneven,
                          median(pair.legs), largest(pair.legs));
      errors.push_back(100 * std::abs(pair.fluid / pair.packet - 1));
      legs.insert(legs.end(), pair.legs.begin(), pair.legs.end());
    }
    fmt::print(
        "{:<18}{:<22}{:<13}{:>5} plans  error median {:>6.3f} %, worst {:>6.2f} %, tau {:>6.3f}; "
        "copies {:>6.2f}, {:>5.0f} %\n",
        hardware_.name(), network, load, pairs.size(), median(errors), largest(errors),
        kendall_tau(pairs), median(legs), largest(legs));
  }

 private:
  const Hardware& hardware_;
  std::ofstream csv_;
};

int bench(const std::string& machine, int plans, const std::string& out) {
  const Hardware hardware = roomy(load_hardware(Document::parse_file(machine)));
  Report report(hardware, out);
  const auto each = [&](auto&& run) {
    std::vector<Pair> pairs;
    for (int i = 1; i <= plans; ++i) pairs.push_back(run(static_cast<std::uint64_t>(i)));
    return pairs;
  };
  for (const char* name : kNetworks) {
    const Network network = load_network(name);
    const CostTable costs = predicted_costs(network, hardware, Profile{});
    for (const auto& [load, table] :
         {std::pair{"as predicted", costs},
          std::pair{"copies alone", faster(costs, hardware.processors().size(), 1000)}}) {
      elaborate(network, hardware, table);
      report.add(name, load, each([&, &costs_of = table](std::uint64_t seed) {
                   return compare(network, hardware, costs_of,
                                  test::random_plan(seed, network, hardware));
                 }));
    }
  }
  for (std::size_t kind = 0; kind < test::kTraffic.size(); ++kind) {
    report.add(std::string{test::kTraffic[kind]}, "traffic", each([&](std::uint64_t seed) {
                 const test::TrafficCase traffic =
                     test::random_traffic(static_cast<test::Traffic>(kind), seed, hardware);
                 return compare(traffic.network, hardware, traffic.costs, traffic.plan);
               }));
  }
  return 0;
}

}  // namespace
}  // namespace partita

int main(int count, char* words[]) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  if (count != 4) {
    fmt::print(stderr, "usage: bench-fidelity MACHINE.yaml PLANS OUT.csv\n");
    return 2;
  }
  try {
    return partita::bench(words[1], std::max(2, std::atoi(words[2])), words[3]);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 3;
  }
}
