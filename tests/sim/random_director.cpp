#include "tests/sim/random_director.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace partita::test {

RandomDirector::RandomDirector(std::uint64_t seed, const Network& network, const Hardware& hardware,
                               const std::vector<Plan>& plans, Options options)
    : random_(seed),
      network_(network),
      hardware_(hardware),
      plans_(plans),
      options_(options),
      rounds_left_(options.rounds) {
  for (const Plan& plan : plans) {
    for (const WeightPlace& place : weights_of(plan)) {
      if (&plan == &plans.front() || random_.one_in(4)) there_.insert(place);
    }
  }
  resident_.assign(there_.begin(), there_.end());
}

std::vector<WeightPlace> RandomDirector::weights_of(const Plan& plan) const {
  std::set<WeightPlace> places;
  for (const LayerId layer : network_.layers()) {
    for (const TensorId input : network_.layer(layer).inputs) {
      const TensorKind kind = network_.tensor(input).kind;
      if (kind != TensorKind::Weight && kind != TensorKind::Constant) continue;
      const MemoryId here = hardware_.processors()[plan.processor(layer)].memory;
      places.insert({input, plan.read_from(input, here)});
    }
  }
  return {places.begin(), places.end()};
}

bool RandomDirector::all_there(const Plan& plan) const {
  const std::vector<WeightPlace> places = weights_of(plan);
  return std::all_of(places.begin(), places.end(),
                     [&](const WeightPlace& place) { return there_.count(place) > 0; });
}

Time RandomDirector::later(Time now) {
  Time wait{static_cast<std::int64_t>(1 + random_.below(static_cast<std::size_t>(
                                              std::max<std::int64_t>(1, options_.usual.count()))))};
  if (options_.unit > Time{0}) wait += options_.unit - (now + wait) % options_.unit;
  return now + wait;
}

void RandomDirector::begin(sim::Live& live) { timer(live); }

void RandomDirector::timer(sim::Live& live) {
  look(live);
  act(live);
  if (rounds_left_ == 0) {
    // Whoever waits for a processor that never returns is cancelled, or is left.
    for (const auto& [number, run] : std::map(under_way_)) {
      if (!random_.one_in(3)) live.cancel(number);
    }
    return;
  }
  --rounds_left_;
  live.call_at(random_.one_in(30) ? live.now() : later(live.now()));
}

void RandomDirector::done(sim::Live& live, std::size_t number, const Timeline& timeline) {
  const auto found = under_way_.find(number);
  if (found == under_way_.end()) {  // of a relocation without moves
    ADD_FAILURE() << number << " is done, and was not under way";
    return;
  }
  const Run run = found->second;
  under_way_.erase(found);
  told[number] = timeline;
  EXPECT_EQ(live.so_far(number), timeline);
  if (run.plan == nullptr) {
    std::vector<bool> made(run.relocation.moves.size());
    for (const LegSpan& leg : timeline.legs) made[leg.transfer] = leg.finish > Time{0};
    for (std::size_t i = 0; i < made.size(); ++i) {
      const Relocation::Move& move = run.relocation.moves[i];
      coming_.erase({move.weight, move.dst});
      if (made[i]) there_.insert({move.weight, move.dst});
      ++(made[i] ? moves : aborted);
    }
  } else if (cancelled_.count(number) > 0) {
    ++drained;
  }
  if (random_.one_in(2)) act(live);
}

void RandomDirector::look(const sim::Live& live) {
  for (const auto& [number, run] : under_way_) {
    for (const LayerSpan& span : live.so_far(number).layers) {
      if (span.finish > span.start) ++seen;
    }
  }
}

void RandomDirector::act(sim::Live& live) {
  for (std::size_t i = random_.below(3); i > 0; --i) start(live);
  if (random_.one_in(3) && !under_way_.empty()) {
    const auto victim = std::next(under_way_.begin(),
                                  static_cast<std::ptrdiff_t>(random_.below(under_way_.size())));
    cancelled_.insert(victim->first);
    live.cancel(victim->first);
  }
  if (random_.one_in(3)) relocate(live);
  if (options_.slows_down && random_.one_in(3)) {
    const auto processor = static_cast<ProcessorId>(random_.below(hardware_.processors().size()));
    live.slow_down(processor,
                   random_.one_in(2) ? 1 : 1 + 0.25 * static_cast<double>(random_.below(9)));
    if (live.is_lost(processor)) ++seen;
  }
}

void RandomDirector::start(sim::Live& live) {
  const Plan& plan = plans_[random_.below(plans_.size())];
  if (!all_there(plan) || told.size() + under_way_.size() > 40) return;
  const auto variant = static_cast<std::uint32_t>(random_.below(options_.variants));
  under_way_[live.start(plan, variant)].plan = &plan;
}

bool RandomDirector::is_read(const WeightPlace& place) const {
  return std::any_of(under_way_.begin(), under_way_.end(), [&](const auto& each) {
    const Run& run = each.second;
    if (run.plan == nullptr) {
      return std::any_of(run.relocation.moves.begin(), run.relocation.moves.end(),
                         [&](const Relocation::Move& move) {
                           return WeightPlace{move.weight, move.src} == place;
                         });
    }
    const std::vector<WeightPlace> places = weights_of(*run.plan);
    return std::binary_search(places.begin(), places.end(), place);
  });
}

void RandomDirector::relocate(sim::Live& live) {
  Relocation relocation;
  const Plan& target = plans_[random_.below(plans_.size())];
  const std::vector<WeightPlace> wanted = weights_of(target);
  for (const WeightPlace& place : std::set(there_)) {
    const bool is_wanted = std::binary_search(wanted.begin(), wanted.end(), place);
    if (is_wanted || is_read(place) || !random_.one_in(2)) continue;
    // Somebody else has it, so that it can come back.
    const auto others = std::count_if(there_.begin(), there_.end(), [&](const WeightPlace& each) {
      return each.weight == place.weight;
    });
    if (others < 2) continue;
    relocation.drops.push_back(place);
    there_.erase(place);
    ++drops;
  }
  for (const WeightPlace& place : wanted) {
    if (there_.count(place) > 0 || coming_.count(place) > 0) continue;
    std::vector<MemoryId> sources;
    for (const WeightPlace& each : there_) {
      if (each.weight == place.weight && hardware_.route(each.memory, place.memory) != nullptr) {
        sources.push_back(each.memory);
      }
    }
    if (sources.empty()) continue;
    relocation.moves.push_back(
        {place.weight, sources[random_.below(sources.size())], place.memory});
    coming_.insert(place);
  }
  if (relocation.moves.empty() && relocation.drops.empty() && !random_.one_in(3)) return;
  ++relocations;
  under_way_[live.relocate(relocation)].relocation = relocation;
}

}  // namespace partita::test
