// Several inferences of one network: who asks for them when, and when each was done.
#pragma once

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "models/timeline/timeline.h"

namespace partita {

// A weight in a memory.
struct WeightPlace {
  TensorId weight{};
  MemoryId memory{};
  friend auto operator<=>(const WeightPlace&, const WeightPlace&) = default;
};

// Weights that go to other memories while requests run (evaluate.h, rule 12).
struct Relocation {
  struct Move {
    TensorId weight{};
    MemoryId src{}, dst{};
    friend bool operator==(const Move&, const Move&) = default;
  };
  std::vector<WeightPlace> drops;  // released first, at its admission
  std::vector<Move> moves;         // then copied, in this order
  friend bool operator==(const Relocation&, const Relocation&) = default;
};

struct Request {
  Time arrival{0};
  const Plan* plan = nullptr;
  std::uint32_t variant = 0;               // of the network: whose sizes and costs it has
  const Relocation* relocation = nullptr;  // instead of a plan
  std::optional<Time> cancelled = {};      // not before its arrival; nothing starts from then on
};

// A list of requests, in the order of their arrivals; its index is a request's number.
struct Workload {
  static constexpr std::size_t kUnlimited = std::numeric_limits<std::size_t>::max();

  std::vector<Request> requests;
  std::size_t in_flight = kUnlimited;  // requests that are admitted and not done, at most
  // Somebody always has another request at hand: each arrives when it is admitted, whatever its
  // arrival says. Only sensible where in_flight is limited.
  bool saturated = false;
  // Where weights are at the beginning; absent: wherever any plan reads them. Ascending.
  std::optional<std::vector<WeightPlace>> resident{};

  // `count` requests for one plan, of which `in_flight` are always under way.
  static Workload always(const Plan& plan, std::size_t count, std::size_t in_flight) {
    return {std::vector<Request>(count, Request{Time{0}, &plan}), in_flight, true};
  }
};

// arrival <= admitted <= start (of its first layer, or leg of a relocation, that has ended; where
// none has, the finish) <= finish (evaluate.h, rules 8, 11 and 12).
struct RequestSpan {
  Time arrival{0}, admitted{0}, start{0}, finish{0};
  friend bool operator==(const RequestSpan&, const RequestSpan&) = default;
};

// What became of a workload. Times count from its beginning.
struct WorkloadTimeline {
  std::vector<RequestSpan> requests;      // by number
  Time makespan{0};                       // the last finish; Time::max(): never
  std::optional<Unfinished> unfinished;   // then some requests have no finish
  IdVector<ProcessorId, Time> busy;       // while it runs any layer, or copies by itself
  IdVector<MemoryId, Bytes> memory_peak;  // of all requests together

  friend bool operator==(const WorkloadTimeline&, const WorkloadTimeline&) = default;
};

// Is told of each request when it is done, in the order of finishes, then of numbers. The timeline
// is gone after the call; its times count from the beginning of the workload, and what its memory
// held is not in it.
using RequestDone = std::function<void(std::size_t number, const Timeline&)>;

// The independent checker, for several requests: `timelines` by number. What violations() says of
// one timeline, with processors, engines and memories shared; and
//  - each request is admitted at its arrival, or when an earlier one ends and makes room for it;
//  - a processor starts no layer while an older request's next layer there is ready;
//  - a weight of a cold start comes with the first request that needs it there, and with no other;
//  - of who was cancelled nothing starts from then on, what had started ends or is lost, and what it
//    holds goes when nothing of it goes on;
//  - weights are where the workload and its relocations say: each is sent from where it is to where
//    it is not, once; no layer starts where a weight of it is not, and none is dropped where somebody
//    reads it who is not done.
std::vector<std::string> violations(const WorkloadTimeline& record,
                                    const std::vector<Timeline>& timelines, const Network& network,
                                    const Hardware& hardware, const Workload& workload);
// The same of requests for several variants of a network.
std::vector<std::string> violations(const WorkloadTimeline& record,
                                    const std::vector<Timeline>& timelines,
                                    const std::vector<const Network*>& variants,
                                    const Hardware& hardware, const Workload& workload);

}  // namespace partita
