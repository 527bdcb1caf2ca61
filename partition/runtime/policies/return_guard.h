// Bounds what switching can cost: whatever happens, not much more than never switching.
#pragma once

#include <cstdint>
#include <vector>

namespace partita {

struct GuardOptions {
  double factor = 3;     // of what never switching costs, at least 1
  double constant = 50;  // and so many undisturbed requests beside
};

// Home is the configuration that a policy begins with; away is any other.
//
// Model: requests come in an order that nobody can change, and are served one after the other.
//   Request i takes a_i to serve in the configuration that it ran in, would have taken h_i at home,
//   of which somebody knows that it is at least u_i; a_i = h_i where it ran at home.
//   What it costs is its latency: waiting and service. Moves cost their time. Kept are
//     C = all latencies of requests that were answered, and all moves that were begun,
//     H = the latencies that the same requests would have had in a queue whose service takes a_i
//         for those that ran at home and u_i for the others:
//         latency_i = max(0, latency_(i-1) - gap_i) + service_i   (Lindley, Math. Proc. Cambridge
//         Phil. Soc. 48, 1952), which never falls when a service gets longer.
//   So H <= N, what never switching costs. A request may run away, or a move away begin, only where
//     C + worst <= factor * H + constant
//   with `worst`: what that step may cost, and the way home after it. Else we go home.
// Theorem: where no step costs more than the `worst` that it was allowed with, and steps at home
//   cost C no more than factor times what they add to H, C <= factor * N + constant at all times,
//   against any disturbance, also one that sees each decision before it chooses.
// Proof: by induction over steps, C <= factor * H + constant. True at the beginning: both are 0. A
//   step away, with its way home, ends with C no more than the C + worst that was compared. H never
//   falls. A step at home adds no more to the left than to the right. And H <= N.
// At home a request adds a_i and its waiting to C, a_i and its waiting in the other queue to H: more
//   to the left than factor times to the right only while it waits for what was done away, factor
//   times as long as for what would have been done at home. That, and steps that cost more than was
//   foreseen, exceed the bound once, since the next step away begins only when it holds again.
// Where several requests run at once, the machine counts as one server all the same: one that ran at
//   home took it the time from the answer before, or from its own arrival, to its own; another one
//   its share u_i / in_flight. No latency in H is less than u_i. Answers that overtake each other
//   make of the bound an estimate.
// Whoever asks says what u_i is. Undisturbed times are beyond doubt, but bring home who has fled from a
//   processor that is slow for long: then the plan elsewhere takes more than `factor` times as much
//   for good. What is believed of home by readings and probes holds as far as they do: while an
//   adversary makes home better by b than the last look at it, the factor is b times as large. Of
//   processors that are slow and well in turn it is a mean (turns.h): while they are well, home is
//   better than that, which is such a b; while they are slow, u is too small, which loses nothing.
// Left out: requests that are turned away; a disturbance that is there only because we left, which
//   never switching would have been spared (the model has one disturbance for both).
class ReturnGuard {
 public:
  // `typical`: seconds of an undisturbed request at home, for the constant.
  ReturnGuard(GuardOptions options, double typical, std::size_t in_flight);

  // A request was answered. Seconds; `least`: u of it; `at_home`: it ran there.
  void answered(double now, double latency, double least, bool at_home);
  void moves(double time);  // a move begins

  bool may_be_away(double worst) const { return paid_ + worst <= limit(); }
  double paid() const { return paid_; }
  // What never switching has cost at least.
  double never_switching() const { return never_switching_; }
  double limit() const { return options_.factor * never_switching_ + constant_; }

 private:
  const GuardOptions options_;
  const double constant_;
  const double in_flight_;
  double paid_ = 0, never_switching_ = 0;
  double answered_at_ = 0;  // the last one
  double free_at_ = 0;      // the server of the queue of H
};

}  // namespace partita
