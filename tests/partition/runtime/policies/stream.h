// A small world for policies: one request at a time, first come first served, on a machine whose
// conditions change.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "partition/runtime/policies/conditioned_machine.h"
#include "partition/runtime/policies/move_times.h"
#include "partition/runtime/policy.h"

namespace partita::test {

struct Arrival {
  Time at{0};
  std::uint32_t input_class = 0;
};

// What conditions are, when a request starts: from the time, and from how many switches there were
// and when the last came in force (for adversaries).
struct World {
  std::function<Conditions(Time now, std::size_t switches, Time since_switch)> conditions;
  bool lose_readings = false;  // every second request tells nothing
  std::size_t late_by = 0;     // readings come so many requests later
  double noise = 0;            // of each reading: up to so much more or less
  // What a request takes that no reading tells.
  std::function<Time(Time now, const Plan& plan)> beyond = [](Time, const Plan&) {
    return Time{0};
  };
};

struct StreamRecord {
  std::vector<Time> latency;         // by request, with waiting
  std::vector<Time> service;         // without
  std::vector<std::string> names;    // of the configuration that each ran in
  std::vector<std::string> reasons;  // of switches
  std::size_t switches = 0;
  double mean() const;  // seconds
  double mean(std::size_t from, std::size_t until) const;
};

// Model: weights of the wanted configuration come while requests run on undisturbed links, for as
//   long as MoveTimes says; requests that start after that use it.
StreamRecord run_stream(const PolicyProblem& problem, Policy& policy, const World& world,
                        const std::vector<Arrival>& arrivals);

}  // namespace partita::test
