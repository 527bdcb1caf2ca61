#include "partition/problem/candidates.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <optional>

namespace partita {
namespace {

bool is_constant(TensorKind kind) {
  return kind == TensorKind::Weight || kind == TensorKind::Constant;
}

std::vector<TensorId> distinct_inputs(const Layer& layer) {
  std::vector<TensorId> inputs = layer.inputs;
  std::sort(inputs.begin(), inputs.end());
  inputs.erase(std::unique(inputs.begin(), inputs.end()), inputs.end());
  return inputs;
}

// Why a processor is no candidate, as the end of "layer 'x' cannot run: on p ...".
using Reasons = IdVector<ProcessorId, std::string>;

class Finder {
 public:
  Finder(const Problem& problem, const Delays& delays)
      : problem_(problem),
        delays_(delays),
        load_store_(has_load_store(problem.hardware)),
        all_joined_(all_are_joined(problem.hardware)) {}

  IdVector<LayerId, std::int32_t> groups() const { return group_; }

  std::variant<IdVector<LayerId, std::vector<ProcessorId>>, Infeasible> run() {
    const Network& network = problem_.network;
    of_ = IdVector<LayerId, std::vector<ProcessorId>>(network.layer_count());
    for (const LayerId layer : network.layers()) {
      Reasons reasons(processors());
      for (const ProcessorId p : ids<ProcessorId>(processors())) {
        reasons[p] = why_not_alone(layer, p);
        if (reasons[p].empty()) of_[layer].push_back(p);
      }
      if (of_[layer].empty()) return nowhere(layer, reasons);
    }
    if (auto no = gather_groups()) return std::move(*no);
    std::deque<LayerId> open;
    for (const LayerId layer : network.layers()) open.push_back(layer);
    // Arc consistency (Mackworth, "Consistency in networks of relations", 1977): a layer that loses
    // a candidate may cost its neighbours theirs.
    while (!open.empty()) {
      const LayerId layer = open.front();
      open.pop_front();
      Reasons reasons(processors());
      const auto lost = std::remove_if(of_[layer].begin(), of_[layer].end(), [&](ProcessorId p) {
        reasons[p] = why_not_beside_neighbours(layer, p);
        return !reasons[p].empty();
      });
      if (lost == of_[layer].end()) continue;
      of_[layer].erase(lost, of_[layer].end());
      if (of_[layer].empty()) return nowhere(layer, reasons);
      const auto look_again = [&](LayerId at) {
        for (const LayerId other : network.predecessors(at)) open.push_back(other);
        for (const LayerId other : network.successors(at)) open.push_back(other);
      };
      look_again(layer);
      if (group_.empty() || group_[layer] < 0) continue;
      for (const LayerId other :
           problem_.constraints.together[static_cast<std::size_t>(group_[layer])]) {
        if (other == layer) continue;
        of_[other] = of_[layer];
        look_again(other);
      }
    }
    return std::move(of_);
  }

 private:
  std::size_t processors() const { return problem_.hardware.processors().size(); }

  // Each group keeps the candidates that all of its layers have.
  std::optional<Infeasible> gather_groups() {
    const auto& together = problem_.constraints.together;
    if (together.empty()) return std::nullopt;
    group_.assign(problem_.network.layer_count(), -1);
    for (std::size_t i = 0; i < together.size(); ++i) {
      std::vector<ProcessorId> common = of_[together[i].front()];
      for (const LayerId layer : together[i]) {
        group_[layer] = static_cast<std::int32_t>(i);
        const std::vector<ProcessorId> before = common;
        std::erase_if(common, [&](ProcessorId p) {
          return !std::binary_search(of_[layer].begin(), of_[layer].end(), p);
        });
        if (common.empty()) return nowhere_together(together[i].front(), before, layer);
      }
      for (const LayerId layer : together[i]) of_[layer] = common;
    }
    return std::nullopt;
  }

  Infeasible nowhere_together(LayerId first, const std::vector<ProcessorId>& common,
                              LayerId layer) const {
    const auto names = [&](const std::vector<ProcessorId>& processors) {
      std::string text;
      for (const ProcessorId p : processors) {
        text +=
            fmt::format("{}'{}'", text.empty() ? "" : ", ", problem_.hardware.processors()[p].name);
      }
      return text;
    };
    return {fmt::format(
        "the layers that stay together with '{}' can run on no one processor: those before '{}' on "
        "{} only, '{}' on {} only",
        problem_.network.layer(first).name, problem_.network.layer(layer).name, names(common),
        problem_.network.layer(layer).name, names(of_[layer]))};
  }

  std::string why_not_alone(LayerId layer, ProcessorId p) const {
    const ProcessorSpec& spec = problem_.hardware.processors()[p];
    if (!problem_.costs(layer, p)) return why_no_cost(layer, spec);
    const MemorySpec& memory = problem_.hardware.memories()[spec.memory];
    const Bytes needed = load_store_ ? needed_at_least(problem_, layer, spec.memory)
                                     : needed_while_running(problem_.network, layer);
    if (needed > memory.capacity) {
      return fmt::format("on '{}' it needs {} of '{}', {} more than there are", spec.name,
                         to_string(needed), memory.name, to_string(needed - memory.capacity));
    }
    const Layer& of = problem_.network.layer(layer);
    for (const TensorId input : of.inputs) {
      const Tensor& tensor = problem_.network.tensor(input);
      if (tensor.kind == TensorKind::Input && !delays_.from_host(input, spec.memory))
        return fmt::format("input '{}' has no way to '{}'", tensor.name, memory.name);
    }
    for (const TensorId output : of.outputs) {
      const Tensor& tensor = problem_.network.tensor(output);
      if (tensor.is_output && !delays_.to_host(output, p))
        return fmt::format("output '{}' has no way from '{}' to the host", tensor.name,
                           memory.name);
    }
    return {};
  }

  std::string why_no_cost(LayerId layer, const ProcessorSpec& spec) const {
    const std::string reason = problem_.network.given_times()
                                   ? std::string{}
                                   : why_no_roofline(problem_.network, layer, spec);
    return reason.empty() ? fmt::format("'{}' has no time for it", spec.name) : reason;
  }

  // Whoever sits beside a memory has a way to everybody else.
  static bool all_are_joined(const Hardware& hardware) {
    const auto& processors = hardware.processors();
    return std::all_of(processors.begin(), processors.end(), [&](const ProcessorSpec& from) {
      return std::all_of(processors.begin(), processors.end(), [&](const ProcessorSpec& to) {
        return from.memory == to.memory || hardware.route(from.memory, to.memory) != nullptr;
      });
    });
  }

  std::string why_not_beside_neighbours(LayerId layer, ProcessorId p) const {
    if (all_joined_) return {};
    const Network& network = problem_.network;
    const auto missing = [&](LayerId other, const std::function<bool(ProcessorId)>& reaches) {
      return std::none_of(of_[other].begin(), of_[other].end(), reaches);
    };
    for (const TensorId input : network.layer(layer).inputs) {
      const auto producer = network.tensor(input).producer;
      if (producer && missing(*producer, [&](ProcessorId q) {
            return delays_.between(input, q, p).has_value();
          })) {
        return no_way(p, *producer, "from");
      }
    }
    for (const TensorId output : network.layer(layer).outputs) {
      for (const LayerId consumer : network.tensor(output).consumers) {
        if (missing(consumer,
                    [&](ProcessorId q) { return delays_.between(output, p, q).has_value(); })) {
          return no_way(p, consumer, "to");
        }
      }
    }
    return {};
  }

  std::string no_way(ProcessorId p, LayerId other, const char* direction) const {
    return fmt::format("'{}' has no way {} any processor of layer '{}'",
                       problem_.hardware.processors()[p].name, direction,
                       problem_.network.layer(other).name);
  }

  Infeasible nowhere(LayerId layer, const Reasons& reasons) const {
    std::string text;
    for (const std::string& reason : reasons) {
      if (!reason.empty()) text += (text.empty() ? "" : "; ") + reason;
    }
    const Layer& of = problem_.network.layer(layer);
    return {fmt::format("layer '{}' ({}) can run on no processor: {}", of.name, to_string(of.kind),
                        text)};
  }

  const Problem& problem_;
  const Delays& delays_;
  const bool load_store_, all_joined_;
  IdVector<LayerId, std::vector<ProcessorId>> of_;
  IdVector<LayerId, std::int32_t> group_;  // in Constraints::together, or -1
};

}  // namespace

bool can_be_read_in_place(const Problem& problem, TensorId id, MemoryId memory) {
  const Tensor& tensor = problem.network.tensor(id);
  if (tensor.transfer_time) return false;
  const auto can_lie_in = [&](MemoryId home) {
    const Route* route = home == memory ? nullptr : problem.hardware.route(home, memory);
    return route != nullptr && route->size() == 1 && route->front().load_store;
  };
  if (!tensor.producer) return problem.hardware.host() && can_lie_in(*problem.hardware.host());
  const auto& processors = problem.hardware.processors();
  return std::any_of(processors.begin(), processors.end(),
                     [&](const ProcessorSpec& spec) { return can_lie_in(spec.memory); });
}

bool may_read_in_place(const Problem& problem, LayerId layer, ProcessorId p) {
  const auto& inputs = problem.network.layer(layer).inputs;
  return std::any_of(inputs.begin(), inputs.end(), [&](TensorId input) {
    return can_be_read_in_place(problem, input, problem.hardware.processors()[p].memory);
  });
}

bool has_load_store(const Hardware& hardware) {
  return std::any_of(hardware.links().begin(), hardware.links().end(),
                     [](const LinkSpec& link) { return link.load_store; });
}

Bytes needed_while_running(const Network& network, LayerId id) {
  const Layer& layer = network.layer(id);
  Bytes needed = layer.work.workspace;
  for (const TensorId input : distinct_inputs(layer)) needed += network.tensor(input).size;
  for (const TensorId output : layer.outputs) needed += network.tensor(output).size;
  return needed;
}

Bytes needed_at_least(const Problem& problem, LayerId layer, MemoryId memory) {
  Bytes needed = needed_while_running(problem.network, layer);
  for (const TensorId input : distinct_inputs(problem.network.layer(layer))) {
    if (can_be_read_in_place(problem, input, memory))
      needed = needed - problem.network.tensor(input).size;
  }
  return needed;
}

std::vector<TensorId> weights_of(const Network& network, LayerId id) {
  std::vector<TensorId> weights = distinct_inputs(network.layer(id));
  std::erase_if(weights,
                [&](TensorId tensor) { return !is_constant(network.tensor(tensor).kind); });
  return weights;
}

std::variant<Candidates, Infeasible> Candidates::find(const Problem& problem,
                                                      const Delays& delays) {
  Finder finder(problem, delays);
  auto found = finder.run();
  if (auto* no = std::get_if<Infeasible>(&found)) return std::move(*no);
  Candidates candidates;
  candidates.of_ = std::move(std::get<0>(found));
  candidates.groups_ = problem.constraints.together;
  candidates.group_ = finder.groups();
  return candidates;
}

bool Candidates::has(LayerId layer, ProcessorId processor) const {
  return std::binary_search(of_[layer].begin(), of_[layer].end(), processor);
}

}  // namespace partita
