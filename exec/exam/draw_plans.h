// Which plans an exam is about.
#pragma once

#include <cstdint>

#include "exec/exam/exam_plan.h"

namespace partita::exec {

struct DrawOptions {
  std::size_t plans = 24;      // of a network; fewer where there are no more different ones
  std::size_t fitted = 8;      // of them, besides those of single processors at most the rest
  std::int64_t steps = 2'000;  // that a search may take
  std::uint64_t seed = 1;
};

// Every processor alone (these are fitted to: how fast one is shows where no other disturbs it);
// the plan of every method, once if several agree; plans drawn at random, with blocks of 2, 8 and 32
// layers on average. Which of the latter two are held out is drawn by lot. Same seed, same plans.
// Throws ConfigError where no method finds a plan.
std::vector<ExamPlan> draw_plans(const Network& network, const Hardware& hardware,
                                 const CostTable& costs, const DrawOptions& options = {});

}  // namespace partita::exec
