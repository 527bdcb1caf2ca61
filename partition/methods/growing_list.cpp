#include "partition/methods/growing_list.h"

#include <algorithm>
#include <limits>

namespace partita {
namespace {

constexpr std::int64_t kNever = IdleMachine::kNever;

}  // namespace

GrowingList::GrowingList(const IdleMachine& machine)
    : machine_(machine),
      fastest_(machine.layers(), kNever),
      missing_(machine.layers()),
      lane_(machine.layers()),
      start_(machine.layers()),
      end_(machine.layers()),
      come_(machine.processors()) {
  for (std::size_t p = 0; p < machine.processors(); ++p) {
    for (std::size_t i = 0; i < machine.streams(p); ++i)
      processor_of_.push_back(static_cast<std::uint32_t>(p));
  }
  lanes_.resize(processor_of_.size());
  for (std::size_t layer = 0; layer < machine.layers(); ++layer) {
    for (std::size_t p = 0; p < machine.processors(); ++p)
      fastest_[layer] = std::min(fastest_[layer], machine.time(layer, p));
  }
}

void GrowingList::clear(const Keys& keys) {
  for (std::vector<Busy>& lane : lanes_) lane.clear();
  order_.clear(), ready_.clear();
  std::fill(lane_.begin(), lane_.end(), kNone);
  keys_ = &keys;
  for (std::uint32_t layer = 0; layer < missing_.size(); ++layer) {
    missing_[layer] = static_cast<std::uint32_t>(machine_.in(layer).size());
    if (missing_[layer] == 0) push(layer);
  }
}

void GrowingList::set_keys(const Keys& keys) {
  keys_ = &keys;
  std::make_heap(ready_.begin(), ready_.end(),
                 [&](std::uint32_t a, std::uint32_t b) { return is_less(a, b); });
}

void GrowingList::push(std::uint32_t layer) {
  ready_.push_back(layer);
  std::push_heap(ready_.begin(), ready_.end(),
                 [&](std::uint32_t a, std::uint32_t b) { return is_less(a, b); });
}

std::uint32_t GrowingList::place_next(std::int64_t patience) {
  std::pop_heap(ready_.begin(), ready_.end(),
                [&](std::uint32_t a, std::uint32_t b) { return is_less(a, b); });
  const std::uint32_t layer = ready_.back();
  ready_.pop_back();
  for (std::size_t p = 0; p < come_.size(); ++p) come_[p] = machine_.received(layer, p);
  for (const IdleMachine::Arc& arc : machine_.in(layer)) {
    const std::int64_t made = end_[arc.layer];
    const std::size_t from = processor_of_[lane_[arc.layer]];
    for (std::size_t p = 0; p < come_.size(); ++p)
      come_[p] = std::max(come_[p], made + machine_.way(arc, from, p));
  }
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  Step best{layer, 0, 0};
  std::size_t gap = 0;
  for (std::uint32_t i = 0; i < lanes_.size(); ++i) {
    const std::size_t p = processor_of_[i];
    const std::int64_t time = machine_.time(layer, p);
    if (time >= kNever) continue;
    const std::int64_t more =
        machine_.delivery(layer, p) + (time - fastest_[layer]) * patience / 1000;
    std::int64_t start = come_[p];
    if (start + time + more >= least) continue;
    const std::vector<Busy>& lane = lanes_[i];
    std::size_t at = lane.size();
    while (at > 0 && lane[at - 1].end > start) --at;
    for (; at < lane.size() && start + time > lane[at].start; ++at)
      start = std::max(start, lane[at].end);
    if (start + time + more >= least) continue;
    least = start + time + more;
    best.lane = i, best.start = start;
    gap = at;
  }
  put(best, gap);
  return layer;
}

void GrowingList::put(const Step& step, std::size_t gap) {
  std::vector<Busy>& lane = lanes_[step.lane];
  start_[step.layer] = step.start;
  end_[step.layer] = step.start + machine_.time(step.layer, processor_of_[step.lane]);
  lane_[step.layer] = step.lane;
  lane.insert(lane.begin() + static_cast<std::ptrdiff_t>(gap), {step.start, end_[step.layer]});
  order_.push_back(step.layer);
  for (const IdleMachine::Arc& arc : machine_.out(step.layer)) {
    if (--missing_[arc.layer] == 0) push(arc.layer);
  }
}

void GrowingList::go_back(const Mark& mark, const Keys& keys) {
  while (order_.size() > mark.placed) {
    const std::uint32_t layer = order_.back();
    order_.pop_back();
    std::vector<Busy>& lane = lanes_[lane_[layer]];
    std::size_t at = lane.size();
    while (lane[at - 1].start != start_[layer]) --at;
    lane.erase(lane.begin() + static_cast<std::ptrdiff_t>(at) - 1);
    lane_[layer] = kNone;
    for (const IdleMachine::Arc& arc : machine_.out(layer)) ++missing_[arc.layer];
  }
  ready_ = mark.ready;
  set_keys(keys);
}

std::vector<GrowingList::Step> GrowingList::since(const Mark& mark) const {
  std::vector<Step> steps;
  for (std::size_t i = mark.placed; i < order_.size(); ++i)
    steps.push_back({order_[i], lane_[order_[i]], start_[order_[i]]});
  return steps;
}

void GrowingList::place_again(const std::vector<Step>& steps, const Keys& keys) {
  for (const Step& step : steps) {
    const std::vector<Busy>& lane = lanes_[step.lane];
    std::size_t at = lane.size();
    while (at > 0 && lane[at - 1].start > step.start) --at;
    put(step, at);
  }
  std::erase_if(ready_, [&](std::uint32_t layer) { return is_placed(layer); });
  set_keys(keys);
}

}  // namespace partita
