#include "exec/runtime/disturber.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <limits>

namespace partita::exec {
namespace {

// Windows of one entry; a saw-tooth has some.
constexpr std::size_t kMostWindows = 1'000'000;

std::string why_not(const LoadEffect& effect, const Hardware& hardware) {
  const std::optional<ProcessorId> on = loaded_processor(effect);
  if (!on) return "traffic of others on links and memories is only simulated";
  const ProcessorSpec& processor = hardware.processors()[*on];
  if (!processor.execution) {
    return fmt::format("processor '{}' is only simulated", processor.name);
  }
  if (std::holds_alternative<BusyShare>(effect) && !processor.execution->core) {
    return fmt::format("processor '{}' is pinned to no core that others could be on",
                       processor.name);
  }
  return "";
}

}  // namespace

void refuse_what_nobody_can_do(const std::vector<LoadSpec>& load, const Hardware& hardware) {
  Diagnostics diagnostics;
  for (const LoadSpec& entry : load) {
    const std::string reason = why_not(entry.effect, hardware);
    if (reason.empty()) continue;
    diagnostics.error(entry.where, fmt::format("load '{}' cannot be done to this computer: {}",
                                               entry.name, reason));
  }
  diagnostics.throw_if_any();
}

struct Away::Flags {
  std::vector<std::atomic<bool>> away;
};

Away::Away(std::size_t processors)
    : flags_(new Flags{std::vector<std::atomic<bool>>(processors)}) {}

void Away::started(const CrewWorker& worker) const {
  if (flags_->away.at(index(worker.processor)).load()) worker.process->signal(SIGKILL);
}

void Away::set(ProcessorId processor, bool away) { flags_->away.at(index(processor)).store(away); }

Disturber::Disturber(const Hardware& hardware, const std::vector<LoadSpec>& load, Time end,
                     Disturbed& disturbed, Away away, int loss_signal)
    : hardware_(hardware),
      load_(load),
      disturbed_(disturbed),
      away_(std::move(away)),
      loss_signal_(loss_signal),
      holds_(load.size()) {
  refuse_what_nobody_can_do(load_, hardware_);
  for (std::size_t i = 0; i < load_.size(); ++i) {
    for (const Window& window : windows(load_[i], end, kMostWindows)) {
      changes_.push_back({window.from, i, true});
      changes_.push_back({window.until, i, false});
    }
  }
  std::stable_sort(changes_.begin(), changes_.end(), [](const Change& a, const Change& b) {
    return std::tie(a.when, a.begins) < std::tie(b.when, b.begins);
  });
}

Disturber::~Disturber() = default;

Time Disturber::next() const {
  return done_ < changes_.size() ? changes_[done_].when : Time::max();
}

void Disturber::act(Time now) {
  while (next() <= now) {
    const Change& change = changes_[done_++];
    holds_[change.entry] = change.begins;
    const LoadEffect& effect = load_[change.entry].effect;
    apply(*loaded_processor(effect), change.begins && std::holds_alternative<Lost>(effect));
  }
}

void Disturber::apply(ProcessorId processor, bool lost_begins) {
  double slowdown = 1, left = 1;
  bool lost = false;
  for (std::size_t i = 0; i < load_.size(); ++i) {
    const LoadEffect& effect = load_[i].effect;
    if (!holds_[i] || loaded_processor(effect) != processor) continue;
    if (const auto* slowed = std::get_if<SlowedDown>(&effect)) slowdown *= slowed->factor;
    if (const auto* busy = std::get_if<BusyShare>(&effect)) left *= 1 - busy->share;
    if (std::holds_alternative<Lost>(effect)) lost = true;
  }
  disturbed_.slow_down(processor, slowdown);
  // First: workers that are started from now on do not live.
  away_.set(processor, lost);
  if (lost_begins) disturbed_.signal_workers(processor, loss_signal_);
  const double share = 1 - left;
  if (std::exchange(share_[processor], share) == share) return;
  std::list<CoRunner>& co_runners = co_runners_[processor];
  co_runners.clear();
  if (share <= 0) return;
  const int core = *hardware_.processors()[processor].execution->core;
  const CoRun run = co_run_for(share);
  for (int i = 0; i < run.runners; ++i) co_runners.emplace_back(core, run.duty);
}

}  // namespace partita::exec
