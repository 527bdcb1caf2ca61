#include "exec/exam/draw_plans.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "exec/exam/random_plan.h"
#include "models/base/random.h"
#include "partition/methods/methods.h"

namespace partita::exec {
namespace {

// Short blocks copy much, long ones keep processors waiting for each other.
constexpr std::array<double, 3> kMeanBlocks{2, 8, 32};
constexpr std::size_t kMostTries = 100;  // to find a random plan that is not there yet

class Drawing {
 public:
  Drawing(const Network& network, const Hardware& hardware, const CostTable& costs,
          const DrawOptions& options)
      : network_(network), hardware_(hardware), costs_(costs), options_(options) {}

  std::vector<ExamPlan> draw() {
    add_single_processors();
    const std::size_t singles = plans_.size();
    add_methods();
    add_random_plans();
    draw_lots(singles);
    return std::move(plans_);
  }

 private:
  // Real runs copy all operands, and know no priorities.
  static bool is_real(const Plan& plan) {
    return plan.in_place().empty() && plan.collectives().empty() &&
           std::all_of(plan.transfers().begin(), plan.transfers().end(),
                       [](const Transfer& transfer) { return transfer.priority == 0; });
  }

  void add(std::string name, Plan plan) {
    if (!is_real(plan)) return;
    const bool is_there = std::any_of(plans_.begin(), plans_.end(), [&](const ExamPlan& other) {
      return other.plan.placement().processor == plan.placement().processor &&
             other.plan.placement().order == plan.placement().order;
    });
    if (!is_there) plans_.push_back({std::move(name), std::move(plan)});
  }

  void add_single_processors() {
    for (const ProcessorId p : ids<ProcessorId>(hardware_.processors().size())) {
      bool runs_all = true;
      for (const LayerId layer : network_.layers()) runs_all = runs_all && costs_(layer, p);
      if (!runs_all) continue;
      auto made = make_plan(network_, hardware_, all_on(network_, hardware_, p), "single");
      if (auto* plan = std::get_if<Plan>(&made)) {
        add(fmt::format("{}_alone", hardware_.processors()[p].name), std::move(*plan));
      }
    }
  }

  // Quick ones first, so that searches that end where they began do not take their names.
  void add_methods() {
    const Problem problem{network_, hardware_, costs_};
    std::string reason;
    bool any = false;
    for (const Method& method : methods()) {
      if (method.kind == Method::Kind::Portfolio || plans_.size() >= options_.plans) continue;
      SearchOptions search;
      search.seed = options_.seed;
      search.steps = options_.steps;
      Outcome outcome = method.solve(problem, search);
      if (const auto* no = std::get_if<Infeasible>(&outcome)) {
        reason = no->reason;
        continue;
      }
      any = true;
      add(std::string{method.name}, std::move(std::get<Solution>(outcome).plan));
    }
    if (!any && plans_.empty())
      throw ConfigError({network_.name(), 0, 0}, "no plan to examine: " + reason);
  }

  void add_random_plans() {
    std::size_t tries = 0;
    for (int number = 1; plans_.size() < options_.plans && tries < kMostTries; ++tries) {
      const std::size_t before = plans_.size();
      add(fmt::format("random{}", number),
          random_plan(network_, hardware_, costs_, kMeanBlocks[tries % kMeanBlocks.size()],
                      options_.seed * 1000 + tries, "random"));
      if (plans_.size() > before) ++number;
    }
  }

  void draw_lots(std::size_t singles) {
    std::vector<std::size_t> others;
    for (std::size_t i = 0; i < plans_.size(); ++i) {
      if (i < singles) plans_[i].held_out = false;
      if (i >= singles) others.push_back(i);
    }
    Random random(options_.seed);
    for (std::size_t fitted = singles; fitted < options_.fitted && others.size() > 1; ++fitted) {
      const auto drawn = others.begin() + static_cast<std::ptrdiff_t>(random.below(others.size()));
      plans_[*drawn].held_out = false;
      others.erase(drawn);
    }
  }

  const Network& network_;
  const Hardware& hardware_;
  const CostTable& costs_;
  const DrawOptions& options_;
  std::vector<ExamPlan> plans_;
};

}  // namespace

std::vector<ExamPlan> draw_plans(const Network& network, const Hardware& hardware,
                                 const CostTable& costs, const DrawOptions& options) {
  return Drawing(network, hardware, costs, options).draw();
}

}  // namespace partita::exec
