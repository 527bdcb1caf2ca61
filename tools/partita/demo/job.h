// The main job, step by step: what each step needs and leaves behind.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exec/replay/replay.h"
#include "models/timeline/timeline.h"
#include "partition/bounds/lower_bound.h"
#include "partition/predict/profile.h"

namespace partita::command {

struct DemoOptions {
  std::string model = "zoo:inception_v1";
  std::string machine;  // empty: this computer
  std::vector<std::string> overrides;
  std::filesystem::path out = "partita-out";
  std::uint64_t seed = 1;
  std::int64_t steps = 20'000;  // of the annealing
  bool json = false;
};

// One plan through the whole job. Fields are empty where a step did not run (a machine that does
// not exist).
struct PlanRecord {
  Plan plan;
  std::string name;
  bool random = false;  // drawn at random, for the fit and its exam
  bool used_in_fit = false;
  Timeline predicted{}, simulated{};
  std::optional<exec::ReplayResult> measured{};
  std::optional<Timeline> calibrated{};  // predicted by the calibrated machine
};

// A stream of requests under one policy.
struct ServiceStream {
  struct Change {
    std::size_t before = 0;  // index of the first request after it
    std::string configuration, reason;
    Bytes moved;
  };
  std::vector<Time> latency;  // of each request
  std::vector<Change> switches;
};

struct AdaptRecord {
  std::string execution;  // "real" or "simulated"
  std::string disturbance;
  std::size_t disturbed_from = 0;
  ServiceStream stays, adapts;
  Time before{0}, disturbed{0}, adapted{0};  // medians

  // The first switch that the disturbance brought about; nullptr if there was none.
  const ServiceStream::Change* answer() const;
};

bool is_here(const Hardware& hardware);  // its processors exist on this computer

struct Job {
  DemoOptions options;
  Network network;
  std::optional<Hardware> hardware, calibrated;
  std::optional<Profile> profile;
  std::optional<CostTable> costs, calibrated_costs;
  std::vector<PlanRecord> plans;
  std::string best_single;  // processor's name
  LatencyBound bound;
  std::optional<double> output_difference;  // largest, relative to the largest reference value
  std::optional<double> error_before,
      error_after;  // mean |predicted - measured| / measured, held-out plans
  std::vector<std::string> calibration_changes;
  std::vector<AdaptRecord> adapt;
  std::vector<std::string> notes;  // what the reader must know (one core, noisy runs, ...)
  std::vector<std::filesystem::path> files;

  explicit Job(DemoOptions chosen, Network loaded)
      : options(std::move(chosen)), network(std::move(loaded)) {}

  bool real() const { return is_here(*hardware); }
  void write(const std::filesystem::path& relative, std::string_view text);
};

// Steps, in order; each prints its line. `partition` returns false when no plan exists (and has
// said why).
void profile_step(Job& job);
void predict_step(Job& job);
bool partition_step(Job& job);
void simulate_step(Job& job);
void replay_step(Job& job);
void calibrate_step(Job& job);
void adapt_step(Job& job);
void files_step(Job& job);
void print_summary(const Job& job);
// The line that --json ends with, and the content of summary.json that the figures are drawn from.
std::string summary_line(const Job& job);
std::string summary_file(const Job& job);

}  // namespace partita::command
