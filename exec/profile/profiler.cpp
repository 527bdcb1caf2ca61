#include "exec/profile/profiler.h"

#include <fmt/format.h>

#include <array>
#include <map>
#include <tuple>

#include "exec/host/computer.h"
#include "exec/profile/samples.h"
#include "exec/replay/replay.h"

namespace partita::exec {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kWarmUp = 2;
// Layers in a row on one processor, before the next takes over: together these plans cut a network
// at most of its edges.
constexpr std::array<std::size_t, 3> kHandOvers{1, 2, 3};
// What copies get of the time, where there are any.
constexpr double kShareOfCopies = 0.4;

class Profiler {
 public:
  Profiler(const Network& network, const Hardware& hardware, std::uint64_t seed,
           const ProfileOptions& options)
      : network_(network),
        hardware_(hardware),
        options_(options),
        replayer_(network, hardware, seed) {
    for (const LayerId layer : network.layers()) signatures_.push_back(network.signature(layer));
  }

  Profile measure() {
    const std::size_t processors = hardware_.processors().size();
    const bool copies = processors > 1;
    const double for_layers = copies ? 1 - kShareOfCopies : 1;
    for (const ProcessorId id : ids<ProcessorId>(processors)) {
      const double each = for_layers / static_cast<double>(processors);
      measure_plan(fmt::format("layers on {}", hardware_.processors()[id].name),
                   all_on(network_, hardware_, id), each,
                   [&](const RunResult& run) { add_layers(id, run); });
    }
    for (std::size_t i = 0; copies && i < kHandOvers.size(); ++i) {
      const Plan plan = measure_plan(fmt::format("copies, {} of {}", i + 1, kHandOvers.size()),
                                     handing_over(kHandOvers[i]),
                                     kShareOfCopies / static_cast<double>(kHandOvers.size()),
                                     [&](const RunResult& run) { runs_.push_back(run); });
      add_copies(plan);
      runs_.clear();
    }
    return rows();
  }

 private:
  using LayerKey = std::pair<ProcessorId, std::string>;
  using CopyKey = std::tuple<std::string, ProcessorId, Bytes>;

  // Runs the placement for its share of the time, or until it has been run often enough without
  // disturbance.
  template <class Note>
  Plan measure_plan(const std::string& what, Placement placement, double share, Note note) {
    auto made = make_plan(network_, hardware_, std::move(placement), "profile");
    if (const auto* bad = std::get_if<BadPlan>(&made)) throw Error(bad->reason);
    const Plan plan = std::get<Plan>(std::move(made));
    report(what);
    replayer_.prepare(plan);
    const auto begin = Clock::now();
    const auto limit = std::chrono::duration_cast<Clock::duration>(options_.time_limit * share);
    for (int i = 0; i < kWarmUp && Clock::now() - begin < limit; ++i) replayer_.run_once();
    int clean = 0;
    do {
      const RunResult run = replayer_.run_once();
      if (run.clean) ++clean;
      note(run);
      const double by_count = static_cast<double>(clean) / options_.repetitions;
      const double by_time = std::chrono::duration<double>(Clock::now() - begin) / limit;
      report(what, share * std::min(1.0, std::max(by_count, by_time)));
    } while (clean < options_.repetitions && Clock::now() - begin < limit);
    done_ += share;
    return plan;
  }

  void report(const std::string& what, double more = 0) const {
    if (options_.progress) options_.progress(what, std::min(1.0, done_ + more));
  }

  // Layers in their order, `length` of them on each processor in turn.
  Placement handing_over(std::size_t length) const {
    const std::size_t processors = hardware_.processors().size();
    IdVector<LayerId, ProcessorId> processor(network_.layer_count());
    IdVector<LayerId, double> rank(network_.layer_count());
    for (const LayerId layer : network_.layers()) {
      processor[layer] = static_cast<ProcessorId>(index(layer) / length % processors);
      rank[layer] = static_cast<double>(index(layer));
    }
    return ordered_by(processor, processors, rank);
  }

  void add_layers(ProcessorId processor, const RunResult& run) {
    for (const LayerId layer : network_.layers()) {
      const LayerSpan& span = run.timeline.layers[layer];
      layers_[{processor, signatures_[layer]}].add(span.finish - span.start,
                                                   run.layer_clean[layer]);
    }
  }

  void add_copies(const Plan& plan) {
    for (const RunResult& run : runs_) {
      for (std::size_t i = 0; i < run.timeline.legs.size(); ++i) {
        const LegSpan& leg = run.timeline.legs[i];
        const Transfer& transfer = plan.transfers()[leg.transfer];
        const Leg& way = (*hardware_.route(transfer.src, transfer.dst))[leg.leg];
        const std::string signature =
            hardware_.memories()[way.src].name + ">" + hardware_.memories()[way.dst].name;
        copies_[{signature, *leg.copier, network_.tensor(transfer.tensor).size}].add(
            leg.finish - leg.start, run.leg_clean[i]);
      }
    }
  }

  ProfileRow row(const std::string& kind, const std::string& signature, ProcessorId processor,
                 Bytes size, const Samples& samples) const {
    const ProcessorSpec& spec = hardware_.processors()[processor];
    ProfileRow row;
    row.kind = kind;
    row.signature = signature;
    row.processor = spec.name;
    row.size = size;
    row.environment = replayer_.environment(processor);
    samples.summarise(row);
    return row;
  }

  Profile rows() const {
    std::map<std::string, Bytes> traffic;
    for (const LayerId layer : network_.layers()) {
      traffic[signatures_[layer]] = network_.layer(layer).work.traffic();
    }
    Profile profile;
    for (const auto& [key, samples] : layers_) {
      profile.add(row("layer", key.second, key.first, traffic.at(key.second), samples));
    }
    for (const auto& [key, samples] : copies_) {
      const auto& [signature, processor, size] = key;
      profile.add(row("copy", signature, processor, size, samples));
    }
    return profile;
  }

  const Network& network_;
  const Hardware& hardware_;
  const ProfileOptions& options_;
  Replayer replayer_;
  IdVector<LayerId, std::string> signatures_;
  std::map<LayerKey, Samples> layers_;
  std::map<CopyKey, Samples> copies_;
  std::vector<RunResult> runs_;
  double done_ = 0;
};

}  // namespace

Profile profile(const Network& network, const Hardware& hardware, std::uint64_t seed,
                const ProfileOptions& options) {
  return Profiler(network, hardware, seed, options).measure();
}

}  // namespace partita::exec
