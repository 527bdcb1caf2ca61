#include "models/collectives/algorithms.h"

#include <algorithm>

#include "models/base/assert.h"

namespace partita {
namespace {

// The binary tree of a block: node v has the children 2 v + 1 and 2 v + 2.
class Tree {
 public:
  Tree(std::size_t participants, std::size_t block, std::size_t owner)
      : participants_(participants), owner_(owner), is_mirrored_(block % 2 == 1) {}

  std::size_t participant(std::size_t node) const {
    return (is_mirrored_ ? owner_ + participants_ - node : owner_ + node) % participants_;
  }
  // The same, the other way round.
  std::size_t node(std::size_t participant) const {
    return (is_mirrored_ ? owner_ + participants_ - participant
                         : participant + participants_ - owner_) %
           participants_;
  }
  bool is_inner(std::size_t node) const { return 2 * node + 1 < participants_; }
  template <class Visit>
  void for_each_child(std::size_t node, Visit visit) const {
    for (std::size_t child = 2 * node + 1; child <= 2 * node + 2 && child < participants_;
         ++child) {
      visit(participant(child));
    }
  }

 private:
  std::size_t participants_, owner_;
  bool is_mirrored_;
};

void add_up_ring(std::size_t participants, std::vector<Block>& blocks, const StepMaker& make) {
  for (Block& block : blocks) block.at_owner = block.own[(block.owner + 1) % participants];
  for (std::size_t step = 1; step < participants; ++step) {
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      Block& block = blocks[i];
      const std::size_t here = (block.owner + 1 + step) % participants;
      block.at_owner = make.sum(here, i, {block.at_owner, block.own[here]});
    }
  }
}

void spread_ring(std::size_t participants, std::vector<Block>& blocks, const StepMaker& make) {
  for (std::size_t step = 1; step < participants; ++step) {
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      Block& block = blocks[i];
      const std::size_t here = (block.owner + step) % participants;
      const std::size_t before = (here + participants - 1) % participants;
      // The last one has nobody to pass it on to.
      block.at[here] =
          step + 1 < participants ? make.pass_on(here, i, block.at[before]) : block.at[before];
    }
  }
}

void add_up_tree(std::size_t participants, std::vector<Block>& blocks, const StepMaker& make) {
  std::vector<std::vector<TensorId>> sums;  // of each block, below each participant
  for (const Block& block : blocks) sums.push_back(block.own);
  for (std::size_t node = participants; node-- > 0;) {
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      const Tree tree(participants, i, blocks[i].owner);
      if (!tree.is_inner(node)) continue;
      const std::size_t here = tree.participant(node);
      std::vector<TensorId> parts{sums[i][here]};
      tree.for_each_child(node, [&](std::size_t child) { parts.push_back(sums[i][child]); });
      sums[i][here] = make.sum(here, i, parts);
    }
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    blocks[i].at_owner = sums[i][blocks[i].owner];
  }
}

void spread_tree(std::size_t participants, std::vector<Block>& blocks, const StepMaker& make) {
  for (std::size_t node = 0; node < participants; ++node) {
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      Block& block = blocks[i];
      const Tree tree(participants, i, block.owner);
      if (!tree.is_inner(node)) continue;
      const std::size_t here = tree.participant(node);
      if (node > 0) block.at[here] = make.pass_on(here, i, block.at[here]);
      tree.for_each_child(node, [&](std::size_t child) { block.at[child] = block.at[here]; });
    }
  }
}

// Who has a block on its way, from its owner to its goal.
std::vector<std::size_t> way_of(const Block& block, CollectiveAlgorithm algorithm,
                                std::size_t participants, const Tree& tree, std::size_t root) {
  std::vector<std::size_t> way{block.owner};
  if (algorithm == CollectiveAlgorithm::Ring) {
    while (way.back() != block.goal) way.push_back((way.back() + 1) % participants);
  } else if (algorithm == CollectiveAlgorithm::Tree) {
    const bool goes_down = block.owner == root;
    way = {goes_down ? block.goal : block.owner};
    for (std::size_t node = tree.node(way.front()); node > 0;) {
      node = (node - 1) / 2;
      way.push_back(tree.participant(node));
    }
    if (goes_down) std::reverse(way.begin(), way.end());
  } else if (block.goal != block.owner) {
    way.push_back(block.goal);
  }
  return way;
}

}  // namespace

void add_up(CollectiveAlgorithm algorithm, std::size_t participants, std::vector<Block>& blocks,
            const StepMaker& make) {
  switch (algorithm) {
    case CollectiveAlgorithm::Ring: return add_up_ring(participants, blocks, make);
    case CollectiveAlgorithm::Tree: return add_up_tree(participants, blocks, make);
    case CollectiveAlgorithm::Direct:
    case CollectiveAlgorithm::InSwitch:
      for (std::size_t i = 0; i < blocks.size(); ++i) {
        blocks[i].at_owner = make.sum(blocks[i].owner, i, blocks[i].own);
      }
      return;
    case CollectiveAlgorithm::Central: break;
  }
  PARTITA_ASSERT(false, "a central collective has no steps");
}

void spread(CollectiveAlgorithm algorithm, std::size_t participants, std::vector<Block>& blocks,
            const StepMaker& make) {
  for (Block& block : blocks) block.at.assign(participants, block.at_owner);
  if (algorithm == CollectiveAlgorithm::Ring) spread_ring(participants, blocks, make);
  if (algorithm == CollectiveAlgorithm::Tree) spread_tree(participants, blocks, make);
}

std::vector<TensorId> bring(CollectiveAlgorithm algorithm, std::size_t participants,
                            std::size_t root, const std::vector<Block>& blocks,
                            const StepMaker& make) {
  std::vector<TensorId> brought;
  std::vector<std::vector<std::size_t>> ways;
  std::size_t longest = 0;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    brought.push_back(blocks[i].at_owner);
    ways.push_back(way_of(blocks[i], algorithm, participants, Tree(participants, i, root), root));
    longest = std::max(longest, ways.back().size());
  }
  // The last one has nobody to pass it on to.
  for (std::size_t step = 1; step + 1 < longest; ++step) {
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      if (step + 1 < ways[i].size()) brought[i] = make.pass_on(ways[i][step], i, brought[i]);
    }
  }
  return brought;
}

}  // namespace partita
