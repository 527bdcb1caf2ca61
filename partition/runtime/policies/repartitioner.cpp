#include "partition/runtime/policies/repartitioner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "models/base/assert.h"

namespace partita {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr std::ptrdiff_t kMostOutstanding = 1'024;
constexpr std::int64_t kLooks = 16;  // in an undisturbed request, while work is left

double mean_latency(const Candidate& candidate, std::span<const double> shares) {
  double sum = 0;
  for (std::size_t c = 0; c < candidate.classes.size(); ++c)
    sum += shares[c] * candidate.classes[c].undisturbed;
  return sum;
}

// Reasons to stay are short: they fit into a string without an allocation.
Stay stay(const char* reason) { return {reason}; }

}  // namespace

Repartitioner::Repartitioner(PolicyProblem problem, std::shared_ptr<const PlanLibrary> library,
                             RepartitionOptions options)
    : problem_(std::move(problem)),
      library_(std::move(library)),
      options_(options),
      hardware_(without_load(*problem_.hardware)),
      estimates_(problem_, hardware_, options.estimates),
      outlook_(problem_, *library_, estimates_),
      moves_(*problem_.classes.front().network, hardware_),
      guard_(options.guard, mean_latency(library_->candidates.front(), expected_shares(problem_)),
             problem_.in_flight),
      probes_(problem_, hardware_, estimates_),
      search_(problem_),
      maker_(problem_),
      searched_(Conditions::undisturbed(hardware_)) {
  const double latency = mean_latency(outlook_[0], expected_shares(problem_));
  look_every_ = std::max(1_ps, scaled(std::chrono::seconds{1}, latency / kLooks));
  estimates_.expect(outlook_[0]);
  outstanding_.reserve(kMostOutstanding);
}

std::shared_ptr<const Configuration> Repartitioner::first() { return outlook_[0].configuration; }

void Repartitioner::observe(Time now, std::span<const LayerReading> layers,
                            std::span<const CopyReading> copies) {
  if (!options_.adapts) return;
  probes_.observe(layers);
  estimates_.observe(layers, copies);
  outlook_.learned(now, layers);
}

void Repartitioner::others(Time, std::span<const LoadReading> loads) {
  if (options_.adapts) estimates_.others(loads);
}

void Repartitioner::arrived(Time now, std::uint32_t seen_class) {
  if (options_.adapts) estimates_.arrived(now, seen_class);
  // Those that were turned away are never answered: the oldest half goes.
  if (std::ssize(outstanding_) == kMostOutstanding)
    outstanding_.erase(outstanding_.begin(), outstanding_.begin() + kMostOutstanding / 2);
  outstanding_.emplace_back(now, seen_class < problem_.classes.size() ? seen_class : 0);
}

std::uint32_t Repartitioner::class_of_answered(Time arrival) {
  for (auto each = outstanding_.begin(); each != outstanding_.end(); ++each) {
    if (each->first != arrival) continue;
    const std::uint32_t found = each->second;
    outstanding_.erase(each);
    return found;
  }
  return 0;
}

void Repartitioner::answered(Time now, Time latency) {
  const Time arrival = now - latency;
  const Time start = problem_.in_flight == 1 ? std::max(arrival, last_answer_) : arrival;
  last_answer_ = now;
  const std::uint32_t input_class = class_of_answered(arrival);
  guard_.answered(seconds(now), seconds(latency), at_home_at_least(input_class),
                  home_since_ <= start);
  if (!options_.adapts || problem_.in_flight > 1 || start < expected_since_) return;
  const std::size_t in_force = outlook_.index_of(expected_from_);
  if (in_force == Outlook::kNone || !outlook_.is_exact(in_force)) return;
  overrun_.answered(expected_from_, seconds(now - start), outlook_.latency(in_force, input_class));
}

ServiceTimes Repartitioner::times(std::size_t candidate) const {
  const ServiceTimes believed = outlook_.times(candidate);
  const double beyond = overrun_.of(outlook_[candidate].configuration.get());
  return {beyond * believed.latency, beyond * believed.period,
          beyond * beyond * believed.period_squared};
}

// As is believed: readings and probes look at home's processors also while it is not in force; and as far
// as all takes longer than believed, so would home.
double Repartitioner::at_home_at_least(std::uint32_t input_class) const {
  const double undisturbed = outlook_[0].classes[input_class].undisturbed;
  if (!outlook_.can_run(0)) return undisturbed;
  return std::max(undisturbed, outlook_.latency(0, input_class) * overrun_.usual());
}

void Repartitioner::lost(Time, ProcessorId processor) { estimates_.lost(processor); }
void Repartitioner::back(Time, ProcessorId processor) { estimates_.back(processor); }

std::shared_ptr<const Plan> Repartitioner::plan_for(Time, std::uint32_t seen_class) {
  if (!problem_.probes || !options_.adapts) return nullptr;
  return probes_.next(seen_class < problem_.classes.size() ? seen_class : 0);
}

Time Repartitioner::next_look() const {
  return more_to_do_ && now_ < Time::max() - look_every_ ? now_ + look_every_ : Time::max();
}

void Repartitioner::account(const Situation& situation, const View& view) {
  const Configuration* in_force = situation.in_force.get();
  if (expected_from_ != in_force) {
    expected_from_ = in_force;
    expected_since_ = view.now;
    estimates_.expect(outlook_[view.in_force]);
    probes_.use(outlook_[view.in_force]);
  }
  if (view.in_force != 0) {
    home_since_ = Time::max();
  } else if (home_since_ == Time::max()) {
    home_since_ = view.now;
  }
}

double Repartitioner::move_seconds(const View& view, std::size_t candidate) {
  if (candidate == view.in_force || !options_.prices_moves) return 0;
  // Of what is on its way, what is left.
  if (candidate == view.current) return std::max(0.0, seconds(move_until_ - view.now));
  const auto& move = moves_.between(outlook_[view.in_force], outlook_[candidate]);
  if (!move) return kNever;
  const auto& links = outlook_.believed().link_slowdown;
  const double slowest = links.empty() ? 1 : *std::max_element(links.begin(), links.end());
  return move->seconds * slowest;
}

double Repartitioner::cost(const View& view, std::size_t candidate) {
  if (!outlook_.can_run(candidate)) return kNever;
  // The service has said that nothing leads there as things are.
  if (refused_ && outlook_[candidate].configuration == refused_) return kNever;
  const double horizon = seconds(problem_.horizon);
  const double move = move_seconds(view, candidate);
  if (move == kNever) return kNever;
  const ServiceTimes then = times(candidate);
  if (move == 0) return cost_over(then, view.rate, view.backlog, horizon);
  // Even a move that outlasts the horizon is worth it where nothing else can run.
  const double rest = std::max(horizon - move, horizon / 16);
  if (!outlook_.can_run(view.in_force)) {
    const double waiting = view.backlog + view.rate * move;
    return (view.backlog + waiting) / 2 * move + cost_over(then, view.rate, waiting, rest);
  }
  if (move >= horizon) return kNever;
  const ServiceTimes meanwhile = times(view.in_force);
  // Copies of weights share links with those of requests, which then take twice as long.
  double copies = 0;
  const Slowdowns& slowdowns = outlook_.slowdowns();
  for (std::size_t c = 0; c < problem_.classes.size(); ++c) {
    const TimeShares& cut = outlook_[view.in_force].classes[c].cuts.front();
    for (std::size_t l = 1 + hardware_.processors().size(); l < cut.size(); ++l)
      copies += estimates_.shares()[c] * cut[l] * slowdowns[l];
  }
  return cost_over(meanwhile, view.rate, view.backlog, move) + view.rate * move * copies +
         cost_over(then, view.rate, backlog_after(meanwhile, view.rate, view.backlog, move), rest);
}

std::size_t Repartitioner::best_of_all(const View& view) {
  std::size_t best = view.current;
  double least = cost(view, best);
  for (std::size_t i = 0; i < outlook_.size(); ++i) {
    const double value = cost(view, i);
    if (value < least) least = value, best = i;
  }
  return best;
}

// Works until the best and the current one are exact. False: there is more to do.
bool Repartitioner::settle(const View& view, std::int64_t& work) {
  for (;;) {
    best_ = best_of_all(view);
    if (!is_small_enough()) return true;
    const std::size_t next = !outlook_.is_exact(view.current) ? view.current : best_;
    if (outlook_.is_exact(next)) return true;
    if (work <= 0) return false;
    work -= outlook_.evaluate(next);
  }
}

bool Repartitioner::is_small_enough() const {
  return std::ssize(outlook_[0].classes.front().spent) <= kMostLooks * problem_.work_per_look;
}

bool Repartitioner::is_new(const Conditions& conditions) const {
  const auto apart = [](double a, double b) { return std::abs(a / b - 1) > kNewConditions; };
  const Conditions& last = searched_;
  for (const ProcessorId p : ids<ProcessorId>(last.slowdown.size())) {
    if (last.present[p] != conditions.present[p]) return true;
    if (conditions.present[p] && apart(conditions.slowdown[p], last.slowdown[p])) return true;
  }
  for (const LinkId link : ids<LinkId>(last.link_slowdown.size())) {
    // Readings of links are coarser.
    if (std::abs(conditions.link_slowdown[link] / last.link_slowdown[link] - 1) >
        2.5 * kNewConditions)
      return true;
  }
  return false;
}

void Repartitioner::begin_search(const View& view) {
  searched_ = outlook_.believed();
  std::vector<std::vector<BackgroundSearch::SharedPlan>> starts(problem_.classes.size());
  for (std::size_t c = 0; c < starts.size(); ++c) {
    std::size_t least = view.current;
    for (std::size_t i = 0; i < outlook_.size(); ++i) {
      if (!outlook_.can_run(i)) continue;
      if (!outlook_.can_run(least) || outlook_.latency(i, c) < outlook_.latency(least, c))
        least = i;
    }
    for (const std::size_t i : {least, best_}) {
      const auto& plan = outlook_[i].configuration->plans[c];
      if (outlook_.can_run(i) && (starts[c].empty() || starts[c].back() != plan))
        starts[c].push_back(plan);
    }
  }
  constexpr double kMostWaiting = 2;
  // Where one is served after the other, only its latency counts.
  const double waiting =
      problem_.in_flight == 1
          ? 0
          : std::min(kMostWaiting, waiting_slope(outlook_.times(best_), view.rate));
  search_.begin(
      searched_,
      [this](std::size_t c, LayerId layer, ProcessorId p) { return outlook_.factor(c, layer, p); },
      std::move(starts), waiting);
}

void Repartitioner::search(const View& view, std::int64_t work) {
  if (!options_.searches || !is_small_enough()) return;
  if (is_new(outlook_.believed())) {
    begin_search(view);
    return;  // which was work enough for this look
  }
  while (search_.is_busy() && work > 0) work -= search_.step();
  if (search_.is_busy()) return;
  auto found = search_.take_result();
  search_.go_on();
  if (found) add(view, fmt::format("found at {}", to_string(view.now)), std::move(*found));
}

// Numbers of candidates change: the next look sees it.
bool Repartitioner::add(const View& view, const std::string& name,
                        std::vector<BackgroundSearch::SharedPlan> plans) {
  if (!maker_.fits(plans)) return false;
  const std::array<const Configuration*, 2> kept{outlook_[view.in_force].configuration.get(),
                                                 outlook_[view.current].configuration.get()};
  if (const auto gone = outlook_.add(maker_.make(name, std::move(plans)), kept)) {
    moves_.forget(gone.get());
    overrun_.forget(gone.get());
  }
  more_to_do_ = true;
  return true;
}

// Once for each set of processors.
bool Repartitioner::rescue(const View& view) {
  const Conditions& now = outlook_.believed();
  if (!options_.searches || rescued_ == now.present) return false;
  rescued_ = now.present;
  auto plans = search_.any(now, [this](std::size_t c, LayerId layer, ProcessorId p) {
    return outlook_.factor(c, layer, p);
  });
  return plans &&
         add(view, fmt::format("what is left at {}", to_string(view.now)), std::move(*plans));
}

double Repartitioner::priced_move(std::size_t from, std::size_t to) {
  if (!options_.prices_moves) return 0;
  const auto& move = moves_.between(outlook_[from], outlook_[to]);
  return move ? move->seconds : 0;
}

bool Repartitioner::may_go(const View& view, std::size_t candidate) {
  if (!options_.guarded || candidate == 0 || !outlook_.can_run(0)) return true;
  double worst = outlook_.times(candidate).latency + priced_move(candidate, 0);
  if (candidate != view.current) worst += priced_move(view.in_force, candidate);
  return guard_.may_be_away(worst);
}

std::string Repartitioner::why(const View& view, std::size_t to, double before,
                               double after) const {
  std::string text;
  const auto add = [&](const std::string& what) { text += text.empty() ? what : ", " + what; };
  const Conditions& believed = outlook_.believed();
  for (const ProcessorId p : ids<ProcessorId>(hardware_.processors().size())) {
    const std::string& name = hardware_.processors()[p].name;
    if (!believed.present[p])
      add(name + " is gone");
    else if (std::abs(believed.slowdown[p] - 1) >= kNewConditions)
      add(fmt::format("{} takes {:.2f} x its expected time", name, believed.slowdown[p]));
  }
  for (const LinkId link : ids<LinkId>(hardware_.links().size())) {
    if (believed.link_slowdown[link] >= 1 + kNewConditions)
      add(fmt::format("{} takes {:.2f} x its expected time", hardware_.links()[link].name,
                      believed.link_slowdown[link]));
  }
  if (const double beyond = overrun_.of(expected_from_); beyond > 1)
    add(fmt::format("requests take {:.2f} x what that explains", beyond));
  if (text.empty()) text = "all runs as expected";
  if (before == kNever) return text;
  const double requests = std::max(view.rate * seconds(problem_.horizon), 1.0);
  return fmt::format("{}; {} a request instead of {} ({})", text,
                     to_string(scaled(std::chrono::seconds{1}, after / requests)),
                     to_string(scaled(std::chrono::seconds{1}, before / requests)),
                     outlook_[to].configuration->name);
}

Decision Repartitioner::go(const View& view, std::size_t to, std::string reason) {
  const double time = priced_move(view.in_force, to);
  guard_.moves(time);
  move_until_ = view.now + scaled(std::chrono::seconds{1}, time);
  more_to_do_ = true;
  return Switch{outlook_[to].configuration, std::move(reason)};
}

Decision Repartitioner::decide(const Situation& situation) {
  now_ = situation.now;
  refused_ = situation.refused;
  more_to_do_ = false;
  const Configuration* wanted =
      situation.wanted ? situation.wanted.get() : situation.in_force.get();
  View view{outlook_.index_of(situation.in_force.get()), outlook_.index_of(wanted), 0,
            static_cast<double>(situation.waiting), situation.now};
  if (view.in_force == Outlook::kNone || view.current == Outlook::kNone)
    return stay("not one of ours");
  // Who asks one after the other has no rate; then a request a horizon stands for it.
  view.rate = std::max(estimates_.rate(situation.now), 1 / seconds(problem_.horizon));
  account(situation, view);
  if (outlook_.refresh()) overrun_.now(outlook_.believed(), situation.in_force.get());

  std::int64_t work = problem_.work_per_look;
  const bool settled = settle(view, work);
  more_to_do_ = more_to_do_ || !settled;
  const double before = cost(view, view.current), after = cost(view, best_);
  if (before == kNever && after == kNever)
    return stay(rescue(view) ? "a plan has been made" : "no plan is left");
  if (before == kNever) return go(view, best_, why(view, best_, before, after));

  // While home is all that is allowed, it is home or nothing.
  if (!may_go(view, view.current) && cost(view, 0) < kNever)
    return go(view, 0, "switching has not paid so far: home until it has credit again");
  if (!settled) return stay("still searching");
  const bool pays = before - after > options_.least_gain * before;
  if (!pays || best_ == view.current) {
    search(view, work);
    more_to_do_ = more_to_do_ || search_.is_busy();
    return stay("best as it is");
  }
  if (!may_go(view, best_)) return stay("no credit left");
  return go(view, best_, why(view, best_, before, after));
}

}  // namespace partita
