#include "partition/methods/ranks.h"

#include <algorithm>
#include <map>
#include <queue>
#include <tuple>

#include "models/plan/plan.h"
#include "partition/bounds/paths.h"

namespace partita {
namespace {

Time mean_time(const Problem& problem, LayerId layer, const Candidates& candidates) {
  Wide sum = 0;
  for (const ProcessorId p : candidates[layer]) sum += duration(problem, layer, p).count();
  return mean(sum, static_cast<std::int64_t>(candidates[layer].size()));
}

Time mean_transfer(const Problem& problem, TensorId tensor, const Delays& delays) {
  const ids<ProcessorId> processors(problem.hardware.processors().size());
  Wide sum = 0;
  std::int64_t pairs = 0;
  for (const ProcessorId src : processors) {
    for (const ProcessorId dst : processors) {
      const auto delay = src != dst ? delays.between(tensor, src, dst) : std::nullopt;
      if (delay) sum += delay->count(), ++pairs;
    }
  }
  return mean(sum, pairs);
}

Time mean_to_host(const Problem& problem, TensorId tensor, const Delays& delays) {
  Wide sum = 0;
  std::int64_t ways = 0;
  for (const ProcessorId src : ids<ProcessorId>(problem.hardware.processors().size())) {
    if (const auto delay = delays.to_host(tensor, src)) sum += delay->count(), ++ways;
  }
  return mean(sum, ways);
}

}  // namespace

// Sums in 128 bits stay exact on every machine.
Time mean(Wide sum, std::int64_t count) {
  return Time{count > 0 ? static_cast<std::int64_t>(sum / count) : 0};
}

MeanTimes::MeanTimes(const Problem& problem, const Delays& delays, const Candidates& candidates)
    : layer_(problem.network.layer_count()),
      transfer_(problem.network.tensors().size()),
      to_host_(problem.network.tensors().size()) {
  // Tensors that are alike take as long on all ways.
  std::map<std::tuple<Bytes, Content, std::optional<Time>>, Time> known;
  for (const LayerId layer : problem.network.layers()) {
    layer_[layer] = mean_time(problem, layer, candidates);
    for (const TensorId output : problem.network.layer(layer).outputs) {
      const Tensor& tensor = problem.network.tensor(output);
      if (tensor.is_output) to_host_[output] = mean_to_host(problem, output, delays);
      if (tensor.consumers.empty()) continue;
      const auto [found, is_new] =
          known.try_emplace({tensor.size, content_of(tensor), tensor.transfer_time}, Time{0});
      if (is_new) found->second = mean_transfer(problem, output, delays);
      transfer_[output] = found->second;
    }
  }
}

Ranks upward_ranks(const Network& network, const MeanTimes& means) {
  Ranks rank(network.layer_count());
  for (std::size_t i = network.layer_count(); i-- > 0;) {
    const auto layer = static_cast<LayerId>(i);
    Time after{0};
    for (const TensorId output : network.layer(layer).outputs) {
      after = std::max(after, means.to_host(output));
      for (const LayerId consumer : network.tensor(output).consumers)
        after = std::max(after, means.transfer(output) + rank[consumer]);
    }
    rank[layer] = means.of(layer) + after;
  }
  return rank;
}

Ranks downward_ranks(const Network& network, const MeanTimes& means) {
  Ranks rank(network.layer_count());
  for (const LayerId layer : network.layers()) {
    for (const TensorId input : network.layer(layer).inputs) {
      const auto producer = network.tensor(input).producer;
      if (!producer) continue;
      rank[layer] =
          std::max(rank[layer], rank[*producer] + means.of(*producer) + means.transfer(input));
    }
  }
  return rank;
}

std::vector<LayerId> ready_order(const Network& network, const Ranks& ranks) {
  const auto later = [&](LayerId a, LayerId b) {
    return ranks[a] != ranks[b] ? ranks[a] < ranks[b] : a > b;
  };
  std::priority_queue<LayerId, std::vector<LayerId>, decltype(later)> ready(later);
  IdVector<LayerId, std::size_t> missing(network.layer_count());
  for (const LayerId layer : network.layers()) {
    missing[layer] = network.predecessors(layer).size();
    if (missing[layer] == 0) ready.push(layer);
  }
  std::vector<LayerId> order;
  while (!ready.empty()) {
    order.push_back(ready.top());
    ready.pop();
    for (const LayerId next : network.successors(order.back())) {
      if (--missing[next] == 0) ready.push(next);
    }
  }
  return order;
}

}  // namespace partita
