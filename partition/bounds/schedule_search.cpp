#include "partition/bounds/schedule_search.h"

#include <algorithm>
#include <tuple>

namespace partita {
namespace {

constexpr std::int64_t kNever = IdleMachine::kNever;
constexpr std::size_t kMostKnown = 2'000'000;  // nodes that are remembered
constexpr std::int64_t kWeight = 1 << 10;      // of a processor of usual speed

std::int64_t ceiling(Wide numerator, Wide denominator) {
  return static_cast<std::int64_t>((numerator + denominator - 1) / denominator);
}

}  // namespace

ScheduleSearch::ScheduleSearch(const IdleMachine& machine, Wanted wanted)
    : machine_(machine),
      wanted_(wanted),
      processors_(machine.processors()),
      placed_(machine.layers()),
      length_{0},
      at_(machine.layers()),
      finish_(machine.layers()),
      on_(machine.processors()),
      heads_(machine.layers() * machine.processors(), kNever),
      frames_(machine.layers() + 1) {
  for (std::size_t layer = 0; layer < machine.layers(); ++layer)
    missing_.push_back(machine.in(layer).size());
  for (std::size_t p = 0; p < processors_; ++p)
    streams_.emplace_back(machine.streams(p), std::int64_t{0});
  for (std::size_t layer = 0; layer < machine.layers(); ++layer) {
    std::int64_t least = kNever;
    for (std::size_t p = 0; p < processors_; ++p) {
      if (machine.time(layer, p) != kNever) least = std::min(least, machine.extra(layer, p));
    }
    least_extra_.push_back(least == kNever ? 0 : least);
    least_extras_ += least_extra_.back();
  }
  find_tails();
  find_weights();
}

void ScheduleSearch::find_tails() {
  tails_.assign(machine_.layers() * processors_, 0);
  for (std::size_t layer = machine_.layers(); layer-- > 0;) {
    for (std::size_t p = 0; p < processors_; ++p) {
      std::int64_t& tail = tails_[layer * processors_ + p];
      tail = machine_.delivery(layer, p);
      for (const IdleMachine::Arc arc : machine_.out(layer)) {
        std::int64_t least = kNever;
        for (std::size_t q = 0; q < processors_; ++q) {
          if (machine_.time(arc.layer, q) == kNever) continue;
          least = std::min(least, machine_.way(arc, p, q) + machine_.time(arc.layer, q) +
                                      tails_[arc.layer * processors_ + q]);
        }
        tail = std::max(tail, least);
      }
    }
  }
}

// Any weights give a bound. Equal ones are good where all processors are about as fast; else the
// slower ones count less.
void ScheduleSearch::find_weights() {
  weights_.emplace_back(processors_, kWeight);
  std::vector<std::int64_t> by_speed(processors_, 0);
  std::vector<double> sum(processors_, 0);
  double fastest = 0;
  for (std::size_t p = 0; p < processors_; ++p) {
    for (std::size_t layer = 0; layer < machine_.layers(); ++layer) {
      std::int64_t least = kNever;
      for (std::size_t q = 0; q < processors_; ++q)
        least = std::min(least, machine_.time(layer, q));
      if (machine_.time(layer, p) != kNever)
        sum[p] += static_cast<double>(least) / static_cast<double>(machine_.time(layer, p));
    }
    fastest = std::max(fastest, sum[p]);
  }
  for (std::size_t p = 0; p < processors_; ++p)
    by_speed[p] = std::max<std::int64_t>(
        1, static_cast<std::int64_t>(sum[p] / fastest * static_cast<double>(kWeight)));
  weights_.push_back(by_speed);
}

std::int64_t ScheduleSearch::run(
    std::int64_t cutoff, const std::function<std::int64_t(const Schedule&, std::int64_t)>& leaf,
    const std::function<bool()>& go_on) {
  cutoff_ = cutoff, leaf_ = &leaf, go_on_ = &go_on;
  root_bound_ = bound();
  if (root_bound_ < cutoff_) visit(root_bound_);
  return stopped_ ? open_bound() : cutoff_;
}

// Of the node that is being visited, and of all that come after it.
std::int64_t ScheduleSearch::open_bound() const {
  std::int64_t least = cutoff_;
  for (std::size_t depth = 0; depth < schedule_.size(); ++depth) {
    const Frame& frame = frames_[depth];
    const std::size_t first = depth + 1 == schedule_.size() ? frame.next : frame.next + 1;
    if (first < frame.children.size()) least = std::min(least, frame.children[first].bound);
  }
  return schedule_.empty() ? std::min(least, root_bound_) : least;
}

std::int64_t ScheduleSearch::start_of(std::size_t layer, std::size_t p) const {
  std::int64_t start = std::max(machine_.received(layer, p), streams_[p].front());
  for (const IdleMachine::Arc arc : machine_.in(layer))
    start = std::max(start, finish_[arc.layer] + machine_.way(arc, at_[arc.layer], p));
  if (!on_[p].empty()) start = std::max(start, schedule_[on_[p].back()].start);
  return start;
}

bool ScheduleSearch::fits_before(std::size_t layer, std::size_t p) const {
  if (machine_.streams(p) > 1) return false;
  std::int64_t ready = machine_.received(layer, p);
  for (const IdleMachine::Arc arc : machine_.in(layer))
    ready = std::max(ready, finish_[arc.layer] + machine_.way(arc, at_[arc.layer], p));
  for (const std::uint32_t step : on_[p]) {
    const Step& there = schedule_[step];
    if (ready + machine_.time(layer, p) <= there.start) return true;
    ready = std::max(ready, there.finish);
  }
  return false;
}

bool ScheduleSearch::waits_for_equal(std::size_t p) const {
  if (!on_[p].empty()) return false;
  for (std::size_t q = 0; q < p; ++q) {
    if (machine_.classes()[q] == machine_.classes()[p] && on_[q].empty()) return true;
  }
  return false;
}

void ScheduleSearch::place(const Child& child) {
  const std::int64_t finish = child.start + machine_.time(child.layer, child.processor);
  undo_.push_back(streams_[child.processor]);
  auto& streams = streams_[child.processor];
  streams.front() = finish;
  std::sort(streams.begin(), streams.end());
  on_[child.processor].push_back(static_cast<std::uint32_t>(schedule_.size()));
  schedule_.push_back({child.layer, child.processor, child.start, finish});
  length_.push_back(
      std::max(length_.back(), finish + machine_.delivery(child.layer, child.processor)));
  extra_ += machine_.extra(child.layer, child.processor);
  least_extras_ -= least_extra_[child.layer];
  placed_[child.layer] = true;
  at_[child.layer] = child.processor;
  finish_[child.layer] = finish;
  for (const IdleMachine::Arc arc : machine_.out(child.layer)) --missing_[arc.layer];
}

void ScheduleSearch::take_back() {
  const Step last = schedule_.back();
  for (const IdleMachine::Arc arc : machine_.out(last.layer)) ++missing_[arc.layer];
  extra_ -= machine_.extra(last.layer, last.processor);
  least_extras_ += least_extra_[last.layer];
  placed_[last.layer] = false;
  length_.pop_back();
  schedule_.pop_back();
  on_[last.processor].pop_back();
  streams_[last.processor] = std::move(undo_.back());
  undo_.pop_back();
}

// Heads of all layers that are not placed, at processors that are open to them. False where a layer
// has none left.
bool ScheduleSearch::find_heads() {
  const std::int64_t now = schedule_.empty() ? 0 : schedule_.back().start;
  open_extras_ = 0;
  for (std::size_t layer = 0; layer < machine_.layers(); ++layer) {
    if (placed(layer)) continue;
    bool open = false;
    std::int64_t least_extra = kNever;
    const std::int64_t extra_of_others = extra_ + least_extras_ - least_extra_[layer];
    for (std::size_t p = 0; p < processors_; ++p) {
      std::int64_t& head = heads_[layer * processors_ + p];
      const std::int64_t time = machine_.time(layer, p);
      const std::int64_t extra = machine_.extra(layer, p);
      const std::int64_t rest = time + tails_[layer * processors_ + p] + extra_of_others + extra;
      head = std::max({now, machine_.received(layer, p), streams_[p].front()});
      for (const IdleMachine::Arc arc : machine_.in(layer)) {
        if (head + rest >= cutoff_) break;
        if (placed(arc.layer)) {
          head = std::max(head, finish_[arc.layer] + machine_.way(arc, at_[arc.layer], p));
          continue;
        }
        std::int64_t least = kNever;
        for (std::size_t q = 0; q < processors_; ++q) {
          const std::int64_t before = heads_[arc.layer * processors_ + q];
          if (before == kNever) continue;
          least = std::min(least, before + machine_.time(arc.layer, q) + machine_.way(arc, q, p));
        }
        head = std::max(head, least);
      }
      if (time == kNever || head + rest >= cutoff_) {
        head = kNever;
      } else {
        open = true;
        least_extra = std::min(least_extra, extra);
      }
    }
    if (!open) return false;
    open_extras_ += least_extra;
  }
  return true;
}

// A stream of p has at least `from` = first head + shortest tail on p of a makespan C for other things
// than what is left. So for any weights w of processors
//   sum over streams of w_p * max(0, C - from) >= sum over layers of min over p of w_p * time.
std::int64_t ScheduleSearch::work_bound() {
  std::int64_t best = 0;
  for (const std::vector<std::int64_t>& weights : weights_) {
    supply_.clear();
    for (std::size_t p = 0; p < processors_; ++p) {
      std::int64_t head = kNever, tail = kNever;
      for (std::size_t layer = 0; layer < machine_.layers(); ++layer) {
        if (placed(layer) || heads_[layer * processors_ + p] == kNever) continue;
        head = std::min(head, heads_[layer * processors_ + p]);
        tail = std::min(tail, tails_[layer * processors_ + p]);
      }
      if (head == kNever) continue;  // nothing comes here any more
      for (const std::int64_t free : streams_[p])
        supply_.emplace_back(std::max(head, free) + tail, weights[p]);
    }
    if (machine_.has_extras()) {
      best = std::max(best, work_and_extras(weights));
      continue;
    }
    Wide work = 0;
    for (std::size_t layer = 0; layer < machine_.layers(); ++layer) {
      if (placed(layer)) continue;
      Wide least = static_cast<Wide>(kNever) * kWeight;
      for (std::size_t p = 0; p < processors_; ++p) {
        if (heads_[layer * processors_ + p] == kNever) continue;
        least = std::min(least, static_cast<Wide>(weights[p]) * machine_.time(layer, p));
      }
      work += least;
    }
    best = std::max(best, end_of(work));
  }
  return best;
}

// The same with extras: for so much work, C is the least of
//   (work + sum of w * from) / sum of w
// over the first few streams by `from`; so C and the extras together are no less than the least over these
// of what all layers add to it at their best.
std::int64_t ScheduleSearch::work_and_extras(const std::vector<std::int64_t>& weights) {
  std::sort(supply_.begin(), supply_.end());
  Wide weight = 0, before = 0;
  std::int64_t least = kNever;
  for (const auto& [from, of_stream] : supply_) {
    before += static_cast<Wide>(from) * of_stream;
    weight += of_stream;
    Wide sum = before;
    for (std::size_t layer = 0; layer < machine_.layers(); ++layer) {
      if (placed(layer)) continue;
      Wide cheapest = static_cast<Wide>(kNever) * kWeight;
      for (std::size_t p = 0; p < processors_; ++p) {
        if (heads_[layer * processors_ + p] == kNever) continue;
        cheapest = std::min(cheapest, static_cast<Wide>(weights[p]) * machine_.time(layer, p) +
                                          weight * machine_.extra(layer, p));
      }
      sum += cheapest;
    }
    least = std::min(least, ceiling(sum, weight));
  }
  return least;
}

// When the streams of supply_ have done so much.
std::int64_t ScheduleSearch::end_of(Wide work) {
  std::sort(supply_.begin(), supply_.end());
  Wide weight = 0;
  std::int64_t end = 0;
  for (std::size_t i = 0; i < supply_.size(); ++i) {
    work += static_cast<Wide>(supply_[i].first) * supply_[i].second;
    weight += supply_[i].second;
    end = ceiling(work, weight);
    if (i + 1 == supply_.size() || end <= supply_[i + 1].first) break;
  }
  return end;
}

// The cutoff where nothing below this node is shorter.
std::int64_t ScheduleSearch::bound() {
  if (length() >= cutoff_ || !find_heads()) return cutoff_;
  std::int64_t bound = length_.back() + extra_ + open_extras_;
  bool any = false;
  for (std::size_t layer = 0; layer < machine_.layers(); ++layer) {
    if (placed(layer)) continue;
    any = true;
    std::int64_t least = kNever, least_extra = kNever;
    for (std::size_t p = 0; p < processors_; ++p) {
      const std::size_t cell = layer * processors_ + p;
      if (heads_[cell] == kNever) continue;
      const std::int64_t extra = machine_.extra(layer, p);
      least = std::min(least, heads_[cell] + machine_.time(layer, p) + tails_[cell] + extra);
      least_extra = std::min(least_extra, extra);
    }
    bound = std::max(bound, extra_ + open_extras_ - least_extra + least);
  }
  if (any) bound = std::max(bound, extra_ + work_bound());
  return std::min(bound, cutoff_);
}

bool ScheduleSearch::seen_before() {
  if (schedule_.empty()) return false;
  const std::int64_t now = schedule_.back().start;
  Known node{now, schedule_.back().processor, {length_.back(), 0, extra_}};
  for (const Step& step : schedule_) node.times[1] += step.start;
  for (const auto& streams : streams_) {
    for (const std::int64_t free : streams) node.times.push_back(std::max(free, now));
  }
  constexpr std::uint32_t kNotPlaced = 0xffffffff, kDone = 0xfffffffe;
  std::vector<std::uint32_t> key;
  for (std::size_t layer = 0; layer < machine_.layers(); ++layer) {
    if (!placed(layer)) {
      key.push_back(kNotPlaced);
      continue;
    }
    const bool sends = std::any_of(machine_.out(layer).begin(), machine_.out(layer).end(),
                                   [&](IdleMachine::Arc arc) { return !placed(arc.layer); });
    const auto from = static_cast<std::uint32_t>(machine_.sources()[at_[layer]]);
    key.push_back(sends ? from : kDone);
    if (sends) node.times.push_back(finish_[layer]);
  }
  // Where equal processors take turns, it matters which are empty.
  for (std::size_t p = 0; p < processors_; ++p) key.push_back(on_[p].empty() ? 1 : 0);
  const auto no_later = [](const Known& a, const Known& b) {
    if (std::tie(a.last_start, a.last_processor) > std::tie(b.last_start, b.last_processor))
      return false;
    for (std::size_t i = 0; i < a.times.size(); ++i) {
      if (a.times[i] > b.times[i]) return false;
    }
    return true;
  };
  std::vector<Known>& same = known_[std::move(key)];
  for (const Known& other : same) {
    if (no_later(other, node)) return true;
  }
  known_count_ -= std::erase_if(same, [&](const Known& other) { return no_later(node, other); });
  if (known_count_ >= kMostKnown) return false;
  same.push_back(std::move(node));
  ++known_count_;
  return false;
}

void ScheduleSearch::visit(std::int64_t bound) {
  ++nodes_;
  if (schedule_.size() == machine_.layers()) {
    cutoff_ = (*leaf_)(schedule_, length());
    return;
  }
  if (!(*go_on_)()) {
    stopped_ = true;
    return;
  }
  if (wanted_ == Wanted::OneBest && seen_before()) return;
  branch(bound);
}

void ScheduleSearch::branch(std::int64_t bound_here) {
  Frame& frame = frames_[schedule_.size()];
  frame.children.clear();
  frame.next = 0;
  std::vector<Child> children;
  const std::int64_t last_start = schedule_.empty() ? 0 : schedule_.back().start;
  const std::uint32_t last_processor = schedule_.empty() ? 0 : schedule_.back().processor;
  for (std::uint32_t layer = 0; layer < machine_.layers(); ++layer) {
    if (placed(layer) || missing_[layer] != 0) continue;
    for (std::uint32_t p = 0; p < processors_; ++p) {
      if (machine_.time(layer, p) == kNever) continue;
      Child child{layer, p, start_of(layer, p), 0};
      if (child.start >= cutoff_) continue;
      if (std::tie(child.start, child.processor) < std::tie(last_start, last_processor)) continue;
      if (wanted_ == Wanted::OneBest && (waits_for_equal(p) || fits_before(layer, p))) {
        continue;
      }
      place(child);
      child.bound = std::max(bound_here, bound());
      take_back();
      if (child.bound < cutoff_) children.push_back(child);
    }
  }
  std::stable_sort(children.begin(), children.end(), [](const Child& a, const Child& b) {
    return std::tie(a.bound, a.start) < std::tie(b.bound, b.start);
  });
  frame.children = std::move(children);
  for (; frame.next < frame.children.size() && !stopped_; ++frame.next) {
    const Child child = frame.children[frame.next];
    if (child.bound >= cutoff_) break;
    place(child);
    visit(child.bound);
    if (stopped_) return;  // as it stands, for open_bound()
    take_back();
  }
  frame.children.clear();
}

}  // namespace partita
