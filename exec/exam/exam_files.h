// The replays of an exam as files, so that it can be interrupted, judged again, and judged elsewhere.
#pragma once

#include <filesystem>
#include <vector>

#include "exec/exam/exam_plan.h"

namespace partita::exec {

// Writes every plan and measured timeline into `folder`, and last replays.json, which lists them:
//   {"replays": 1, "plans": [{"name": "heft", "held_out": true, "clean": 12, "discarded": 1,
//    "trustworthy": true, "makespans_ps": [18200000000]}]}
// A folder with a replays.json is complete.
void save_replays(const std::filesystem::path& folder, const Network& network,
                  const Hardware& hardware, const std::vector<ExamPlan>& plans);

bool has_replays(const std::filesystem::path& folder);

// Throws ConfigError with all mistakes: files that are missing, plans of another network or machine,
// timelines that no execution of the plan looks like.
std::vector<ExamPlan> load_replays(const std::filesystem::path& folder, const Network& network,
                                   const Hardware& hardware);

}  // namespace partita::exec
