#include "tools/partita/run_figures.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/analysis/activity.h"
#include "models/analysis/traffic.h"

namespace partita::command {
namespace {

using Json = nlohmann::ordered_json;

double share(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

// Else there is no use in adding up nothing.
bool says_power(const Hardware& hardware) {
  const auto any = [](const auto& parts, auto takes) {
    return std::any_of(parts.begin(), parts.end(), takes);
  };
  const auto takes = [](const auto& part) { return part.idle.value > 0 || part.energy.value > 0; };
  return any(hardware.processors(),
             [](const ProcessorSpec& each) {
               return each.idle.value > 0 || each.active.value > 0;
             }) ||
         any(hardware.memories(), takes) || any(hardware.links(), takes) ||
         any(hardware.switches(), [](const SwitchSpec& each) { return each.idle.value > 0; });
}

void add_copies(const PlanRun& run, Json& figures) {
  std::int64_t bytes = 0;
  for (const Transfer& transfer : run.plan.transfers()) {
    const Tensor& tensor = run.network.tensor(transfer.tensor);
    const std::size_t legs =
        tensor.transfer_time ? 1 : run.hardware.route(transfer.src, transfer.dst)->size();
    bytes += tensor.size.value * static_cast<std::int64_t>(legs);
  }
  figures["copies"] = run.plan.transfers().size();
  figures["copied_bytes"] = bytes;
  figures["reads_in_place"] = run.plan.in_place().size();
}

void add_work(const PlanRun& run, const std::string& origin, Json& figures) {
  std::int64_t all = 0, most = -1, used = 0;
  ProcessorId busiest{};
  const std::size_t count = run.hardware.processors().size();
  for (const ProcessorId processor : ids<ProcessorId>(count)) {
    Time work{0};
    for (const LayerId layer : run.plan.order(processor)) {
      work += run.span(layer).finish - run.span(layer).start;
    }
    const std::int64_t each = work.count() / run.hardware.processors()[processor].streams;
    used += run.plan.order(processor).empty() ? 0 : 1;
    all += each;
    if (each > most) {
      most = each;
      busiest = processor;
    }
  }
  figures["processors_used"] = used;
  figures["busiest_processor"] = run.hardware.processors()[busiest].name;
  figures[origin + "_busiest_busy_ps"] = most;
  figures[origin + "_busiest_busy_share"] = share(most, run.timeline.makespan.count());
  figures[origin + "_imbalance_ps"] = most - all / static_cast<std::int64_t>(count);
}

void add_memory(const PlanRun& run, const std::string& origin, Json& figures) {
  if (run.timeline.memory_peak.size() == 0) return;
  double most = -1;
  MemoryId fullest{};
  for (const MemoryId memory : ids<MemoryId>(run.hardware.memories().size())) {
    const double each = share(run.timeline.memory_peak[memory].value,
                              run.hardware.memories()[memory].capacity.value);
    if (each > most) {
      most = each;
      fullest = memory;
    }
  }
  figures["fullest_memory"] = run.hardware.memories()[fullest].name;
  figures[origin + "_peak_memory_bytes"] = run.timeline.memory_peak[fullest].value;
  figures[origin + "_peak_memory_share"] = most;
}

}  // namespace

Json figures_of(const PlanRun& run) {
  const std::string origin(to_string(run.timeline.origin));
  Json figures;
  add_work(run, origin, figures);
  add_copies(run, figures);
  add_memory(run, origin, figures);
  Energy used{0};
  if (says_power(run.hardware)) {
    used = energy(consumption_of(run, activity_of(run), traffic_of(run)).total);
  }
  figures[origin + "_energy_nj"] = used.value;
  return figures;
}

}  // namespace partita::command
