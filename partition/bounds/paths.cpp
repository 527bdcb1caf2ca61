#include "partition/bounds/paths.h"

#include <algorithm>

namespace partita {
namespace {

constexpr std::size_t kLayersPerLook = 64;  // at the clock

// One value for each candidate of each layer, in the candidates' order.
using Table = IdVector<LayerId, std::vector<Time>>;

class Finder {
 public:
  Finder(const Problem& problem, const Delays& delays, const Candidates& candidates,
         const Deadline& deadline)
      : problem_(problem),
        delays_(delays),
        candidates_(candidates),
        deadline_(deadline),
        done_(problem.network.layer_count()) {}

  Table heads() {
    Table head(problem_.network.layer_count());
    for (std::size_t i = 0; i < problem_.network.layer_count(); ++i) {
      look_at_the_clock(i);
      const auto layer = static_cast<LayerId>(i);
      for (const ProcessorId p : candidates_[layer]) head[layer].push_back(head_of(layer, p));
      sort_in(layer, head[layer]);
    }
    return head;
  }

  Table tails() {
    Table tail(problem_.network.layer_count());
    for (std::size_t i = problem_.network.layer_count(); i-- > 0;) {
      look_at_the_clock(i);
      const auto layer = static_cast<LayerId>(i);
      for (const ProcessorId p : candidates_[layer]) tail[layer].push_back(tail_of(layer, p));
      sort_in(layer, tail[layer]);
    }
    return tail;
  }

 private:
  // What a layer has before or behind it on a processor, and its own time there.
  struct Done {
    Time time{0};
    ProcessorId on{};
  };

  void look_at_the_clock(std::size_t layer) {
    if (layer % kLayersPerLook == 0) no_time_left_ |= deadline_.passed();
  }

  // So that who looks for the best of them, plus a way, need not look at many.
  void sort_in(LayerId layer, const std::vector<Time>& known) {
    std::vector<Done>& done = done_[layer];
    done.clear();
    for (std::size_t i = 0; i < known.size(); ++i) {
      const ProcessorId p = candidates_[layer][i];
      done.push_back({known[i] + duration(problem_, layer, p), p});
    }
    std::sort(done.begin(), done.end(),
              [](const Done& a, const Done& b) { return a.time < b.time; });
  }

  // `delay(q)` plus what the neighbour takes and has behind it on q, at its best; a q without a way
  // does not count. Where there is no time left, ways take none.
  template <class Delay>
  Time best(LayerId neighbour, Delay&& delay) const {
    if (no_time_left_) return done_[neighbour].front().time;
    Time least = Time::max();
    for (const Done& done : done_[neighbour]) {
      if (done.time >= least) break;
      const auto way = delay(done.on);
      if (way) least = std::min(least, done.time + *way);
    }
    return least;
  }

  Time head_of(LayerId layer, ProcessorId p) const {
    Time start{0};
    for (const TensorId input : problem_.network.layer(layer).inputs) {
      const Tensor& tensor = problem_.network.tensor(input);
      if (tensor.producer) {
        start = std::max(start, best(*tensor.producer,
                                     [&](ProcessorId q) { return delays_.between(input, q, p); }));
      } else if (tensor.kind == TensorKind::Input) {
        const MemoryId here = problem_.hardware.processors()[p].memory;
        start = std::max(start, delays_.from_host(input, here).value_or(Time{0}));
      }
    }
    return start;
  }

  Time tail_of(LayerId layer, ProcessorId p) const {
    Time rest{0};
    for (const TensorId output : problem_.network.layer(layer).outputs) {
      const Tensor& tensor = problem_.network.tensor(output);
      if (tensor.is_output) rest = std::max(rest, delays_.to_host(output, p).value_or(Time{0}));
      for (const LayerId consumer : tensor.consumers) {
        rest = std::max(
            rest, best(consumer, [&](ProcessorId q) { return delays_.between(output, p, q); }));
      }
    }
    return rest;
  }

  const Problem& problem_;
  const Delays& delays_;
  const Candidates& candidates_;
  const Deadline& deadline_;
  IdVector<LayerId, std::vector<Done>> done_;  // of each layer, the least first
  bool no_time_left_ = false;
};

}  // namespace

Paths::Paths(const Problem& problem, const Delays& delays, const Candidates& candidates,
             const Deadline& deadline)
    : head_(problem.network.layer_count()),
      tail_(problem.network.layer_count()),
      through_(problem.network.layer_count(), Time::max()) {
  Finder finder(problem, delays, candidates, deadline);
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
