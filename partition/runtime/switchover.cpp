#include "partition/runtime/switchover.h"

#include <algorithm>
#include <utility>

#include "models/base/assert.h"

namespace partita {

Switchover::Switchover(const Network& network, const Hardware& hardware, bool host_keeps_weights,
                       ActivationPeaks peaks, Execution& execution,
                       std::vector<RelocationRecord>& record)
    : network_(network),
      hardware_(hardware),
      peaks_(std::move(peaks)),
      execution_(execution),
      record_(record),
      planner_(network, hardware, host_keeps_weights),
      resident_(network, hardware) {}

void Switchover::begin(std::shared_ptr<const Configuration> first) {
  in_force_ = std::move(first);
  resident_ = planner_.needed_by(*in_force_);
  complete_ = true;
}

void Switchover::add_peaks(const Plan& plan, Peaks& to) const {
  if (!peaks_) return;
  const Peaks of_plan = peaks_(plan);
  if (of_plan.empty()) return;
  for (const MemoryId id : ids<MemoryId>(to.size())) to[id] = std::max(to[id], of_plan[id]);
}

void Switchover::add_peaks(const Configuration& configuration, Peaks& to) const {
  for (const auto& plan : configuration.plans) add_peaks(*plan, to);
}

bool Switchover::older_runs(const Now& now) const {
  return std::ranges::any_of(now.runs, [&](const Run& run) { return run.era < era_; });
}

std::variant<Migration, NoMigration> Switchover::beside(const Now& now, const Configuration& wanted,
                                                        bool with_older_runs) const {
  WeightSet kept(network_, hardware_);
  Peaks held(hardware_.memories().size());
  if (complete_) {
    kept = planner_.needed_by(*in_force_);
    add_peaks(*in_force_, held);
  }
  for (const Run& run : now.runs) {
    if (run.era < era_ && !with_older_runs) continue;
    planner_.add_needs(*run.plan, kept);
    add_peaks(*run.plan, held);
  }
  add_peaks(wanted, held);
  return planner_.beside({resident_, held, now.present}, kept, wanted);
}

std::variant<Migration, NoMigration> Switchover::in_steps(const Now& now,
                                                          const Configuration& wanted) const {
  Peaks held(hardware_.memories().size());
  add_peaks(wanted, held);
  return planner_.in_steps({resident_, held, now.present}, wanted);
}

Switchover::Reason Switchover::why_impossible(const Now& now, const Configuration& wanted) const {
  if (std::holds_alternative<Migration>(beside(now, wanted, true))) return "";
  const auto steps = in_steps(now, wanted);
  const auto* no = std::get_if<NoMigration>(&steps);
  return no != nullptr ? no->reason : "";
}

Switchover::Wanted Switchover::want(std::shared_ptr<const Configuration> to, const Now& now) {
  if (to == wanted_ || (to == in_force_ && !wanted_ && complete_)) return {};
  if (to == in_force_ && complete_) {
    wanted_.reset();
    return {Answer::Begun};
  }
  if (std::string reason = why_impossible(now, *to); !reason.empty()) {
    return {Answer::Refused, std::move(reason)};
  }
  if (!complete_ && wanted_) given_up_ = wanted_;
  wanted_ = std::move(to);
  return {Answer::Begun};
}

std::string Switchover::advance(const Now& now) {
  letting_go_ = false;
  if (moving_) {
    const bool useless =
        moving_->target != wanted_ || !planner_.can_be_made(moving_->relocation, now.present);
    if (useless && !moving_->tidying && !std::exchange(moving_->cancelled, true)) {
      execution_.cancel(moving_->id);
    }
    return "";
  }
  if (!wanted_ && !complete_) wanted_ = in_force_;
  std::string impossible;
  if (wanted_) {
    if (prepared_ == wanted_ && resident_.covers(planner_.needed_by(*wanted_))) {
      cut_over();
    } else {
      impossible = prepare(now);
    }
  }
  if (!wanted_ && complete_ && !moving_) tidy(now);
  return impossible;
}

Switchover::Reason Switchover::prepare(const Now& now) {
  auto migration = beside(now, *wanted_, true);
  if (auto* found = std::get_if<Migration>(&migration)) {
    relocate(now.time, wanted_, std::move(found->steps.front()), false);
    return "";
  }
  const bool can_wait = complete_ && older_runs(now) &&
                        std::holds_alternative<Migration>(beside(now, *wanted_, false));
  if (can_wait) return "";
  migration = in_steps(now, *wanted_);
  if (auto* found = std::get_if<Migration>(&migration)) {
    if (!now.runs.empty()) {
      letting_go_ = true;
      return "";
    }
    complete_ = false;
    relocate(now.time, wanted_, std::move(found->steps.front()), false);
    return "";
  }
  std::string reason = std::get<NoMigration>(migration).reason;
  const std::shared_ptr<const Configuration> refused = std::exchange(wanted_, nullptr);
  if (complete_) return reason;
  const std::shared_ptr<const Configuration> before = given_up_;
  if (refused != in_force_) given_up_ = refused;
  for (const auto& other : {in_force_, before}) {
    if (other && other != refused && why_impossible(now, *other).empty()) {
      wanted_ = other;
      prepare(now);
      break;
    }
  }
  return reason;
}

void Switchover::tidy(const Now& now) {
  if (tidy_ || older_runs(now)) return;
  WeightSet needed = planner_.needed_by(*in_force_);
  tidy_ = true;
  for (const Run& run : now.runs) {
    if (std::ranges::find(in_force_->plans, run.plan) != in_force_->plans.end()) continue;
    planner_.add_needs(*run.plan, needed);
    tidy_ = false;  // look again
  }
  Relocation drops;
  resident_.for_each([&](const WeightPlace& place) {
    if (!needed.has(place)) drops.drops.push_back(place);
  });
  if (!drops.drops.empty()) relocate(now.time, in_force_, std::move(drops), true);
}

void Switchover::relocate(Time now, std::shared_ptr<const Configuration> target,
                          Relocation relocation, bool tidying) {
  for (const WeightPlace& place : relocation.drops) resident_.remove(place);
  const auto id = static_cast<RelocationId>(record_.size());
  record_.push_back({.asked = now, .configuration = target->name});
  moving_ = Moving{id, std::move(target), std::move(relocation), false, tidying};
  if (!tidying) tidy_ = false;
  execution_.relocate(id, moving_->relocation, *moving_->target);
}

void Switchover::relocation_done(Time now, RelocationId id,
                                 std::span<const Relocation::Move> made) {
  PARTITA_ASSERT(moving_ && moving_->id == id, "a relocation is done that is not under way");
  RelocationRecord& record = record_[index(id)];
  record.done = now;
  WeightSet asked(network_, hardware_);
  for (const Relocation::Move& move : moving_->relocation.moves) {
    asked.add({move.weight, move.dst});
  }
  for (const Relocation::Move& move : made) {
    const WeightPlace place{move.weight, move.dst};
    PARTITA_ASSERT(asked.remove(place), "a move was made that nobody asked for, or twice");
    resident_.add(place);
    record.bytes += network_.tensor(move.weight).size;
  }
  record.aborted = moving_->cancelled;
  prepared_ = moving_->cancelled || moving_->tidying ? nullptr : moving_->target;
  moving_.reset();
}

void Switchover::cut_over() {
  in_force_ = std::exchange(wanted_, nullptr);
  prepared_.reset();
  given_up_.reset();
  complete_ = true;
  tidy_ = false;
  ++era_;
}

}  // namespace partita
