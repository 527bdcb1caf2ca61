#include "partition/explain/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "models/analysis/what_if.h"
#include "models/base/assert.h"

namespace partita {
namespace {

constexpr std::size_t kPathParts = 16;  // whose numbers are tried
constexpr std::size_t kShown = 5;

// Which layers make a part.
std::vector<PlanPart> parts_of(const Problem& problem, const Plan& plan) {
  const Network& network = problem.network;
  IdVector<LayerId, bool> seen(network.layer_count());
  IdVector<LayerId, const std::vector<LayerId>*> group(network.layer_count());
  for (const std::vector<LayerId>& each : problem.constraints.together) {
    for (const LayerId layer : each) group[layer] = &each;
  }
  std::vector<PlanPart> parts;
  for (const LayerId first : network.layers()) {
    if (seen[first]) continue;
    PlanPart part;
    part.processor = plan.processor(first);
    part.layers = {first};
    seen[first] = true;
    const auto take = [&](const std::vector<LayerId>& others) {
      for (const LayerId other : others) {
        if (plan.processor(other) != part.processor || seen[other]) continue;
        seen[other] = true;
        part.layers.push_back(other);
      }
    };
    for (std::size_t i = 0; i < part.layers.size(); ++i) {
      const LayerId layer = part.layers[i];
      take(network.predecessors(layer));
      take(network.successors(layer));
      if (group[layer] != nullptr) take(*group[layer]);
    }
    std::sort(part.layers.begin(), part.layers.end());
    for (const LayerId layer : part.layers) part.work += duration(problem, layer, part.processor);
    parts.push_back(std::move(part));
  }
  std::stable_sort(parts.begin(), parts.end(),
                   [](const PlanPart& a, const PlanPart& b) { return a.work > b.work; });
  return parts;
}

class Mover {
 public:
  Mover(const Problem& problem, const Plan& plan, const Timeline& timeline)
      : problem_(problem), plan_(plan), model_(problem), rank_(problem.network.layer_count()) {
    // By start, and where several start at once, as their processors have them; a topological order.
    std::vector<LayerId> sequence;
    for (const auto& order : plan.placement().order) {
      sequence.insert(sequence.end(), order.begin(), order.end());
    }
    std::stable_sort(sequence.begin(), sequence.end(), [&](LayerId a, LayerId b) {
      return timeline.layers[a].start < timeline.layers[b].start;
    });
    for (std::size_t i = 0; i < sequence.size(); ++i) rank_[sequence[i]] = static_cast<double>(i);
  }

  void find_elsewhere(PlanPart& part) {
    for (const ProcessorId p : ids<ProcessorId>(problem_.hardware.processors().size())) {
      if (p == part.processor) continue;
      const std::string reason = try_at(part, p);
      if (!reason.empty() && part.why_nowhere.empty()) part.why_nowhere = reason;
    }
  }

 private:
  // Why it cannot be there; empty where it can.
  std::string try_at(PlanPart& part, ProcessorId p) {
    const std::string& name = problem_.hardware.processors()[p].name;
    IdVector<LayerId, ProcessorId> processor = plan_.placement().processor;
    for (const LayerId layer : part.layers) {
      if (!problem_.costs(layer, p)) {
        return fmt::format("'{}' may not run on '{}'", problem_.network.layer(layer).name, name);
      }
      processor[layer] = p;
    }
    auto made = make_plan(problem_.network, problem_.hardware,
                          ordered_by(processor, problem_.hardware.processors().size(), rank_),
                          plan_.method());
    if (const auto* bad = std::get_if<BadPlan>(&made)) return bad->reason;
    const Judgement found = model_.judge(std::get<Plan>(made));
    if (!found.feasible()) return fmt::format("on '{}': {}", name, model_.why_infeasible());
    if (!part.elsewhere || found.value < part.value_there) {
      part.elsewhere = p;
      part.value_there = found.value;
    }
    return {};
  }

  const Problem& problem_;
  const Plan& plan_;
  CostModel model_;
  IdVector<LayerId, double> rank_;
};

std::vector<CriticalCopy> copies_of(const PlanRun& run, const std::vector<PathStep>& path) {
  std::map<std::uint32_t, Time> times;
  for (const PathStep& step : path) {
    if (step.leg) times[run.timeline.legs[*step.leg].transfer] += step.until - step.from;
  }
  std::vector<CriticalCopy> copies;
  for (const auto& [transfer, time] : times) copies.push_back({transfer, time});
  std::stable_sort(copies.begin(), copies.end(), [](const CriticalCopy& a, const CriticalCopy& b) {
    return a.on_path > b.on_path;
  });
  if (copies.size() > kShown) copies.resize(kShown);
  return copies;
}

// What the machine draws, halved: of each part one number at a time.
std::vector<std::pair<std::string, Hardware>> halved_powers(const Hardware& hardware) {
  std::vector<std::pair<std::string, Hardware>> made;
  const auto halve = [&](const std::string& what, auto number_of) {
    HardwareParts parts = hardware.parts();
    std::int64_t& number = number_of(parts).value;
    if (number == 0) return;
    number /= 2;
    made.emplace_back(what, HardwareBuilder::build(std::move(parts)));
  };
  for (const ProcessorId id : ids<ProcessorId>(hardware.processors().size())) {
    const std::string& name = hardware.processors()[id].name;
    halve("half the active power of " + name,
          [&](HardwareParts& parts) -> Power& { return parts.processors[id].active; });
    halve("half the idle power of " + name,
          [&](HardwareParts& parts) -> Power& { return parts.processors[id].idle; });
  }
  for (const MemoryId id : ids<MemoryId>(hardware.memories().size())) {
    const std::string& name = hardware.memories()[id].name;
    halve("half the idle power of " + name,
          [&](HardwareParts& parts) -> Power& { return parts.memories[id].idle; });
    halve("half the energy of a byte of " + name,
          [&](HardwareParts& parts) -> EnergyPerByte& { return parts.memories[id].energy; });
  }
  for (const LinkId id : ids<LinkId>(hardware.links().size())) {
    const std::string& name = hardware.links()[id].name;
    halve("half the energy of a byte of " + name,
          [&](HardwareParts& parts) -> EnergyPerByte& { return parts.links[id].energy; });
  }
  return made;
}

class NumberTrials {
 public:
  NumberTrials(const Problem& problem, const Plan& plan, Explanation& explanation)
      : problem_(problem), plan_(plan), explanation_(explanation) {}

  void run(const PlanRun& run) {
    for (const Change& change : changes_for(run, explanation_.path_parts, kPathParts)) {
      const ChangedMachine machine = changed(run, change);
      judge(change.what, machine.hardware, machine.costs);
    }
    if (problem_.objective.weighs(Term::EnergyUse) ||
        problem_.objective.weighs(Term::EnergyDelay)) {
      for (const auto& [what, hardware] : halved_powers(problem_.hardware)) {
        judge(what, hardware, problem_.costs);
      }
    }
    auto& changes = explanation_.changes;
    std::stable_sort(
        changes.begin(), changes.end(),
        [](const NumberChange& a, const NumberChange& b) { return a.value < b.value; });
    if (changes.size() > kShown) changes.resize(kShown);
  }

 private:
  // Nominal times: samples belong to the machine as it is.
  void judge(const std::string& what, const Hardware& hardware, const CostTable& costs) {
    ++explanation_.tried_changes;
    const Problem problem{problem_.network, hardware, costs, problem_.objective};
    const Judgement found = CostModel(problem).judge(plan_);
    if (found.finishes && found.value < explanation_.value) {
      explanation_.changes.push_back({what, found.value});
    }
  }

  const Problem& problem_;
  const Plan& plan_;
  Explanation& explanation_;
};

}  // namespace

Explanation explain(const Problem& problem, const Plan& plan, std::size_t most_parts) {
  // Of nominal times: what one number or part is worth must not hide behind samples.
  const Problem nominal{problem.network, problem.hardware, problem.costs, problem.objective,
                        problem.constraints};
  CostModel model(nominal);
  const Judgement found = model.judge(plan);
  PARTITA_ASSERT(found.feasible(), "a plan that is no solution is to be explained");
  const PlanRun run{model.timeline(), problem.network, problem.hardware, plan, problem.costs};

  Explanation made;
  made.value = found.value;
  made.path = critical_path(run);
  made.path_parts = parts_of_path(run, traffic_of(run), made.path);
  made.copies = copies_of(run, made.path);
  made.parts = parts_of(problem, plan);
  if (made.parts.size() > most_parts) {
    made.more_parts = made.parts.size() - most_parts;
    made.parts.resize(most_parts);
  }
  Mover mover(nominal, plan, model.timeline());
  for (PlanPart& part : made.parts) mover.find_elsewhere(part);
  NumberTrials(nominal, plan, made).run(run);
  return made;
}

}  // namespace partita
