// How fast data moves over links and memories, and what that costs.
#pragma once

#include <vector>

#include "models/analysis/plan_run.h"
#include "models/timeline/series.h"

namespace partita {

// How much longer something took than alone, and who took that time. The sum of all parts is
// exactly that.
struct Slowdown {
  struct Share {
    ChannelId channel{};  // that was full
    Time time{0};
  };
  std::vector<Share> shared;
  Time neighbours{0};  // other processors of its package, other streams of its processor
  Time others{0};      // load of others on its processor
  Time unknown{0};     // a real machine does not say

  Time total() const {
    Time sum = neighbours + others + unknown;
    for (const Share& share : shared) sum += share.time;
    return sum;
  }
};

// Of the layers and legs of one request.
struct Slowdowns {
  IdVector<LayerId, Slowdown> layers;  // against PlanRun::alone()
  std::vector<Slowdown> legs;          // as Timeline::legs, against alone_data()
};

// Model: timelines say when flows begin and end; the rates between follow from max-min fairness
//   (models/evaluate/fluid.h), played again. Where that predicts every end of the timeline to the
//   picosecond, these are the rates of the model. Otherwise (measured timelines, packets) each flow
//   moves its bytes at its average rate, and what made it slower is unknown.
//   A time lost is charged to the channel of the flow that was fullest while it lasted.
// Left out: which of several full channels would have been the next limit.
struct Traffic {
  bool exact = false;
  // B/s, of layers, transfers and the load of others, after compression.
  IdVector<ChannelId, Series> rate;
  // By transfers that are over and by reads in place, after compression; what crosses a channel
  // twice counts twice, what several transfers cross as one copy counts once.
  IdVector<ChannelId, Bytes> sent;
  // By layers as well, and by work that was lost, or is not over, until then; not by others. Of a
  // layer at most what the memory can move in the time that it takes alone.
  IdVector<ChannelId, Bytes> moved;
  IdVector<ChannelId, Series> others;  // B/s, the part of `rate` that is the load of others
  std::vector<Slowdowns> requests;     // as WorkloadRun::requests; nothing where not over
};

Traffic traffic_of(const WorkloadRun& run);

// How long the bytes of a leg take over its narrowest channel with nobody else there.
Time alone_data(const PlanRun& run, const LegSpan& leg);
// The channel that limits them.
ChannelId narrowest(const Hardware& hardware, const Leg& leg, Content content);

}  // namespace partita
