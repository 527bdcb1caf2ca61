// Transfers that are one copy, because switches on the way send it on to several outputs.
#pragma once

#include <cstdint>
#include <vector>

#include "models/plan/plan.h"

namespace partita {

// Transfers of one tensor, made by one engine or processor.
//
// Model: the data crosses the channels of all their legs together as one flow, those before a fork
//   once; each arrives its own leg's latency later (evaluate.h, rule 5). Ways that part and meet
//   again cross what follows once for each.
struct Multicast {
  struct Branch {
    std::uint32_t transfer = 0;  // in Plan::transfers()
    std::uint32_t parts_at = 0;  // of its leg's channels, the first that no branch before crosses
  };
  std::vector<Branch> branches;  // at least two, in plan order
  Leg way;                       // of all: the first one's leg, then what the others add to it

  std::uint32_t first() const { return branches.front().transfer; }  // served for all
};

// How many channels of their ways two legs of one tensor cross together where they are one copy; 0:
// they cannot be one. `has_producer`: who copies then, where there is no engine.
std::uint32_t crossed_together(const Hardware& hardware, const Leg& a, const Leg& b,
                               bool has_producer);

// All multicasts of a plan. Keeps pointers into the machine's routes.
//
// Model: a transfer joins the first transfer of the same tensor and priority that is posted with
//   it, served by the same engine or processor, and whose way, like those of all that have joined
//   that one before, it leaves at a switch with multicast.
//   A weight that another request brings is not copied.
// Left out: staged ways (more than one leg); reads of one tensor by several engines; real runs,
//   which copy to one memory after the other.
class Multicasts {
 public:
  Multicasts() = default;  // none
  // `shared`: by transfer, whether it is not copied; empty: all are.
  Multicasts(const Network& network, const Hardware& hardware, const Plan& plan,
             const std::vector<bool>& shared = {});

  // nullptr where it goes alone.
  const Multicast* of(std::uint32_t transfer) const {
    if (all_.empty() || of_[transfer] == kNone) return nullptr;
    return &all_[of_[transfer]];
  }
  // Whether somebody else is served for it.
  bool follows(std::uint32_t transfer) const {
    const Multicast* all = of(transfer);
    return all != nullptr && all->first() != transfer;
  }
  const std::vector<Multicast>& all() const { return all_; }

 private:
  static constexpr std::uint32_t kNone = 0xffff'ffff;

  std::vector<Multicast> all_;
  std::vector<std::uint32_t> of_;  // by transfer
};

}  // namespace partita
