// What a printed result is worth, computed from the instance's file again, by the rules that come with the
// data. Shares nothing with the readers, the load models or the methods.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace partita::test {

// `assignment`: {node: device} for max_load and contiguous_max_load (accelerators first, then CPUs),
// {node: stage} for stages:K, [{task, processor, start}] for makespan.
// Throws std::runtime_error where it breaks a rule: a node without a device, a colour on two devices, a
// memory that is too small, a part that a path leaves and comes back to, a stage before an earlier one,
// a task that starts too early.
double value_of(const std::filesystem::path& file, const std::string& objective,
                const nlohmann::ordered_json& assignment);

}  // namespace partita::test
