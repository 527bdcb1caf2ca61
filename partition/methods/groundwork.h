// What is worked out once for all searches of one problem.
#pragma once

#include <memory>
#include <optional>
#include <variant>

#include "partition/problem/candidates.h"
#include "partition/problem/deadline.h"
#include "partition/problem/idle_machine.h"

namespace partita {

// Keeps a reference: the problem must outlive it.
struct Groundwork {
  enum class Screen : std::uint8_t { Plans, Nothing };
  static std::variant<std::unique_ptr<Groundwork>, Infeasible> of(const Problem& problem,
                                                                  Screen screen = Screen::Plans,
                                                                  const Deadline& deadline = {});

  const Problem& problem;
  Delays delays;
  Candidates candidates;
  // What screens plans before they are executed (idle_schedule.h), which changes no decision. Absent
  // where the latency is not weighed, or the tables would be too large. From the deadline on, tails
  // say less.
  std::optional<IdleMachine> idle;
  IdVector<LayerId, Time> tails;  // what must follow each layer at least, whatever the plan

 private:
  Groundwork(const Problem& the_problem, Delays the_delays, Candidates the_candidates);
  void screen_plans(const Deadline& deadline);
};

}  // namespace partita
