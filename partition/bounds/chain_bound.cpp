#include "partition/bounds/chain_bound.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "partition/bounds/paths.h"
#include "partition/bounds/schedule_search.h"

namespace partita {
namespace {

constexpr std::int64_t kNever = IdleMachine::kNever;
constexpr std::int64_t kNodesPerGap = 400;
constexpr std::int64_t kNodes = 20'000;  // of all gaps
constexpr double kMostPairs = 2e8;       // that all first gaps look at: arcs x processors^4

// One block, and what is known of its gaps.
class Gaps {
 public:
  Gaps(const Problem& problem, const Delays& delays, const Candidates& candidates,
       const WorkBound& work, const WaistBlock& block)
      : block_(block),
        machine_(problem, delays, candidates, members(block), !block.before, !block.after),
        last_(machine_.layers() - 1) {
    if (!block.inside.empty())
      work_ = work.bound(block.inside, work.weights_for(block.inside)).count();
  }

  struct Gap {
    std::int64_t length = 0;
    bool searched = false;
  };
  // From the waist before on `src` to the one after on `dst`; either is ignored where there is none.
  Gap& operator()(std::size_t src, std::size_t dst) {
    if (!block_.before) src = 0;
    if (!block_.after) dst = 0;
    const auto [found, is_new] = gaps_.try_emplace(alike(src, dst));
    if (is_new) found->second = first_look(src, dst);
    return found->second;
  }

  // Returns the nodes that it took.
  std::int64_t search(std::size_t src, std::size_t dst, std::int64_t most_nodes) {
    Gap& gap = (*this)(src, dst);
    gap.searched = true;
    std::int64_t nodes = 0;
    gap.length = std::max(gap.length, shortest(src, dst, most_nodes, nodes));
    return nodes;
  }

 private:
  static std::vector<LayerId> members(const WaistBlock& block) {
    std::vector<LayerId> members;
    if (block.before) members.push_back(*block.before);
    members.insert(members.end(), block.inside.begin(), block.inside.end());
    if (block.after) members.push_back(*block.after);
    return members;
  }

  // Pairs of which one is the other with equal processors exchanged have one gap.
  std::pair<std::size_t, std::size_t> alike(std::size_t src, std::size_t dst) const {
    const auto& classes = machine_.classes();
    if (!block_.before || !block_.after || src == dst || classes[src] != classes[dst])
      return {classes[src], src == dst ? classes[src] : classes[dst]};
    return {classes[src], machine_.processors()};  // different ones of a class
  }

  Gap first_look(std::size_t src, std::size_t dst) const {
    Gap gap{work_, false};
    if ((block_.before && machine_.time(0, src) == kNever) ||
        (block_.after && machine_.time(last_, dst) == kNever)) {
      return {kNever, true};
    }
    std::int64_t nodes = 0;
    gap.length = std::max(gap.length, shortest(src, dst, 1, nodes));
    gap.searched = block_.inside.empty();
    return gap;
  }

  // What is proved of the shortest schedule by so many nodes; one gives the root's bound.
  std::int64_t shortest(std::size_t src, std::size_t dst, std::int64_t most_nodes,
                        std::int64_t& nodes) const {
    IdleMachine machine = machine_;
    if (block_.before) machine.fix(0, src);
    if (block_.after) machine.fix(last_, dst);
    ScheduleSearch search(machine, ScheduleSearch::Wanted::OneBest);
    const std::int64_t proved = search.run(
        kNever, [](const ScheduleSearch::Schedule&, std::int64_t length) { return length; },
        [&] { return search.nodes() < most_nodes; });
    nodes = search.nodes();
    if (proved >= kNever) return kNever;  // there is no way
    return proved - (block_.before ? machine.time(0, src) : 0) -
           (block_.after ? machine.time(last_, dst) : 0);
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
        const WorkBound& work, const std::vector<WaistBlock>& blocks, const Deadline& deadline)
      : problem_(problem), candidates_(candidates), blocks_(blocks), deadline_(deadline) {
    for (const WaistBlock& block : blocks_) {
      if (deadline.passed()) return;
      gaps_.emplace_back(problem, delays, candidates, work, block);
    }
  }

  Time shortest() {
    std::int64_t nodes = 0, proved = 0;
    while (true) {
      if (gaps_.size() < blocks_.size()) return Time{0};
      const std::int64_t length = walk();
      if (deadline_.passed()) return Time{proved};  // the walk may have been broken off
      proved = length < kNever ? length : 0;
      bool all_searched = true;
      for (std::size_t k = 0; k < blocks_.size() && nodes < kNodes && !deadline_.passed(); ++k) {
        const auto [src, dst] = std::pair{path_[k], path_[k + 1]};
        if (gaps_[k](src, dst).searched) continue;
        nodes += gaps_[k].search(src, dst, kNodesPerGap);
        all_searched = false;
      }
      if (all_searched) return Time{proved};
    }
  }

 private:
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
        if (least < kNever && after)
          least += duration(problem_, *after, static_cast<ProcessorId>(dst)).count();
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

  const Problem& problem_;
  const Candidates& candidates_;
  const std::vector<WaistBlock>& blocks_;
  std::vector<Gaps> gaps_;
  std::vector<std::size_t> path_;
  const Deadline& deadline_;
};

}  // namespace

Time chain_bound(const Problem& problem, const Delays& delays, const Candidates& candidates,
                 const WorkBound& work, const Deadline& deadline) {
  const std::vector<WaistBlock> blocks = blocks_of(problem.network);
  double arcs = 0;
  for (const LayerId layer : problem.network.layers())
    arcs += static_cast<double>(problem.network.successors(layer).size());
  const double pairs = std::pow(static_cast<double>(problem.hardware.processors().size()), 4);
  if (blocks.size() == 1 || arcs * pairs > kMostPairs) return Time{0};
  return Chain(problem, delays, candidates, work, blocks, deadline).shortest();
}

}  // namespace partita
