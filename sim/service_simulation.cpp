#include "sim/service_simulation.h"

#include <algorithm>
#include <map>
#include <utility>

#include "models/base/assert.h"

namespace partita::sim {
namespace {

// Instants at which an effect of this kind begins or ends: a processor goes or comes back, others use
// more or less of one.
template <class Effect>
std::vector<Time> turns_of(const Hardware& hardware, Time end) {
  constexpr std::size_t kMost = 100'000;
  std::vector<Time> turns;
  for (const LoadSpec& load : hardware.load()) {
    if (!std::holds_alternative<Effect>(load.effect)) continue;
    for (const Window& window : windows(load, end, kMost)) {
      turns.push_back(window.from);
      turns.push_back(window.until);
    }
  }
  std::sort(turns.begin(), turns.end());
  turns.erase(std::unique(turns.begin(), turns.end()), turns.end());
  return turns;
}

class ServiceDirector final : public Director, public Execution {
 public:
  ServiceDirector(const Network& network, const Hardware& hardware, const ServiceSetting& setting,
                  Policy& policy, const Watch& watch)
      : hardware_(hardware),
        setting_(setting),
        watch_(watch),
        service_(network, hardware, setting.service, policy, *this),
        lost_(hardware.processors().size(), false),
        turns_(turns_of<Lost>(hardware, Time::max())),
        share_turns_(turns_of<BusyShare>(hardware, Time::max())),
        shares_(hardware.processors().size(), 0.0) {}

  // Director.
  void begin(Live& live) override {
    live_ = &live;
    service_.begin(live.now());
    look_at_losses();
    go_on();
  }

  void done(Live& live, std::size_t number, const Timeline& timeline) override {
    live_ = &live;
    const Asked asked = asked_[number];
    if (asked.cancelled && !asked.relocation) {
      --draining_;
    } else if (asked.relocation) {
      service_.relocation_done(live.now(), RelocationId{asked.number}, made(number, timeline));
    } else {
      read_layers(number, timeline);
      read_copies(number, timeline);
      under_way_.erase(number);
      service_.run_done(live.now(), RunId{asked.number}, layers_, copies_);
    }
    go_on();
  }

  void timer(Live& live) override {
    live_ = &live;
    const Time now = live.now();
    if (harm_at_ <= now) harm();
    tell_of_those_never_begun();
    while (next_ < setting_.requests.size() && setting_.requests[next_].arrival <= now) {
      const ScenarioRequest& request = setting_.requests[next_];
      service_.arrived(now, next_++, request.seen_class);
    }
    if (turn_ < turns_.size() && seen_at(turns_[turn_]) <= now) {
      while (turn_ < turns_.size() && seen_at(turns_[turn_]) <= now) ++turn_;
      look_at_losses();
    }
    if (share_turn_ < share_turns_.size() && seen_at(share_turns_[share_turn_]) <= now) {
      while (share_turn_ < share_turns_.size() && seen_at(share_turns_[share_turn_]) <= now) {
        ++share_turn_;
      }
      look_at_shares();
    }
    if (look_at_ <= now) look_at_runs();
    if (call_at_ <= now) {
      call_at_ = Time::max();
      service_.timer(now);
    }
    go_on();
  }

  // Execution.
  void start(RunId run, std::size_t request, const std::shared_ptr<const Plan>& plan) override {
    plans_.push_back(plan);
    const std::uint32_t variant = setting_.requests[request].input_class;
    const std::size_t number = live_->start(*plan, variant);
    note(number, {static_cast<std::uint32_t>(run), false, false});
    run_number_.emplace(run, number);
    const ScenarioRequest& asked = setting_.requests[request];
    under_way_.emplace(number, UnderWay{asked.input_class, plan.get(), {}});
    if (look_at_ == Time::max() && setting_.monitor_every > Time{0}) {
      look_at_ = live_->now() + setting_.monitor_every;
    }
  }
  void cancel(RunId run) override {
    const std::size_t number = run_number_.at(run);
    asked_[number].cancelled = true;
    under_way_.erase(number);
    ++draining_;
    live_->cancel(number);
  }
  void relocate(RelocationId id, const Relocation& relocation, const Configuration&) override {
    moves_[id] = relocation.moves;
    held_back_.push_back({id, relocation});
    release();
  }
  void cancel(RelocationId id) override {
    const auto number = relocation_number_.find(id);
    if (number != relocation_number_.end()) return live_->cancel(number->second);
    std::erase_if(held_back_, [&](const HeldBack& each) { return each.id == id; });
    never_begun_.push_back(id);
  }
  void call_at(Time when) override { call_at_ = when; }

  const Service& service() const { return service_; }
  const std::vector<std::shared_ptr<const Plan>>& plans() const { return plans_; }
  std::vector<std::optional<std::size_t>> run_of() const {
    std::vector<std::optional<std::size_t>> runs;
    for (const Asked& each : asked_) {
      runs.push_back(each.relocation ? std::nullopt : std::optional<std::size_t>{each.number});
    }
    return runs;
  }

 private:
  struct Asked {
    std::uint32_t number = 0;  // the service's
    bool relocation = false, cancelled = false;
  };
  struct UnderWay {
    std::uint32_t input_class = 0;
    const Plan* plan = nullptr;
    std::vector<bool> told{};  // layers whose times have been told
  };

  // Runs that were cancelled may read what is dropped until what they have begun has ended.
  struct HeldBack {
    RelocationId id{};
    Relocation relocation;
  };
  void release() {
    std::vector<HeldBack> still;
    for (HeldBack& each : held_back_) {
      if (draining_ > 0 && !each.relocation.drops.empty()) {
        still.push_back(std::move(each));
        continue;
      }
      const std::size_t number = live_->relocate(std::move(each.relocation));
      note(number, {static_cast<std::uint32_t>(each.id), true, false});
      relocation_number_.emplace(each.id, number);
    }
    held_back_ = std::move(still);
  }
  void tell_of_those_never_begun() {
    for (const RelocationId id : std::exchange(never_begun_, {})) {
      service_.relocation_done(live_->now(), id, {});
    }
  }

  void note(std::size_t number, Asked asked) {
    PARTITA_ASSERT(number == asked_.size(), "requests of a simulation are numbered in order");
    asked_.push_back(asked);
  }

  std::vector<Relocation::Move> made(std::size_t number, const Timeline& timeline) const {
    const std::vector<Relocation::Move>& moves = moves_.at(RelocationId{asked_[number].number});
    std::vector<bool> all(moves.size(), true);
    for (const LegSpan& leg : timeline.legs) {
      if (leg.finish == Time{0}) all[leg.transfer] = false;
    }
    std::vector<Relocation::Move> arrived;
    for (std::size_t i = 0; i < moves.size(); ++i) {
      if (all[i]) arrived.push_back(moves[i]);
    }
    return arrived;
  }

  // Times of layers that have not been told yet.
  void read_layers(std::size_t number, const Timeline& timeline) {
    layers_.clear();
    add_layers(number, under_way_.at(number), timeline);
  }
  void add_layers(std::size_t number, UnderWay& run, const Timeline& timeline) {
    run.told.resize(timeline.layers.size(), false);
    for (const LayerId layer : ids<LayerId>(timeline.layers.size())) {
      const LayerSpan& span = timeline.layers[layer];
      // Of one that runs, start and finish are the same.
      if (run.told[index(layer)] || span.finish <= span.start) continue;
      run.told[index(layer)] = true;
      layers_.push_back({layer, span.processor, run.input_class,
                         span.finish - span.start - span.waking, span.start + span.waking,
                         static_cast<std::uint32_t>(number)});
    }
  }
  void read_copies(std::size_t number, const Timeline& timeline) {
    copies_.clear();
    const Plan& plan = *under_way_.at(number).plan;
    for (const LegSpan& leg : timeline.legs) {
      const Transfer& transfer = plan.transfers()[leg.transfer];
      const Route* route = hardware_.route(transfer.src, transfer.dst);
      if (route == nullptr || leg.leg >= route->size()) continue;  // a given time, on no route
      const Leg& way = (*route)[leg.leg];
      copies_.push_back({transfer.tensor, way.src, way.dst, leg.finish - leg.data,
                         under_way_.at(number).input_class});
    }
  }

  Time seen_at(Time when) const {
    const Time every = setting_.monitor_every;
    if (every == Time{0}) return when;
    return Time{(when.count() + every.count() - 1) / every.count() * every.count()};
  }
  void look_at_losses() {
    for (const ProcessorId id : ids<ProcessorId>(lost_.size())) {
      const bool lost = live_->is_lost(id);
      if (lost == lost_[id]) continue;
      lost_[id] = lost;
      lost ? service_.lost(live_->now(), id) : service_.back(live_->now(), id);
    }
  }
  void look_at_shares() {
    IdVector<ProcessorId, double> free(shares_.size(), 1.0);
    for (const LoadSpec& load : hardware_.load()) {
      const auto* busy = std::get_if<BusyShare>(&load.effect);
      if (busy != nullptr && holds_at(load, live_->now())) free[busy->processor] *= 1 - busy->share;
    }
    std::vector<LoadReading> changed;
    for (const ProcessorId id : ids<ProcessorId>(shares_.size())) {
      if (std::exchange(shares_[id], 1 - free[id]) != 1 - free[id]) {
        changed.push_back({id, 1 - free[id]});
      }
    }
    if (!changed.empty()) service_.others(live_->now(), changed);
  }
  void look_at_runs() {
    layers_.clear();
    for (auto& [number, run] : under_way_) add_layers(number, run, live_->so_far(number));
    if (!layers_.empty()) service_.readings(live_->now(), layers_, {});
    look_at_ = under_way_.empty() ? Time::max() : live_->now() + setting_.monitor_every;
  }

  // The adversary acts a while after each switch.
  void harm() {
    harm_at_ = Time::max();
    if (victim_) live_->slow_down(*victim_, 1);
    victim_ = busiest();
    if (victim_) live_->slow_down(*victim_, setting_.adversary->slowdown);
  }
  std::optional<ProcessorId> busiest() const {
    const Plan& plan = *service_.in_force().plans.front();
    std::optional<ProcessorId> found;
    Time most{0};
    for (const ProcessorId id : ids<ProcessorId>(lost_.size())) {
      Time busy{0};
      for (const LayerId layer : plan.order(id)) busy += (*setting_.expected)(layer, id)->time;
      if (busy > most) most = busy, found = id;
    }
    return found;
  }
  void provoke() {
    if (!setting_.adversary) return;
    const Configuration* now = &service_.in_force();
    if (std::exchange(in_force_, now) == now) return;
    harm_at_ = live_->now() + setting_.adversary->after;
  }

  // What is next, after anything happened.
  void go_on() {
    release();
    provoke();
    if (watch_) watch_(live_->now(), service_);
    Time next = std::min(call_at_, look_at_);
    if (!never_begun_.empty()) next = live_->now();
    if (next_ < setting_.requests.size()) next = std::min(next, setting_.requests[next_].arrival);
    const bool over = next_ == setting_.requests.size() && service_.idle();
    if (over) {
      live_->call_at(Time::max());  // what a monitor or others do later concerns nobody
      return;
    }
    next = std::min(next, harm_at_);
    if (turn_ < turns_.size()) next = std::min(next, seen_at(turns_[turn_]));
    if (share_turn_ < share_turns_.size()) {
      next = std::min(next, seen_at(share_turns_[share_turn_]));
    }
    live_->call_at(next == Time::max() ? next : std::max(next, live_->now()));
  }

  const Hardware& hardware_;
  const ServiceSetting& setting_;
  const Watch& watch_;
  Service service_;
  Live* live_ = nullptr;
  std::vector<Asked> asked_;  // by number in the simulation
  std::vector<std::shared_ptr<const Plan>> plans_;
  std::map<RunId, std::size_t> run_number_;
  std::map<RelocationId, std::size_t> relocation_number_;
  std::map<RelocationId, std::vector<Relocation::Move>> moves_;
  std::map<std::size_t, UnderWay> under_way_;
  std::size_t draining_ = 0;  // cancelled runs
  std::vector<HeldBack> held_back_;
  std::vector<RelocationId> never_begun_;  // and cancelled
  IdVector<ProcessorId, bool> lost_;       // as the service knows
  std::vector<Time> turns_;
  std::size_t turn_ = 0;
  std::vector<Time> share_turns_;
  std::size_t share_turn_ = 0;
  IdVector<ProcessorId, double> shares_;  // as the service knows
  std::size_t next_ = 0;                  // request to arrive
  Time call_at_ = Time::max(), look_at_ = Time::max(), harm_at_ = Time::max();
  const Configuration* in_force_ = nullptr;
  std::optional<ProcessorId> victim_;
  std::vector<LayerReading> layers_;
  std::vector<CopyReading> copies_;
};

}  // namespace

SimulatedService simulate_service(Simulator& simulator, const Network& network,
                                  const Hardware& hardware, const ServiceSetting& setting,
                                  Policy& policy, const Watch& watch) {
  ServiceDirector director(network, hardware, setting, policy, watch);
  SimulatedService result;
  const RelocationPlanner planner(network, hardware, setting.service.host_keeps_weights);
  result.directed = simulator.run(director, planner.needed_by(*policy.first()).places());
  result.plans = director.plans();
  result.service = director.service().record();
  result.run_of = director.run_of();
  return result;
}

}  // namespace partita::sim
