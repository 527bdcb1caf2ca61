// A plan as one block of numbers, for other processes of the same program.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/plan/plan.h"

namespace partita {

// Appends `plan` to `words`. Nothing is checked again at the other end, and no version is kept:
// what outlives the program is written as JSON (plan.h).
void pack(const Plan& plan, std::vector<std::uint32_t>& words);

// Reads the plan at the front of `words`, and moves them past it. Precondition: pack() wrote it.
Plan unpack_plan(std::span<const std::uint32_t>& words);

}  // namespace partita
