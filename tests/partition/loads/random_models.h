// Random load models and operator graphs for property tests: the same seed gives the same one.
#pragma once

#include "partition/loads/load_model.h"
#include "tests/partition/instances/operator_graph.h"

namespace partita::test {

// Up to `most_items` items on 2 - 4 devices in 2 - 3 places, one resource more than devices; nets whose
// tariffs take anything of any resource; holdings; capacities that about half of the assignments
// exceed. Where `ordered`, every item may be anywhere and arcs go from earlier to later items.
loads::LoadModel random_model(std::uint64_t seed, std::size_t most_items, bool ordered = false);

loads::Assignment random_assignment(std::uint64_t seed, const loads::LoadModel& model);

// Arcs between different devices.
std::int64_t crossings_of(const loads::LoadModel& model, const loads::Assignment& assignment);

// 3 - `most_nodes` nodes, 1 - 3 accelerators, 1 - 2 CPUs; colours, nodes that accelerators do not
// support, memories that are nearly too small. Times are multiples of 1/8, so that sums are exact.
OperatorGraph random_graph(std::uint64_t seed, std::size_t most_nodes);

// Calls `see` with every assignment that there is.
template <class See>
void for_each_assignment(const loads::LoadModel& model, See&& see) {
  loads::Assignment assignment(model.items.size());
  const auto put = [&](auto&& self, std::size_t item) -> void {
    if (item == model.items.size()) return see(assignment);
    for (const auto& option : model.items[loads::ItemId(item)].options) {
      assignment[loads::ItemId(item)] = option.device;
      self(self, item + 1);
    }
  };
  put(put, 0);
}

}  // namespace partita::test
