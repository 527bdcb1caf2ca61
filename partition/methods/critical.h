// Which layers a makespan comes from.
#pragma once

#include <cstdint>
#include <vector>

#include "models/timeline/timeline.h"

namespace partita {

// Walks back from what ends last: from a layer to what it waited for, an input's producer where the
// input came just then, else the layer that held its stream; until a layer that waited for nothing.
//
// Left out: what a transfer waited for in a queue (its producer stands for that), and what slowed a
//   layer down: the inner loop of a search has no time for the exact chain, which
//   models/analysis/critical_path.h finds.
class CriticalLayers {
 public:
  CriticalLayers(const Network& network, const Hardware& hardware)
      : network_(network), hardware_(hardware) {}

  // From the last layer to the first. Valid until the next call.
  const std::vector<LayerId>& find(const Plan& plan, const Timeline& timeline);

 private:
  LayerId last_of_all(const Plan& plan, const Timeline& timeline) const;
  bool came_at(TensorId input, LayerId consumer, const Plan& plan, const Timeline& timeline) const;
  bool waited_for(LayerId layer, const Plan& plan, const Timeline& timeline, LayerId& cause) const;

  const Network& network_;
  const Hardware& hardware_;
  std::vector<LayerId> found_;
  std::vector<std::uint32_t> last_leg_;        // of each transfer, in Timeline::legs
  IdVector<LayerId, std::uint32_t> position_;  // in its processor's order
};

}  // namespace partita
