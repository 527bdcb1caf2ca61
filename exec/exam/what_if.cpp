#include "exec/exam/what_if.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "exec/host/computer.h"

namespace partita::exec {
namespace {

// How much slower links and processors get.
constexpr int kSlowerLinks = 16;
constexpr double kSlowerProcessor = 2;
constexpr std::string_view kMultiprocessors = "multiprocessors=";

// Multiprocessors of a part of a GPU; 0: all, or no such device.
int multiprocessors(const ExecutionSpec& execution) {
  const auto at = execution.options.find(kMultiprocessors);
  if (at == std::string::npos) return 0;
  int count = 0;
  const char* first = execution.options.data() + at + kMultiprocessors.size();
  std::from_chars(first, execution.options.data() + execution.options.size(), count);
  return count;
}

ExecutionSpec with_multiprocessors(ExecutionSpec execution, int count) {
  const auto at = execution.options.find(kMultiprocessors) + kMultiprocessors.size();
  const auto end = execution.options.find(',', at);
  const auto length = (end == std::string::npos ? execution.options.size() : end) - at;
  execution.options.replace(at, length, std::to_string(count));
  return execution;
}

// What the datasheet says that it computes in a cycle, in some unit; processors of one kind compare.
// Absent: nothing is known.
std::optional<double> nominal_rate(const ExecutionSpec& execution) {
  if (const IsaLevel* level = isa_level_named(execution.isa))
    return level->f32_lanes * (level->fused ? 2.0 : 1.0);
  if (const int count = multiprocessors(execution)) return count;
  return std::nullopt;
}

// But for core and process, which do not change how fast layers are.
bool computes_alike(const ExecutionSpec& a, const ExecutionSpec& b) {
  return a.backend == b.backend && a.device == b.device && a.options == b.options && a.isa == b.isa;
}

bool is_of_one_kind(const ExecutionSpec& a, const ExecutionSpec& b) {
  return a.backend == b.backend && a.isa.empty() == b.isa.empty() &&
         (multiprocessors(a) > 0) == (multiprocessors(b) > 0);
}

class WhatIfs {
 public:
  WhatIfs(const Hardware& before, const Hardware& calibrated)
      : before_(before), calibrated_(calibrated) {}

  std::vector<WhatIf> all() {
    for (const ProcessorId p : ids<ProcessorId>(before_.processors().size())) {
      for (const ProcessorId other : ids<ProcessorId>(before_.processors().size()))
        as_strong_as(p, other);
    }
    weaker_than_any();
    half_of_a_gpu();
    slower_links();
    for (const ProcessorId p : ids<ProcessorId>(before_.processors().size())) slower(p);
    return std::move(found_);
  }

 private:
  static const std::optional<ExecutionSpec>& execution(const Hardware& of, ProcessorId p) {
    return of.processors()[p].execution;
  }

  WhatIf& add(std::string name, std::string change) {
    found_.push_back(
        {std::move(name), std::move(change), calibrated_.parts(), before_.parts(), {}});
    return found_.back();
  }

  void execute(WhatIf& what_if, ProcessorId p, const ExecutionSpec& execution) {
    what_if.predicted.processors[p].execution = execution;
    what_if.real.processors[p].execution = execution;
  }

  void as_strong_as(ProcessorId p, ProcessorId other) {
    const auto& own = execution(before_, p);
    const auto& theirs = execution(before_, other);
    if (!own || !theirs || own->isa.empty() || theirs->isa.empty() || own->isa == theirs->isa ||
        own->backend != theirs->backend) {
      return;
    }
    const std::string& name = before_.processors()[p].name;
    ExecutionSpec changed = *own;
    changed.isa = theirs->isa;
    execute(add(fmt::format("{}_{}", name, theirs->isa),
                fmt::format("{} computes with {}, not {}", name, theirs->isa, own->isa)),
            p, changed);
  }

  void weaker_than_any() {
    std::optional<ProcessorId> weakest;
    double least = 0;
    for (const ProcessorId p : ids<ProcessorId>(before_.processors().size())) {
      const auto& own = execution(before_, p);
      if (!own || own->isa.empty()) continue;
      const double rate = *nominal_rate(*own);
      if (!weakest || rate < least) weakest = p, least = rate;
    }
    if (!weakest) return;
    const ExecutionSpec& own = *execution(before_, *weakest);
    std::optional<IsaLevel> weaker;
    for (const IsaLevel& level : supported_isa_levels()) {
      ExecutionSpec changed = own;
      changed.isa = level.name;
      if (*nominal_rate(changed) < least) weaker = level;
    }
    if (!weaker) return;
    ExecutionSpec changed = own;
    changed.isa = weaker->name;
    const std::string& name = before_.processors()[*weakest].name;
    execute(add(fmt::format("{}_{}", name, weaker->name),
                fmt::format("{} computes with {}, which nobody profiled", name, weaker->name)),
            *weakest, changed);
  }

  void half_of_a_gpu() {
    std::optional<ProcessorId> largest;
    int most = 0;
    for (const ProcessorId p : ids<ProcessorId>(before_.processors().size())) {
      const auto& own = execution(before_, p);
      const int count = own ? multiprocessors(*own) : 0;
      if (count > most) largest = p, most = count;
    }
    if (!largest || most < 2) return;
    const std::string& name = before_.processors()[*largest].name;
    execute(add(fmt::format("{}_{}", name, most / 2),
                fmt::format("{} has {} multiprocessors, not {}", name, most / 2, most)),
            *largest, with_multiprocessors(*execution(before_, *largest), most / 2));
  }

  // Where processors copy by themselves, so that they can be slowed.
  void slower_links() {
    if (!before_.engines().empty() || before_.links().empty()) return;
    WhatIf& what_if =
        add("links_slower", fmt::format("copies at 1/{} of their bandwidth", kSlowerLinks));
    const auto slowed = [](Bandwidth bandwidth) {
      return Bandwidth{std::max<std::int64_t>(1, bandwidth.value / kSlowerLinks)};
    };
    for (LinkSpec& link : what_if.predicted.links) {
      link.bandwidth = slowed(link.bandwidth);
      // So slow that sizes make no difference any more.
      link.regimes.clear();
    }
    for (const ProcessorSpec& processor : calibrated_.processors()) {
      Handicap handicap;
      for (const LinkSpec& link : calibrated_.links()) {
        if (link.a == Endpoint{processor.memory} || link.b == Endpoint{processor.memory})
          handicap.copies = std::min(handicap.copies, slowed(link.bandwidth));
      }
      what_if.handicaps.push_back(handicap);
    }
  }

  void slower(ProcessorId p) {
    const auto& own = execution(before_, p);
    if (!own || !before_.engines().empty()) return;
    const std::string& name = before_.processors()[p].name;
    WhatIf& what_if = add(fmt::format("{}_slower", name),
                          fmt::format("{} takes {} times as long", name, kSlowerProcessor));
    what_if.predicted.processors[p].time_scale *= kSlowerProcessor;
    what_if.handicaps.resize(before_.processors().size());
    what_if.handicaps[p].slowdown = kSlowerProcessor;
  }

  const Hardware& before_;
  const Hardware& calibrated_;
  std::vector<WhatIf> found_;
};

// What a layer costs on a processor that computes otherwise than any that is known.
class Scaling {
 public:
  Scaling(const Hardware& before, const ExecutionSpec& wanted) : wanted_(wanted) {
    const auto nominal = nominal_rate(wanted);
    if (!nominal) return;
    for (const ProcessorId p : ids<ProcessorId>(before.processors().size())) {
      const ProcessorSpec& processor = before.processors()[p];
      if (!processor.execution || !is_of_one_kind(*processor.execution, wanted)) continue;
      const auto& peak = processor.peak[static_cast<std::size_t>(DataType::F32)];
      const auto own = nominal_rate(*processor.execution);
      if (!peak || !own) continue;
      known_.push_back({p, static_cast<double>(peak->value), std::fabs(std::log(*own / *nominal)),
                        *nominal / *own});
    }
    std::stable_sort(known_.begin(), known_.end(),
                     [](const Known& a, const Known& b) { return a.distance < b.distance; });
    if (!known_.empty()) rate_ = known_.front().rate * known_.front().ratio;
  }

  std::optional<LayerCost> operator()(const CostTable& costs, LayerId layer) const {
    std::vector<std::pair<double, double>> points;  // 1 / rate, time
    std::optional<LayerCost> nearest;
    for (const Known& known : known_) {
      const auto& cost = costs(layer, known.processor);
      if (!cost) continue;
      if (!nearest) nearest = cost;
      points.emplace_back(1 / known.rate, static_cast<double>(cost->time.count()));
      if (points.size() == 2) break;
    }
    if (!nearest) return std::nullopt;
    const double time = points.front().second;
    // The part of it that gets longer as the rate falls.
    double scales = time;
    if (points.size() == 2 && points[0].first != points[1].first) {
      const double slope =
          (points[0].second - points[1].second) / (points[0].first - points[1].first);
      scales = std::clamp(slope * points.front().first, 0.0, time);
    }
    const double scaled_time = time - scales + scales / points.front().first / rate_;
    nearest->time = Time{std::max<std::int64_t>(1, std::llround(scaled_time))};
    nearest->source = CostSource::Estimated;
    nearest->spread.reset();
    return nearest;
  }

 private:
  struct Known {
    ProcessorId processor{};
    double rate;      // measured
    double distance;  // of nominal rates
    double ratio;     // of the wanted nominal rate to its own
  };
  const ExecutionSpec& wanted_;
  std::vector<Known> known_;  // the nearest first
  double rate_ = 1;
};

}  // namespace

std::vector<WhatIf> what_ifs(const Hardware& before, const Hardware& calibrated) {
  return WhatIfs(before, calibrated).all();
}

CostTable what_if_costs(const Network& network, const Hardware& before, const CostTable& costs,
                        const WhatIf& what_if) {
  CostTable changed = costs;
  for (const ProcessorId p : ids<ProcessorId>(before.processors().size())) {
    const auto& own = before.processors()[p].execution;
    const auto& wanted = what_if.predicted.processors[p].execution;
    if (!own || !wanted || computes_alike(*own, *wanted)) continue;
    std::optional<ProcessorId> alike;
    for (const ProcessorId other : ids<ProcessorId>(before.processors().size())) {
      const auto& theirs = before.processors()[other].execution;
      if (theirs && computes_alike(*theirs, *wanted)) alike = other;
    }
    const Scaling scaling(before, *wanted);
    for (const LayerId layer : network.layers())
      changed.set(layer, p, alike ? costs(layer, *alike) : scaling(costs, layer));
  }
  return rescaled(changed, before, HardwareBuilder::build(what_if.predicted));
}

}  // namespace partita::exec
