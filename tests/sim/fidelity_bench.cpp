// How far apart fluid links and packets are: random plans of two networks on one machine, simulated
// at both fidelities.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "models/hardware/load_hardware.h"
#include "models/network/onnx/network_source.h"
#include "partition/predictor.h"
#include "sim/simulate.h"
#include "tests/support/random_cases.h"

namespace partita {
namespace {

constexpr const char* kNetworks[] = {"zoo:resnet50?batch=4", "zoo:bert?layers=4"};

struct Pair {
  double fluid = 0, packet = 0;  // makespans, us
  double contended = 0;          // share of the fluid legs' data time that contention added
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

std::vector<Pair> compare(const Network& network, const Hardware& hardware, const CostTable& costs,
                          int plans, const std::string& load, std::ofstream& csv) {
  sim::Simulator packets(network, hardware, costs, {.fidelity = Fidelity::Packet});
  sim::Simulator fluid(network, hardware, costs);
  std::vector<Plan> drawn;
  std::vector<Pair> pairs;
  for (int i = 0; i < plans; ++i) {
    drawn.push_back(test::random_plan(static_cast<std::uint64_t>(i) + 1, network, hardware));
    const Timeline flows = fluid.run(drawn.back());
    pairs.push_back(
        {microseconds(flows.makespan), 0, contention(flows, network, hardware, drawn.back())});
  }
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    const Timeline timeline = packets.run(drawn[i]);
    const std::vector<std::string> wrong = violations(timeline, network, hardware, drawn[i]);
    if (!wrong.empty()) throw Error("the checker refuses a timeline of packets: " + wrong.front());
    Pair& pair = pairs[i];
    pair.packet = microseconds(timeline.makespan);
    csv << fmt::format("{},{},{},{},{},{},{}\n", hardware.name(), network.name(), load, i + 1,
                       pair.fluid, pair.packet, pair.contended);
  }
  return pairs;
}

int bench(const std::string& machine, int plans, const std::string& out) {
  const Hardware hardware = roomy(load_hardware(Document::parse_file(machine)));
  std::ofstream csv(out);
  csv << "machine,network,load,plan,fluid_us,packet_us,contended\n";
  for (const char* name : kNetworks) {
    const Network network = load_network(name);
    const CostTable costs = predicted_costs(network, hardware, Profile{});
    for (const auto& [load, table] :
         {std::pair{"as predicted", costs},
          std::pair{"copies alone", faster(costs, hardware.processors().size(), 1000)}}) {
      const std::vector<Pair> pairs = compare(network, hardware, table, plans, load, csv);
      std::vector<double> errors;
      for (const Pair& pair : pairs) {
        errors.push_back(100 * std::abs(pair.fluid / pair.packet - 1));
      }
      std::sort(errors.begin(), errors.end());
      fmt::print(
          "{:<20}{:<22}{:<14}{:>5} plans  error median {:>6.3f} %, worst {:>6.3f} %, tau {:.4f}\n",
          hardware.name(), name, load, plans, errors[errors.size() / 2], errors.back(),
          kendall_tau(pairs));
    }
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
