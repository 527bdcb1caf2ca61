// What early exits are worth on one machine, step by step: what each step needs and leaves behind.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exec/exits/exit_runner.h"
#include "models/hardware/hardware.h"
#include "models/network/network.h"
#include "partition/inputs/exit_choice.h"
#include "partition/inputs/exit_parts.h"
#include "partition/inputs/exit_policies.h"
#include "partition/inputs/value_effect.h"
#include "tools/partita/input_stack.h"
#include "tools/partita/inputs.h"

namespace partita::command {

struct ExitsOptions {
  InputOptions inputs;
  inputs::ExitNames names;
  std::string learn_from, judge_by;  // images
  std::string labels;
  double confidence = 0.9;
  std::string hand_over;  // a time; empty: measured, or nothing
  std::string out;
  std::uint64_t seed = 1;
  std::int64_t steps = 2'000;
  std::size_t shuffles = 99;
  int repetitions = 3;  // of each real run
  bool simulated_only = false;
  bool workers_only = false;  // what lies between stages does not count
  bool json = false;
};

// Of one set of images, by the network itself.
struct Answers {
  std::vector<std::vector<std::vector<double>>> probabilities;  // image, exit, class
  std::vector<std::vector<bool>> sure;                          // image, exit
};

// Median of the repetitions, for each image.
struct RealTimes {
  std::vector<Time> end_to_end, on_workers;

  const std::vector<Time>& counted(const ExitsOptions& options) const {
    return options.workers_only ? on_workers : end_to_end;
  }
};

struct PolicyRecord {
  inputs::ExitPolicy policy;
  std::vector<Time> simulated{},
      replayed{};  // of each image; replayed: empty where nothing is real
  std::optional<Time> expected{}, expected_tail{};  // predicted from features: mean, p95
  double depth = 0;                                 // mean, from 1
  std::optional<double> right{};                    // share of answers
};

struct EffectRecord {
  std::string what, source;  // "time, leaving early", "measured"
  inputs::ModelKind model;
  inputs::ValueEffect effect;
};

struct ExitsJob {
  ExitsOptions options;
  Network network;
  inputs::ExitParts parts;
  InputStack learn_from, judge_by;
  std::vector<std::size_t> labels;  // of judge_by; empty: nobody says

  std::optional<Hardware> hardware{};
  std::optional<Profile> profile{};
  exec::ExitRunner::Plans plans{};
  inputs::ExitTimes simulated{};  // with the hand-over
  Time hand_over{0};
  std::string hand_over_source = "not counted";
  std::optional<Time> between_stages{};        // beside them: measured, counted or not
  std::unique_ptr<exec::ExitRunner> runner{};  // absent: the machine is not here
  Answers learned{}, judged{};
  std::vector<RealTimes> by_start{};  // of judge_by, starting with each exit
  std::optional<RealTimes> dense{};   // of learn_from, directly to the last exit
  std::optional<RealTimes> early{};   // of learn_from, exit by exit
  std::vector<PolicyRecord> policies{};
  std::vector<EffectRecord> effects{};
  std::size_t disturbed = 0, runs = 0;  // real ones
  std::vector<std::string> notes{};

  bool real() const { return runner != nullptr; }
};

// Steps, in order; each prints its line. plan_exits() returns false where no plan exists, and has
// said why.
void find_machine(ExitsJob& job);
bool plan_exits(ExitsJob& job);
void answer(ExitsJob& job);
void measure_exits(ExitsJob& job);
void judge_exits(ExitsJob& job);
void print_exits(const ExitsJob& job);
std::string exits_json(const ExitsJob& job);  // one line

}  // namespace partita::command
