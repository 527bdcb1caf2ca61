#include "partition/bounds/energy_bound.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace partita {
namespace {

std::int64_t least_power(const ProcessorSpec& spec) {
  const std::int64_t awake = std::min(spec.idle.value, spec.active.value);
  return spec.sleep ? std::min(awake, spec.sleep->power.value) : awake;
}

class Forest {
 public:
  Forest(const Problem& problem, const Candidates& candidates)
      : problem_(problem),
        candidates_(candidates),
        prices_(problem.network, problem.hardware, problem.costs),
        least_(problem.network.layer_count()) {}

  // Sum over the trees. Layers are numbered topologically, so children come before their parents.
  Wide least() {
    const Network& network = problem_.network;
    IdVector<LayerId, std::vector<Branch>> branches(network.layer_count());
    Wide sum = 0;
    for (std::size_t left = network.layer_count(); left-- > 0;) {
      const auto layer = static_cast<LayerId>(left);
      for (const ProcessorId p : candidates_[layer]) {
        Wide value = of_layer(layer, p);
        for (const Branch& branch : branches[layer]) value += along(branch, p);
        least_[layer].push_back(value);
      }
      if (const auto largest = largest_input(layer)) {
        branches[*network.tensor(*largest).producer].push_back({*largest, layer});
      } else {
        sum += *std::min_element(least_[layer].begin(), least_[layer].end());
      }
    }
    return sum;
  }

  Wide idle() const { return prices_.idle(); }

 private:
  struct Branch {
    TensorId tensor{};
    LayerId reader{};
  };

  const ProcessorSpec& spec(ProcessorId p) const { return problem_.hardware.processors()[p]; }

  Wide of_layer(LayerId layer, ProcessorId p) const {
    const Wide more = spec(p).active.value - least_power(spec(p));
    Wide value =
        more * duration(problem_, layer, p).count() / spec(p).streams + prices_.of_layer(layer, p);
    const auto host = problem_.hardware.host();
    for (const TensorId output : problem_.network.layer(layer).outputs) {
      if (host && problem_.network.tensor(output).is_output && *host != spec(p).memory) {
        value += prices_.of_way(output, spec(p).memory, *host);
      }
    }
    return value;
  }

  std::optional<TensorId> largest_input(LayerId layer) const {
    const Network& network = problem_.network;
    std::optional<TensorId> largest;
    for (const TensorId input : network.layer(layer).inputs) {
      const Tensor& tensor = network.tensor(input);
      if (!tensor.producer || tensor.consumers.front() != layer) continue;
      // The way to the host counts with the producer.
      if (tensor.is_output && problem_.hardware.host()) continue;
      if (!largest || tensor.size > network.tensor(*largest).size) largest = input;
    }
    return largest;
  }

  // Of a branch below a layer on `p`: the reader where it is cheapest, the way there included.
  Wide along(const Branch& branch, ProcessorId p) const {
    const MemoryId here = spec(p).memory;
    std::optional<Wide> best;
    for (std::size_t i = 0; i < candidates_[branch.reader].size(); ++i) {
      const MemoryId there = spec(candidates_[branch.reader][i]).memory;
      // Where there is no way, of_way() is 0: still a bound.
      const Wide way = here == there ? Wide{0} : prices_.of_way(branch.tensor, here, there);
      const Wide value = least_[branch.reader][i] + way;
      if (!best || value < *best) best = value;
    }
    return *best;
  }

  const Problem& problem_;
  const Candidates& candidates_;
  const PlanEnergy prices_;
  IdVector<LayerId, std::vector<Wide>> least_;  // as candidates: of its tree
};

}  // namespace

EnergyBound::EnergyBound(const Problem& problem, const Candidates& candidates) {
  Forest forest(problem, candidates);
  at_rest_ = forest.idle();
  for (const ProcessorSpec& spec : problem.hardware.processors()) at_rest_ += least_power(spec);
  of_work_ = forest.least();
}

}  // namespace partita
