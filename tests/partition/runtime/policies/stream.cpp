#include "tests/partition/runtime/policies/stream.h"

#include <algorithm>
#include <deque>
#include <numeric>

#include "models/base/random.h"
#include "models/timeline/time_spent.h"

namespace partita::test {
namespace {

class Runner {
 public:
  Runner(const PolicyProblem& problem, Policy& policy, const World& world)
      : problem_(problem),
        policy_(policy),
        world_(world),
        machine_(problem),
        maker_(problem),
        truth_(Conditions::undisturbed(*problem.hardware)) {}

  StreamRecord run(const std::vector<Arrival>& arrivals) {
    in_force_ = policy_.first();
    ask(Time{0}, 0, 0);
    for (std::size_t i = 0; i < arrivals.size(); ++i) {
      const Time start = std::max(arrivals[i].at, free_at_);
      const auto came = [&](Time by) {
        return static_cast<std::size_t>(
            std::upper_bound(arrivals.begin(), arrivals.end(), by,
                             [](Time t, const Arrival& a) { return t < a.at; }) -
            arrivals.begin());
      };
      while (told_ < came(start)) {
        policy_.arrived(arrivals[told_].at, arrivals[told_].input_class);
        ++told_;
      }
      look_until(start, came(start) - i, 0);
      change(start);
      serve(arrivals[i], start);
      while (told_ < came(free_at_)) {
        policy_.arrived(arrivals[told_].at, arrivals[told_].input_class);
        ++told_;
      }
      look_until(free_at_, came(free_at_) - i - 1, 1);
      tell();
      policy_.answered(free_at_, record_.latency.back());
      ask(free_at_, came(free_at_) - i - 1, 0);
    }
    return std::move(record_);
  }

 private:
  void come_into_force(Time now) {
    if (!wanted_ || now < there_at_) return;
    in_force_ = wanted_;
    wanted_ = nullptr;
    ++record_.switches;
    last_switch_ = there_at_;
  }
  // As often as the policy wants to be asked while nothing happens.
  void look_until(Time end, std::size_t waiting, std::size_t running) {
    for (int i = 0; i < 10'000 && policy_.next_look() <= end; ++i)
      ask(std::max(policy_.next_look(), now_), waiting, running);
    come_into_force(end);
  }
  void change(Time now) {
    const Conditions truth = world_.conditions(now, record_.switches, now - last_switch_);
    for (const ProcessorId p : ids<ProcessorId>(truth.present.size())) {
      if (truth.present[p] && !truth_.present[p]) policy_.back(now, p);
      if (!truth.present[p] && truth_.present[p]) policy_.lost(now, p);
    }
    const bool lost = truth.present != truth_.present;
    if (lost || truth.slowdown != truth_.slowdown || truth.link_slowdown != truth_.link_slowdown)
      machine_.set(truth);
    truth_ = truth;
    if (!lost) return;
    ask(now, 1, 0);
    while (!machine_.can_run(0, *in_force_->plans.front()) && wanted_)
      come_into_force(std::max(now, there_at_)), free_at_ = std::max(free_at_, last_switch_);
  }
  void serve(const Arrival& arrival, Time start) {
    start = std::max(start, free_at_);
    std::shared_ptr<const Plan> plan = policy_.plan_for(start, arrival.input_class);
    if (!plan) plan = in_force_->plans[arrival.input_class];
    const Network& network = machine_.network(arrival.input_class);
    if (!machine_.can_run(arrival.input_class, *plan)) {  // it waits for ever: a request lost
      record_.latency.push_back(std::chrono::seconds{1'000});
      record_.service.push_back(record_.latency.back());
      record_.names.push_back("cannot run");
      return;
    }
    const Timeline& timeline = machine_.run(arrival.input_class, *plan);
    record_.service.push_back(timeline.makespan + world_.beyond(start, *plan));
    free_at_ = start + record_.service.back();
    record_.latency.push_back(free_at_ - arrival.at);
    record_.names.push_back(in_force_->name);
    const IdVector<LayerId, Time> spent = time_spent(timeline, network, machine_.hardware(), *plan);
    Readings made;
    for (const LayerId layer : network.layers())
      made.layers.push_back({layer, plan->processor(layer), arrival.input_class,
                             noisy(spent[layer]), start + timeline.layers[layer].start,
                             static_cast<std::uint32_t>(served_)});
    ++served_;
    for (const LegSpan& leg : timeline.legs) {
      const Transfer& transfer = plan->transfers()[leg.transfer];
      const Leg& on = (*machine_.hardware().route(transfer.src, transfer.dst))[leg.leg];
      if (!leg.engine && !leg.copier) continue;
      made.copies.push_back({transfer.tensor, on.src, on.dst,
                             noisy(leg.finish - leg.data - on.latency), arrival.input_class});
    }
    const bool missing = world_.lose_readings && record_.latency.size() % 2 == 0;
    on_their_way_.push_back(missing ? Readings{} : std::move(made));
  }
  void tell() {
    if (on_their_way_.size() <= world_.late_by) return;
    policy_.observe(free_at_, on_their_way_.front().layers, on_their_way_.front().copies);
    on_their_way_.pop_front();
  }
  void ask(Time now, std::size_t waiting, std::size_t running) {
    now_ = now;
    come_into_force(now);
    const Decision decision = policy_.decide({now, waiting, running, in_force_, wanted_});
    const auto* change = std::get_if<Switch>(&decision);
    if (change == nullptr) return;
    record_.reasons.push_back(change->reason);
    if (change->to == in_force_) {
      wanted_ = nullptr;
      return;
    }
    wanted_ = change->to;
    MoveTimes moves(machine_.network(0), maker_.undisturbed().hardware());
    const auto move =
        moves.between(maker_.make("", in_force_->plans), maker_.make("", wanted_->plans));
    there_at_ = now + scaled(std::chrono::seconds{1}, move ? move->seconds : 1'000);
  }
  Time noisy(Time time) {
    if (world_.noise == 0) return time;
    const double part = static_cast<double>(random_.below(2'001)) / 1'000 - 1;  // -1 .. 1
    return scaled(time, 1 + world_.noise * part);
  }

  struct Readings {
    std::vector<LayerReading> layers;
    std::vector<CopyReading> copies;
  };
  const PolicyProblem& problem_;
  Policy& policy_;
  const World& world_;
  ConditionedMachine machine_;
  CandidateMaker maker_;
  Conditions truth_;
  Random random_{7};
  std::shared_ptr<const Configuration> in_force_, wanted_;
  Time now_{0}, free_at_{0}, there_at_{0}, last_switch_{0};
  std::size_t told_ = 0, served_ = 0;
  std::deque<Readings> on_their_way_;
  StreamRecord record_;
};

}  // namespace

double StreamRecord::mean(std::size_t from, std::size_t until) const {
  double sum = 0;
  for (std::size_t i = from; i < until; ++i) sum += seconds(latency[i]);
  return sum / static_cast<double>(until - from);
}
double StreamRecord::mean() const { return mean(0, latency.size()); }

StreamRecord run_stream(const PolicyProblem& problem, Policy& policy, const World& world,
                        const std::vector<Arrival>& arrivals) {
  return Runner(problem, policy, world).run(arrivals);
}

}  // namespace partita::test
