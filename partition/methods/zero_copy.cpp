#include "partition/methods/zero_copy.h"

#include <algorithm>
#include <tuple>

#include "partition/methods/heft.h"

namespace partita {
namespace {

constexpr int kPasses = 3;

bool is_better(const Judgement& a, const Judgement& b) {
  return std::tuple(!a.finishes, a.excess_ppm, a.value) <
         std::tuple(!b.finishes, b.excess_ppm, b.value);
}

class Search {
 public:
  Search(const Problem& problem, Plan plan, std::int64_t evaluations)
      : problem_(problem),
        model_(problem),
        left_(evaluations),
        plan_(std::move(plan)),
        found_(judge(plan_)) {}

  Solution run() {
    const std::vector<InPlace> candidates = find_candidates();
    for (int pass = 0; pass < kPasses; ++pass) {
      bool changed = false;
      for (const InPlace& candidate : candidates) changed = toggle(candidate) || changed;
      if (!changed) break;
    }
    return {std::move(plan_), found_.cost, found_.value};
  }
  bool feasible() const { return found_.feasible(); }

 private:
  Judgement judge(const Plan& plan) {
    --left_;
    return model_.judge(plan);
  }

  std::vector<InPlace> find_candidates() const {
    std::vector<InPlace> found;
    const auto offer = [&](TensorId tensor, MemoryId memory) {
      const auto home =
          home_for(problem_.network, problem_.hardware, plan_.placement(), tensor, memory);
      if (const auto* at = std::get_if<MemoryId>(&home)) found.push_back({tensor, memory, *at});
    };
    if (!found_.feasible()) {
      std::vector<TensorId> weights;
      for (const TensorId id : ids<TensorId>(problem_.network.tensors().size())) {
        const TensorKind kind = problem_.network.tensor(id).kind;
        if (kind == TensorKind::Weight || kind == TensorKind::Constant) weights.push_back(id);
      }
      std::stable_sort(weights.begin(), weights.end(), [&](TensorId a, TensorId b) {
        return problem_.network.tensor(a).size > problem_.network.tensor(b).size;
      });
      for (const TensorId weight : weights) {
        for (const MemoryId memory : ids<MemoryId>(problem_.hardware.memories().size())) {
          offer(weight, memory);
        }
      }
    }
    for (const Transfer& transfer : plan_.transfers()) offer(transfer.tensor, transfer.dst);
    found.insert(found.end(), plan_.in_place().begin(), plan_.in_place().end());
    return found;
  }

  // Reads in place what was sent, or the other way round, if that is better.
  bool toggle(const InPlace& candidate) {
    if (left_ <= 0) return false;
    std::vector<InPlace> wanted = plan_.in_place();
    if (std::erase(wanted, candidate) == 0) wanted.push_back(candidate);
    auto made = with_reads_in_place(problem_.network, problem_.hardware, plan_, wanted);
    auto* changed = std::get_if<Plan>(&made);
    if (changed == nullptr) return false;
    const Judgement found = judge(*changed);
    if (!is_better(found, found_)) return false;
    plan_ = std::move(*changed);
    found_ = found;
    return true;
  }

  const Problem& problem_;
  CostModel model_;
  std::int64_t left_;  // evaluations
  Plan plan_;
  Judgement found_;
};

}  // namespace

Solution with_zero_copy(const Problem& problem, Plan plan, std::int64_t evaluations) {
  return Search(problem, std::move(plan), evaluations).run();
}

Outcome with_zero_copy(const Problem& problem, Outcome outcome, std::int64_t evaluations) {
  if (auto* solution = std::get_if<Solution>(&outcome)) {
    return with_zero_copy(problem, std::move(solution->plan), evaluations);
  }
  auto roomy = heft_plan_of_any_size(problem);
  if (std::holds_alternative<Infeasible>(roomy)) return outcome;
  Search search(problem, std::move(std::get<Plan>(roomy)), evaluations);
  Solution found = search.run();
  if (!search.feasible()) return outcome;
  return found;
}

}  // namespace partita
