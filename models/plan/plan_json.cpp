// Plans as JSON, version 1:
//   {"plan": 1,
//    "network": "inception_v1", "machine": "laptop", "method": "heft",
//    "orders": {"cpu0": ["conv1", "pool1"], "gpu0": ["conv2"]},
//    "transfers": [{"tensor": "pool1_out", "from": "dram", "to": "hbm0"}],
//    "in_place": [{"tensor": "w", "memory": "hbm0"}],
//    "collectives": {"sum3": "ring", "sum4": "in_switch/4"}}
//
// orders:    the layers of each processor, first to last; every layer stands once; a processor
//            without layers may be left out
// transfers: in plan order. The placement fixes which there are; the list says in which order those
//            of each layer are queued. Left out: in the default order. A transfer may have a
//            "priority" from 0 to 7, the higher first; left out: 0.
// in_place:  what layers on a memory read where it lies, without a transfer; weights among it lie in
//            the host's memory
// collectives: how the processors that take part in a collective do it: central (default), ring,
//            tree, direct or in_switch; behind a slash, in how many pieces
// machine:   for people; a plan is checked against the processors and memories that it names.
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "models/base/document.h"
#include "models/base/document_kind.h"
#include "models/network/collective_kind.h"
#include "models/plan/plan.h"

namespace partita {
namespace {

constexpr std::int64_t kVersion = 1;

using Json = nlohmann::ordered_json;

template <class Id, class Spec>
std::vector<std::string> names(const IdVector<Id, Spec>& specs) {
  std::vector<std::string> all;
  for (const Spec& spec : specs) all.push_back(spec.name);
  return all;
}

std::string hint(const std::string& written, const std::vector<std::string>& known) {
  const std::string guess = closest(written, known);
  return guess.empty() ? "" : fmt::format(": did you mean '{}'?", guess);
}

class PlanReader {
 public:
  PlanReader(const std::string& file, const Network& network, const Hardware& hardware)
      : document_(Document::parse_file(file)), network_(network), hardware_(hardware) {
    for (const LayerId layer : network.layers()) layers_.emplace(network.layer(layer).name, layer);
    for (const TensorId tensor : ids<TensorId>(network.tensors().size())) {
      tensors_.emplace(network.tensor(tensor).name, tensor);
    }
  }

  Plan read_plan() {
    refuse_other_kind(document_, "plan");
    MapReader in(read(document_, diagnostics_));
    const auto version = in.required_value("plan");
    if (version && version->as<std::int64_t>() != kVersion) {
      version->error(fmt::format("plan: version {} is written here, this program reads {}",
                                 version->node().text, kVersion));
    }
    if (const auto name = in.required_value("network")) check_network(*name);
    in.optional<std::string>("machine", "");
    std::string method = in.required<std::string>("method");
    if (const auto orders = in.required_value("orders")) read_orders(*orders);
    const auto transfers = in.optional_value("transfers");
    const auto in_place = in.optional_value("in_place");
    if (const auto collectives = in.optional_value("collectives")) read_collectives(*collectives);
    in.finish();
    diagnostics_.throw_if_any();

    auto made = make_plan(network_, hardware_, std::move(placement_), std::move(method));
    if (const auto* bad = std::get_if<BadPlan>(&made)) {
      throw ConfigError(in.where(), fmt::format("this is no plan: {}", bad->reason));
    }
    Plan plan = with_choices(std::get<Plan>(std::move(made)), collectives_);
    if (in_place) plan = read_in_place(*in_place, plan);
    if (!transfers) return plan;
    const std::vector<Transfer> order = read_transfers(*transfers, plan);
    diagnostics_.throw_if_any();
    return with_transfer_order(network_, std::move(plan), order);
  }

 private:
  void check_network(const ValueReader& name) {
    const std::string written = name.as<std::string>();
    if (written.empty() || written == network_.name()) return;
    name.error(fmt::format("the plan is for network '{}', but the network given is '{}'", written,
                           network_.name()));
  }

  void read_orders(const ValueReader& orders) {
    placement_.processor.assign(network_.layer_count(), ProcessorId{});
    placement_.order.resize(hardware_.processors().size());
    std::unordered_map<std::string, SourceLoc> placed;
    for (const auto& [name, order] : orders.entries()) {
      const auto processor = hardware_.processor_named(name);
      if (!processor) {
        order.error(fmt::format("the machine '{}' has no processor '{}'{}", hardware_.name(), name,
                                hint(name, names(hardware_.processors()))));
      }
      for (const ValueReader& item : order.list()) {
        const std::string layer = item.as<std::string>();
        if (layer.empty()) continue;
        const auto found = layers_.find(layer);
        if (found == layers_.end()) {
          item.error(fmt::format("the network '{}' has no layer '{}'{}", network_.name(), layer,
                                 hint(layer, layer_names())));
          continue;
        }
        const auto [first, is_new] = placed.emplace(layer, item.where());
        if (!is_new) {
          item.error(fmt::format("layer '{}' is placed twice (first at line {})", layer,
                                 first->second.line));
        }
        if (!is_new || !processor) continue;
        placement_.processor[found->second] = *processor;
        placement_.order[*processor].push_back(found->second);
      }
    }
    for (const LayerId layer : network_.layers()) {
      const std::string& name = network_.layer(layer).name;
      if (!placed.count(name)) {
        orders.error(fmt::format("layer '{}' is in the order of no processor", name));
      }
    }
  }

  void read_collectives(const ValueReader& collectives) {
    for (const auto& [name, value] : collectives.entries()) {
      const std::string written = value.as<std::string>();
      const auto found = layers_.find(name);
      if (found == layers_.end()) {
        value.error(fmt::format("the network '{}' has no layer '{}'{}", network_.name(), name,
                                hint(name, layer_names())));
      } else if (!collective_of(network_.layer(found->second))) {
        value.error(fmt::format("layer '{}' is no collective", name));
      }
      const auto choice = collective_choice_from(written);
      if (!choice && value.is_scalar()) {
        value.error(fmt::format("'{}' is no way to do a collective (known: {})", written,
                                known_collective_choices()));
      }
      if (choice && found != layers_.end()) collectives_[found->second] = *choice;
    }
  }

  Plan read_in_place(const ValueReader& list, const Plan& plan) {
    std::map<std::pair<TensorId, MemoryId>, int> lines;
    std::vector<InPlace> all;
    for (const ValueReader& item : list.list()) {
      MapReader in(item);
      const auto tensor = in.required_value("tensor");
      const auto where = in.required_value("memory");
      in.finish();
      if (!tensor || !where) continue;
      const auto id = tensor_named(*tensor);
      const auto there = memory(*where);
      if (!id || !there) continue;
      const auto [first, is_new] = lines.emplace(std::pair{*id, *there}, item.where().line);
      const auto home = home_for(network_, hardware_, plan.placement(), *id, *there);
      if (!is_new) {
        item.error(fmt::format("the reads of '{}' on '{}' stand twice (first at line {})",
                               tensor->node().text, where->node().text, first->second));
      } else if (const auto* bad = std::get_if<BadPlan>(&home)) {
        item.error(bad->reason);
      } else {
        all.push_back({*id, *there, std::get<MemoryId>(home)});
      }
    }
    diagnostics_.throw_if_any();
    return std::get<Plan>(with_reads_in_place(network_, hardware_, plan, all));
  }

  std::vector<Transfer> read_transfers(const ValueReader& list, const Plan& plan) {
    std::map<std::pair<TensorId, MemoryId>, Transfer> expected;
    for (const Transfer& transfer : plan.transfers()) {
      expected.emplace(std::pair{transfer.tensor, transfer.dst}, transfer);
    }
    std::map<std::pair<TensorId, MemoryId>, int> lines;
    std::vector<Transfer> order;
    for (const ValueReader& item : list.list()) {
      MapReader in(item);
      const auto tensor = in.required_value("tensor");
      const auto from = in.required_value("from");
      const auto to = in.required_value("to");
      const std::int32_t priority = read_priority(in.optional_value("priority"));
      in.finish();
      if (!tensor || !from || !to) continue;
      const auto id = tensor_named(*tensor);
      const auto src = memory(*from);
      const auto dst = memory(*to);
      if (!id || !src || !dst) continue;
      const auto wanted = expected.find({*id, *dst});
      if (wanted == expected.end() || wanted->second.src != *src) {
        item.error(fmt::format("the placement needs no transfer of '{}' from '{}' to '{}'",
                               tensor->node().text, from->node().text, to->node().text));
        continue;
      }
      const auto [first, is_new] = lines.emplace(wanted->first, item.where().line);
      if (!is_new) {
        item.error(fmt::format("the transfer of '{}' to '{}' stands twice (first at line {})",
                               tensor->node().text, to->node().text, first->second));
        continue;
      }
      order.push_back(wanted->second);
      order.back().priority = priority;
    }
    for (const Transfer& transfer : plan.transfers()) {
      if (lines.count({transfer.tensor, transfer.dst})) continue;
      list.error(fmt::format("the placement needs a transfer of '{}' from '{}' to '{}'",
                             network_.tensor(transfer.tensor).name,
                             hardware_.memories()[transfer.src].name,
                             hardware_.memories()[transfer.dst].name));
    }
    return order;
  }

  static std::int32_t read_priority(const std::optional<ValueReader>& value) {
    const int number = value ? value->as<int>() : 0;
    if (number >= 0 && number <= kMostPriority) return number;
    value->error(fmt::format("priority: {} is not between 0 and {}", number, kMostPriority));
    return 0;
  }

  std::optional<MemoryId> memory(const ValueReader& value) {
    const std::string name = value.as<std::string>();
    const auto found = hardware_.memory_named(name);
    if (!found && !name.empty()) {
      value.error(fmt::format("the machine '{}' has no memory '{}'{}", hardware_.name(), name,
                              hint(name, names(hardware_.memories()))));
    }
    return found;
  }

  std::optional<TensorId> tensor_named(const ValueReader& value) const {
    const auto found = tensors_.find(value.as<std::string>());
    if (found != tensors_.end()) return found->second;
    value.error(
        fmt::format("the network '{}' has no tensor '{}'", network_.name(), value.node().text));
    return std::nullopt;
  }

  std::vector<std::string> layer_names() const {
    std::vector<std::string> all;
    for (const LayerId layer : network_.layers()) all.push_back(network_.layer(layer).name);
    return all;
  }

  Document document_;
  const Network& network_;
  const Hardware& hardware_;
  Diagnostics diagnostics_;
  std::unordered_map<std::string, LayerId> layers_;
  std::unordered_map<std::string, TensorId> tensors_;
  Placement placement_;
  Plan::Collectives collectives_;
};

}  // namespace

std::string to_json(const Plan& plan, const Network& network, const Hardware& hardware) {
  Json out;
  out["plan"] = kVersion;
  out["network"] = network.name();
  out["machine"] = hardware.name();
  out["method"] = plan.method();
  Json orders = Json::object();
  for (const ProcessorId processor : ids<ProcessorId>(hardware.processors().size())) {
    Json order = Json::array();
    for (const LayerId layer : plan.order(processor)) order.push_back(network.layer(layer).name);
    orders[hardware.processors()[processor].name] = std::move(order);
  }
  out["orders"] = std::move(orders);
  Json transfers = Json::array();
  for (const Transfer& transfer : plan.transfers()) {
    transfers.push_back({{"tensor", network.tensor(transfer.tensor).name},
                         {"from", hardware.memories()[transfer.src].name},
                         {"to", hardware.memories()[transfer.dst].name}});
    if (transfer.priority != 0) transfers.back()["priority"] = transfer.priority;
  }
  out["transfers"] = std::move(transfers);
  for (const InPlace& each : plan.in_place()) {
    out["in_place"].push_back({{"tensor", network.tensor(each.tensor).name},
                               {"memory", hardware.memories()[each.memory].name}});
  }
  for (const auto& [layer, choice] : plan.collectives()) {
    out["collectives"][network.layer(layer).name] = to_string(choice);
  }
  return out.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Plan load_plan(const std::string& file, const Network& network, const Hardware& hardware) {
  return PlanReader(file, network, hardware).read_plan();
}

}  // namespace partita
