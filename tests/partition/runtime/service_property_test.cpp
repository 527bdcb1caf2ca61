#include <gmock/gmock.h>

#include <numeric>
#include <set>

#include "models/base/random.h"
#include "partition/runtime/plan_needs.h"
#include "partition/runtime/service.h"
#include "tests/partition/runtime/bookkeeping_execution.h"
#include "tests/support/random_cases.h"

namespace partita {
namespace {

constexpr std::size_t kClasses = 2;

using Configurations = std::vector<std::shared_ptr<const Configuration>>;

// Chooses any configuration at any time; when `settles`, one after another until all are served.
class RandomPolicy : public Policy {
 public:
  RandomPolicy(Random& random, const Configurations& all)
      : random_(random), all_(all), patience_(2 + random.below(15)) {}

  std::shared_ptr<const Configuration> first() override { return all_.front(); }
  void observe(Time now, std::span<const LayerReading> layers,
               std::span<const CopyReading>) override {
    told += layers.size();
    observed_at.push_back(now);
  }
  void arrived(Time, std::uint32_t) override { ++arrivals; }
  void answered(Time, Time) override { ++answers; }
  void lost(Time, ProcessorId) override {}
  void back(Time, ProcessorId) override {}
  Decision decide(const Situation& situation) override {
    now_ = situation.now;
    look_ = !settles && random_.one_in(4) ? now_ + Time{1 + static_cast<int>(random_.below(5'000))}
                                          : Time::max();
    if (settles) {
      if (situation.wanted || situation.waiting == 0 || situation.running > 0) return Stay{""};
      return Switch{all_[next_++ % all_.size()], "it is its turn"};
    }
    if (!random_.one_in(patience_)) return Stay{random_.one_in(2) ? "as before" : "no gain"};
    return Switch{all_[random_.below(all_.size())], "why not"};
  }
  std::shared_ptr<const Plan> plan_for(Time, std::uint32_t seen_class) override {
    if (!own_plans || random_.one_in(2)) return nullptr;
    return all_[random_.below(all_.size())]->plans[seen_class];
  }
  Time next_look() const override { return look_; }

  bool settles = false, own_plans = false;
  std::size_t told = 0, arrivals = 0, answers = 0;
  std::vector<Time> observed_at;

 private:
  Random& random_;
  const Configurations& all_;
  std::size_t patience_;
  Time now_{0}, look_{Time::max()};
  std::size_t next_ = 0;
};

// What happened in a case, to see that cases are not all alike.
struct Tally {
  std::size_t answered = 0, shed = 0, repeated = 0, aborted = 0, let_go = 0, refused = 0,
              switches = 0;
};

class Case {
 public:
  explicit Case(std::uint64_t seed)
      : random_(seed),
        options_{.min_layers = 3,
                 .max_layers = 12,
                 .max_processors = 4,
                 .details = random_.one_in(2),
                 .share_weights = random_.one_in(2)},
        network_(test::random_network(seed, options_)),
        hardware_(tight(test::random_hardware(seed, options_), seed)),
        planner_(network_, hardware_, host_keeps_),
        in_flight_(1 + random_.below(3)),
        queue_(random_.below(5)),
        monitor_every_(random_.one_in(2) ? Time{0}
                                         : Time{1 + static_cast<int>(random_.below(3'000))}),
        policy_(random_, configurations_),
        execution_(network_, hardware_, in_flight_,
                   [this](const Plan& plan) { return peak(plan); }),
        service_(network_, hardware_,
                 {.in_flight = in_flight_,
                  .queue = queue_,
                  .monitor_every = monitor_every_,
                  .host_keeps_weights = host_keeps_,
                  .peaks =
                      [this](const Plan& plan) {
                        IdVector<MemoryId, Bytes> all = peak(plan);
                        for (Bytes& bytes : all) bytes = bytes * static_cast<int>(in_flight_);
                        return all;
                      }},
                 policy_, execution_) {
    policy_.own_plans = own_plans_;
    execution_.on_start = [this](std::size_t request) {
      for (std::size_t older = 0; older < request; ++older) {
        const RequestRecord& record = service_.record().requests[older];
        const bool runs = std::ranges::any_of(
            execution_.runs, [&](const auto& run) { return run.second.request == older; });
        EXPECT_TRUE(record.done || record.shed || runs) << "an older request was passed over";
      }
    };
  }

  void run(Tally& tally) {
    service_.begin(now_);
    execution_.put(service_.resident().places());
    for (int event = 0; event < 150 && !testing::Test::HasFailure(); ++event) {
      pass_time();
      happen();
      check();
    }
    let_all_end();
    if (!testing::Test::HasFailure()) check_end();
    count(tally);
  }

 private:
  // Chooses what there is to choose, too. Half of the machines have room for one configuration, or
  // little more; peaks of own plans are not accounted for, so there memory is no limit.
  Hardware tight(const Hardware& wide, std::uint64_t seed) {
    own_plans_ = random_.one_in(4);
    host_keeps_ = random_.one_in(3);
    const std::size_t configurations = 2 + random_.below(3);
    for (std::size_t i = 0; i < configurations; ++i) {
      Configuration made{"c" + std::to_string(i), {}};
      for (std::size_t c = 0; c < kClasses; ++c) {
        made.plans.push_back(std::make_shared<const Plan>(test::random_plan(
            1'000 * seed + 10 * i + (random_.one_in(2) ? c : 0), network_, wide, options_)));
      }
      configurations_.push_back(std::make_shared<const Configuration>(made));
    }
    for (const ProcessorId p : ids<ProcessorId>(wide.processors().size())) {
      const auto all = std::make_shared<const Plan>(
          std::get<Plan>(make_plan(network_, wide, all_on(network_, wide, p), "single")));
      configurations_.push_back(std::make_shared<const Configuration>(
          Configuration{"only " + wide.processors()[p].name, {all, all}}));
    }
    tight_ = !own_plans_ && !random_.one_in(3);
    if (!tight_) return wide;
    HardwareParts parts = wide.parts();
    const RelocationPlanner planner(network_, wide, host_keeps_);
    const WeightSet first = planner.needed_by(*configurations_.front());
    std::set<MemoryId> wholes;
    for (const MemorySpec& memory : parts.memories) {
      if (memory.part_of) wholes.insert(*memory.part_of);
    }
    for (const MemoryId id : ids<MemoryId>(parts.memories.size())) {
      if (wholes.contains(id)) continue;
      const Bytes at_least = first.bytes(id) + Bytes{3 * kMostPeak};
      parts.memories[id].capacity =
          at_least + Bytes{static_cast<std::int64_t>(random_.below(
                         static_cast<std::size_t>(network_.total_weights().value) + 1))};
    }
    return HardwareBuilder::build(parts);
  }

  static constexpr std::int64_t kMostPeak = 2'000;
  IdVector<MemoryId, Bytes> peak(const Plan& plan) const {
    IdVector<MemoryId, Bytes> all;
    for (const MemoryId id : ids<MemoryId>(hardware_.memories().size())) {
      std::size_t mix = 7 * index(id);
      for (const ProcessorId p : plan.placement().processor) mix = 31 * mix + index(p);
      all.push_back(Bytes{static_cast<std::int64_t>(mix % kMostPeak)});
    }
    return all;
  }

  void pass_time() {
    const Time until = now_ + Time{static_cast<int>(random_.below(1'000))};
    while (execution_.timer <= until) fire();
    now_ = until;
  }
  void fire() {
    now_ = std::max(now_, std::exchange(execution_.timer, Time::max()));
    service_.timer(now_);
    check();
  }

  void happen() {
    switch (random_.below(10)) {
      case 0:
      case 1: return arrive();
      case 2:
      case 3:
      case 4: return end_run(false);
      case 5: return random_.one_in(3) ? end_run(true) : read();
      case 6:
      case 7: return end_relocation();
      default: return random_.one_in(2) ? lose_or_return() : read();
    }
  }
  void arrive() {
    const std::size_t before = service_.waiting();
    const std::size_t number = arrived_++;
    service_.arrived(now_, number, static_cast<std::uint32_t>(random_.below(kClasses)));
    EXPECT_LE(service_.waiting(), std::max(before, queue_)) << "the queue grew beyond its size";
  }
  void end_run(bool fails) {
    if (execution_.runs.empty()) return;
    const auto at = std::next(execution_.runs.begin(),
                              static_cast<std::ptrdiff_t>(random_.below(execution_.runs.size())));
    const auto [run, what] = *at;
    execution_.runs.erase(at);
    if (fails) return service_.run_failed(now_, run);
    EXPECT_TRUE(answered_.insert(what.request).second) << "answered twice";
    ++read_;
    service_.run_done(now_, run, std::vector<LayerReading>(1), {});
  }
  void read() {
    const std::size_t layers = 1 + random_.below(3);
    read_ += layers;
    service_.readings(now_, std::vector<LayerReading>(layers), {});
  }
  void end_relocation() {
    if (!execution_.moves) return;
    std::vector<Relocation::Move> made = execution_.moves->relocation.moves;
    if (execution_.moves->cancelled) {
      std::erase_if(made, [&](const Relocation::Move&) { return random_.one_in(2); });
    }
    service_.relocation_done(now_, execution_.end_relocation(made), made);
  }
  void lose_or_return() {
    const ProcessorId id{static_cast<std::uint32_t>(random_.below(hardware_.processors().size()))};
    if (execution_.lost[id]) return give_back(id);
    execution_.lost[id] = true;
    const std::size_t limit = service_.waiting() + service_.running();
    service_.lost(now_, id);
    EXPECT_LE(service_.waiting(), limit);
    for (const auto& [_, run] : execution_.runs) {
      EXPECT_FALSE(needs(*run.plan, id, network_, hardware_)) << "runs without whom it needs";
    }
  }
  void give_back(ProcessorId id) {
    execution_.lost[id] = false;
    service_.back(now_, id);
  }

  void check() {
    execution_.expect_no_stuck_move();
    EXPECT_EQ(service_.running(), execution_.runs.size());
    std::set<std::size_t> running;
    for (const auto& [_, run] : execution_.runs) running.insert(run.request);
    std::size_t waiting = 0, oldest_waiting = arrived_;
    for (std::size_t i = 0; i < arrived_; ++i) {
      const RequestRecord& record = service_.record().requests[i];
      const bool runs = running.contains(i), done = answered_.contains(i);
      EXPECT_EQ(record.done, done);
      EXPECT_LE(int{runs} + int{done} + int{record.shed}, 1);
      EXPECT_TRUE(record.attempts > 0 || !done);
      if (!runs && !done && !record.shed) ++waiting, oldest_waiting = std::min(oldest_waiting, i);
    }
    EXPECT_EQ(service_.waiting(), waiting) << "a request is lost";
    EXPECT_EQ(service_.idle(), waiting == 0 && running.empty());
    EXPECT_EQ(service_.resident().places(), execution_.places());
    // A free place stays free for a reason.
    const Configuration& in_force = service_.in_force();
    const bool let_go = !service_.resident().covers(planner_.needed_by(in_force));
    let_go_ += let_go ? 1 : 0;
    if (waiting == 0 || running.size() == in_flight_) return;
    const auto& oldest = service_.record().requests[oldest_waiting];
    if (needs_lost(*in_force.plans[oldest.input_class])) return;
    EXPECT_TRUE(tight_) << "nothing had to be let go";
    // What was let go may have no way back while somebody who copies is lost.
    const bool cut_off = let_go && std::ranges::count(execution_.lost, true) > 0;
    EXPECT_TRUE(execution_.moves || !running.empty() || cut_off) << "nobody makes use of the time";
  }
  bool needs_lost(const Plan& plan) const {
    for (const ProcessorId id : ids<ProcessorId>(hardware_.processors().size())) {
      if (execution_.lost[id] && needs(plan, id, network_, hardware_)) return true;
    }
    return false;
  }

  // All processors return, all that is under way ends, and the policy takes what there is.
  void let_all_end() {
    policy_.settles = true;
    for (const ProcessorId id : ids<ProcessorId>(hardware_.processors().size())) {
      if (execution_.lost[id]) give_back(id);
    }
    for (int i = 0;
         i < 1'000 && (!service_.idle() || execution_.moves) && !testing::Test::HasFailure(); ++i) {
      end_run(false);
      end_relocation();
      check();
    }
    for (int i = 0; i < 10 && execution_.timer < Time::max(); ++i) fire();
    for (int i = 0; i < 1'000 && execution_.moves; ++i) end_relocation();
  }
  void check_end() {
    const ServiceRecord& record = service_.record();
    EXPECT_TRUE(service_.idle()) << "never idle";
    EXPECT_FALSE(execution_.moves);
    EXPECT_EQ(record.duplicates, 0u);
    EXPECT_EQ(record.requests.size(), arrived_);
    EXPECT_EQ(policy_.arrivals, arrived_);
    EXPECT_EQ(policy_.answers, answered_.size());
    EXPECT_EQ(policy_.told, read_) << "readings are lost";
    for (std::size_t i = 1; i < policy_.observed_at.size(); ++i) {
      if (monitor_every_ > Time{0}) {
        EXPECT_EQ(policy_.observed_at[i].count() % monitor_every_.count(), 0);
      }
    }
    const auto shed = std::ranges::count_if(record.requests, &RequestRecord::shed);
    EXPECT_EQ(answered_.size() + static_cast<std::size_t>(shed), arrived_) << "not all answered";
    Bytes moved;
    for (const RelocationRecord& relocation : record.relocations) {
      moved += relocation.bytes;
      EXPECT_GE(relocation.done, relocation.asked);
    }
    EXPECT_EQ(moved, execution_.moved);
    // Nothing is left of former configurations.
    EXPECT_EQ(execution_.places(), planner_.needed_by(service_.in_force()).places());
  }
  void count(Tally& tally) const {
    tally.let_go += let_go_;
    for (const RequestRecord& request : service_.record().requests) {
      tally.answered += request.done ? 1 : 0;
      tally.shed += request.shed ? 1 : 0;
      tally.repeated += request.attempts > 1 ? 1 : 0;
    }
    for (const RelocationRecord& relocation : service_.record().relocations) {
      tally.aborted += relocation.aborted ? 1 : 0;
    }
    for (const DecisionRecord& decision : service_.record().decisions) {
      tally.switches += decision.switched ? 1 : 0;
      tally.refused += decision.reason.starts_with("no way to") ? 1 : 0;
    }
  }

  Random random_;
  test::CaseOptions options_;
  Network network_;
  bool own_plans_ = false, host_keeps_ = false, tight_ = false;
  Configurations configurations_;
  Hardware hardware_;
  RelocationPlanner planner_;
  std::size_t in_flight_, queue_;
  Time monitor_every_;
  RandomPolicy policy_;
  test::BookkeepingExecution execution_;
  Service service_;
  Time now_{0};
  std::size_t arrived_ = 0, read_ = 0, let_go_ = 0;
  std::set<std::size_t> answered_;
};

TEST(ServiceProperty, EachRequestIsAnsweredOnceWhateverHappens) {
  Tally tally;
  for (std::uint64_t seed = 0; seed < 3'000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Case(seed).run(tally);
    if (HasFailure()) break;
  }
  // Cases are of all kinds.
  EXPECT_GT(tally.answered, 30'000u);
  EXPECT_GT(tally.shed, 10'000u);
  EXPECT_GT(tally.repeated, 5'000u);
  EXPECT_GT(tally.switches, 10'000u);
  EXPECT_GT(tally.aborted, 3'000u);
  EXPECT_GT(tally.refused, 3'000u);
  EXPECT_GT(tally.let_go, 1'000u);
}

}  // namespace
}  // namespace partita
