#include "partition/runtime/policies/plan_library.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "partition/methods/annealing.h"
#include "partition/methods/heft.h"
#include "partition/methods/throughput.h"

namespace partita {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr std::size_t kStarts = 3;           // best plans so far that a search begins with
constexpr double kBusy = 0.5;                // from which throughput counts
constexpr std::int64_t kThroughputPart = 4;  // of the steps

using SharedPlan = std::shared_ptr<const Plan>;

bool same(const Plan& a, const Plan& b) {
  return a.placement().processor.size() == b.placement().processor.size() &&
         a.placement().processor == b.placement().processor &&
         a.placement().order == b.placement().order && a.transfers() == b.transfers() &&
         a.in_place() == b.in_place();
}

// A plan that some search found, and what it takes on each occasion.
struct Found {
  SharedPlan plan;
  std::string name;  // of the occasion that it was found for
  // [occasion][class]; infinite: it cannot run.
  std::vector<std::vector<double>> latency, load;
};

class Builder {
 public:
  Builder(const PolicyProblem& problem, std::vector<Occasion> occasions)
      : problem_(problem), maker_(problem), machine_(problem) {
    library_.occasions = std::move(occasions);
    for (std::size_t c = 0; c < machine_.classes(); ++c)
      finders_.emplace_back(machine_.network(c), maker_.undisturbed().hardware());
  }

  std::variant<PlanLibrary, Infeasible> run() {
    std::string why;
    for (std::size_t o = 0; o < library_.occasions.size(); ++o) {
      machine_.set(library_.occasions[o].conditions);
      for (std::size_t c = 0; c < machine_.classes(); ++c) {
        const std::string why_not = search(o, c);
        if (why.empty()) why = why_not;
      }
    }
    if (found_.empty()) return Infeasible{why};
    measure_all();
    std::vector<Configured> all = configurations();
    if (all.empty())
      return Infeasible{"plans of all classes of inputs together do not fit the memories"};
    keep_some(std::move(all));
    choose_single_plans();
    learn_cuts();
    return std::move(library_);
  }

 private:
  struct Configured {
    std::string name;
    std::vector<std::size_t> found;  // by class
    std::vector<double> cost;        // by occasion
  };

  void add(const Plan& plan, const std::string& name) {
    for (const Found& each : found_) {
      if (same(*each.plan, plan)) return;
    }
    // What is not feasible undisturbed, with all processors there, is of no use later.
    found_.push_back({std::make_shared<Plan>(plan), name, {}, {}});
  }

  // Why nothing was found; empty where something was.
  std::string search(std::size_t occasion, std::size_t c) {
    const Problem problem = machine_.problem(c);
    SearchOptions options;
    options.seed = problem_.seed;
    options.steps = problem_.steps;
    const std::string& name = library_.occasions[occasion].name;
    const std::vector<Plan> starts = starts_for(problem, c, options);
    Outcome outcome =
        starts.empty() ? solve_annealing(problem, options) : anneal_from(problem, options, starts);
    const auto* solution = std::get_if<Solution>(&outcome);
    if (solution == nullptr) return std::get<Infeasible>(outcome).reason;
    add(solution->plan, name);
    const double rate = library_.occasions[occasion].rate;
    if (problem_.in_flight == 1 || rate * seconds(solution->cost.latency) < kBusy) return {};
    const Problem streaming = machine_.problem(c, Objective::only(Term::Period));
    auto ground = Groundwork::of(streaming);
    if (!std::holds_alternative<std::unique_ptr<Groundwork>>(ground)) return {};
    options.steps /= kThroughputPart;
    Outcome fast = throughput_from(*std::get<0>(ground), options, {solution->plan});
    if (const auto* found = std::get_if<Solution>(&fast)) add(found->plan, name);
    return {};
  }

  std::vector<Plan> starts_for(const Problem& problem, std::size_t c,
                               const SearchOptions& options) {
    if (found_.empty()) return {};
    std::vector<std::pair<Time, const Plan*>> ranked;
    for (const Found& each : found_) {
      if (machine_.can_run(c, *each.plan))
        ranked.emplace_back(machine_.run(c, *each.plan).makespan, each.plan.get());
    }
    std::stable_sort(ranked.begin(), ranked.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    if (ranked.size() > kStarts) ranked.resize(kStarts);
    std::vector<Plan> starts;
    for (const auto& [time, plan] : ranked) starts.push_back(*plan);
    Outcome outcome = solve_heft(problem, options);
    if (const auto* solution = std::get_if<Solution>(&outcome)) starts.push_back(solution->plan);
    return starts;
  }

  void measure_all() {
    for (const Occasion& occasion : library_.occasions) {
      machine_.set(occasion.conditions);
      Slowdowns slowdowns;
      fill_slowdowns(occasion.conditions, slowdowns);
      for (Found& each : found_) {
        std::vector<double>& latency = each.latency.emplace_back(machine_.classes(), kNever);
        std::vector<double>& load = each.load.emplace_back(machine_.classes(), kNever);
        for (std::size_t c = 0; c < machine_.classes(); ++c) {
          if (!machine_.can_run(c, *each.plan)) continue;
          const Timeline& timeline = machine_.run(c, *each.plan);
          latency[c] = seconds(timeline.makespan);
          load[c] = largest(finders_[c].loads(*each.plan, timeline, slowdowns), slowdowns);
        }
      }
    }
  }

  double cost(std::size_t o, const std::vector<std::size_t>& found) const {
    const Occasion& occasion = library_.occasions[o];
    ServiceTimes sum;
    for (std::size_t c = 0; c < found.size(); ++c) {
      const Found& of = found_[found[c]];
      if (of.latency[o][c] == kNever) return kNever;
      add_class(sum, occasion.shares[c], of.latency[o][c], of.load[o][c], problem_.in_flight);
    }
    const double requests = occasion.rate * seconds(problem_.horizon);
    if (requests <= 0) return sum.latency;
    return cost_over(sum, occasion.rate, 0, seconds(problem_.horizon)) / requests;
  }
  std::vector<double> costs(const std::vector<std::size_t>& found) const {
    std::vector<double> all;
    for (std::size_t o = 0; o < library_.occasions.size(); ++o) all.push_back(cost(o, found));
    return all;
  }
  std::vector<SharedPlan> plans(const std::vector<std::size_t>& found) const {
    std::vector<SharedPlan> all;
    for (const std::size_t each : found) all.push_back(found_[each].plan);
    return all;
  }

  // The best plan of each class on each occasion, by what a class costs alone.
  std::vector<Configured> configurations() {
    std::vector<Configured> all;
    for (std::size_t o = 0; o < library_.occasions.size(); ++o) {
      std::vector<std::size_t> best(machine_.classes(), 0);
      for (std::size_t c = 0; c < best.size(); ++c) best[c] = best_for(o, c);
      if (cost(o, best) == kNever) continue;
      if (!maker_.fits(plans(best))) best = best_single(o);
      if (best.empty() || cost(o, best) == kNever) continue;
      const auto known = [&](const Configured& each) { return each.found == best; };
      if (std::any_of(all.begin(), all.end(), known)) continue;
      all.push_back({library_.occasions[o].name, best, costs(best)});
    }
    return all;
  }
  std::size_t best_for(std::size_t o, std::size_t c) const {
    std::size_t best = 0;
    double least = kNever;
    const double rate = library_.occasions[o].rate;
    for (std::size_t f = 0; f < found_.size(); ++f) {
      if (found_[f].latency[o][c] == kNever) continue;
      ServiceTimes times;
      add_class(times, 1, found_[f].latency[o][c], found_[f].load[o][c], problem_.in_flight);
      const double horizon = seconds(problem_.horizon);
      const double value = rate > 0 ? cost_over(times, rate, 0, horizon) : times.latency;
      if (value < least) least = value, best = f;
    }
    return best;
  }
  // One plan for all classes; empty: none fits.
  std::vector<std::size_t> best_single(std::size_t o) {
    std::vector<std::size_t> best;
    double least = kNever;
    for (std::size_t f = 0; f < found_.size(); ++f) {
      std::vector<std::size_t> of(machine_.classes(), f);
      const double value = cost(o, of);
      if (value < least && maker_.fits(plans(of))) least = value, best = std::move(of);
    }
    return best;
  }

  void keep_some(std::vector<Configured> all) {
    const std::size_t occasions = library_.occasions.size();
    std::vector<double> best(occasions, kNever);
    for (const Configured& each : all) {
      for (std::size_t o = 0; o < occasions; ++o) best[o] = std::min(best[o], each.cost[o]);
    }
    const auto regret = [&](double value, std::size_t o) {
      if (best[o] == kNever) return 0.0;
      return value == kNever ? PlanLibrary::kCannotRun : value / best[o] - 1;
    };
    std::vector<double> left(occasions, PlanLibrary::kCannotRun);
    std::vector<bool> kept(all.size(), false);
    for (std::size_t n = 0; n < std::min(all.size(), PlanLibrary::kMostKept); ++n) {
      std::optional<std::size_t> next;
      double most = n == 0 ? -kNever : PlanLibrary::kLeastGain;
      for (std::size_t i = 0; i < all.size(); ++i) {
        if (kept[i]) continue;
        double gain = n == 0 ? -all[i].cost[0] : 0;  // the first: by what it costs undisturbed
        for (std::size_t o = 0; n > 0 && o < occasions; ++o)
          gain += std::max(0.0, left[o] - std::max(0.0, regret(all[i].cost[o], o)));
        if (gain > most) most = gain, next = i;
      }
      if (!next) break;
      kept[*next] = true;
      for (std::size_t o = 0; o < occasions; ++o)
        left[o] = std::min(left[o], std::max(0.0, regret(all[*next].cost[o], o)));
      library_.candidates.push_back(maker_.make(all[*next].name, plans(all[*next].found)));
      library_.cost.push_back(all[*next].cost);
    }
  }

  void choose_single_plans() {
    std::vector<double> best(library_.occasions.size(), kNever);
    std::vector<Configured> singles;
    for (std::size_t f = 0; f < found_.size(); ++f) {
      const std::vector<std::size_t> of(machine_.classes(), f);
      if (!maker_.fits(plans(of))) continue;
      singles.push_back({found_[f].name, of, costs(of)});
      for (std::size_t o = 0; o < best.size(); ++o)
        best[o] = std::min(best[o], singles.back().cost[o]);
    }
    const auto mean = [&](const Configured& each) {
      double sum = 0;
      for (std::size_t o = 0; o < best.size(); ++o) {
        if (best[o] == kNever) continue;
        sum += each.cost[o] == kNever ? PlanLibrary::kCannotRun : each.cost[o] / best[o];
      }
      return sum;
    };
    // Where no single plan fits with so many in flight, the first configuration is all there is.
    if (singles.empty()) {
      library_.best_static = library_.robust = library_.candidates.front();
      return;
    }
    const auto fixed = *std::min_element(
        singles.begin(), singles.end(),
        [](const Configured& a, const Configured& b) { return a.cost[0] < b.cost[0]; });
    const auto robust =
        *std::min_element(singles.begin(), singles.end(),
                          [&](const auto& a, const auto& b) { return mean(a) < mean(b); });
    library_.best_static = maker_.make("best static", plans(fixed.found));
    library_.robust = maker_.make("robust static", plans(robust.found));
  }

  void learn_cuts() {
    for (std::size_t o = 0; o < library_.occasions.size(); ++o) {
      machine_.set(library_.occasions[o].conditions);
      Slowdowns slowdowns;
      fill_slowdowns(library_.occasions[o].conditions, slowdowns);
      for (Candidate& each : library_.candidates) {
        for (std::size_t c = 0; c < machine_.classes(); ++c) {
          const Plan& plan = *each.configuration->plans[c];
          if (machine_.can_run(c, plan)) maker_.add_cut(each, c, machine_.run(c, plan), slowdowns);
        }
      }
    }
  }

  const PolicyProblem& problem_;
  CandidateMaker maker_;
  ConditionedMachine machine_;
  std::vector<ShareFinder> finders_;
  std::vector<Found> found_;
  PlanLibrary library_;
};

}  // namespace

std::vector<double> expected_shares(const PolicyProblem& problem) {
  double sum = 0;
  for (const InputClass& each : problem.classes) sum += each.share;
  std::vector<double> shares;
  for (const InputClass& each : problem.classes) {
    shares.push_back(sum > 0 ? each.share / sum : 1 / static_cast<double>(problem.classes.size()));
  }
  return shares;
}

std::vector<Occasion> usual_occasions(const PolicyProblem& problem) {
  static const std::vector<double> kSlowdowns{2, 5}, kMoreSlowdowns{2, 3, 5};
  const Hardware& hardware = *problem.hardware;
  const auto processors = ids<ProcessorId>(hardware.processors().size());
  std::vector<Occasion> all;
  const auto add = [&](std::string name, auto change) {
    Occasion& made =
        all.emplace_back(Occasion{std::move(name), Conditions::undisturbed(hardware),
                                  expected_shares(problem), problem.arrivals_per_second});
    change(made.conditions);
  };
  add("undisturbed", [](Conditions&) {});
  for (const ProcessorId p : processors) {
    const std::string& name = hardware.processors()[p].name;
    for (const double slowdown : problem.searches ? kSlowdowns : kMoreSlowdowns) {
      add(fmt::format("{} {:g} x slower", name, slowdown),
          [&](Conditions& c) { c.slowdown[p] = slowdown; });
    }
    if (hardware.processors().size() > 1)
      add("without " + name, [&](Conditions& c) { c.present[p] = false; });
  }
  for (const LinkId link : ids<LinkId>(hardware.links().size())) {
    add(hardware.links()[link].name + " at a quarter",
        [&](Conditions& c) { c.link_slowdown[link] = 4; });
  }
  const bool has_pairs = hardware.processors().size() == 3 || hardware.processors().size() == 4;
  for (const ProcessorId p : processors) {
    for (const ProcessorId q : processors) {
      if (!has_pairs || q <= p) continue;
      add(fmt::format("{} and {} 5 x slower", hardware.processors()[p].name,
                      hardware.processors()[q].name),
          [&](Conditions& c) { c.slowdown[p] = c.slowdown[q] = 5; });
    }
  }
  return all;
}

std::vector<Occasion> occasions_of(const PolicyProblem& problem,
                                   const std::vector<Segment>& future) {
  std::vector<Occasion> all;
  for (const Segment& each : future) {
    std::vector<double> shares = each.shares;
    const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
    if (shares.size() != problem.classes.size() || sum <= 0)
      shares = expected_shares(problem);
    else
      for (double& share : shares) share /= sum;
    all.push_back({"from " + to_string(each.from), each.conditions, std::move(shares),
                   each.arrivals_per_second});
  }
  return all;
}

std::variant<PlanLibrary, Infeasible> plan_library(const PolicyProblem& problem,
                                                   std::vector<Occasion> occasions) {
  return Builder(problem, std::move(occasions)).run();
}

}  // namespace partita
