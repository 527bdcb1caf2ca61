#include "partition/runtime/service.h"

#include <algorithm>
#include <utility>

#include "models/base/assert.h"
#include "partition/runtime/plan_needs.h"

namespace partita {

Service::Service(const Network& network, const Hardware& hardware, ServiceOptions options,
                 Policy& policy, Execution& execution)
    : network_(network),
      hardware_(hardware),
      options_(std::move(options)),
      policy_(policy),
      execution_(execution),
      switchover_(network, hardware, options_.host_keeps_weights, options_.peaks, execution,
                  record_.relocations),
      monitor_(options_.monitor_every),
      present_(hardware.processors().size(), true) {
  PARTITA_ASSERT(options_.in_flight > 0, "a service that may run nothing");
}

void Service::begin(Time now) {
  last_ = now;
  monitor_.begin(now);
  switchover_.begin(policy_.first());
  settle(now, false);
}

void Service::arrived(Time now, std::size_t request, std::uint32_t seen_class) {
  PARTITA_ASSERT(request == record_.requests.size(), "requests are not numbered as they arrive");
  PARTITA_ASSERT(seen_class < in_force().plans.size(), "a class of inputs without a plan");
  record_.requests.push_back({.arrival = now, .input_class = seen_class});
  queue_.put(request);
  policy_.arrived(now, seen_class);
  const bool other_class = last_class_ && *last_class_ != seen_class;
  last_class_ = seen_class;
  settle(now, other_class);
  if (queue_.size() > options_.queue && queue_.back() == request) {
    queue_.pop_back();
    record_.requests[request].shed = true;
  }
}

std::optional<std::size_t> Service::place_of(RunId run) const {
  PARTITA_ASSERT(index(run) < request_of_run_.size(), "told of a run that was never started");
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    if (runs_[i].id == run) return i;
  }
  return std::nullopt;
}

void Service::end_run(std::size_t place, bool again) {
  if (again) queue_.put(runs_[place].request);
  runs_.erase(runs_.begin() + static_cast<std::ptrdiff_t>(place));
}

void Service::run_done(Time now, RunId run, std::span<const LayerReading> layers,
                       std::span<const CopyReading> copies) {
  const auto place = place_of(run);
  if (!place) {
    if (record_.requests[request_of_run_[index(run)]].done) ++record_.duplicates;
    return;
  }
  RequestRecord& request = record_.requests[runs_[*place].request];
  request.answered = now;
  request.done = true;
  end_run(*place, false);
  policy_.answered(now, now - request.arrival);
  monitor_.read(now, layers, copies);
  settle(now, false);
}

void Service::run_failed(Time now, RunId run) {
  const auto place = place_of(run);
  if (!place) return;
  end_run(*place, true);
  settle(now, false);
}

void Service::readings(Time now, std::span<const LayerReading> layers,
                       std::span<const CopyReading> copies) {
  monitor_.read(now, layers, copies);
  settle(now, false);
}

void Service::others(Time now, std::span<const LoadReading> loads) {
  policy_.others(now, loads);
  settle(now, true);
}

void Service::relocation_done(Time now, RelocationId id, std::span<const Relocation::Move> made) {
  switchover_.relocation_done(now, id, made);
  advance(now);
  settle(now, true);
}

void Service::lost(Time now, ProcessorId processor) {
  if (!present_[processor]) return;
  present_[processor] = false;
  ++lost_;
  refused_.reset();
  for (std::size_t i = 0; i < runs_.size();) {
    if (!needs(*runs_[i].plan, processor, network_, hardware_)) {
      ++i;
      continue;
    }
    execution_.cancel(runs_[i].id);
    end_run(i, true);
  }
  policy_.lost(now, processor);
  settle(now, true);
}

void Service::back(Time now, ProcessorId processor) {
  if (present_[processor]) return;
  present_[processor] = true;
  --lost_;
  refused_.reset();
  policy_.back(now, processor);
  settle(now, true);
}

void Service::timer(Time now) {
  if (now >= timer_) timer_ = Time::max();
  settle(now, false);
}

void Service::settle(Time now, bool ask) {
  PARTITA_ASSERT(now >= last_, "time goes back");
  last_ = now;
  if (monitor_.due() <= now) {
    monitor_.tell(policy_, now);
    ask = true;
  }
  if (ask || policy_.next_look() <= now) {
    decide(now);
    ask = true;
  }
  advance(now);
  start_runs(now);
  if (!ask && stuck()) {
    decide(now);
    advance(now);
    start_runs(now);
  }
  set_timer(now);
}

bool Service::stuck() const { return !queue_.empty() && runs_.empty() && !switchover_.under_way(); }

void Service::decide(Time time) {
  const auto& in_force = switchover_.in_force();
  Decision decision =
      policy_.decide({time, queue_.size(), runs_.size(), in_force, switchover_.wanted(), refused_});
  if (const auto* stay = std::get_if<Stay>(&decision)) {
    const auto& wanted = switchover_.wanted();
    note(time, false, wanted ? *wanted : *in_force, stay->reason);
    return;
  }
  auto& [to, reason] = std::get<Switch>(decision);
  PARTITA_ASSERT(to && to->plans.size() == in_force->plans.size(),
                 "a configuration without a plan for each class");
  const auto [answer, why_not] = switchover_.want(to, now(time));
  if (answer == Switchover::Answer::Begun) {
    refused_.reset();
    note(time, true, *to, reason);
  } else if (answer == Switchover::Answer::NothingNew) {
    note(time, false, *to, reason);
  } else {
    refused_ = to;
    note(time, false, *switchover_.in_force(), "no way to '" + to->name + "': " + why_not);
  }
}

void Service::advance(Time time) {
  const std::shared_ptr<const Configuration> wanted = switchover_.wanted();
  const std::string impossible = switchover_.advance(now(time));
  if (impossible.empty()) return;
  refused_ = wanted ? wanted : switchover_.in_force();
  const auto& instead = switchover_.wanted() ? switchover_.wanted() : switchover_.in_force();
  note(time, false, *instead,
       "no way to '" + (wanted ? *wanted : *switchover_.in_force()).name + "': " + impossible);
}

void Service::note(Time now, bool switched, const Configuration& configuration,
                   const std::string& reason) {
  std::vector<DecisionRecord>& all = record_.decisions;
  const bool known =
      !all.empty() && all.back().configuration == configuration.name && all.back().reason == reason;
  if (switched || !known) all.push_back({now, switched, configuration.name, reason});
}

bool Service::needs_lost(const Plan& plan) const {
  if (lost_ == 0) return false;
  for (const ProcessorId id : ids<ProcessorId>(present_.size())) {
    if (!present_[id] && needs(plan, id, network_, hardware_)) return true;
  }
  return false;
}

std::shared_ptr<const Plan> Service::plan_for(Time now, std::uint32_t seen_class) {
  std::shared_ptr<const Plan> own = policy_.plan_for(now, seen_class);
  if (own && !needs_lost(*own) && switchover_.has_weights_of(*own)) return own;
  const std::shared_ptr<const Plan>& usual = in_force().plans[seen_class];
  return needs_lost(*usual) ? nullptr : usual;
}

void Service::start_runs(Time now) {
  while (!queue_.empty() && runs_.size() < options_.in_flight && switchover_.may_start()) {
    const std::size_t number = queue_.front();
    RequestRecord& request = record_.requests[number];
    const std::shared_ptr<const Plan> plan = plan_for(now, request.input_class);
    if (!plan) return;
    queue_.pop_front();
    if (request.attempts == 0) request.admitted = now;
    ++request.attempts;
    request.plan = plan;
    const auto id = static_cast<RunId>(request_of_run_.size());
    request_of_run_.push_back(number);
    runs_.push_back({id, number, plan, switchover_.era()});
    execution_.start(id, number, plan);
  }
}

void Service::set_timer(Time now) {
  const Time look = policy_.next_look();
  // One that is already over has been asked for: not again at this instant.
  const Time next = std::min(monitor_.due(), look > now ? look : now + Time{1});
  if (next == timer_) return;
  timer_ = next;
  execution_.call_at(next);
}

}  // namespace partita
