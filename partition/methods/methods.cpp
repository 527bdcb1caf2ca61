#include "partition/methods/methods.h"

#include <algorithm>

#include "partition/methods/annealing.h"
#include "partition/methods/by_rank.h"
#include "partition/methods/cpop.h"
#include "partition/methods/exact.h"
#include "partition/methods/genetic.h"
#include "partition/methods/greedy.h"
#include "partition/methods/heft.h"
#include "partition/methods/look_ahead.h"
#include "partition/methods/multilevel.h"
#include "partition/methods/peft.h"
#include "partition/methods/pilot.h"
#include "partition/methods/pipeline.h"
#include "partition/methods/portfolio.h"
#include "partition/methods/round_robin.h"
#include "partition/methods/ruin_recreate.h"
#include "partition/methods/single.h"
#include "partition/methods/throughput.h"

namespace partita {

const std::vector<Method>& methods() {
  using enum Method::Kind;
  static const std::vector<Method> kMethods{
      {"auto", "all of them in turn, for as long as it may take", Portfolio, solve_auto},
      {"greedy", "each layer on the processor that ends it first", Quick, solve_greedy},
      {"heft", "by upward rank, earliest finish, in gaps (Topcuoglu 2002)", Quick, solve_heft},
      {"single", "the best single processor", Quick, solve_single},
      {"round_robin", "every processor in turn", Quick, solve_round_robin},
      {"cpop", "the critical path on one processor, the rest in gaps (Topcuoglu 2002)", Quick,
       solve_cpop},
      {"peft", "earliest finish and what follows at best (Arabnejad 2014)", Quick, solve_peft},
      {"look_ahead", "HEFT that looks at where the next layers would end (Bittencourt 2010)", Quick,
       solve_look_ahead},
      {"pipeline", "a run of layers on each processor, for inferences that stream through", Quick,
       solve_pipeline},
      {"multilevel", "solves a coarse problem first, for many layers (Karypis 1998)", Search,
       solve_multilevel},
      {"pilot", "list schedules that try several ways to go on, for many layers (Duin 1999)",
       Search, solve_pilot},
      {"throughput", "the least load of the busiest resource, for inferences that stream through",
       Search, solve_throughput},
      {"exact", "branch and bound with proof, for latency and up to 64 layers", Search,
       solve_exact},
      {"annealing", "simulated annealing over assignment and order, from the best of the quick",
       Search, solve_annealing},
      {"ruin_recreate", "takes part of a plan away and schedules it anew (Schrimpf 2000)", Search,
       solve_ruin_recreate},
      {"genetic", "crosses the assignments and orders of plans (Holland 1975)", Search,
       solve_genetic}};
  return kMethods;
}

const std::vector<Method>& rank_methods() {
  static const std::vector<Method> kMethods{
      {"by_rank", "each rank of the network's collectives on a processor of its own",
       Method::Kind::Quick, solve_by_rank}};
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
