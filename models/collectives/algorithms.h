// How blocks of data are added up and spread among participants.
//
// The participants stand in a ring, 0 to m - 1; a block ends, or starts, at its owner.
//   ring    Adding: from the owner's successor around to the owner, each adds its own part: m - 1
//           steps. Spreading: from the owner around, each passes on: m - 1 steps. With a block for
//           each participant all links work all the time: each sends (m - 1) / m of the data once
//           each way (Patarasuk and Yuan, "Bandwidth optimal all-reduce algorithms for clusters of
//           workstations", JPDC 69(2), 2009).
//   tree    A binary tree below the owner; every second block has the mirrored one, whose inner
//           nodes are the leaves of the first (Sanders, Speck, Traeff, "Two-tree algorithms for
//           full bandwidth broadcast, reduction and scan", Parallel Computing 35(12), 2009).
//   direct  Everybody sends to the owner, who adds up all parts at once; the owner sends to all.
// What goes to one participant alone (gather, scatter) takes the same ways, along the ring, or up or
// down the tree below the one who collects or hands out.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "models/base/ids.h"
#include "models/plan/collective_choice.h"

namespace partita {

// A stretch of the data that is treated as one.
struct Block {
  std::size_t owner = 0;      // participant; behind the last one: the unit of a switch
  std::size_t goal = 0;       // of what goes to one alone
  std::vector<TensorId> own;  // each participant's part of a sum
  TensorId at_owner{};        // what there is to spread, or the sum
  std::vector<TensorId> at;   // where each participant finds it in the end
};

// What the algorithms are written with: a layer of one participant that reads these tensors and
// makes the one that is returned.
struct StepMaker {
  // The sum of at least two tensors.
  std::function<TensorId(std::size_t participant, std::size_t block,
                         const std::vector<TensorId>& parts)>
      sum;
  // The same tensor, there.
  std::function<TensorId(std::size_t participant, std::size_t block, TensorId tensor)> pass_on;
};

// Fills in at_owner from own. Steps come in the order in which the participants take them.
void add_up(CollectiveAlgorithm algorithm, std::size_t participants, std::vector<Block>& blocks,
            const StepMaker& make);
// Fills in at from at_owner.
void spread(CollectiveAlgorithm algorithm, std::size_t participants, std::vector<Block>& blocks,
            const StepMaker& make);
// Brings at_owner of each block to its goal; what that finds there. `root` owns all blocks or is the
// goal of all.
std::vector<TensorId> bring(CollectiveAlgorithm algorithm, std::size_t participants,
                            std::size_t root, const std::vector<Block>& blocks,
                            const StepMaker& make);

}  // namespace partita
