// The earliest that each layer can start, and the least that must follow it, whatever the plan.
#pragma once

#include <vector>

#include "partition/problem/candidates.h"
#include "partition/problem/deadline.h"

namespace partita {

// Model: for a layer v on processor p,
//   head(v, p) = max over v's inputs x, made by u, of
//                min over candidates q of u:  head(u, q) + time(u, q) + delay(x, q, p)
//   tail(v, p) = max over v's outputs x and their consumers w of
//                min over candidates q of w:  delay(x, p, q) + time(w, q) + tail(w, q)
// with inputs of the network from the host, and outputs to it. Launch overhead is part of the time.
// Every plan puts each layer on one candidate, no layer is faster than alone and no transfer faster
// than over idle routes; so by induction along the graph no execution starts v on p before head, or
// ends sooner than tail after it.
// Left out: that one producer serves all its consumers from one place, and that layers wait for
//   each other; from the deadline on, ways between layers.
class Paths {
 public:
  Paths(const Problem& problem, const Delays& delays, const Candidates& candidates,
        const Deadline& deadline = {});

  // Minima over the layer's candidates.
  Time head(LayerId layer) const { return head_[layer]; }
  Time tail(LayerId layer) const { return tail_[layer]; }
  // Of the whole execution, because of this layer: min over p of head + time + tail.
  Time through(LayerId layer) const { return through_[layer]; }
  Time longest() const;  // over all layers

 private:
  IdVector<LayerId, Time> head_, tail_, through_;
};

}  // namespace partita
