#include "partition/methods/search_state.h"

#include <algorithm>
#include <utility>

namespace partita {
namespace {

constexpr std::size_t kLargestBlock = 24;

}  // namespace

SearchState::SearchState(const Problem& problem, const Candidates& candidates)
    : problem_(problem), candidates_(candidates), seen_(problem.network.layer_count()) {
  for (const LayerId layer : problem.network.layers()) {
    if (candidates[layer].size() > 1) movable_.push_back(layer);
  }
  block_.reserve(kLargestBlock);
}

void SearchState::load(const Placement& placement, const Timeline& timeline) {
  Snapshot loaded{placement.processor, {}};
  // A layer takes time, so its consumers start later; layers that several streams start at one
  // instant follow the order.
  for (const std::vector<LayerId>& order : placement.order)
    loaded.sequence.insert(loaded.sequence.end(), order.begin(), order.end());
  std::stable_sort(loaded.sequence.begin(), loaded.sequence.end(), [&](LayerId a, LayerId b) {
    return timeline.layers[a].start < timeline.layers[b].start;
  });
  restore(loaded);
}

void SearchState::restore(const Snapshot& snapshot) {
  processor_ = snapshot.processor;
  for (const std::vector<LayerId>& group : problem_.constraints.together) {
    ProcessorId at = processor_[group.front()];
    if (!candidates_.has(group.front(), at)) at = candidates_[group.front()].front();
    for (const LayerId layer : group) processor_[layer] = at;
  }
  sequence_ = snapshot.sequence;
  position_.resize(sequence_.size());
  for (std::size_t i = 0; i < sequence_.size(); ++i) position_[sequence_[i]] = i;
  keep();
}

Placement SearchState::placement() const {
  Placement placement{processor_, IdVector<ProcessorId, std::vector<LayerId>>(
                                      problem_.hardware.processors().size())};
  for (const LayerId layer : sequence_) placement.order[processor_[layer]].push_back(layer);
  return placement;
}

bool SearchState::change(Random& random) {
  const std::size_t draw = random.below(100);
  if (movable_.empty() || draw < 20) return reorder(random);
  if (draw < 55) return move_one(random);
  if (draw < 70) return move_block(random);
  if (draw < 80) return move_chain(random);
  if (draw < 90) return move_window(random);
  return exchange(random);
}

void SearchState::undo() {
  while (!shifted_.empty()) {
    const Shifted last = shifted_.back();
    shift(last.to, last.from);
    shifted_.pop_back();  // the shift back
    shifted_.pop_back();
  }
  for (auto last = assigned_.rbegin(); last != assigned_.rend(); ++last)
    processor_[last->layer] = last->before;
  assigned_.clear();
}

void SearchState::keep() {
  assigned_.clear();
  shifted_.clear();
}

std::size_t SearchState::first_change() const {
  std::size_t first = sequence_.size();
  for (const Assigned& each : assigned_) first = std::min(first, position_[each.layer]);
  for (const Shifted& each : shifted_) first = std::min({first, each.from, each.to});
  return first;
}

ProcessorId SearchState::target(LayerId layer, Random& random) const {
  const auto& before = problem_.network.predecessors(layer);
  const auto& after = problem_.network.successors(layer);
  if (before.size() + after.size() > 0 && random.one_in(2)) {
    const std::size_t pick = random.below(before.size() + after.size());
    return processor_[pick < before.size() ? before[pick] : after[pick - before.size()]];
  }
  const auto& choices = candidates_[layer];
  return choices[random.below(choices.size())];
}

bool SearchState::assign(LayerId layer, ProcessorId processor) {
  if (processor_[layer] == processor || !candidates_.has(layer, processor)) return false;
  const std::vector<LayerId>* group = candidates_.group(layer);
  if (group == nullptr) {
    assign_one(layer, processor);
  } else {
    for (const LayerId each : *group) assign_one(each, processor);
  }
  return true;
}

void SearchState::assign_one(LayerId layer, ProcessorId processor) {
  assigned_.push_back({layer, processor_[layer]});
  processor_[layer] = processor;
}

void SearchState::shift(std::size_t from, std::size_t to) {
  const auto first = sequence_.begin() + static_cast<std::ptrdiff_t>(std::min(from, to));
  const auto last = sequence_.begin() + static_cast<std::ptrdiff_t>(std::max(from, to)) + 1;
  std::rotate(first, from < to ? first + 1 : last - 1, last);
  for (std::size_t i = std::min(from, to); i <= std::max(from, to); ++i)
    position_[sequence_[i]] = i;
  shifted_.push_back({from, to});
}

void SearchState::focus(const std::vector<LayerId>& layers) {
  focus_ = layers;
  movable_focus_.clear();
  for (const LayerId layer : layers) {
    if (candidates_[layer].size() > 1) movable_focus_.push_back(layer);
  }
}

LayerId SearchState::pick(const std::vector<LayerId>& focus, const std::vector<LayerId>& all,
                          Random& random) const {
  const std::vector<LayerId>& from = !focus.empty() && random.one_in(2) ? focus : all;
  return from[random.below(from.size())];
}

bool SearchState::move_one(Random& random) {
  const LayerId layer = pick(movable_focus_, movable_, random);
  return assign(layer, target(layer, random));
}

// Layers that are joined and sit on one processor go to another together.
bool SearchState::move_block(Random& random) {
  const LayerId first = pick(movable_focus_, movable_, random);
  const ProcessorId to = target(first, random);
  const ProcessorId from = processor_[first];
  if (to == from) return false;
  const std::size_t size = 2 + random.below(kLargestBlock - 1);
  block_.assign(1, first);
  seen_[first] = ++round_;
  for (std::size_t i = 0; i < block_.size() && block_.size() < size; ++i) {
    const auto spread = [&](const std::vector<LayerId>& neighbours) {
      for (const LayerId next : neighbours) {
        if (block_.size() == size) return;
        if (processor_[next] != from || std::exchange(seen_[next], round_) == round_) continue;
        block_.push_back(next);
      }
    };
    spread(problem_.network.predecessors(block_[i]));
    spread(problem_.network.successors(block_[i]));
  }
  bool changed = false;
  for (const LayerId layer : block_) changed |= assign(layer, to);
  return changed;
}

bool SearchState::only_follower(LayerId before, LayerId after) const {
  return problem_.network.successors(before).size() == 1 &&
         problem_.network.predecessors(after).size() == 1;
}

// Layers in a row without branches, from one on, or the whole row.
bool SearchState::move_chain(Random& random) {
  LayerId at = pick(movable_focus_, movable_, random);
  const ProcessorId to = target(at, random);
  if (random.one_in(2)) {
    while (problem_.network.predecessors(at).size() == 1 &&
           only_follower(problem_.network.predecessors(at).front(), at)) {
      at = problem_.network.predecessors(at).front();
    }
  }
  bool changed = assign(at, to);
  while (problem_.network.successors(at).size() == 1 &&
         only_follower(at, problem_.network.successors(at).front())) {
    at = problem_.network.successors(at).front();
    changed |= assign(at, to);
  }
  return changed;
}

// Everything that stands between two places of the order: a stage of a pipeline.
bool SearchState::move_window(Random& random) {
  const LayerId layer = pick(movable_focus_, movable_, random);
  const ProcessorId to = target(layer, random);
  const std::size_t first = position_[layer];
  const std::size_t length = 1 + random.below(1 + random.below(sequence_.size() - first));
  bool changed = false;
  for (std::size_t i = first; i < first + length; ++i) changed |= assign(sequence_[i], to);
  return changed;
}

bool SearchState::exchange(Random& random) {
  const LayerId a = pick(movable_focus_, movable_, random);
  const LayerId b = pick(movable_focus_, movable_, random);
  const ProcessorId of_a = processor_[a], of_b = processor_[b];
  if (of_a == of_b || !candidates_.has(a, of_b) || !candidates_.has(b, of_a)) return false;
  assign(a, of_b);
  assign(b, of_a);  // of another group, as those of one are on one processor
  return true;
}

// One layer goes elsewhere between its last producer and its first consumer.
bool SearchState::reorder(Random& random) {
  const LayerId layer = pick(focus_, sequence_, random);
  const std::size_t from = position_[layer];
  std::size_t first = 0, last = sequence_.size() - 1;
  for (const LayerId before : problem_.network.predecessors(layer))
    first = std::max(first, position_[before] + 1);
  for (const LayerId after : problem_.network.successors(layer))
    last = std::min(last, position_[after] - 1);
  const std::size_t to = first + random.below(last - first + 1);
  if (to == from) return false;
  bool passes_another = false;
  for (std::size_t i = std::min(from, to); i <= std::max(from, to); ++i)
    passes_another |= i != from && processor_[sequence_[i]] == processor_[layer];
  shift(from, to);
  return passes_another;
}

}  // namespace partita
