#include "partition/bounds/chain_bound.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "partition/bounds/package_clock.h"
#include "partition/bounds/schedule_search.h"

namespace partita {
namespace {

constexpr std::int64_t kNever = IdleMachine::kNever;
constexpr std::int64_t kNodesPerGap = 400;  // at first; then of gaps that are still in the way
constexpr std::int64_t kMoreNodes = 5;      // times as many
constexpr std::int64_t kNodes = 20'000;     // of all gaps
constexpr std::int64_t kMillion = 1'000'000;
constexpr double kMostPairs = 2e8;  // that all first gaps look at: arcs x processors^4

// What layers cost where they are, beside their time.
struct Charges {
  std::optional<PackageClock> clock;
  const MemoryFees* fees = nullptr;
};

// One block, and what is known of its gaps.
class Gaps {
 public:
  Gaps(const Problem& problem, const Delays& delays, const Candidates& candidates,
       const WorkBound& work, const Charges& charges, const WaistBlock& block)
      : block_(block),
        machine_(problem, delays, candidates, members(block), !block.before, !block.after),
        last_(machine_.layers() - 1) {
    charge(problem, charges);
    if (!block.inside.empty())
      work_ = work.bound(block.inside, work.weights_for(block.inside)).count();
  }

  struct Gap {
    std::int64_t length = 0;
    std::int64_t nodes = 0;  // that it has been given
    bool exact = false;
    // The best schedule that was found, with the waists on these processors; empty: none.
    ScheduleSearch::Schedule schedule{};
    std::size_t src = 0, dst = 0;
  };
  // From the waist before on `src` to the one after on `dst`; either is ignored where there is none.
  Gap& operator()(std::size_t src, std::size_t dst) {
    if (!block_.before) src = 0;
    if (!block_.after) dst = 0;
    const auto [found, is_new] = gaps_.try_emplace(alike(src, dst));
    if (is_new) found->second = first_look(src, dst);
    return found->second;
  }

  // Of the waist after, on p.
  std::int64_t length_of_waist(std::size_t p) const { return cost(last_, p); }

  // Returns the nodes that it took.
  std::int64_t search(std::size_t src, std::size_t dst, std::int64_t most_nodes) {
    Gap& gap = (*this)(src, dst);
    gap.nodes = most_nodes;
    std::int64_t nodes = 0;
    gap.src = src, gap.dst = dst;
    gap.length = std::max(gap.length, shortest(src, dst, most_nodes, nodes, gap.schedule));
    gap.exact = nodes < most_nodes;
    return nodes;
  }

  // Adds the layers inside to a placement, as in the best schedule that was found. False: there is none.
  bool place(std::size_t src, std::size_t dst, Placement& placement) {
    if (block_.inside.empty()) return true;
    const Gap& gap = (*this)(src, dst);
    // Which may be one with equal processors exchanged.
    const auto& classes = machine_.classes();
    std::vector<std::size_t> actual(classes.size());
    std::iota(actual.begin(), actual.end(), std::size_t{0});
    const auto exchange = [&](std::size_t found, std::size_t wanted) {
      const auto at = std::find(actual.begin(), actual.end(), wanted);
      if (classes[found] == classes[wanted]) std::swap(actual[found], *at);
    };
    if (block_.before) exchange(gap.src, src);
    if (block_.after && (!block_.before || gap.dst != gap.src)) exchange(gap.dst, dst);
    std::size_t placed = 0;
    for (const ScheduleSearch::Step& step : gap.schedule) {
      const LayerId layer = machine_.layer(step.layer);
      if (layer == block_.before || layer == block_.after) continue;
      const auto p = static_cast<ProcessorId>(actual[step.processor]);
      placement.processor[layer] = p;
      placement.order[p].push_back(layer);
      ++placed;
    }
    return placed == block_.inside.size();
  }

 private:
  static std::vector<LayerId> members(const WaistBlock& block) {
    std::vector<LayerId> members;
    if (block.before) members.push_back(*block.before);
    members.insert(members.end(), block.inside.begin(), block.inside.end());
    if (block.after) members.push_back(*block.after);
    return members;
  }

  std::int64_t cost(std::size_t layer, std::size_t p) const {
    return machine_.time(layer, p) + machine_.extra(layer, p);
  }

  void charge(const Problem& problem, const Charges& charges) {
    const auto& clock = charges.clock;
    if (!clock && charges.fees == nullptr) return;
    const std::int64_t rest = kMillion - (clock ? clock->ppm : 0);
    const auto extra = [&](LayerId layer, ProcessorId p) {
      Time sum = charges.fees == nullptr ? Time{0} : charges.fees->of(layer, p);
      if (clock) {
        const Wide streams = problem.hardware.processors()[p].streams;
        sum += Time{static_cast<std::int64_t>(static_cast<Wide>(clock->ppm) *
                                              duration(problem, layer, p).count() /
                                              (streams * kMillion))};
      }
      return sum;
    };
    machine_.charge(extra, {rest, kMillion}, {rest, clock ? clock->slowest : kMillion});
  }

  // Pairs of which one is the other with equal processors exchanged have one gap, and those that
  // differ in processors of one memory.
  std::pair<std::size_t, std::size_t> alike(std::size_t src, std::size_t dst) const {
    const auto& classes = machine_.classes();
    src = machine_.sources()[src], dst = machine_.destinations()[dst];
    if (!block_.before || !block_.after || src == dst || classes[src] != classes[dst])
      return {classes[src], src == dst ? classes[src] : classes[dst]};
    return {classes[src], machine_.processors()};  // different ones of a class
  }

  Gap first_look(std::size_t src, std::size_t dst) const {
    Gap gap;
    gap.length = work_;
    if ((block_.before && machine_.time(0, src) == kNever) ||
        (block_.after && machine_.time(last_, dst) == kNever)) {
      gap.length = kNever, gap.exact = true;
      return gap;
    }
    std::int64_t nodes = 0;
    gap.length = std::max(gap.length, shortest(src, dst, 1, nodes, gap.schedule));
    gap.exact = block_.inside.empty();
    return gap;
  }

  // What is proved of the shortest schedule by so many nodes; one gives the root's bound.
  std::int64_t shortest(std::size_t src, std::size_t dst, std::int64_t most_nodes,
                        std::int64_t& nodes, ScheduleSearch::Schedule& best) const {
    IdleMachine machine = machine_;
    if (block_.before) machine.fix(0, src);
    if (block_.after) machine.fix(last_, dst);
    ScheduleSearch search(machine, ScheduleSearch::Wanted::OneBest);
    const std::int64_t proved = search.run(
        kNever,
        [&](const ScheduleSearch::Schedule& schedule, std::int64_t length) {
          best = schedule;
          return length;
        },
        [&] { return search.nodes() < most_nodes; });
    nodes = search.nodes();
    if (proved >= kNever) return kNever;  // there is no way
    return proved - (block_.before ? cost(0, src) : 0) - (block_.after ? cost(last_, dst) : 0);
  }

  const WaistBlock& block_;
  IdleMachine machine_;
  std::size_t last_;
  std::int64_t work_ = 0;
  std::map<std::pair<std::size_t, std::size_t>, Gap> gaps_;
};

class Chain {
 public:
  Chain(const Problem& problem, const Delays& delays, const Candidates& candidates,
        const WorkBound& work, const Charges& charges, const std::vector<WaistBlock>& blocks,
        const Deadline& deadline)
      : layers_(problem.network.layer_count()),
        processors_(problem.hardware.processors().size()),
        candidates_(candidates),
        blocks_(blocks),
        deadline_(deadline) {
    for (const WaistBlock& block : blocks_) {
      if (deadline.passed()) return;
      gaps_.emplace_back(problem, delays, candidates, work, charges, block);
    }
  }

  ChainBound shortest() {
    if (gaps_.size() < blocks_.size()) return {};
    std::int64_t nodes = 0, for_each = kNodesPerGap, proved = 0;
    while (true) {
      const std::int64_t length = walk();
      if (deadline_.passed())
        return {Time{proved}, std::nullopt};  // the walk may have been broken off
      proved = length < kNever ? length : 0;
      bool all_exact = true, any = false;
      for (std::size_t k = 0; k < blocks_.size() && nodes < kNodes && !deadline_.passed(); ++k) {
        const auto [src, dst] = std::pair{path_[k], path_[k + 1]};
        const Gaps::Gap& gap = gaps_[k](src, dst);
        if (gap.exact) continue;
        all_exact = false;
        if (gap.nodes >= for_each) continue;
        nodes += gaps_[k].search(src, dst, std::min(for_each, kNodes - nodes));
        any = true;
      }
      if (all_exact || (!any && nodes >= kNodes)) return {Time{proved}, placement()};
      if (!any) for_each *= kMoreNodes;
    }
  }

 private:
  // Along the path of the last walk.
  std::optional<Placement> placement() {
    Placement placement{IdVector<LayerId, ProcessorId>(layers_),
                        IdVector<ProcessorId, std::vector<LayerId>>(processors_)};
    for (std::size_t k = 0; k < blocks_.size(); ++k) {
      if (!gaps_[k].place(path_[k], path_[k + 1], placement)) return std::nullopt;
      if (!blocks_[k].after) continue;
      const auto p = static_cast<ProcessorId>(path_[k + 1]);
      placement.processor[*blocks_[k].after] = p;
      placement.order[p].push_back(*blocks_[k].after);
    }
    return placement;
  }

  // The shortest path along the chain as gaps are known now: path_[k] and path_[k + 1] are the
  // processors of the waists of block k.
  std::int64_t walk() {
    std::vector<std::vector<std::size_t>> from(blocks_.size() + 1);
    std::vector<std::size_t> places{0};
    std::vector<std::int64_t> ends{0};  // when the waist before ends, at each of its places
    std::vector<std::vector<std::size_t>> places_of{places};
    for (std::size_t k = 0; k < blocks_.size(); ++k) {
      if (deadline_.passed()) return 0;
      std::vector<std::size_t> next{0};
      const auto after = blocks_[k].after;
      if (after) {
        next.clear();
        for (const ProcessorId p : candidates_[*after]) next.push_back(index(p));
      }
      std::vector<std::int64_t> next_ends;
      for (const std::size_t dst : next) {
        std::int64_t least = kNever;
        std::size_t best = 0;
        for (std::size_t i = 0; i < places.size(); ++i) {
          const std::int64_t gap = gaps_[k](places[i], dst).length;
          if (gap >= kNever || ends[i] >= kNever || ends[i] + gap >= least) continue;
          least = ends[i] + gap, best = i;
        }
        from[k + 1].push_back(best);
        if (least < kNever && after) least += gaps_[k].length_of_waist(dst);
        next_ends.push_back(least);
      }
      places = std::move(next), ends = std::move(next_ends);
      places_of.push_back(places);
    }
    std::size_t at =
        static_cast<std::size_t>(std::min_element(ends.begin(), ends.end()) - ends.begin());
    const std::int64_t length = ends[at];
    path_.assign(blocks_.size() + 1, 0);
    for (std::size_t k = blocks_.size(); k > 0; --k) {
      path_[k] = places_of[k][at];
      at = from[k][at];
    }
    path_[0] = places_of[0][at];
    return length;
  }

  std::size_t layers_, processors_;
  const Candidates& candidates_;
  const std::vector<WaistBlock>& blocks_;
  std::vector<Gaps> gaps_;
  std::vector<std::size_t> path_;
  const Deadline& deadline_;
};

}  // namespace

ChainBound chain_bound(const Problem& problem, const Delays& delays, const Candidates& candidates,
                       const WorkBound& work, const MemoryFees* fees, const Deadline& deadline) {
  const std::vector<WaistBlock> blocks = blocks_of(problem.network);
  double arcs = 0;
  for (const LayerId layer : problem.network.layers())
    arcs += static_cast<double>(problem.network.successors(layer).size());
  const double pairs = std::pow(static_cast<double>(problem.hardware.processors().size()), 4);
  if (blocks.size() == 1 || arcs * pairs > kMostPairs) return {};
  const Charges charges{PackageClock::of(problem, candidates), fees};
  return Chain(problem, delays, candidates, work, charges, blocks, deadline).shortest();
}

}  // namespace partita
