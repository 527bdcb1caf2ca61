#include "partition/runtime/policies/policies.h"

#include <algorithm>

#include "partition/runtime/policies/clairvoyant.h"
#include "partition/runtime/policies/dispatch.h"
#include "partition/runtime/policies/fixed_policy.h"
#include "partition/runtime/policies/one_class.h"
#include "partition/runtime/policies/repartitioner.h"
#include "partition/runtime/policies/restless.h"
#include "partition/runtime/policies/router.h"

namespace partita {
namespace {

std::unique_ptr<Policy> make_static(const PolicyInputs& inputs) {
  return std::make_unique<FixedPolicy>(inputs.library->best_static.configuration);
}
std::unique_ptr<Policy> static_for_want_of(const PolicyInputs& inputs, const std::string& what) {
  return std::make_unique<FixedPolicy>(inputs.library->best_static.configuration,
                                       "it is the static plan, for want of " + what);
}
std::unique_ptr<Policy> make_robust(const PolicyInputs& inputs) {
  return std::make_unique<FixedPolicy>(inputs.library->robust.configuration);
}
std::unique_ptr<Policy> routed(const PolicyInputs& inputs, RepartitionOptions options = {}) {
  options.searches = inputs.problem.searches;
  auto inner = std::make_unique<Repartitioner>(inputs.problem, inputs.library, options);
  if (!inputs.problem.routes) return inner;
  const Estimates& estimates = inner->estimates();
  const Outlook& outlook = inner->outlook();
  const bool adapts = options.adapts;
  Router::View view{
      [&outlook, adapts](std::size_t c, LayerId layer, ProcessorId p) {
        return adapts ? outlook.factor(c, layer, p) : 1.0;
      },
      [&outlook, adapts](ProcessorId p) { return adapts ? outlook.slowdown(p) : 1.0; },
      [&estimates](ProcessorId p) { return estimates.present(p); }};
  auto router = std::make_unique<Router>(inputs.problem, *inputs.library, std::move(view));
  return std::make_unique<Routed>(std::move(inner), std::move(router));
}
std::unique_ptr<Policy> make_ours(const PolicyInputs& inputs) { return routed(inputs); }
std::unique_ptr<Policy> make_without_routing(const PolicyInputs& inputs) {
  RepartitionOptions options;
  options.searches = inputs.problem.searches;
  return std::make_unique<Repartitioner>(inputs.problem, inputs.library, options);
}

std::unique_ptr<Policy> make_without_adaptation(const PolicyInputs& inputs) {
  RepartitionOptions options;
  options.adapts = false;
  return routed(inputs, options);
}
std::unique_ptr<Policy> make_blind_to_moves(const PolicyInputs& inputs) {
  RepartitionOptions options;
  options.prices_moves = false;
  return routed(inputs, options);
}
std::unique_ptr<Policy> make_without_analyzer(const PolicyInputs& inputs) {
  auto made = OneClass::make(
      inputs.problem, [](const PolicyProblem& mean, std::shared_ptr<const PlanLibrary> library) {
        return routed({mean, std::move(library)});
      });
  if (auto* policy = std::get_if<std::unique_ptr<OneClass>>(&made)) return std::move(*policy);
  return static_for_want_of(inputs, "a plan for the mean of all inputs");
}
std::unique_ptr<Policy> make_dispatch(const PolicyInputs& inputs) {
  if (auto made = Dispatch::make(inputs.problem)) return made;
  return static_for_want_of(inputs, "a processor that can hold all weights");
}
std::unique_ptr<Policy> make_always(const PolicyInputs& inputs) {
  return std::make_unique<Restless>(inputs.problem, inputs.library);
}
// Whoever tells it no future expects none but the present.
std::unique_ptr<Policy> make_clairvoyant(const PolicyInputs& inputs) {
  PolicyProblem problem = inputs.problem;
  if (problem.future.empty()) {
    problem.future.push_back({Time{0}, Conditions::undisturbed(*problem.hardware),
                              expected_shares(problem), problem.arrivals_per_second});
  }
  auto made = Clairvoyant::make(problem);
  if (auto* policy = std::get_if<std::unique_ptr<Clairvoyant>>(&made)) return std::move(*policy);
  return static_for_want_of(inputs, "a plan for everything that will be");
}

// What is true now, of a future that is known.
struct Truth {
  std::vector<Segment> future;
  std::size_t at = 0;

  void go_to(Time now) {
    while (at + 1 < future.size() && future[at + 1].from <= now) ++at;
  }
};
std::unique_ptr<Policy> make_clairvoyant_routed(const PolicyInputs& inputs) {
  auto inner = make_clairvoyant(inputs);
  if (!inputs.problem.routes || inputs.problem.future.empty()) return inner;
  const auto truth = std::make_shared<Truth>(Truth{inputs.problem.future});
  const auto now = [truth]() -> const Conditions& { return truth->future[truth->at].conditions; };
  Router::View view{[now](std::size_t, LayerId, ProcessorId p) { return now().slowdown[p]; },
                    [now](ProcessorId p) { return now().slowdown[p]; },
                    [now](ProcessorId p) { return bool{now().present[p]}; },
                    [truth](Time time) { truth->go_to(time); }};
  auto router = std::make_unique<Router>(inputs.problem, *inputs.library, std::move(view));
  return std::make_unique<Routed>(std::move(inner), std::move(router));
}

}  // namespace

const std::vector<PolicyKind>& policies() {
  static const std::vector<PolicyKind> kPolicies{
      {"ours", "switches where that pays, as far as readings tell", make_ours},
      {"static", "the best plan for what is expected, for ever", make_static},
      {"robust", "the plan that suffers least on average, for ever", make_robust},
      {"dispatch", "each layer where it ends first, when its request starts; weights everywhere",
       make_dispatch},
      {"always", "optimises at every request, and switches for any gain", make_always},
      {"clairvoyant", "knows the future, and pays for moves", make_clairvoyant},
      {"clairvoyant_routed", "the same, whose requests are routed by what is true",
       make_clairvoyant_routed},
      {"no_analyzer", "ours, to which all inputs are one class", make_without_analyzer},
      {"no_adaptation", "ours, that believes what was expected for ever", make_without_adaptation},
      {"no_routing", "ours, whose requests all run by the plan in force", make_without_routing},
      {"blind_to_moves", "ours, to which moving weights costs nothing", make_blind_to_moves}};
  return kPolicies;
}

const PolicyKind* policy_named(std::string_view name) {
  const auto found = std::find_if(policies().begin(), policies().end(),
                                  [&](const PolicyKind& kind) { return kind.name == name; });
  return found == policies().end() ? nullptr : &*found;
}

}  // namespace partita
