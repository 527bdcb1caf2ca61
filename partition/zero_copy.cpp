#include "partition/zero_copy.h"

#include <algorithm>
#include <tuple>

#include "partition/heft.h"

namespace partita {
namespace {

constexpr int kPasses = 3;

struct Score {
  bool never_ends = false;
  Wide overflow = 0;  // bytes that memories lack, all together
  Time makespan{0};
  friend bool operator<(const Score& a, const Score& b) {
    return std::tuple(a.never_ends, a.overflow, a.makespan) <
           std::tuple(b.never_ends, b.overflow, b.makespan);
  }
  bool fits() const { return !never_ends && overflow == 0; }
};

class Search {
 public:
  Search(const Problem& problem, Plan plan, std::int64_t evaluations)
      : problem_(problem),
        evaluator_(problem.network, problem.hardware, problem.costs),
        left_(evaluations),
        plan_(std::move(plan)),
        score_(judge(plan_)) {}

  Solution run() {
    const std::vector<InPlace> candidates = find_candidates();
    for (int pass = 0; pass < kPasses; ++pass) {
      bool changed = false;
      for (const InPlace& candidate : candidates) changed = toggle(candidate) || changed;
      if (!changed) break;
    }
    return {std::move(plan_), score_.makespan};
  }
  bool fits() const { return score_.fits(); }

 private:
  Score judge(const Plan& plan) {
    --left_;
    const Timeline& timeline = evaluator_.run(plan);
    Score score{timeline.unfinished.has_value(), 0, timeline.makespan};
    for (const MemoryId memory : ids<MemoryId>(timeline.memory_peak.size())) {
      const Bytes capacity = problem_.hardware.memories()[memory].capacity;
      score.overflow += std::max<Wide>(0, timeline.memory_peak[memory].value - capacity.value);
    }
    return score;
  }

  std::vector<InPlace> find_candidates() const {
    std::vector<InPlace> found;
    const auto offer = [&](TensorId tensor, MemoryId memory) {
      const auto home =
          home_for(problem_.network, problem_.hardware, plan_.placement(), tensor, memory);
      if (const auto* at = std::get_if<MemoryId>(&home)) found.push_back({tensor, memory, *at});
    };
    if (!score_.fits()) {
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
    const Score score = judge(*changed);
    if (!(score < score_)) return false;
    plan_ = std::move(*changed);
    score_ = score;
    return true;
  }

  const Problem& problem_;
  Evaluator evaluator_;
  std::int64_t left_;  // evaluations
  Plan plan_;
  Score score_;
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
  if (!search.fits()) return outcome;
  return found;
}

bool has_load_store(const Hardware& hardware) {
  return std::any_of(hardware.links().begin(), hardware.links().end(),
                     [](const LinkSpec& link) { return link.load_store; });
}

}  // namespace partita
