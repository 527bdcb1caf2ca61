#include "models/plan/plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <tuple>

#include "models/base/assert.h"

namespace partita {
namespace {

std::optional<BadPlan> misplaced_layer(const Network& network, const Hardware& hardware,
                                       const Placement& placement) {
  if (placement.processor.size() != network.layer_count()) {
    return BadPlan{fmt::format("{} layers are placed, the network has {}",
                               placement.processor.size(), network.layer_count())};
  }
  if (placement.order.size() != hardware.processors().size()) {
    return BadPlan{fmt::format("there are orders for {} processors, the machine has {}",
                               placement.order.size(), hardware.processors().size())};
  }
  IdVector<LayerId, int> times(network.layer_count(), 0);
  for (const ProcessorId processor : ids<ProcessorId>(placement.order.size())) {
    const std::string& name = hardware.processors()[processor].name;
    for (const LayerId layer : placement.order[processor]) {
      if (index(layer) >= network.layer_count()) {
        return BadPlan{fmt::format("the order of {} names layer number {}, the network has {}",
                                   name, index(layer), network.layer_count())};
      }
      if (placement.processor[layer] != processor) {
        return BadPlan{fmt::format("layer {} is in the order of {}, but placed elsewhere",
                                   network.layer(layer).name, name)};
      }
      if (++times[layer] > 1) {
        return BadPlan{
            fmt::format("layer {} is twice in the order of {}", network.layer(layer).name, name)};
      }
    }
  }
  for (const LayerId layer : network.layers()) {
    if (times[layer] == 0) {
      return BadPlan{
          fmt::format("layer {} is in the order of no processor", network.layer(layer).name)};
    }
  }
  return std::nullopt;
}

// "layers a, b, c wait for each other": one cycle of the orders and the graph together. `waits_for`
// counts, for each layer that can never start, what it waits for.
std::string circle(const Network& network, const Placement& placement,
                   const IdVector<LayerId, std::uint32_t>& waits_for) {
  const auto waits = [&](LayerId layer) { return waits_for[layer] > 0; };
  const auto awaited = [&](LayerId layer) {
    const auto& before = network.predecessors(layer);
    const auto found = std::find_if(before.begin(), before.end(), waits);
    if (found != before.end()) return *found;
    const auto& order = placement.order[placement.processor[layer]];
    return *std::prev(std::find(order.begin(), order.end(), layer));
  };
  const auto all = network.layers();
  LayerId at = *all.begin();
  for (const LayerId layer : all) {
    if (waits(layer)) at = layer;
  }
  std::vector<LayerId> walk;  // each waits for the next, so it must come back to itself
  while (std::find(walk.begin(), walk.end(), at) == walk.end()) {
    walk.push_back(at);
    at = awaited(at);
  }
  std::vector<std::string> names;
  for (auto layer = std::find(walk.begin(), walk.end(), at); layer != walk.end(); ++layer) {
    names.push_back(network.layer(*layer).name);
  }
  std::reverse(names.begin(), names.end());
  constexpr std::size_t kShown = 12;
  if (names.size() > kShown) names.resize(kShown), names.emplace_back("...");
  return fmt::format("layers {} wait for each other", fmt::join(names, ", "));
}

// Kahn's algorithm on the graph with the orders of the processors as further edges.
std::optional<BadPlan> deadlock(const Network& network, const Placement& placement) {
  IdVector<LayerId, std::uint32_t> waits_for(network.layer_count(), 0);
  IdVector<LayerId, std::optional<LayerId>> next(network.layer_count());
  for (const LayerId layer : network.layers()) {
    waits_for[layer] = static_cast<std::uint32_t>(network.predecessors(layer).size());
  }
  for (const std::vector<LayerId>& order : placement.order) {
    for (std::size_t i = 1; i < order.size(); ++i) {
      next[order[i - 1]] = order[i];
      ++waits_for[order[i]];
    }
  }
  std::vector<LayerId> ready;
  ready.reserve(network.layer_count());
  for (const LayerId layer : network.layers()) {
    if (waits_for[layer] == 0) ready.push_back(layer);
  }
  for (std::size_t done = 0; done < ready.size(); ++done) {
    const LayerId layer = ready[done];
    const auto release = [&](LayerId waiting) {
      if (--waits_for[waiting] == 0) ready.push_back(waiting);
    };
    for (const LayerId successor : network.successors(layer)) release(successor);
    if (next[layer]) release(*next[layer]);
  }
  if (ready.size() == network.layer_count()) return std::nullopt;
  return BadPlan{circle(network, placement, waits_for)};
}

// A transfer, and what puts it in its place among those of its producer.
struct Wanted {
  std::size_t first_consumer;
  Transfer transfer;
  friend bool operator<(const Wanted& a, const Wanted& b) {
    return std::tie(a.first_consumer, a.transfer.dst, a.transfer.tensor) <
           std::tie(b.first_consumer, b.transfer.dst, b.transfer.tensor);
  }
};

// Adds one transfer for each memory other than `src` that needs the tensor.
void add_transfers(const Network& network, const Hardware& hardware, const Placement& placement,
                   TensorId id, MemoryId src, std::vector<Wanted>& wanted) {
  const Tensor& tensor = network.tensor(id);
  const std::size_t first = wanted.size();
  const auto want = [&](MemoryId dst, std::size_t consumer) {
    if (dst == src) return;
    for (std::size_t i = first; i < wanted.size(); ++i) {
      if (wanted[i].transfer.dst == dst) return;
    }
    wanted.push_back({consumer, {id, src, dst}});
  };
  for (const LayerId consumer : tensor.consumers) {
    want(hardware.processors()[placement.processor[consumer]].memory, index(consumer));
  }
  constexpr std::size_t kAfterAllConsumers = std::numeric_limits<std::size_t>::max();
  if (tensor.is_output && hardware.host()) want(*hardware.host(), kAfterAllConsumers);
}

}  // namespace

std::variant<Plan, BadPlan> make_plan(const Network& network, const Hardware& hardware,
                                      Placement placement, std::string method) {
  if (auto bad = misplaced_layer(network, hardware, placement)) return *std::move(bad);
  if (auto bad = deadlock(network, placement)) return *std::move(bad);

  Plan plan;
  std::vector<Wanted> wanted;
  const auto queue_all = [&]() -> Plan::Range {
    std::sort(wanted.begin(), wanted.end());
    const auto begin = static_cast<std::uint32_t>(plan.transfers_.size());
    for (const Wanted& one : wanted) plan.transfers_.push_back(one.transfer);
    wanted.clear();
    return {begin, static_cast<std::uint32_t>(plan.transfers_.size())};
  };
  if (hardware.host()) {
    for (const TensorId input : network.inputs()) {
      add_transfers(network, hardware, placement, input, *hardware.host(), wanted);
    }
  }
  plan.of_inputs_ = queue_all();
  plan.of_layer_.resize(network.layer_count());
  for (const LayerId layer : network.layers()) {
    const MemoryId here = hardware.processors()[placement.processor[layer]].memory;
    for (const TensorId output : network.layer(layer).outputs) {
      add_transfers(network, hardware, placement, output, here, wanted);
    }
    plan.of_layer_[layer] = queue_all();
  }

  for (const Transfer& transfer : plan.transfers_) {
    const Tensor& tensor = network.tensor(transfer.tensor);
    if (tensor.transfer_time || hardware.route(transfer.src, transfer.dst) != nullptr) continue;
    return BadPlan{fmt::format("no route from {} to {} for tensor {}",
                               hardware.memories()[transfer.src].name,
                               hardware.memories()[transfer.dst].name, tensor.name)};
  }
  plan.placement_ = std::move(placement);
  plan.method_ = std::move(method);
  return plan;
}

Plan with_transfer_order(const Network& network, Plan plan, const std::vector<Transfer>& wanted) {
  const auto key = [](const Transfer& transfer) {
    return std::tuple{transfer.tensor, transfer.dst, transfer.src};
  };
  const auto by_key = [&](const Transfer& a, const Transfer& b) { return key(a) < key(b); };
  std::vector<std::uint32_t> sorted(wanted.size());
  std::iota(sorted.begin(), sorted.end(), 0u);
  std::sort(sorted.begin(), sorted.end(),
            [&](std::uint32_t a, std::uint32_t b) { return by_key(wanted[a], wanted[b]); });
  const auto position = [&](const Transfer& transfer) {
    const auto found =
        std::lower_bound(sorted.begin(), sorted.end(), transfer,
                         [&](std::uint32_t i, const Transfer& t) { return by_key(wanted[i], t); });
    PARTITA_ASSERT(found != sorted.end() && key(wanted[*found]) == key(transfer),
                   "a transfer of the plan has no place in the order");
    return *found;
  };
  PARTITA_ASSERT(wanted.size() == plan.transfers_.size(), "an order of other transfers");
  const auto reorder = [&](Plan::Range range) {
    std::sort(plan.transfers_.begin() + range.first, plan.transfers_.begin() + range.last,
              [&](const Transfer& a, const Transfer& b) { return position(a) < position(b); });
    for (std::uint32_t i = range.first; i < range.last; ++i) {
      plan.transfers_[i].priority = wanted[position(plan.transfers_[i])].priority;
    }
  };
  reorder(plan.of_inputs_);
  for (const LayerId layer : network.layers()) reorder(plan.of_layer_[layer]);
  return plan;
}

Plan with_choices(Plan plan, const Plan::Collectives& collectives) {
  plan.collectives_ = collectives;
  std::erase_if(plan.collectives_, [](const auto& chosen) {
    return chosen.second.algorithm == CollectiveAlgorithm::Central;
  });
  return plan;
}

std::variant<MemoryId, BadPlan> home_for(const Network& network, const Hardware& hardware,
                                         const Placement& placement, TensorId id, MemoryId memory) {
  const Tensor& tensor = network.tensor(id);
  const std::string& there = hardware.memories()[memory].name;
  const auto memory_of = [&](LayerId layer) {
    return hardware.processors()[placement.processor[layer]].memory;
  };
  if (std::none_of(tensor.consumers.begin(), tensor.consumers.end(),
                   [&](LayerId consumer) { return memory_of(consumer) == memory; })) {
    return BadPlan{fmt::format("no layer on {} reads tensor {}", there, tensor.name)};
  }
  if (tensor.transfer_time) {
    return BadPlan{
        fmt::format("the network gives the time in which tensor {} is sent, so it "
                    "cannot be read in place",
                    tensor.name)};
  }
  const auto home = tensor.producer ? std::optional{memory_of(*tensor.producer)} : hardware.host();
  if (!home) {
    return BadPlan{fmt::format("tensor {} is everywhere: the machine has no host", tensor.name)};
  }
  if (*home == memory) return BadPlan{fmt::format("tensor {} lies in {}", tensor.name, there)};
  if (tensor.is_output && memory == hardware.host()) {
    return BadPlan{fmt::format("tensor {} is an output and has to come to {}", tensor.name, there)};
  }
  const Route* route = hardware.route(*home, memory);
  if (route == nullptr || route->size() > 1 || !route->front().load_store) {
    return BadPlan{
        fmt::format("tensor {} cannot be read in place: not all links from {} to {} "
                    "have load_store",
                    tensor.name, hardware.memories()[*home].name, there)};
  }
  return *home;
}

std::variant<Plan, BadPlan> with_reads_in_place(const Network& network, const Hardware& hardware,
                                                const Plan& plan,
                                                const std::vector<InPlace>& in_place) {
  auto made = make_plan(network, hardware, plan.placement(), plan.method());
  if (std::holds_alternative<BadPlan>(made)) return made;
  Plan read = with_choices(std::get<Plan>(std::move(made)), plan.collectives());
  for (const auto& [tensor, memory, unused] : in_place) {
    const auto home = home_for(network, hardware, plan.placement(), tensor, memory);
    if (const auto* bad = std::get_if<BadPlan>(&home)) return *bad;
    read.in_place_.push_back({tensor, memory, std::get<MemoryId>(home)});
  }
  std::sort(read.in_place_.begin(), read.in_place_.end());
  read.in_place_.erase(std::unique(read.in_place_.begin(), read.in_place_.end()),
                       read.in_place_.end());
  const auto is_sent = [&](const Transfer& one) {
    return read.read_from(one.tensor, one.dst) == one.dst;
  };
  std::vector<Transfer> sent;
  const auto keep = [&](Plan::Range& range) {
    const auto first = static_cast<std::uint32_t>(sent.size());
    for (std::uint32_t i = range.first; i < range.last; ++i) {
      if (is_sent(read.transfers_[i])) sent.push_back(read.transfers_[i]);
    }
    range = {first, static_cast<std::uint32_t>(sent.size())};
  };
  keep(read.of_inputs_);
  for (const LayerId layer : network.layers()) keep(read.of_layer_[layer]);
  read.transfers_ = sent;

  std::vector<Transfer> order;
  for (const Transfer& one : plan.transfers()) {
    if (is_sent(one)) order.push_back(one);
  }
  for (const Transfer& one : sent) {
    const bool is_back = plan.read_from(one.tensor, one.dst) != one.dst;
    if (is_back) order.push_back(one);
  }
  return with_transfer_order(network, std::move(read), order);
}

Plan with_possible_reads_in_place(const Network& network, const Hardware& hardware,
                                  const Plan& plan, const std::vector<InPlace>& wanted) {
  std::vector<InPlace> possible;
  for (const InPlace& each : wanted) {
    const auto home = home_for(network, hardware, plan.placement(), each.tensor, each.memory);
    if (std::holds_alternative<MemoryId>(home)) possible.push_back(each);
  }
  if (possible.empty() && plan.in_place().empty()) return plan;
  return std::get<Plan>(with_reads_in_place(network, hardware, plan, possible));
}

std::variant<Plan, BadPlan> with_cold_start(const Network& network, const Hardware& hardware,
                                            const Plan& plan) {
  auto made = make_plan(network, hardware, plan.placement(), plan.method());
  if (std::holds_alternative<BadPlan>(made)) return made;
  made = with_reads_in_place(network, hardware, std::get<Plan>(made), plan.in_place());
  if (std::holds_alternative<BadPlan>(made)) return made;
  Plan cold = std::get<Plan>(std::move(made));
  std::vector<Transfer> order(
      cold.transfers().begin(),
      cold.transfers().begin() + static_cast<std::ptrdiff_t>(cold.input_transfers().last));
  for (Transfer& transfer : order) {
    const Plan::Range inputs = plan.input_transfers();
    for (std::uint32_t i = inputs.first; i < inputs.last; ++i) {
      const Transfer& warm = plan.transfers()[i];
      const bool same = warm.tensor == transfer.tensor && warm.dst == transfer.dst;
      if (same) transfer.priority = warm.priority;
    }
  }
  order.insert(order.end(),
               plan.transfers().begin() + static_cast<std::ptrdiff_t>(plan.input_transfers().last),
               plan.transfers().end());
  return with_transfer_order(network, std::move(cold), order);
}

Placement all_on(const Network& network, const Hardware& hardware, ProcessorId processor) {
  Placement placement{IdVector<LayerId, ProcessorId>(network.layer_count(), processor),
                      IdVector<ProcessorId, std::vector<LayerId>>(hardware.processors().size())};
  for (const LayerId layer : network.layers()) placement.order[processor].push_back(layer);
  return placement;
}

Placement ordered_by(const IdVector<LayerId, ProcessorId>& processor, std::size_t processors,
                     const IdVector<LayerId, double>& rank) {
  Placement placement{processor, IdVector<ProcessorId, std::vector<LayerId>>(processors)};
  for (const LayerId layer : ids<LayerId>(processor.size())) {
    placement.order[processor[layer]].push_back(layer);
  }
  for (std::vector<LayerId>& order : placement.order) {
    std::stable_sort(order.begin(), order.end(),
                     [&](LayerId a, LayerId b) { return rank[a] < rank[b]; });
  }
  return placement;
}

}  // namespace partita
