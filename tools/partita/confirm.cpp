#include "tools/partita/confirm.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "models/analysis/energy.h"
#include "models/base/diagnostics.h"
#include "models/evaluate/evaluate.h"
#include "partition/problem/constraint_violations.h"
#include "sim/simulate.h"

namespace partita::command {
namespace {

constexpr std::size_t kShown = 5;

class Confirmation {
 public:
  Confirmation(const Problem& problem, const Plan& plan) : problem_(problem), plan_(plan) {}

  void add(std::vector<std::string> found, const char* who) {
    for (std::string& each : found) mistakes_.push_back(fmt::format("{}: {}", who, each));
  }

  void check(const Timeline& timeline, const char* who) {
    add(violations(timeline, problem_.network, problem_.hardware, plan_), who);
  }

  void compare(const Timeline& evaluated, const Timeline& simulated) {
    if (evaluated.makespan != simulated.makespan) {
      mistakes_.push_back(fmt::format("SystemC takes {} ps, the evaluator {} ps",
                                      simulated.makespan.count(), evaluated.makespan.count()));
    } else if (evaluated.layers != simulated.layers || evaluated.legs != simulated.legs) {
      mistakes_.emplace_back("SystemC and the evaluator do not agree when layers and copies ran");
    } else if (evaluated.memory_peak != simulated.memory_peak) {
      mistakes_.emplace_back("SystemC and the evaluator do not agree what memories hold");
    }
  }

  // Of what the objective weighs.
  void count_again(const Timeline& timeline, const PlanCost& claimed) {
    const auto differs = [&](Term term, std::int64_t is, std::int64_t said) {
      if (!problem_.objective.weighs(term) || is == said) return;
      mistakes_.push_back(fmt::format("{} is {}, not {}", to_string(term), is, said));
    };
    differs(Term::Latency, timeline.makespan.count(), claimed.latency.count());
    if (problem_.objective.weighs(Term::EnergyUse) ||
        problem_.objective.weighs(Term::EnergyDelay)) {
      const PlanRun run{timeline, problem_.network, problem_.hardware, plan_, problem_.costs};
      const Consumption all = consumption_of(run, activity_of(run), traffic_of(run));
      const std::int64_t is = energy(all.total).value;
      differs(Term::EnergyUse, is, claimed.energy.value);
      differs(Term::EnergyDelay, is, claimed.energy.value);
    }
    std::int64_t moved = 0;
    for (const Transfer& transfer : plan_.transfers()) {
      const Tensor& tensor = problem_.network.tensor(transfer.tensor);
      const std::int64_t legs =
          tensor.transfer_time ? 1
                               : static_cast<std::int64_t>(
                                     problem_.hardware.route(transfer.src, transfer.dst)->size());
      moved += tensor.size.value * legs;
    }
    differs(Term::Transfers, moved, claimed.transfers.value);
    differs(Term::Imbalance, imbalance(timeline), claimed.imbalance.count());
  }

  void throw_if_any() const {
    if (mistakes_.empty()) return;
    std::string text;
    for (std::size_t i = 0; i < std::min(kShown, mistakes_.size()); ++i) {
      text += "\n  " + mistakes_[i];
    }
    throw Error(
        fmt::format("the plan is not confirmed ({} disagreements); this is a mistake in "
                    "partita, please report it with the input:{}",
                    mistakes_.size(), text));
  }

 private:
  std::int64_t imbalance(const Timeline& timeline) const {
    std::vector<std::int64_t> work;
    for (const ProcessorId p : ids<ProcessorId>(problem_.hardware.processors().size())) {
      Time sum{0};
      for (const LayerId layer : plan_.order(p)) {
        sum += timeline.layers[layer].finish - timeline.layers[layer].start;
      }
      work.push_back(sum.count() / problem_.hardware.processors()[p].streams);
    }
    Wide all = 0;
    for (const std::int64_t each : work) all += each;
    return *std::max_element(work.begin(), work.end()) -
           static_cast<std::int64_t>(all / static_cast<Wide>(work.size()));
  }

  const Problem& problem_;
  const Plan& plan_;
  std::vector<std::string> mistakes_;
};

}  // namespace

std::optional<Timeline> confirmed(const Problem& problem, const Plan& plan, const PlanCost& claimed,
                                  std::string& why_not) {
  Confirmation confirmation(problem, plan);
  confirmation.add(constraint_violations(plan, problem), "constraints");
  Evaluator evaluator(problem.network, problem.hardware, problem.costs);
  const Timeline& evaluated = evaluator.run(plan);
  confirmation.check(evaluated, "evaluator");
  confirmation.count_again(evaluated, claimed);
  std::optional<Timeline> simulated;
  try {
    sim::Simulator simulator(problem.network, problem.hardware, problem.costs);
    simulated = simulator.run(plan);
    confirmation.check(*simulated, "SystemC");
    confirmation.compare(evaluated, *simulated);
  } catch (const Error& error) {
    why_not = error.what();
  }
  confirmation.throw_if_any();
  return simulated;
}

}  // namespace partita::command
