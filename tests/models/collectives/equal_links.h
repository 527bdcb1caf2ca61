// A machine of equal processors around one switch, and a network of one collective, for tests with
// hand arithmetic.
#pragma once

#include <string>
#include <vector>

#include "models/collectives/collectives.h"

namespace partita::test {

// Processors p0, p1, ... of 1 PFLOP/s on memories m0, m1, ... of 1 TB/s, each joined to switch s by
// a link of 1 GB/s and 10 ns; engines with a set-up of 100 ns, one out of each memory; launches
// take 50 ns. s adds up 1 TB/s of operands.
Hardware equal_links(std::size_t processors);

// Layers "x0", "x1", ... make an operand of f32 each; "c" is the collective; "y0", "y1", ... read a
// result each.
struct OneCollective {
  OpKind kind = OpKind::AllReduce;
  std::size_t ranks = 4;          // operands or results, whichever are more
  std::int64_t elements = 1000;   // of an operand
  std::vector<std::size_t> on{};  // processor of rank i; empty: processor i
};
std::size_t operands_of(const OneCollective& one);
std::size_t results_of(const OneCollective& one);
Network network_of(const OneCollective& one);
// Every layer takes 1 ns where it is.
CostTable costs_of_1ns(const Network& network, const Hardware& hardware);
// "c" runs on the processor of rank 0 unless `choice` has steps.
Plan plan_of(const OneCollective& one, const Network& network, const Hardware& hardware,
             const CollectiveChoice& choice);

// Fails the test where it is a BadPlan.
Expanded expanded(const OneCollective& one, const Hardware& hardware,
                  const CollectiveChoice& choice);

}  // namespace partita::test
