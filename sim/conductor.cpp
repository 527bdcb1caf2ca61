#include "sim/conductor.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "models/base/assert.h"
#include "sim/background.h"
#include "sim/scheduler.h"

namespace partita::sim {

Conductor::Conductor(const sc_core::sc_module_name& name, const Clock& clock, Scheduler& scheduler,
                     Background& background)
    : sc_module(name), clock_(clock), scheduler_(scheduler), background_(background) {
  SC_METHOD(wake);
  dont_initialize();
  sensitive << start_ << timer_.event();
}

void Conductor::reset() {
  timer_.cancel();
  start_.cancel();
  director_ = nullptr;
  slowdowns_ = 0;
  begun_ = true;
  alarm_ = Time::max();
}

void Conductor::reset(Director& director, Directed& directed) {
  reset();
  director_ = &director;
  directed_ = &directed;
  begun_ = false;
  start_.notify(sc_core::SC_ZERO_TIME);
}

void Conductor::wake() { scheduler_.decide_soon(); }

void Conductor::tell_time() {
  if (!std::exchange(begun_, true)) return director_->begin(*this);
  alarm_ = Time::max();
  director_->timer(*this);
}

void Conductor::tell(std::size_t number, const Timeline& timeline) {
  director_->done(*this, number, timeline);
}

std::size_t Conductor::ask(const Request& request) {
  Workload& workload = directed_->workload;
  workload.requests.push_back(request);
  directed_->record.requests.emplace_back();
  scheduler_.arrived(workload.requests.size());
  return workload.requests.size() - 1;
}

std::size_t Conductor::start(const Plan& plan, std::uint32_t variant) {
  PARTITA_ASSERT(plan.collectives().empty(), "collectives in steps were not made into layers");
  return ask({clock_.now(), &plan, variant});
}

std::size_t Conductor::relocate(Relocation relocation) {
  PARTITA_ASSERT(directed_->workload.resident.has_value(),
                 "weights move, and nobody says where they are");
  directed_->relocations.push_back(std::make_shared<const Relocation>(std::move(relocation)));
  return ask({clock_.now(), nullptr, 0, directed_->relocations.back().get()});
}

void Conductor::cancel(std::size_t number) {
  if (!scheduler_.under_way(number)) return;
  std::optional<Time>& cancelled = directed_->workload.requests[number].cancelled;
  if (cancelled) return;
  cancelled = clock_.now();
  scheduler_.cancel(number);
}

void Conductor::call_at(Time when) {
  alarm_ = when;
  if (when > clock_.now()) timer_.set(when, clock_);
}

// One entry at a time holds on a processor; the next one takes its place.
void Conductor::slow_down(ProcessorId processor, double factor) {
  PARTITA_ASSERT(factor >= 1 && factor <= kMostSlowdown, "nobody is slowed down by that");
  std::vector<LoadSpec>& slowed = directed_->slowed;
  const auto is_open = [&](const LoadSpec& load) {
    return !load.until && std::get<SlowedDown>(load.effect).processor == processor;
  };
  const auto open = std::find_if(slowed.rbegin(), slowed.rend(), is_open);
  if (open != slowed.rend()) {
    open->until = clock_.now();
    if (open->from == clock_.now()) slowed.erase(std::next(open).base());
  }
  const SlowedDown effect{processor, factor};
  background_.slow_down(effect);
  if (factor == 1) return;
  slowed.push_back({.name = fmt::format("slowdown {}", ++slowdowns_),
                    .effect = effect,
                    .from = clock_.now(),
                    .until = {},
                    .every = {},
                    .where = {}});
}

bool Conductor::is_lost(ProcessorId processor) const { return background_.lost(processor); }

const Timeline& Conductor::so_far(std::size_t number) const {
  const Timeline* timeline = scheduler_.timeline(number);
  PARTITA_ASSERT(timeline != nullptr, "whoever is done is not under way");
  return *timeline;
}

}  // namespace partita::sim
