// How the time of an evaluation grows with the network and with the machine.
#pragma once

#include <cstddef>
#include <vector>

namespace partita::race {

struct GrowthRow {
  std::size_t layers = 0, processors = 0, transfers = 0;
  double seconds = 0;        // of one evaluation in SystemC
  double plain_seconds = 0;  // of the plain evaluator
};

// 10^2 .. 10^5 layers on 16 tiles of a mesh, then 4,096 layers on 4 .. 1,024 tiles. All traffic is
// between neighbours. Elaborates SystemC for 1,024 processors.
std::vector<GrowthRow> growth();

}  // namespace partita::race
