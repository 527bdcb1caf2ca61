#include "tests/sim/race/simgrid_machine.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <simgrid/s4u.hpp>
#include <string>

#include "models/base/assert.h"

namespace partita::race {
namespace {

namespace s4u = simgrid::s4u;

double seconds(Time time) { return static_cast<double>(time.count()) / std::pico::den; }

s4u::Engine& engine_of_process() {
  // Never destroyed: SimGrid takes its globals down by itself.
  static s4u::Engine* const engine = [] {
    // Fair sharing and nothing else; times to the picosecond.
    std::array arguments{std::string("race"),
                         std::string("--cfg=network/model:CM02"),
                         std::string("--cfg=network/crosstraffic:0"),
                         std::string("--cfg=network/TCP-gamma:0"),
                         std::string("--cfg=network/bandwidth-factor:1"),
                         std::string("--cfg=network/latency-factor:1"),
                         std::string("--cfg=network/weight-S:0"),
                         std::string("--cfg=surf/precision:1e-12"),
                         std::string("--log=root.thresh:warning")};
    std::array<char*, arguments.size() + 1> values{};
    for (std::size_t i = 0; i < arguments.size(); ++i) values[i] = arguments[i].data();
    int count = static_cast<int>(arguments.size());
    return new s4u::Engine(&count, values.data());
  }();
  return *engine;
}

}  // namespace

struct SimGridMachine::State {
  const Hardware& hardware;
  std::vector<s4u::Host*> processors, memories;
};

SimGridMachine::SimGridMachine(const Hardware& hardware) : state_(new State{hardware, {}, {}}) {
  engine_of_process();
  s4u::NetZone* zone = s4u::create_full_zone("machine");
  for (const ProcessorSpec& processor : hardware.processors()) {
    state_->processors.push_back(zone->create_host("processor " + processor.name, 1.0));
  }
  for (const MemorySpec& memory : hardware.memories()) {
    state_->memories.push_back(zone->create_host("memory " + memory.name, 1.0));
  }
  std::vector<double> latency(hardware.channels().size(), 0);
  const auto memories = ids<MemoryId>(hardware.memories().size());
  const auto legs = [&](auto&& visit) {
    for (const MemoryId src : memories) {
      for (const MemoryId dst : memories) {
        const Route* route = src == dst ? nullptr : hardware.route(src, dst);
        if (route == nullptr) continue;
        PARTITA_ASSERT(route->size() == 1 && route->front().channels.size() > 2,
                       "a route of one leg over links");
        visit(route->front());
      }
    }
  };
  legs([&](const Leg& leg) {
    for (std::size_t i = 1; i + 1 < leg.channels.size(); ++i) {
      latency[index(leg.channels[i])] =
          seconds(leg.latency) / static_cast<double>(leg.channels.size() - 2);
    }
  });
  std::vector<s4u::Link*> links;
  for (const ChannelId id : ids<ChannelId>(hardware.channels().size())) {
    const Channel& channel = hardware.channels()[id];
    links.push_back(zone->create_link("channel " + std::to_string(index(id)),
                                      static_cast<double>(channel.capacity.value)));
    links.back()->set_latency(latency[index(id)])->seal();
  }
  legs([&](const Leg& leg) {
    std::vector<s4u::LinkInRoute> crossed;
    double sum = 0;
    for (const ChannelId channel : leg.channels) {
      crossed.emplace_back(links[index(channel)]);
      sum += latency[index(channel)];
    }
    PARTITA_ASSERT(std::abs(sum - seconds(leg.latency)) < 1e-12, "links of unequal latency");
    zone->add_route(state_->memories[index(leg.src)]->get_netpoint(),
                    state_->memories[index(leg.dst)]->get_netpoint(), nullptr, nullptr, crossed,
                    false);
  });
  zone->seal();
}

SimGridMachine::~SimGridMachine() = default;

Time SimGridMachine::run(const Network& network, const CostTable& costs, const Plan& plan,
                         const std::vector<std::vector<std::uint32_t>>& served) {
  const Hardware& hardware = state_->hardware;
  std::vector<s4u::ExecPtr> layers;
  for (const LayerId layer : network.layers()) {
    const ProcessorId processor = plan.processor(layer);
    const Time time =
        hardware.processors()[processor].launch_overhead + costs(layer, processor)->time;
    s4u::ExecPtr exec = s4u::Exec::init();
    exec->set_host(state_->processors[index(processor)])->set_flops_amount(seconds(time));
    layers.push_back(std::move(exec));
  }
  std::vector<s4u::CommPtr> transfers;
  for (const Transfer& transfer : plan.transfers()) {
    const Tensor& tensor = network.tensor(transfer.tensor);
    s4u::CommPtr comm = s4u::Comm::sendto_init(state_->memories[index(transfer.src)],
                                               state_->memories[index(transfer.dst)]);
    comm->set_payload_size(
        std::max<std::uint64_t>(1, static_cast<std::uint64_t>(tensor.size.value)));
    if (tensor.producer) layers[index(*tensor.producer)]->add_successor(comm);
    for (const LayerId consumer : tensor.consumers) {
      const MemoryId there = hardware.processors()[plan.processor(consumer)].memory;
      if (there == transfer.dst) comm->add_successor(layers[index(consumer)]);
    }
    transfers.push_back(std::move(comm));
  }
  for (const ProcessorId processor : ids<ProcessorId>(state_->processors.size())) {
    const std::vector<LayerId>& order = plan.order(processor);
    for (std::size_t i = 1; i < order.size(); ++i) {
      layers[index(order[i - 1])]->add_successor(layers[index(order[i])]);
    }
  }
  // Data between layers of one memory, where the order of the processor does not say it already.
  for (const LayerId layer : network.layers()) {
    const ProcessorId processor = plan.processor(layer);
    for (const LayerId before : network.predecessors(layer)) {
      const ProcessorId other = plan.processor(before);
      if (other == processor ||
          hardware.processors()[other].memory != hardware.processors()[processor].memory) {
        continue;
      }
      layers[index(before)]->add_successor(layers[index(layer)]);
    }
  }
  for (const std::vector<std::uint32_t>& queue : served) {
    for (std::size_t i = 1; i < queue.size(); ++i) {
      transfers[queue[i - 1]]->add_successor(transfers[queue[i]]);
    }
  }
  const double start = s4u::Engine::get_clock();
  for (const s4u::ExecPtr& layer : layers) layer->vetoable_start();
  for (const s4u::CommPtr& transfer : transfers) transfer->vetoable_start();
  engine_of_process().run();
  return Time{std::llround((s4u::Engine::get_clock() - start) * std::pico::den)};
}

std::vector<std::vector<std::uint32_t>> served_by_engines(const Timeline& timeline,
                                                          const Hardware& hardware) {
  std::vector<std::vector<std::uint32_t>> served(hardware.engines().size());
  std::vector<const LegSpan*> legs;
  for (const LegSpan& leg : timeline.legs) legs.push_back(&leg);
  std::stable_sort(legs.begin(), legs.end(),
                   [](const LegSpan* a, const LegSpan* b) { return a->start < b->start; });
  for (const LegSpan* leg : legs) {
    PARTITA_ASSERT(leg->engine.has_value(), "every leg has an engine");
    served[index(*leg->engine)].push_back(leg->transfer);
  }
  return served;
}

}  // namespace partita::race
