#include "exec/replay/measured_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace partita::exec {
namespace {

// Reading three clocks takes about a microsecond itself.
constexpr std::int64_t kSlack = 3'000;  // ns

Time of_ns(std::int64_t count) { return std::chrono::nanoseconds(count); }

// Who took the worker's core from it, as far as the record tells; empty: nobody.
std::string disturbance_of(const Record& record) {
  if (record.switches > 0) return fmt::format("{} involuntary switches", record.switches);
  const std::int64_t wall = record.finish - record.start;
  if (static_cast<double>(wall - kSlack) > kMostWallPerCpu * static_cast<double>(record.cpu)) {
    return fmt::format("{} ns of CPU time in {} ns", record.cpu, wall);
  }
  return "";
}

const std::string& name_of(const Record& record, const Network& network, const Plan& plan) {
  return record.kind == Record::Kind::Layer
             ? network.layer(static_cast<LayerId>(record.what)).name
             : network.tensor(plan.transfers()[record.what].tensor).name;
}

}  // namespace

RunResult measured_run(const Network& network, const Hardware& hardware, const Plan& plan,
                       const IdVector<ProcessorId, std::vector<Record>>& records, bool shared) {
  RunResult run;
  Timeline& timeline = run.timeline;
  timeline.origin = Origin::Measured;
  timeline.layers.resize(network.layer_count());
  run.cpu.resize(network.layer_count());
  run.layer_clean.assign(network.layer_count(), true);
  struct CopyRun {
    LegSpan span;
    bool clean;
  };
  std::vector<CopyRun> copies;
  for (const ProcessorId worker : ids<ProcessorId>(records.size())) {
    for (const Record& record : records[worker]) {
      const std::string trouble = shared ? "" : disturbance_of(record);
      if (!trouble.empty() && run.clean) {
        run.clean = false;
        run.disturbance = fmt::format("'{}' on {}: {}", name_of(record, network, plan),
                                      hardware.processors()[worker].name, trouble);
      }
      const Time start = of_ns(record.start), finish = of_ns(record.finish);
      if (record.kind == Record::Kind::Layer) {
        const auto layer = static_cast<LayerId>(record.what);
        timeline.layers[layer] = {worker, 0, start, finish};
        timeline.makespan = std::max(timeline.makespan, finish);
        run.cpu[layer] = of_ns(record.cpu);
        run.layer_clean[layer] = trouble.empty();
      } else {
        // When its set-up was over nobody can tell from outside.
        copies.push_back({{record.what, record.leg, std::nullopt, worker, of_ns(record.queued),
                           start, start, finish},
                          trouble.empty()});
        if (plan.transfers()[record.what].dst == hardware.host()) {
          timeline.makespan = std::max(timeline.makespan, finish);
        }
      }
    }
  }
  std::sort(copies.begin(), copies.end(), [](const CopyRun& a, const CopyRun& b) {
    return std::tie(a.span.transfer, a.span.leg) < std::tie(b.span.transfer, b.span.leg);
  });
  for (const CopyRun& copy : copies) {
    timeline.legs.push_back(copy.span);
    run.leg_clean.push_back(copy.clean);
  }
  return run;
}

}  // namespace partita::exec
