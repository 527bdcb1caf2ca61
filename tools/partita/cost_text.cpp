#include "tools/partita/cost_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "models/base/csv.h"
#include "partition/predict/resources.h"
#include "tools/partita/console.h"

namespace partita::command {
namespace {

Time best_time(const CostTable& costs, LayerId layer, std::size_t processors) {
  Time best = Time::max();
  for (const ProcessorId p : ids<ProcessorId>(processors)) {
    if (costs(layer, p)) best = std::min(best, costs(layer, p)->time);
  }
  return best == Time::max() ? Time{0} : best;
}

}  // namespace

void print_costs(const Network& network, const Hardware& hardware, const CostTable& costs,
                 std::size_t rows) {
  const std::size_t processors = hardware.processors().size();
  std::vector<LayerId> longest;
  for (const LayerId id : network.layers()) longest.push_back(id);
  std::stable_sort(longest.begin(), longest.end(), [&](LayerId a, LayerId b) {
    return best_time(costs, a, processors) > best_time(costs, b, processors);
  });
  std::vector<std::string> header{"layer", "operator"};
  for (const ProcessorSpec& processor : hardware.processors()) header.push_back(processor.name);
  header.push_back("source");
  Table table(header);
  for (std::size_t i = 0; i < std::min(rows, longest.size()); ++i) {
    const Layer& layer = network.layer(longest[i]);
    std::vector<std::string> row{layer.name, std::string{to_string(layer.kind)}};
    std::string source;
    for (const ProcessorId p : ids<ProcessorId>(processors)) {
      const auto& cost = costs(longest[i], p);
      row.push_back(cost ? to_string(cost->time) : "-");
      if (!cost) continue;
      const std::string from{to_string(cost->source)};
      if (source.find(from) == std::string::npos) source += (source.empty() ? "" : "/") + from;
    }
    row.push_back(source);
    table.add(row);
  }
  if (longest.size() > rows) {
    table.add({fmt::format("... {} shorter layers", longest.size() - rows)});
  }
  std::vector<std::string> totals{"all layers", ""};
  for (const ProcessorId p : ids<ProcessorId>(processors)) {
    Time total{0};
    bool whole = true;
    for (const LayerId id : network.layers()) {
      if (costs(id, p)) {
        total += costs(id, p)->time;
      } else {
        whole = false;
      }
    }
    totals.push_back(to_string(total) + (whole ? "" : " (some)"));
  }
  table.add(totals);
  table.print();
}

std::string sources_text(const Network& network, const Hardware& hardware, const CostTable& costs) {
  std::map<CostSource, std::size_t> counts;
  for (const LayerId id : network.layers()) {
    for (const ProcessorId p : ids<ProcessorId>(hardware.processors().size())) {
      if (costs(id, p)) ++counts[costs(id, p)->source];
    }
  }
  std::string text;
  for (const auto& [source, count] : counts) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, to_string(source));
  }
  return text;
}

std::string costs_csv(const Network& network, const Hardware& hardware, const CostTable& costs,
                      const Profile* profile) {
  std::string text =
      "layer,operator,processor,time_ps,low_ps,high_ps,source,traffic_bytes,bandwidth_bytes_per_s,"
      "weights_bytes,activations_bytes,workspace_bytes,peak_bytes,energy_nj,energy_source,"
      "signature\n";
  for (const LayerId id : network.layers()) {
    for (const ProcessorId p : ids<ProcessorId>(hardware.processors().size())) {
      const auto needs = resources_of(network, hardware, costs, profile, id, p);
      if (!needs) continue;
      const LayerCost& cost = needs->cost;
      const auto end = [&](double LayerCost::Spread::*which) {
        return cost.spread ? fmt::to_string(scaled(cost.time, (*cost.spread).*which).count()) : "";
      };
      const Footprint& memory = needs->footprint;
      text += fmt::format(
          "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", csv_field(network.layer(id).name),
          to_string(network.layer(id).kind), csv_field(hardware.processors()[p].name),
          cost.time.count(), end(&LayerCost::Spread::low), end(&LayerCost::Spread::high),
          to_string(cost.source), cost.traffic.value, needs->bandwidth.value, memory.weights.value,
          memory.activations.value, memory.workspace.value, memory.peak.value,
          needs->use ? fmt::to_string(needs->use->energy.value) : "",
          needs->use ? to_string(needs->use->source) : "", csv_field(network.signature(id)));
    }
  }
  return text;
}

}  // namespace partita::command
