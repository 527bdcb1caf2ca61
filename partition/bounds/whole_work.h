// How long the busiest resource must work where layers cannot be cut in pieces.
#pragma once

#include <cstdint>
#include <vector>

namespace partita::bounds {

struct WholeWork {
  struct Use {
    std::size_t resource;
    std::int64_t amount;
    friend auto operator<=>(const Use&, const Use&) = default;
  };
  struct Option {
    std::size_t place;  // of one kind, each place once
    std::vector<Use> uses;
    friend auto operator<=>(const Option&, const Option&) = default;
  };
  struct Kind {
    std::vector<Option> options;  // at least one
    std::int64_t count = 1;       // of layers that are alike
  };
  std::vector<Kind> kinds;
  std::size_t resources = 0;
};

// Model: a largest load T is out of reach when a depth-first search over the layers, kind by kind, finds
//   none where no resource works longer; T is found by bisection. A branch ends where, for one of some
//   weights of resources,
//     sum of w x load so far + sum over the layers that are left of their cheapest options > T sum of w.
//   Layers of a kind take their places in one order; of places that are alike (exchanging them and what only
//   they use changes nothing) and as busy, one stands for all.
// Left out: what is proved with more than `most_nodes` nodes. Never less than `proved`.
std::int64_t whole_work_bound(const WholeWork& work,
                              const std::vector<std::vector<std::int64_t>>& weights,
                              std::int64_t proved, std::int64_t most_nodes);

}  // namespace partita::bounds
