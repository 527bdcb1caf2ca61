#include "tests/sim/race/growth.h"

#include "models/base/assert.h"
#include "models/evaluate/evaluate.h"
#include "sim/simulate.h"
#include "tests/sim/race/cases.h"
#include "tests/sim/race/stopwatch.h"
#include "tests/support/random_cases.h"

namespace partita::race {
namespace {

constexpr std::size_t kMostTiles = 1'024;

GrowthRow measure(std::size_t layers, const Hardware& hardware) {
  const std::size_t processors = hardware.processors().size();
  const Network network = columns(layers, processors);
  const CostTable costs = test::random_costs(1, network, hardware);
  const Plan plan = local_plan(network, hardware, processors);
  Evaluator evaluator(network, hardware, costs);
  sim::Simulator simulator(network, hardware, costs);
  PARTITA_ASSERT(evaluator.run(plan).makespan == simulator.run(plan).makespan,
                 "the two that are compared do not agree");
  Samples plain, systemc;
  const std::size_t rounds = 5 + 100'000 / layers;
  for (std::size_t round = 0; round < rounds; ++round) {
    plain.values.push_back(seconds([&] { evaluator.run(plan); }));
    systemc.values.push_back(seconds([&] { simulator.run(plan); }));
  }
  return {layers, processors, plan.transfers().size(), systemc.median(), plain.median()};
}

}  // namespace

std::vector<GrowthRow> growth() {
  std::vector<GrowthRow> rows;
  const Hardware largest = mesh(32);
  PARTITA_ASSERT(largest.processors().size() == kMostTiles, "the largest mesh");
  // The first machine of a process decides what is elaborated.
  const Network one_row = columns(kMostTiles, kMostTiles);
  const CostTable no_costs(one_row.layer_count(), kMostTiles);
  const sim::Simulator elaborated(one_row, largest, no_costs);
  const Hardware sixteen = mesh(4);
  for (const std::size_t layers : {100, 1'000, 10'000, 100'000}) {
    rows.push_back(measure(layers, sixteen));
  }
  for (const std::size_t side : {2, 4, 8, 16}) rows.push_back(measure(4'096, mesh(side)));
  rows.push_back(measure(4'096, largest));
  return rows;
}

}  // namespace partita::race
