// What comes of running plans for real, once or many times.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "exec/replay/environment.h"
#include "models/base/median_interval.h"
#include "models/timeline/timeline.h"
#include "models/timeline/workload.h"

namespace partita::exec {

// What preparing a plan did.
struct Preparation {
  Time took{0};
  Bytes weights_moved;  // from worker to worker
  std::size_t kernels_made = 0, kernels_kept = 0;
  std::size_t reorders = 0;  // copies of operands into another layout, inside layers
  IdVector<LayerId, std::string> implementations;  // of each layer: "jit:avx2", "own", "view"
  // Layers that only a slow kernel can run; once they have run, kernels that cannot be noted.
  std::vector<std::string> warnings;
};

enum class Disturbance : std::uint8_t {
  None,
  LostTime,    // somebody took a core from a worker, or it woke late
  ClockChange  // a core got faster or slower
};

// What a run is worth as a measurement.
struct Quality {
  bool clean = true;
  Disturbance cause = Disturbance::None;  // the first thing that makes it unclean,
  std::string disturbance;                // as a sentence
  Time clock_error{0};                    // by which times of different processors may be off
};

// What a processor's device counts by itself (exec/device/abi.h); 0: it does not.
struct DeviceCounters {
  std::uint64_t microjoules = 0;  // since some start, of the whole device
  std::uint32_t clock_khz = 0;    // when the run was over
  std::uint32_t unnoted = 0;      // kernels that the host queues anew, slowly, in each run
};

// One inference.
struct RunResult : Quality {
  Timeline timeline;            // measured
  IdVector<LayerId, Time> cpu;  // time that the worker's thread got during each layer
  // Whether nobody took the core during each layer, and during each of timeline.legs.
  IdVector<LayerId, bool> layer_clean;
  std::vector<bool> leg_clean;
  IdVector<ProcessorId, DeviceCounters> counters;
};

// Several inferences, pipelined.
struct StreamResult : Quality {
  WorkloadTimeline record;          // measured, but for memory_peak, which is empty
  std::vector<Timeline> timelines;  // of each request
  std::vector<std::size_t> seats;   // of each request: whose inputs it had
};

struct RepeatOptions {
  int warm_up = 3;
  int repetitions = 15;  // clean runs wanted, at least
  // And as many more as it takes until the median is known to this part of itself (0.01: +-1 %, at
  // a confidence of 95 %); 0: no more.
  double half_width = 0;
  // For all of them together; at least one run is made.
  std::chrono::milliseconds time_limit{8'000};
  std::function<void(int done, int wanted)> progress{};
};

// What many runs of the same say of its makespan. Of the clean ones, or where none is clean, of all.
struct Repeated {
  Time median{0};
  std::vector<Time> makespans;  // in the order in which the runs were made
  std::size_t clean = 0, discarded = 0;
  std::size_t lost_time = 0, clock_changes = 0;  // why they were discarded
  std::optional<MedianInterval> interval;        // absent: fewer than 6 clean runs
  Preparation preparation;
  Environment environment;
  Time clock_error{0};  // the largest of any run
  // What a reader of the numbers must know: too few clean runs, a shared core.
  std::vector<std::string> warnings;

  // Good enough to be printed as measured: as many clean runs as wanted, or at least half of all and
  // enough (6) for an interval of their median; and where there is one, it is +-10 % or narrower.
  // Whoever wants fewer than 6 gets a median that nothing is known of, and a warning.
  bool trustworthy = false;
};

// Many inferences of one plan, one after the other.
struct ReplayResult : Repeated {
  Timeline timeline;                            // of the run with the median makespan
  IdVector<LayerId, std::vector<Time>> layers;  // how long each took in each of those runs
};

// Many runs of one workload.
struct WorkloadResult : Repeated {
  StreamResult stream;  // with the median makespan
};

}  // namespace partita::exec
