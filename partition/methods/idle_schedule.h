// How long a plan takes at least, in a fraction of the time that it takes to execute it.
#pragma once

#include <cstdint>
#include <vector>

#include "partition/methods/search_state.h"
#include "partition/problem/idle_machine.h"

namespace partita {

// The start of every layer of a state (SearchState) on a machine where nothing disturbs anything,
// kept from one state to the next: a move computes anew only what stands behind its first change in
// the order.
//
// Model: layer by layer in the state's order,
//     start(v) = max over what came before it on its processor and over its inputs u of
//                finish(u) + way(u, v)
//   on the idle machine (IdleMachine); what came before has ended, or, where there are several
//   streams, has started. The execution contract has all these waits and more, so no execution of
//   the state's plan is shorter.
// Left out: what IdleMachine leaves out; that streams are full.
// Keeps references: all must outlive it.
class IdleSchedule {
 public:
  // `tails`: what must follow each layer at least, whatever the plan (Paths).
  IdleSchedule(const IdleMachine& machine, const IdVector<LayerId, Time>& tails,
               const SearchState& state);

  // The state has become another, all of it.
  void restart();
  // What the state as it stands takes at least. Stops as soon as that is known to be more than
  // `limit`, and gives something above it.
  Time at_least(Time limit);
  // The state is accepted, as at_least() saw it last.
  void keep();

 private:
  void find_last_before(std::size_t first);

  const IdleMachine& machine_;
  const IdVector<LayerId, Time>& tails_;
  const SearchState& state_;
  bool nothing_kept_ = true;
  std::size_t first_ = 0;  // of the order, that was computed last
  bool complete_ = false;  // up to its end

  struct Span {
    std::int64_t start = 0, finish = 0;
  };
  IdVector<LayerId, Span> kept_, tried_;  // by layer; before `first_` the kept ones count
  std::vector<std::int64_t> kept_until_, tried_until_;  // longest up to each place of the order
  std::vector<Span> last_;  // on each processor, before the place that is computed
};

}  // namespace partita
