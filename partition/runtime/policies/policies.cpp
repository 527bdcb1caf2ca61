#include "partition/runtime/policies/policies.h"

#include <algorithm>

#include "partition/runtime/policies/fixed_policy.h"
#include "partition/runtime/policies/repartitioner.h"

namespace partita {
namespace {

std::unique_ptr<Policy> make_static(const PolicyInputs& inputs) {
  return std::make_unique<FixedPolicy>(inputs.library->best_static.configuration);
}
std::unique_ptr<Policy> make_robust(const PolicyInputs& inputs) {
  return std::make_unique<FixedPolicy>(inputs.library->robust.configuration);
}
std::unique_ptr<Policy> make_ours(const PolicyInputs& inputs) {
  return std::make_unique<Repartitioner>(inputs.problem, inputs.library);
}

}  // namespace

const std::vector<PolicyKind>& policies() {
  static const std::vector<PolicyKind> kPolicies{
      {"ours", "switches where that pays, as far as readings tell", make_ours},
      {"static", "the best plan for what is expected, for ever", make_static},
      {"robust", "the plan that suffers least on average, for ever", make_robust}};
  return kPolicies;
}

const PolicyKind* policy_named(std::string_view name) {
  const auto found = std::find_if(policies().begin(), policies().end(),
                                  [&](const PolicyKind& kind) { return kind.name == name; });
  return found == policies().end() ? nullptr : &*found;
}

}  // namespace partita
