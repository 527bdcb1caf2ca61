#include "partition/problem/constraint_excess.h"

#include <algorithm>
#include <bit>

namespace partita {
namespace {

constexpr std::int64_t kMillion = 1'000'000;

std::int64_t millionths(Wide part, Wide whole) {
  return static_cast<std::int64_t>((part * kMillion + whole - 1) / whole);
}

}  // namespace

int ProcessorSets::in_both(LayerId layer, const ProcessorSets& other, ProcessorId except) const {
  int count = 0;
  for (std::size_t i = 0; i < words_; ++i) {
    count += std::popcount(bits_[first(layer) + i] & other.bits_[first(layer) + i]);
  }
  return count - (has(layer, except) && other.has(layer, except) ? 1 : 0);
}

ConstraintExcess::ConstraintExcess(const Problem& problem)
    : problem_(problem),
      before_(problem.constraints.contiguous ? problem.network.layer_count() : 0,
              problem.hardware.processors().size()),
      behind_(before_),
      count_(problem.hardware.processors().size()) {}

std::int64_t ConstraintExcess::of(const IdVector<LayerId, ProcessorId>& processor) {
  const Constraints& wanted = problem_.constraints;
  std::int64_t sum = 0;
  if (!wanted.together.empty()) sum += apart(processor);
  if (wanted.contiguous) sum += left_and_entered(processor);
  if (!wanted.shares.empty()) sum += beyond_shares(processor);
  return sum;
}

std::int64_t ConstraintExcess::apart(const IdVector<LayerId, ProcessorId>& processor) {
  std::int64_t sum = 0;
  for (const std::vector<LayerId>& group : problem_.constraints.together) {
    count_.assign(count_.size(), 0);
    for (const LayerId layer : group) ++count_[processor[layer]];
    const auto size = static_cast<std::int64_t>(group.size());
    sum += millionths(size - *std::max_element(count_.begin(), count_.end()), size);
  }
  return sum;
}

// Layers are numbered topologically: one sweep finds the processors of all that is before a layer,
// another those of all that is behind it.
std::int64_t ConstraintExcess::left_and_entered(const IdVector<LayerId, ProcessorId>& processor) {
  const Network& network = problem_.network;
  before_.clear();
  behind_.clear();
  for (const LayerId layer : network.layers()) {
    for (const LayerId other : network.predecessors(layer)) {
      before_.add_all(layer, other);
      before_.add(layer, processor[other]);
    }
  }
  std::int64_t between = 0;
  for (std::size_t left = network.layer_count(); left-- > 0;) {
    const auto layer = static_cast<LayerId>(left);
    for (const LayerId other : network.successors(layer)) {
      behind_.add_all(layer, other);
      behind_.add(layer, processor[other]);
    }
    between += before_.in_both(layer, behind_, processor[layer]);
  }
  return millionths(between, static_cast<Wide>(network.layer_count()));
}

std::int64_t ConstraintExcess::beyond_shares(const IdVector<LayerId, ProcessorId>& processor) {
  count_.assign(count_.size(), 0);
  Wide all = 0;
  for (const LayerId layer : problem_.network.layers()) {
    const Time time = duration(problem_, layer, processor[layer]);
    count_[processor[layer]] += time.count();
    all += time.count();
  }
  std::int64_t sum = 0;
  for (const ProcessorId p : ids<ProcessorId>(count_.size())) {
    const Constraints::Share& share = problem_.constraints.shares[p];
    const Wide part = static_cast<Wide>(count_[p]) * Constraints::kWhole;
    if (part < share.least * all) sum += millionths(share.least * all - part, all * kMillion);
    if (part > share.most * all) sum += millionths(part - share.most * all, all * kMillion);
  }
  return sum;
}

}  // namespace partita
