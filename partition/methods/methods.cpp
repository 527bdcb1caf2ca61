#include "partition/methods/methods.h"

#include <algorithm>

#include "partition/methods/annealing.h"
#include "partition/methods/by_rank.h"
#include "partition/methods/greedy.h"
#include "partition/methods/heft.h"
#include "partition/methods/single.h"
#include "partition/methods/throughput.h"

namespace partita {

const std::vector<Method>& methods() {
  static const std::vector<Method> kMethods{
      {"single", "the best single processor", solve_single},
      {"greedy", "each layer on the processor that ends it first", solve_greedy},
      {"heft", "by upward rank, earliest finish, in gaps (Topcuoglu 2002)", solve_heft},
      {"annealing", "simulated annealing with the evaluator inside, from the best of the others",
       solve_annealing},
      {"throughput", "the least load of the busiest resource, for inferences that stream through",
       solve_throughput}};
  return kMethods;
}

const std::vector<Method>& rank_methods() {
  static const std::vector<Method> kMethods{
      {"by_rank", "each rank of the network's collectives on a processor of its own",
       solve_by_rank}};
  return kMethods;
}

const Method* method_named(std::string_view name) {
  for (const auto* table : {&methods(), &rank_methods()}) {
    const auto found = std::find_if(table->begin(), table->end(),
                                    [&](const Method& method) { return method.name == name; });
    if (found != table->end()) return &*found;
  }
  return nullptr;
}

}  // namespace partita
