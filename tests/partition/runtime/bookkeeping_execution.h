// An execution of which nothing is run, but that keeps the books: who runs by which plan, what is in
// which memory, what was moved. Ends of runs and of relocations are up to the test.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "partition/problem/candidates.h"
#include "partition/runtime/execution.h"

namespace partita::test {

class BookkeepingExecution : public Execution {
 public:
  // `peak`: what one request of a plan holds in each memory.
  using Peak = std::function<IdVector<MemoryId, Bytes>(const Plan&)>;
  BookkeepingExecution(const Network& network, const Hardware& hardware, std::size_t in_flight,
                       Peak peak)
      : network_(network),
        hardware_(hardware),
        in_flight_(in_flight),
        peak_(std::move(peak)),
        lost(hardware.processors().size(), false) {}

  struct Runs {
    std::size_t request = 0;
    std::shared_ptr<const Plan> plan;
  };
  struct Moves {
    RelocationId id{};
    Relocation relocation;
    bool cancelled = false;
  };

  void put(const std::vector<WeightPlace>& places) {
    for (const WeightPlace& place : places) weights_[place] = true;
  }

  void start(RunId run, std::size_t request, const std::shared_ptr<const Plan>& plan) override {
    EXPECT_EQ(index(run), started++);
    if (on_start) on_start(request);
    for (const auto& [_, other] : runs) EXPECT_NE(other.request, request) << "runs twice";
    for (const LayerId layer : network_.layers()) {
      EXPECT_FALSE(lost[plan->processor(layer)]) << "starts on a processor that is lost";
      for (const WeightPlace& place : read_by(*plan, layer)) {
        EXPECT_TRUE(weights_.contains(place)) << "a weight is missing";
      }
    }
    runs.emplace(run, Runs{request, plan});
    EXPECT_LE(runs.size(), in_flight_);
    expect_room();
  }
  void cancel(RunId run) override { EXPECT_EQ(runs.erase(run), 1u); }

  void relocate(RelocationId id, const Relocation& relocation, const Configuration&) override {
    EXPECT_EQ(index(id), relocated++);
    EXPECT_FALSE(moves) << "two relocations at once";
    for (const WeightPlace& place : relocation.drops) {
      EXPECT_EQ(weights_.erase(place), 1u) << "dropped, but was not there";
      for (const auto& [_, run] : runs) {
        EXPECT_FALSE(is_read(*run.plan, place)) << "dropped under a run";
      }
    }
    for (const TensorId weight : ids<TensorId>(network_.tensors().size())) {
      EXPECT_TRUE(!is_weight(weight) || is_anywhere(weight)) << "lost for good";
    }
    for (const Relocation::Move& move : relocation.moves) {
      EXPECT_TRUE(weights_.contains({move.weight, move.src})) << "nothing there to move";
      EXPECT_FALSE(weights_.contains({move.weight, move.dst})) << "moved to where it is";
    }
    moves = Moves{id, relocation, false};
    expect_room();
  }
  void cancel(RelocationId id) override {
    ASSERT_TRUE(moves && moves->id == id && !moves->cancelled);
    moves->cancelled = true;
  }
  void call_at(Time when) override { timer = when; }

  // `made` of the relocation that is under way.
  RelocationId end_relocation(const std::vector<Relocation::Move>& made) {
    for (const Relocation::Move& move : made) {
      weights_[{move.weight, move.dst}] = true;
      moved += network_.tensor(move.weight).size;
    }
    const RelocationId id = moves->id;
    moves.reset();
    return id;
  }

  std::vector<WeightPlace> places() const {
    std::vector<WeightPlace> all;
    for (const auto& [place, _] : weights_) all.push_back(place);
    return all;
  }
  // Nobody waits for a processor that copies and is lost.
  void expect_no_stuck_move() const {
    if (!moves || moves->cancelled) return;
    for (const Relocation::Move& move : moves->relocation.moves) {
      if (network_.tensor(move.weight).transfer_time) continue;
      for (const Leg& leg : *hardware_.route(move.src, move.dst)) {
        EXPECT_FALSE(!leg.engine && leg.copier && lost[*leg.copier]);
      }
    }
  }

 private:
  std::vector<WeightPlace> read_by(const Plan& plan, LayerId layer) const {
    std::vector<WeightPlace> places;
    const MemoryId memory = hardware_.processors()[plan.processor(layer)].memory;
    for (const TensorId weight : weights_of(network_, layer)) {
      places.push_back({weight, plan.read_from(weight, memory)});
    }
    return places;
  }
  bool is_read(const Plan& plan, const WeightPlace& place) const {
    return std::ranges::any_of(network_.tensor(place.weight).consumers, [&](LayerId layer) {
      return std::ranges::count(read_by(plan, layer), place) > 0;
    });
  }
  bool is_weight(TensorId id) const {
    const Tensor& tensor = network_.tensor(id);
    const bool constant = tensor.kind == TensorKind::Weight || tensor.kind == TensorKind::Constant;
    return constant && !tensor.consumers.empty();
  }
  bool is_anywhere(TensorId weight) const {
    const auto at = weights_.lower_bound({weight, MemoryId{0}});
    return at != weights_.end() && at->first.weight == weight;
  }

  // Everything that is there, or is on its way there, fits.
  void expect_room() const {
    IdVector<MemoryId, Bytes> held(hardware_.memories().size());
    for (const auto& [place, _] : weights_)
      held[place.memory] += network_.tensor(place.weight).size;
    for (const auto& [_, run] : runs) {
      const IdVector<MemoryId, Bytes> peak = peak_(*run.plan);
      for (const MemoryId id : ids<MemoryId>(held.size())) held[id] += peak[id];
    }
    if (moves) {
      for (const Relocation::Move& move : moves->relocation.moves) {
        const Tensor& tensor = network_.tensor(move.weight);
        const Route* route = hardware_.route(move.src, move.dst);
        if (route == nullptr || tensor.transfer_time) {
          held[move.dst] += tensor.size;
        } else {
          for (const Leg& leg : *route) held[leg.dst] += tensor.size;
        }
      }
    }
    for (const MemoryId id : ids<MemoryId>(held.size())) {
      EXPECT_LE(held[id], hardware_.memories()[id].capacity) << "memory " << index(id);
    }
  }

  const Network& network_;
  const Hardware& hardware_;
  std::size_t in_flight_;
  Peak peak_;
  std::map<WeightPlace, bool> weights_;

 public:
  std::function<void(std::size_t request)> on_start;
  IdVector<ProcessorId, bool> lost;
  std::map<RunId, Runs> runs;
  std::optional<Moves> moves;
  Time timer{Time::max()};
  Bytes moved;
  std::size_t started = 0, relocated = 0;
};

}  // namespace partita::test
