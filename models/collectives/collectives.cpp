#include "models/collectives/collectives.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <queue>
#include <set>
#include <tuple>

#include "models/base/assert.h"
#include "models/collectives/reduction_unit.h"
#include "models/collectives/steps.h"
#include "models/network/collective_kind.h"

namespace partita {
namespace {

// Where each layer stands in one order of all that the graph and the processors' orders allow: of
// those that are ready, always the lowest number.
IdVector<LayerId, std::size_t> ranks_of(const Network& network, const Plan& plan) {
  IdVector<LayerId, std::size_t> waits_for(network.layer_count(), 0);
  IdVector<LayerId, std::optional<LayerId>> next(network.layer_count());
  for (const LayerId layer : network.layers()) {
    waits_for[layer] = network.predecessors(layer).size();
  }
  for (const std::vector<LayerId>& order : plan.placement().order) {
    for (std::size_t i = 1; i < order.size(); ++i) {
      next[order[i - 1]] = order[i];
      ++waits_for[order[i]];
    }
  }
  std::priority_queue<LayerId, std::vector<LayerId>, std::greater<>> ready;
  for (const LayerId layer : network.layers()) {
    if (waits_for[layer] == 0) ready.push(layer);
  }
  IdVector<LayerId, std::size_t> ranks(network.layer_count(), 0);
  for (std::size_t rank = 0; !ready.empty(); ++rank) {
    const LayerId layer = ready.top();
    ready.pop();
    ranks[layer] = rank;
    const auto release = [&](LayerId waiting) {
      if (--waits_for[waiting] == 0) ready.push(waiting);
    };
    for (const LayerId successor : network.successors(layer)) release(successor);
    if (next[layer]) release(*next[layer]);
  }
  return ranks;
}

class Expansion {
 public:
  Expansion(const Network& network, const Hardware& hardware, const CostTable& costs,
            const Plan& plan)
      : network_(network), hardware_(hardware), costs_(costs), plan_(plan) {}

  std::variant<Expanded, BadPlan> run() {
    if (auto bad = decide()) return *std::move(bad);
    std::set<SwitchId> switches;
    for (const auto& [layer, one] : decided_) {
      if (one.node) switches.insert(*one.node);
    }
    std::map<SwitchId, ProcessorId> units;
    Hardware hardware =
        switches.empty() ? hardware_ : with_reduction_units(hardware_, switches, units);
    collect_layers(hardware, units);

    Network network = built();
    CostTable costs(network.layer_count(), hardware.processors().size());
    if (auto bad = fill(costs, network, hardware, units)) return *std::move(bad);
    auto made = make_plan(network, hardware, placement(hardware), plan_.method());
    if (auto* bad = std::get_if<BadPlan>(&made)) return std::move(*bad);
    Plan plan = queued(network, hardware, std::get<Plan>(std::move(made)));
    plan = with_possible_reads_in_place(network, hardware, plan, plan_.in_place());
    return Expanded{std::move(network), std::move(hardware), std::move(costs), std::move(plan)};
  }

 private:
  struct Decided {
    OpKind what;
    CollectiveChoice choice;
    Participants participants;
    std::optional<SwitchId> node;  // that adds up
  };
  // A layer of the new network, by its number there.
  struct Entry {
    std::optional<LayerId> original;
    ProcessorId processor{};
    std::size_t rank = 0;
    Step::Does does{};
  };
  struct SentBy {
    const Participants* participants;
    Sent sent;
  };

  std::string name_of(LayerId layer) const { return network_.layer(layer).name; }

  std::optional<BadPlan> decide() {
    for (const auto& [layer, choice] : plan_.collectives()) {
      const auto what = collective_of(network_.layer(layer));
      PARTITA_ASSERT(what.has_value(), "a choice for a layer that is no collective");
      Participants participants = participants_of(network_, hardware_, plan_, layer);
      const auto operands = collective_operands(network_, network_.layer(layer));
      // One processor alone has nobody to exchange anything with, and nothing takes no steps.
      if (participants.ring.size() < 2 || network_.tensor(operands.front()).size == Bytes{}) {
        continue;
      }
      Decided decided{*what, choice, std::move(participants), std::nullopt};
      if (choice.algorithm == CollectiveAlgorithm::InSwitch) {
        if (what != OpKind::AllReduce && what != OpKind::ReduceScatter) {
          return BadPlan{fmt::format("{} '{}' adds up nothing that a switch could do in_switch",
                                     collective_name(*what), name_of(layer))};
        }
        decided.node = reducing_switch(hardware_, decided.participants.ring);
        if (!decided.node) return no_switch(layer, decided.participants);
      }
      decided_.emplace(layer, std::move(decided));
    }
    return std::nullopt;
  }

  BadPlan no_switch(LayerId layer, const Participants& participants) const {
    std::string names;
    for (const ProcessorId participant : participants.ring) {
      names += (names.empty() ? "" : ", ") + hardware_.processors()[participant].name;
    }
    return {
        fmt::format("'{}' cannot be done in_switch: no switch with a reduction is joined to "
                    "the memories of {}",
                    name_of(layer), names)};
  }

  void collect_layers(const Hardware& hardware, const std::map<SwitchId, ProcessorId>& units) {
    const auto ranks = ranks_of(network_, plan_);
    for (const Tensor& tensor : network_.tensors()) tensors_.push_back(tensor);
    for (const LayerId id : network_.layers()) {
      const auto found = decided_.find(id);
      if (found == decided_.end()) {
        layers_.push_back(network_.layer(id));
        entries_.push_back({id, plan_.processor(id), ranks[id], {}});
        continue;
      }
      Decided& decided = found->second;
      HowToCollect how{decided.what, decided.choice, std::nullopt};
      if (decided.node) how.unit = units.at(*decided.node);
      CollectiveSteps made =
          steps_of(network_, hardware, id, decided.participants, how, tensors_.size());
      for (std::size_t i = 0; i < made.tensors.size(); ++i) {
        sent_[static_cast<TensorId>(tensors_.size())] = {&decided.participants, made.sent[i]};
        tensors_.push_back(std::move(made.tensors[static_cast<TensorId>(i)]));
      }
      for (Step& step : made.steps) {
        layers_.push_back(std::move(step.layer));
        entries_.push_back({std::nullopt, step.processor, ranks[id], step.does});
      }
    }
  }

  // Layers were added in an order in which each stands behind those that it needs, so the builder
  // keeps their numbers.
  Network built() const {
    NetworkBuilder builder(network_.name());
    for (const Tensor& tensor : tensors_) builder.add_tensor(tensor);
    for (const Layer& layer : layers_) builder.add_layer(layer);
    for (const TensorId output : network_.outputs()) builder.add_output(output);
    if (const auto& given = network_.given_times()) {
      std::vector<std::vector<std::optional<Time>>> times;
      for (const Entry& entry : entries_) {
        times.push_back(entry.original
                            ? given->times[*entry.original]
                            : std::vector<std::optional<Time>>(given->processors.size()));
      }
      builder.set_given_times(given->processors, std::move(times));
    }
    Network network = builder.build({network_.name(), 0, 0});
    for (const LayerId id : network.layers()) {
      PARTITA_ASSERT(network.layer(id).name == layers_[index(id)].name,
                     "a layer changed its place");
    }
    return network;
  }

  std::optional<BadPlan> fill(CostTable& costs, const Network& network, const Hardware& hardware,
                              const std::map<SwitchId, ProcessorId>& units) const {
    IdVector<ProcessorId, std::optional<Bandwidth>> rate(hardware.processors().size());
    for (const auto& [node, unit] : units) rate[unit] = *hardware.switches()[node].reduction;
    for (const LayerId id : network.layers()) {
      const Entry& entry = entries_[index(id)];
      if (entry.original) {
        for (const ProcessorId p : ids<ProcessorId>(hardware_.processors().size())) {
          costs.set(id, p, costs_(*entry.original, p));
        }
        continue;
      }
      LayerCost cost;
      cost.launched = entry.does == Step::Does::Launch;
      if (entry.does == Step::Does::Sum) {
        const Work& work = network.layer(id).work;
        if (rate[entry.processor]) {
          cost.time = std::max(1_ps, work.read / *rate[entry.processor]);
        } else {
          const auto found = roofline(network, id, hardware, entry.processor);
          const ProcessorSpec& processor = hardware.processors()[entry.processor];
          if (!found) {
            return BadPlan{fmt::format("layer '{}' cannot run: {}", network.layer(id).name,
                                       why_no_roofline(network, id, processor))};
          }
          cost.traffic = found->traffic;
          cost.time = processor.time_scale == 1
                          ? found->time
                          : std::max(1_ps, scaled(found->time, processor.time_scale));
        }
      }
      costs.set(id, entry.processor, cost);
    }
    return std::nullopt;
  }

  Placement placement(const Hardware& hardware) const {
    Placement placement;
    placement.order.resize(hardware.processors().size());
    for (const Entry& entry : entries_) {
      const LayerId id = placement.processor.push_back(entry.processor);
      placement.order[entry.processor].push_back(id);
    }
    for (std::vector<LayerId>& order : placement.order) {
      std::stable_sort(order.begin(), order.end(), [&](LayerId a, LayerId b) {
        return entries_[index(a)].rank < entries_[index(b)].rank;
      });
    }
    return placement;
  }

  // What steps send, round by round to the participants behind the sender; everything else as it
  // was queued before.
  Plan queued(const Network& network, const Hardware& hardware, Plan plan) const {
    std::map<std::pair<TensorId, MemoryId>, std::size_t> before;
    for (std::size_t i = 0; i < plan_.transfers().size(); ++i) {
      before.emplace(std::pair{plan_.transfers()[i].tensor, plan_.transfers()[i].dst}, i);
    }
    constexpr std::size_t kLast = std::numeric_limits<std::size_t>::max();
    const auto key = [&](const Transfer& transfer) -> std::pair<std::size_t, std::size_t> {
      if (const auto step = sent_.find(transfer.tensor); step != sent_.end()) {
        const auto& [participants, sent] = step->second;
        return {sent.round, distance_in(*participants, hardware, sent.from, transfer.dst)};
      }
      const auto found = before.find({transfer.tensor, transfer.dst});
      return {found == before.end() ? kLast : found->second, 0};
    };
    std::vector<Transfer> order(plan.transfers());
    for (Transfer& transfer : order) {
      const auto found = before.find({transfer.tensor, transfer.dst});
      if (found != before.end()) transfer.priority = plan_.transfers()[found->second].priority;
    }
    const auto sort = [&](Plan::Range range) {
      std::stable_sort(order.begin() + range.first, order.begin() + range.last,
                       [&](const Transfer& a, const Transfer& b) { return key(a) < key(b); });
    };
    sort(plan.input_transfers());
    for (const LayerId layer : network.layers()) sort(plan.transfers_of(layer));
    return with_transfer_order(network, std::move(plan), order);
  }

  // How far behind `from` the first participant stands whose memory it is.
  static std::size_t distance_in(const Participants& participants, const Hardware& hardware,
                                 std::size_t from, MemoryId memory) {
    const std::size_t size = participants.ring.size();
    for (std::size_t step = 1; step < size; ++step) {
      const ProcessorId at = participants.ring[(from + step) % size];
      if (hardware.processors()[at].memory == memory) return step;
    }
    return size;
  }

  const Network& network_;
  const Hardware& hardware_;
  const CostTable& costs_;
  const Plan& plan_;
  std::map<LayerId, Decided> decided_;
  IdVector<TensorId, Tensor> tensors_;
  std::vector<Layer> layers_;
  std::vector<Entry> entries_;
  std::map<TensorId, SentBy> sent_;
};

}  // namespace

std::variant<Expanded, BadPlan> with_collectives(const Network& network, const Hardware& hardware,
                                                 const CostTable& costs, const Plan& plan) {
  return Expansion(network, hardware, costs, plan).run();
}

}  // namespace partita
