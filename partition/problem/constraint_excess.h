// By how much a plan misses its constraints: what a search is punished for.
#pragma once

#include <cstdint>
#include <vector>

#include "models/plan/plan.h"
#include "partition/problem/problem.h"

namespace partita {

// Sets of processors, one for each layer.
class ProcessorSets {
 public:
  ProcessorSets(std::size_t layers, std::size_t processors)
      : words_((processors + 63) / 64), bits_(layers * words_) {}

  void clear() { bits_.assign(bits_.size(), 0); }
  void clear(LayerId layer) {
    for (std::size_t i = 0; i < words_; ++i) bits_[first(layer) + i] = 0;
  }
  void add(LayerId layer, ProcessorId processor) {
    bits_[first(layer) + index(processor) / 64] |= bit(processor);
  }
  void add_all(LayerId to, LayerId from) {
    for (std::size_t i = 0; i < words_; ++i) bits_[first(to) + i] |= bits_[first(from) + i];
  }
  // What `other` has at `from`, without one.
  void add_all_but(LayerId to, const ProcessorSets& other, LayerId from, ProcessorId without) {
    const bool had = has(to, without);
    for (std::size_t i = 0; i < words_; ++i) bits_[first(to) + i] |= other.bits_[first(from) + i];
    if (!had) bits_[first(to) + index(without) / 64] &= ~bit(without);
  }
  bool has(LayerId layer, ProcessorId processor) const {
    return (bits_[first(layer) + index(processor) / 64] >> (index(processor) % 64)) & 1;
  }
  // How many processors are in both sets, `except` aside.
  int in_both(LayerId layer, const ProcessorSets& other, ProcessorId except) const;

 private:
  static std::uint64_t bit(ProcessorId p) { return std::uint64_t{1} << (index(p) % 64); }
  std::size_t first(LayerId layer) const { return index(layer) * words_; }

  std::size_t words_;
  std::vector<std::uint64_t> bits_;
};

// Model: in millionths, each rounded up,
//   together:    of a group, the part that is not where most of it is;
//   contiguous:  of all layers, those that lie on a path between layers of a processor and run
//                elsewhere, once for each such processor;
//   shares:      what a processor's part of the layer time lacks or is too much.
// Limits of terms are no matter of the assignment: CostModel adds what exceeds them.
// Keeps a reference: the problem must outlive it.
class ConstraintExcess {
 public:
  explicit ConstraintExcess(const Problem& problem);

  // Precondition: every layer has a cost on its processor.
  std::int64_t of(const IdVector<LayerId, ProcessorId>& processor);

 private:
  std::int64_t apart(const IdVector<LayerId, ProcessorId>& processor);
  std::int64_t left_and_entered(const IdVector<LayerId, ProcessorId>& processor);
  std::int64_t beyond_shares(const IdVector<LayerId, ProcessorId>& processor);

  const Problem& problem_;
  ProcessorSets before_, behind_;  // buffers, as the others
  IdVector<ProcessorId, std::int64_t> count_;
};

}  // namespace partita
