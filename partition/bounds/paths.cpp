#include "partition/bounds/paths.h"

#include <algorithm>

namespace partita {
namespace {

// One value for each candidate of each layer, in the candidates' order.
using Table = IdVector<LayerId, std::vector<Time>>;

class Finder {
 public:
  Finder(const Problem& problem, const Delays& delays, const Candidates& candidates)
      : problem_(problem), delays_(delays), candidates_(candidates) {}

  Table heads() const {
    Table head(problem_.network.layer_count());
    for (const LayerId layer : problem_.network.layers()) {
      for (const ProcessorId p : candidates_[layer]) head[layer].push_back(head_of(layer, p, head));
    }
    return head;
  }

  Table tails() const {
    Table tail(problem_.network.layer_count());
    for (std::size_t i = problem_.network.layer_count(); i-- > 0;) {
      const auto layer = static_cast<LayerId>(i);
      for (const ProcessorId p : candidates_[layer]) tail[layer].push_back(tail_of(layer, p, tail));
    }
    return tail;
  }

 private:
  // `along(q)` plus what the neighbour takes and has behind it on q, at its best; a q without a way
  // does not count.
  template <class Delay>
  Time best(LayerId neighbour, const Table& known, Delay&& delay) const {
    Time least = Time::max();
    for (std::size_t i = 0; i < candidates_[neighbour].size(); ++i) {
      const ProcessorId q = candidates_[neighbour][i];
      const auto way = delay(q);
      if (!way) continue;
      least = std::min(least, known[neighbour][i] + duration(problem_, neighbour, q) + *way);
    }
    return least;
  }

  Time head_of(LayerId layer, ProcessorId p, const Table& head) const {
    Time start{0};
    for (const TensorId input : problem_.network.layer(layer).inputs) {
      const Tensor& tensor = problem_.network.tensor(input);
      if (tensor.producer) {
        start = std::max(start, best(*tensor.producer, head,
                                     [&](ProcessorId q) { return delays_.between(input, q, p); }));
      } else if (tensor.kind == TensorKind::Input) {
        const MemoryId here = problem_.hardware.processors()[p].memory;
        start = std::max(start, delays_.from_host(input, here).value_or(Time{0}));
      }
    }
    return start;
  }

  Time tail_of(LayerId layer, ProcessorId p, const Table& tail) const {
    Time rest{0};
    for (const TensorId output : problem_.network.layer(layer).outputs) {
      const Tensor& tensor = problem_.network.tensor(output);
      if (tensor.is_output) rest = std::max(rest, delays_.to_host(output, p).value_or(Time{0}));
      for (const LayerId consumer : tensor.consumers) {
        rest = std::max(rest, best(consumer, tail,
                                   [&](ProcessorId q) { return delays_.between(output, p, q); }));
      }
    }
    return rest;
  }

  const Problem& problem_;
  const Delays& delays_;
  const Candidates& candidates_;
};

}  // namespace

Paths::Paths(const Problem& problem, const Delays& delays, const Candidates& candidates)
    : head_(problem.network.layer_count()),
      tail_(problem.network.layer_count()),
      through_(problem.network.layer_count(), Time::max()) {
  const Finder finder(problem, delays, candidates);
  const Table heads = finder.heads(), tails = finder.tails();
  for (const LayerId layer : problem.network.layers()) {
    head_[layer] = *std::min_element(heads[layer].begin(), heads[layer].end());
    tail_[layer] = *std::min_element(tails[layer].begin(), tails[layer].end());
    for (std::size_t i = 0; i < heads[layer].size(); ++i) {
      through_[layer] =
          std::min(through_[layer], heads[layer][i] + tails[layer][i] +
                                        duration(problem, layer, candidates[layer][i]));
    }
  }
}

Time Paths::longest() const {
  return through_.empty() ? Time{0} : *std::max_element(through_.begin(), through_.end());
}

}  // namespace partita
