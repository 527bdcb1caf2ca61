#include "partition/problem/assignment_search.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "partition/problem/constraint_excess.h"

namespace partita {
namespace {

// What shares say about an assignment of the first layers.
//
// Model: a processor's share is largest when it takes all that is left and may go there, and the
//   rest is where it is fastest; and it is smallest when all that is left goes elsewhere, where it
//   is slowest.
class Shares {
 public:
  Shares(const Problem& problem, const Candidates& candidates)
      : problem_(problem), work_(problem.constraints.shares.size()) {
    if (work_.empty()) return;
    const std::size_t layers = problem.network.layer_count();
    slowest_.assign(layers + 1, 0);
    left_.assign(work_.size(), std::vector<Left>(layers + 1));
    for (std::size_t i = layers; i-- > 0;) {
      const auto layer = static_cast<LayerId>(i);
      std::int64_t least = std::numeric_limits<std::int64_t>::max(), most = 0;
      for (const ProcessorId p : candidates[layer]) {
        const std::int64_t time = duration(problem, layer, p).count();
        least = std::min(least, time), most = std::max(most, time);
      }
      slowest_[i] = slowest_[i + 1] + most;
      for (const ProcessorId p : ids<ProcessorId>(work_.size())) {
        left_[p][i] = left_[p][i + 1];
        if (candidates.has(layer, p)) {
          left_[p][i].here += duration(problem, layer, p).count();
        } else {
          left_[p][i].elsewhere += least;
        }
      }
    }
  }

  void add(LayerId layer, ProcessorId p, int sign) {
    if (work_.empty()) return;
    const std::int64_t time = duration(problem_, layer, p).count() * sign;
    work_[p] += time;
    all_ += time;
  }

  // With the layers before `next` placed.
  bool possible(std::size_t next) const {
    for (const ProcessorId p : ids<ProcessorId>(work_.size())) {
      const Constraints::Share& share = problem_.constraints.shares[p];
      const Left& left = left_[p][next];
      const Wide most = work_[p] + left.here;
      if (most * Constraints::kWhole < share.least * (all_ + left.here + left.elsewhere))
        return false;
      if (work_[p] * Constraints::kWhole > share.most * (all_ + slowest_[next])) return false;
    }
    return true;
  }

 private:
  struct Left {
    Wide here = 0, elsewhere = 0;
  };

  const Problem& problem_;
  IdVector<ProcessorId, Wide> work_;
  Wide all_ = 0;
  std::vector<Wide> slowest_;  // of all layers from the i-th on
  IdVector<ProcessorId, std::vector<Left>> left_;
};

class Search {
 public:
  Search(const Problem& problem, const Candidates& candidates)
      : problem_(problem),
        candidates_(candidates),
        shares_(problem, candidates),
        processor_(problem.network.layer_count()),
        tried_(problem.network.layer_count()),
        readers_(problem.network.tensors().size(),
                 std::vector<std::uint32_t>(problem.hardware.memories().size())),
        weights_(problem.hardware.memories().size()),
        visited_(problem.constraints.contiguous ? problem.network.layer_count() : 0,
                 problem.hardware.processors().size()),
        left_(visited_) {}

  AssignmentFound run(std::int64_t most_steps) {
    const std::size_t layers = problem_.network.layer_count();
    if (!shares_.possible(0)) return NoAssignment{};
    std::size_t next = 0;
    while (true) {
      if (next == layers) return assignment();
      const auto layer = static_cast<LayerId>(next);
      if (most_steps-- == 0) return NotFoundInTime{};
      if (processor_[layer]) take_back(layer);
      if (place_next(layer)) {
        ++next;
      } else {
        tried_[layer] = 0;
        if (next-- == 0) return NoAssignment{};
      }
    }
  }

 private:
  // On the next of its processors that is open to it; false: none is left.
  bool place_next(LayerId layer) {
    const std::size_t count = candidates_[layer].size();
    while (tried_[layer] < count) {
      const ProcessorId p = choice(layer, tried_[layer]++);
      if (closed(layer, p)) continue;
      put(layer, p);
      if (fits(layer, p) && shares_.possible(index(layer) + 1)) return true;
      take_back(layer);
    }
    return false;
  }

  // The i-th to be tried: that of the layer before first, then the others in order.
  ProcessorId choice(LayerId layer, std::size_t i) const {
    const std::vector<ProcessorId>& all = candidates_[layer];
    if (index(layer) == 0) return all[i];
    const auto first =
        std::find(all.begin(), all.end(), *processor_[static_cast<LayerId>(index(layer) - 1)]);
    const auto at = static_cast<std::size_t>(first - all.begin());
    if (at == all.size()) return all[i];
    return i == 0 ? all[at] : all[i <= at ? i - 1 : i];
  }

  bool closed(LayerId layer, ProcessorId p) const {
    const std::vector<LayerId>* group = candidates_.group(layer);
    if (group != nullptr && group->front() != layer && processor_[group->front()] != p) return true;
    if (!problem_.constraints.contiguous) return false;
    const auto& before = problem_.network.predecessors(layer);
    return std::any_of(before.begin(), before.end(), [&](LayerId other) {
      return left_.has(other, p) || (visited_.has(other, p) && processor_[other] != p);
    });
  }

  bool fits(LayerId layer, ProcessorId p) const {
    const MemoryId memory = problem_.hardware.processors()[p].memory;
    Bytes needed = weights_[memory] + needed_while_running(problem_.network, layer);
    for (const TensorId weight : weights_of(problem_.network, layer)) {
      needed -= problem_.network.tensor(weight).size;
    }
    return needed <= problem_.hardware.memories()[memory].capacity;
  }

  void put(LayerId layer, ProcessorId p) {
    processor_[layer] = p;
    shares_.add(layer, p, 1);
    const MemoryId memory = problem_.hardware.processors()[p].memory;
    for (const TensorId weight : weights_of(problem_.network, layer)) {
      if (readers_[weight][index(memory)]++ == 0) {
        weights_[memory] += problem_.network.tensor(weight).size;
      }
    }
    if (!problem_.constraints.contiguous) return;
    visited_.clear(layer);
    left_.clear(layer);
    visited_.add(layer, p);
    for (const LayerId other : problem_.network.predecessors(layer)) {
      left_.add_all(layer, other);
      left_.add_all_but(layer, visited_, other, *processor_[other]);
      visited_.add_all(layer, other);
    }
  }

  void take_back(LayerId layer) {
    const ProcessorId p = *processor_[layer];
    processor_[layer].reset();
    shares_.add(layer, p, -1);
    const MemoryId memory = problem_.hardware.processors()[p].memory;
    for (const TensorId weight : weights_of(problem_.network, layer)) {
      if (--readers_[weight][index(memory)] == 0) {
        weights_[memory] -= problem_.network.tensor(weight).size;
      }
    }
  }

  IdVector<LayerId, ProcessorId> assignment() const {
    IdVector<LayerId, ProcessorId> made;
    for (const auto& p : processor_) made.push_back(*p);
    return made;
  }

  const Problem& problem_;
  const Candidates& candidates_;
  Shares shares_;
  IdVector<LayerId, std::optional<ProcessorId>> processor_;
  IdVector<LayerId, std::size_t> tried_;
  IdVector<TensorId, std::vector<std::uint32_t>> readers_;  // of a weight, in each memory
  IdVector<MemoryId, Bytes> weights_;
  ProcessorSets visited_, left_;  // as in ListSchedule
};

}  // namespace

AssignmentFound find_assignment(const Problem& problem, const Candidates& candidates,
                                std::int64_t most_steps) {
  return Search(problem, candidates).run(most_steps);
}

}  // namespace partita
