// What is minimised: one of the things that a plan costs, or a weighted sum of them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "models/base/units.h"

namespace partita {

// What a plan may be judged by, and the unit of the numbers that are weighed.
enum class Term : std::uint8_t {
  Latency,      // s: makespan of one inference, contention included
  Period,       // s: between two inferences that end, when they stream through (throughput)
  EnergyUse,    // J: of one inference, by the machine's numbers
  EnergyDelay,  // J s: energy x latency
  Imbalance,    // s: how much longer the busiest processor works than all do on average
  Transfers,    // GB: moved between memories
};
constexpr std::array<std::string_view, 6> kTerms{"latency",      "throughput", "energy",
                                                 "energy_delay", "imbalance",  "transfers"};
constexpr std::string_view to_string(Term term) { return kTerms[static_cast<std::size_t>(term)]; }

// What one plan costs. Only what somebody weighs need be filled in (CostModel).
struct PlanCost {
  Time latency{0};
  Time period{0};
  Energy energy;
  Time imbalance{0};
  Bytes transfers;
  friend bool operator==(const PlanCost&, const PlanCost&) = default;
};

// value = sum over terms of weight x number, in the units of Term; lower is better.
struct Objective {
  std::array<double, kTerms.size()> weights{1};  // of each term, not negative; latency alone

  static Objective only(Term term) {
    Objective objective{.weights{}};
    objective.weights[static_cast<std::size_t>(term)] = 1;
    return objective;
  }
  bool weighs(Term term) const { return weights[static_cast<std::size_t>(term)] != 0; }
  // The term that is weighed alone decides in what unit a value is shown.
  bool is_only(Term term) const { return weights == only(term).weights; }

  double value(const PlanCost& cost) const;

  friend bool operator==(const Objective&, const Objective&) = default;
};

double number(const PlanCost& cost, Term term);

}  // namespace partita
