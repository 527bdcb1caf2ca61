#include "exec/profile/profiler.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "exec/profile/agenda.h"
#include "exec/profile/energy_counters.h"
#include "exec/profile/measurements.h"
#include "exec/profile/results.h"

namespace partita::exec {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kWarmUp = 2;
constexpr int kLeastRuns = 3;  // of a turn, but the first
// Where samples do not get clean, more runs will not help.
constexpr int kMostRunsPerRepetition = 3;

Profile read_before(const ProfileOptions& options) {
  const bool there = !options.file.empty() && std::filesystem::exists(options.file);
  return there && !options.replace ? Profile::load(options.file) : Profile();
}

// The device's events tell the time where engines copy for it; else the worker does.
std::string clock_of(const Hardware& hardware, ProcessorId processor) {
  const auto& engines = hardware.engines();
  const bool queues = std::any_of(engines.begin(), engines.end(), [&](const EngineSpec& engine) {
    return engine.memory == hardware.processors()[processor].memory;
  });
  return queues ? "device" : "host";
}

// How many layers of the networks have each signature.
std::map<std::string, int> occurrences_in(const std::vector<const Network*>& networks) {
  std::map<std::string, int> count;
  for (const Network* network : networks) {
    for (const LayerId layer : network->layers()) ++count[network->signature(layer)];
  }
  return count;
}

class Profiler {
 public:
  Profiler(const std::vector<const Network*>& networks, const Hardware& hardware,
           std::uint64_t seed, const ProfileOptions& options)
      : options_(options),
        before_(read_before(options)),
        measurements_(networks, hardware, seed, options.where, options.largest_copy,
                      [&](const std::string& kind, const std::string& signature) {
                        return known(hardware, kind, signature);
                      }),
        occurrences_(occurrences_in(networks)),
        energy_(options.where.empty() ? EnergyCounters(options.energy)
                                      : EnergyCounters::elsewhere(options.where)),
        results_(before_, sources(hardware)) {
    refuse_other_environments(hardware);
    for (const Measurement& measurement : measurements_.list()) {
      turns_.push_back({});
      turns_.back().done = enough(measurement);
    }
  }

  ProfileResult measure() {
    const auto& list = measurements_.list();
    while (!stopped_) {
      const Seconds left = deadline_ - Clock::now();
      const auto next = next_measurement(prospects(), left);
      const bool first = std::none_of(turns_.begin(), turns_.end(),
                                      [](const Turns& turns) { return turns.runs > 0; });
      if (!next || (left.count() <= 0 && !first)) break;
      take_turn(list[*next], turns_[*next]);
      if (!options_.file.empty()) results_.profile().save(options_.file);
    }
    report("done", 1);
    return summary();
  }

 private:
  struct DeviceEnergy {
    double joules = 0, counted = 0;
  };
  // Devices move their counters on ten times a second or so.
  static constexpr double kLeastCounted = 0.5;  // s

  // What became of a measurement so far.
  struct Turns {
    int runs = 0;
    bool done = false;
    Seconds preparation{0}, run{0};  // as they last took
    double joules = 0, counted = 0;  // energy, and the seconds in which it was counted
    // The same of each processor's device.
    IdVector<ProcessorId, DeviceEnergy> of_devices;
  };

  bool known(const Hardware& hardware, const std::string& kind,
             const std::string& signature) const {
    ProfileRow row;
    row.kind = kind;
    row.signature = signature;
    for (const ProcessorSpec& processor : hardware.processors()) {
      row.processor = processor.name;
      const ProfileRow* found = before_.same(row);
      if (found == nullptr || found->samples < options_.repetitions) return false;
    }
    return true;
  }

  std::map<std::string, Source> sources(const Hardware& hardware) {
    std::map<std::string, Source> sources;
    for (const ProcessorId id : ids<ProcessorId>(hardware.processors().size())) {
      const std::string clock = clock_of(hardware, id);
      sources[hardware.processors()[id].name] = {measurements_.environment(id), clock,
                                                 clock == "host" && energy_.absent().empty()};
    }
    return sources;
  }

  void refuse_other_environments(const Hardware& hardware) {
    Diagnostics diagnostics;
    for (const ProcessorId id : ids<ProcessorId>(hardware.processors().size())) {
      const std::string& name = hardware.processors()[id].name;
      const std::string there = before_.environment_of(name), here = measurements_.environment(id);
      const bool any = std::any_of(before_.rows().begin(), before_.rows().end(),
                                   [&](const ProfileRow& row) { return row.processor == name; });
      if (!any || there == here) continue;
      diagnostics.error(
          {options_.file, 0, 0},
          fmt::format("its rows of '{}' were measured in environment '{}', and this is '{}' "
                      "(another processor, kernels or instruction-set cap): measure into another "
                      "file (--out), or forget what is in this one (--replace)",
                      name, there, here));
    }
    diagnostics.throw_if_any();
  }

  std::vector<const ProfileRow*> rows_about(const Measurement& measurement) const {
    std::vector<const ProfileRow*> rows;
    for (const ProfileRow& row : results_.profile().rows()) {
      if (measurement.about(row)) rows.push_back(&row);
    }
    return rows;
  }

  bool enough(const Measurement& measurement) const {
    const auto rows = rows_about(measurement);
    return rows.size() >= measurement.rows &&
           std::all_of(rows.begin(), rows.end(),
                       [&](const ProfileRow* row) { return row->samples >= options_.repetitions; });
  }

  // A layer counts by its part of the time of all of them, other rows alike.
  double uncertainty(const Measurement& measurement) const {
    double sum = 0, whole = 0;
    for (const ProfileRow* row : rows_about(measurement)) {
      double weight = 1;
      if (row->kind == "subgraph") continue;
      if (row->kind == "layer") {
        const auto count = occurrences_.find(row->signature);
        weight = seconds(row->median) * (count == occurrences_.end() ? 0 : count->second);
      }
      sum += weight * relative_uncertainty(*row);
      whole += weight;
    }
    return whole > 0 ? sum / whole : 1;
  }

  std::vector<Prospect> prospects() const {
    std::vector<Prospect> prospects;
    for (std::size_t i = 0; i < turns_.size(); ++i) {
      const Measurement& measurement = measurements_.list()[i];
      const Turns& turns = turns_[i];
      Prospect prospect;
      prospect.begun = turns.runs > 0;
      prospect.done = turns.done;
      prospect.importance = measurement.importance;
      if (prospect.begun && !prospect.done) {
        prospect.uncertainty = uncertainty(measurement);
        prospect.cost = turns.preparation + turns.run * runs_of_turn(turns);
      }
      prospects.push_back(prospect);
    }
    return prospects;
  }

  // Making ready takes at most half of a turn, and nothing is run more often than it is wanted.
  int runs_of_turn(const Turns& turns) const {
    if (turns.runs == 0) return 1;
    const double balanced = turns.preparation / std::max(turns.run, Seconds(1e-6));
    return static_cast<int>(
        std::clamp(balanced, double{kLeastRuns},
                   std::max(double{kLeastRuns}, static_cast<double>(options_.repetitions))));
  }

  void take_turn(const Measurement& measurement, Turns& turns) {
    report(measurement.what);
    Replayer& replayer = measurement.actor->replayer();
    const auto begin = Clock::now();
    if (measurement.actor->prepare(measurement.plan)) {
      for (int i = 0; i < kWarmUp && in_time(); ++i) replayer.run_once();
      turns.preparation = Clock::now() - begin;
    }
    const int runs = runs_of_turn(turns);
    int made = 0;
    energy_.since_last();
    const auto first = Clock::now();
    std::optional<Counted> before;
    do {
      const auto start = Clock::now();
      const RunResult run = replayer.run_once();
      for (const Reading& reading : measurement.read(run, Clock::now() - start)) {
        results_.add(reading);
      }
      ++made;
      count_devices(run, before, turns);
      if (options_.stop && options_.stop()) stopped_ = true;
      report(measurement.what);
    } while (made < runs && in_time());
    const Seconds took = Clock::now() - first;
    if (const auto microjoules = energy_.since_last()) {
      turns.joules += static_cast<double>(*microjoules) * 1e-6;
      turns.counted += took.count();
    }
    turns.run = took / made;
    turns.runs += made;
    results_.update(turns.counted > 0 ? std::optional(turns.joules / turns.counted) : std::nullopt,
                    device_watts(turns));
    turns.done = turns.runs >= kMostRunsPerRepetition * options_.repetitions || enough(measurement);
  }

  // Counters of devices at the end of a run.
  struct Counted {
    Clock::time_point when;
    IdVector<ProcessorId, DeviceCounters> counters;
  };

  void count_devices(const RunResult& run, std::optional<Counted>& before, Turns& turns) {
    Counted now{Clock::now(), run.counters};
    turns.of_devices.resize(now.counters.size());
    clocks_.resize(now.counters.size());
    for (const ProcessorId id : ids<ProcessorId>(now.counters.size())) {
      const DeviceCounters& after = now.counters[id];
      if (after.clock_khz != 0) {
        auto& [lowest, highest] = clocks_[id];
        lowest = lowest == 0 ? after.clock_khz : std::min(lowest, after.clock_khz);
        highest = std::max(highest, after.clock_khz);
      }
      // 0: it could not be read this time. Less than before: it has started anew.
      if (!before || before->counters[id].microjoules == 0 ||
          after.microjoules < before->counters[id].microjoules) {
        continue;
      }
      const std::uint64_t more = after.microjoules - before->counters[id].microjoules;
      turns.of_devices[id].joules += static_cast<double>(more) * 1e-6;
      turns.of_devices[id].counted += Seconds(now.when - before->when).count();
    }
    before = std::move(now);
  }

  std::map<std::string, double> device_watts(const Turns& turns) const {
    std::map<std::string, double> watts;
    for (const ProcessorId id : ids<ProcessorId>(turns.of_devices.size())) {
      const DeviceEnergy& energy = turns.of_devices[id];
      if (energy.counted < kLeastCounted) continue;
      watts[measurements_.processor_name(id)] = energy.joules / energy.counted;
    }
    return watts;
  }

  void note_clocks(std::vector<std::string>& notes) const {
    for (const ProcessorId id : ids<ProcessorId>(clocks_.size())) {
      const auto [lowest, highest] = clocks_[id];
      if (highest == 0) continue;
      notes.push_back(fmt::format("the device of '{}' ran at {} to {} MHz (as it says)",
                                  measurements_.processor_name(id), lowest / 1000, highest / 1000));
    }
  }

  bool in_time() const { return !stopped_ && Clock::now() < deadline_; }

  // By what is done or by the time that is over, whichever is more.
  void report(const std::string& what, double least = 0) {
    if (!options_.progress) return;
    double done = 0;
    for (const Turns& turns : turns_) {
      const double part = static_cast<double>(turns.runs) / options_.repetitions;
      done += (turns.done ? 1 : std::min(part, 1.0)) / static_cast<double>(turns_.size());
    }
    const double over = 1 - Seconds(deadline_ - Clock::now()) / Seconds(options_.time_limit);
    reported_ = std::min(1.0, std::max({reported_, done, over, least}));
    options_.progress(what, reported_);
  }

  ProfileResult summary() {
    ProfileResult result;
    result.profile = results_.profile();
    result.rows_before = before_.rows().size();
    result.rows = results_.rows();
    result.samples = results_.clean();
    result.discarded = results_.discarded();
    result.stopped = stopped_;
    for (std::size_t i = 0; i < turns_.size(); ++i) {
      const Turns& turns = turns_[i];
      auto& names = turns.done        ? result.measured
                    : turns.runs == 0 ? result.unreached
                                      : result.unfinished;
      names.push_back(measurements_.list()[i].what);
    }
    if (!energy_.absent().empty()) result.notes.push_back(energy_.absent());
    note_clocks(result.notes);
    return result;
  }

  const ProfileOptions& options_;
  const Clock::time_point deadline_ = Clock::now() + options_.time_limit;
  const Profile before_;
  Measurements measurements_;
  const std::map<std::string, int> occurrences_;
  EnergyCounters energy_;
  IdVector<ProcessorId, std::pair<std::uint32_t, std::uint32_t>> clocks_;  // kHz: least and most
  Results results_;
  std::vector<Turns> turns_;
  bool stopped_ = false;
  double reported_ = 0;
};

}  // namespace

ProfileResult profile(const std::vector<const Network*>& networks, const Hardware& hardware,
                      std::uint64_t seed, const ProfileOptions& options) {
  return Profiler(networks, hardware, seed, options).measure();
}

ProfileResult profile(const Network& network, const Hardware& hardware, std::uint64_t seed,
                      const ProfileOptions& options) {
  return profile(std::vector{&network}, hardware, seed, options);
}

}  // namespace partita::exec
