#include "partition/runtime/policies/outlook.h"

#include <algorithm>
#include <cmath>

namespace partita {

Outlook::Outlook(const PolicyProblem& problem, const PlanLibrary& library,
                 const Estimates& estimates)
    : problem_(problem),
      estimates_(estimates),
      maker_(problem),
      machine_(problem),
      turns_(problem.hardware->processors().size()),
      believed_(Conditions::undisturbed(*problem.hardware)),
      now_(believed_),
      stretch_(believed_.slowdown),
      prepared_(library.candidates.size()) {
  fill_slowdowns(believed_, slowdowns_);
  known_.reserve(prepared_ + kMostAdded + 1);
  for (const Candidate& each : library.candidates) {
    known_.push_back({each, {}, {}, {}});
    estimate(known_.back());
  }
}

bool Outlook::differs() const {
  const auto apart = [](double a, double b) { return std::abs(a / b - 1) > kDeadband; };
  for (const ProcessorId p : ids<ProcessorId>(now_.slowdown.size())) {
    if (now_.present[p] != believed_.present[p]) return true;
    if (apart(now_.slowdown[p], believed_.slowdown[p])) return true;
  }
  for (const LinkId link : ids<LinkId>(now_.link_slowdown.size())) {
    // Copies that meet others make readings of links coarser.
    if (std::abs(now_.link_slowdown[link] / believed_.link_slowdown[link] - 1) > 5 * kDeadband)
      return true;
  }
  return false;
}

void Outlook::learned(Time now, std::span<const LayerReading> layers) {
  turns_.told(now, layers);
  for (const ProcessorId p : ids<ProcessorId>(stretch_.size()))
    turns_.seen(now, p, estimates_.slowdown(p));
}

bool Outlook::refresh() {
  estimates_.fill(now_);
  for (const ProcessorId p : ids<ProcessorId>(stretch_.size())) {
    const double lasting = turns_.lasting(p, now_.slowdown[p]);
    stretch_[p] = lasting / now_.slowdown[p];
    now_.slowdown[p] = lasting;
  }
  if (!differs()) return false;
  believed_ = now_;
  fill_slowdowns(believed_, slowdowns_);
  machine_is_current_ = false;
  for (Known& each : known_) estimate(each);
  return true;
}

void Outlook::estimate(Known& known) const {
  const std::size_t classes = known.candidate.classes.size();
  known.latency.assign(classes, 0);
  known.load.assign(classes, 0);
  known.exact.assign(classes, false);
  known.runs = true;
  for (const ProcessorId p : ids<ProcessorId>(believed_.present.size()))
    known.runs = known.runs && (believed_.present[p] || !known.candidate.uses[index(p)]);
  for (std::size_t c = 0; c < classes; ++c) {
    known.latency[c] = largest(known.candidate.classes[c].cuts, slowdowns_);
    known.load[c] = largest(known.candidate.classes[c].loads, slowdowns_);
  }
}

std::size_t Outlook::index_of(const Configuration* configuration) const {
  for (std::size_t i = 0; i < known_.size(); ++i) {
    if (known_[i].candidate.configuration.get() == configuration) return i;
  }
  return kNone;
}

bool Outlook::can_run(std::size_t candidate) const { return known_[candidate].runs; }

ServiceTimes Outlook::times(std::size_t candidate) const {
  const Known& known = known_[candidate];
  ServiceTimes sum;
  for (std::size_t c = 0; c < known.latency.size(); ++c) {
    add_class(sum, estimates_.shares()[c], known.latency[c], known.load[c], problem_.in_flight,
              known.candidate.classes[c].stretch);
  }
  return sum;
}

bool Outlook::is_exact(std::size_t candidate) const {
  const Known& known = known_[candidate];
  return !known.runs ||
         std::all_of(known.exact.begin(), known.exact.end(), [](bool e) { return e; });
}

std::int64_t Outlook::evaluate(std::size_t candidate) {
  if (!machine_is_current_) {
    machine_.set(believed_, [this](std::size_t c, LayerId layer, ProcessorId p) {
      return factor(c, layer, p);
    });
    machine_is_current_ = true;
  }
  Known& known = known_[candidate];
  const auto c = static_cast<std::size_t>(std::find(known.exact.begin(), known.exact.end(), false) -
                                          known.exact.begin());
  const Plan& plan = *known.candidate.configuration->plans[c];
  const Timeline& timeline = machine_.run(c, plan);
  known.latency[c] = seconds(timeline.makespan);
  known.exact[c] = true;
  maker_.add_cut(known.candidate, c, timeline, slowdowns_, [&](LayerId layer) {
    const ProcessorId processor = plan.processor(layer);
    return estimates_.factor(c, layer, processor) / estimates_.slowdown(processor);
  });
  return static_cast<std::int64_t>(timeline.layers.size());
}

std::shared_ptr<const Configuration> Outlook::add(Candidate candidate,
                                                  std::span<const Configuration* const> kept) {
  std::shared_ptr<const Configuration> gone;
  if (known_.size() == prepared_ + kMostAdded) {
    for (std::size_t i = prepared_; i < known_.size(); ++i) {
      const auto& old = known_[i].candidate.configuration;
      if (std::find(kept.begin(), kept.end(), old.get()) != kept.end()) continue;
      gone = old;
      known_.erase(known_.begin() + static_cast<std::ptrdiff_t>(i));
      break;
    }
  }
  known_.push_back({std::move(candidate), {}, {}, {}});
  estimate(known_.back());
  return gone;
}

}  // namespace partita
