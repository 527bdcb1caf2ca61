// `partita calibrate --exam`: how well does the simulator predict this machine? Step by step: what
// each step needs and leaves behind.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "exec/exam/judge.h"
#include "exec/exam/what_if.h"
#include "exec/replay/replay.h"
#include "partition/predict/profile.h"

namespace partita::command {

struct ExamOptions {
  std::filesystem::path folder;     // of everything that is read and written
  std::vector<std::string> models;  // empty: those of the folder's exam, or the default ones
  std::vector<std::string> bindings;
  std::string machine;  // empty: that of the folder's exam, or this computer
  std::vector<std::string> overrides;
  std::string worker;  // where it is measured; "": here
  int plans = 24, repetitions = 12;
  double budget = 20;  // seconds for the profile of each network
  std::uint64_t seed = 1;
  bool what_if = false, json = false;
};

// A change that was predicted, made and measured.
struct WhatIfRun {
  exec::WhatIf what_if;
  struct Plan {
    std::string network, name;
    Time as_it_was{0}, predicted{0}, measured{0};
  };
  std::vector<Plan> plans;
  exec::Score score;
  std::size_t clean = 0, discarded = 0;
};

struct Exam {
  ExamOptions options;
  Hardware machine;
  Profile profile;
  std::vector<exec::ExamNetwork> networks;
  std::optional<exec::Verdict> verdict;
  std::vector<WhatIfRun> what_ifs;
  std::vector<std::string> notes;
  std::vector<std::filesystem::path> files;

  void write(const std::filesystem::path& relative, std::string_view text);
};

// Profiles, draws plans and replays them, as far as the folder does not hold that already.
Exam measured_exam(const ExamOptions& options);
// Replays belong to this exam only where its profile was measured. Throws ConfigError elsewhere.
void require_environment(const exec::Replayer& replayer, const Exam& exam);
void judge_step(Exam& exam);
void what_if_step(Exam& exam);
void report_step(Exam& exam);  // files, figures, and the text

int run_exam(const ExamOptions& options);

}  // namespace partita::command
