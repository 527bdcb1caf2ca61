#include "tools/partita/estimate_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "models/base/diagnostics.h"
#include "tools/partita/console.h"

namespace partita::command {
namespace {

std::string estimate_text(const std::optional<learn::Estimate>& estimate) {
  if (!estimate) return "-";
  return fmt::format("{} ({} .. {}){}", to_string(estimate->time), to_string(estimate->low),
                     to_string(estimate->high), estimate->extrapolated ? " extrapolated" : "");
}

std::string factor(double log) { return fmt::format("x {:.3f}", std::exp(log)); }

void print_explanation(const learn::Explanation& why) {
  const auto& answer = why.answer;
  fmt::print("  predicted {}, nine times of ten within a factor of {:.2f}{}\n",
             to_string(scaled(Time{1'000'000'000'000}, answer.seconds)), std::exp(why.half_width),
             answer.outside > 0
                 ? fmt::format("; extrapolated: its work is a factor of {:.3g} outside of what was "
                               "measured",
                               std::exp(answer.outside))
                 : "");
  fmt::print("  {}: physics {}, correction {}{}, never below {} (peak rates)\n", why.branch,
             to_string(scaled(Time{1'000'000'000'000}, answer.physics)), factor(answer.correction),
             answer.faded == answer.correction ? "" : " of which " + factor(answer.faded),
             to_string(scaled(Time{1'000'000'000'000}, answer.ideal)));
  std::vector<std::string> numbers;
  for (const auto& each : why.values)
    numbers.push_back(fmt::format("{} {:.3g}", each.name, each.value));
  fmt::print("  fitted numbers, from {} of {} rows: {}\n", fmt::join(why.devices, ", "),
             why.row_count, fmt::join(numbers, ", "));
  std::vector<std::size_t> order(why.features.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::abs(why.parts[a]) > std::abs(why.parts[b]);
  });
  Table features({"feature", "value", "moves it by"});
  for (std::size_t i = 0; i < std::min<std::size_t>(5, order.size()); ++i) {
    features.add({why.features[order[i]].name, fmt::format("{:.3g}", why.features[order[i]].value),
                  factor(why.parts[order[i]])});
  }
  features.print();
  Table nearest({"measured rows nearby", "device", "batch", "rows", "columns", "depth", "time"});
  for (const learn::Sample& sample : why.nearest) {
    const auto& layer = sample.layer;
    nearest.add({layer.op, sample.device, fmt::format("{:g}", layer.batch),
                 fmt::format("{:g}", layer.rows), fmt::format("{:g}", layer.columns),
                 fmt::format("{:g}", layer.depth),
                 to_string(scaled(Time{1'000'000'000'000}, sample.seconds))});
  }
  nearest.print();
}

}  // namespace

void print_estimates(const Network& network, const Hardware& hardware, const Profile& profile,
                     const learn::LearnedModel& model, std::size_t rows) {
  std::vector<learn::DeviceModel> on;
  std::vector<std::string> header{"layer (learned)"};
  for (const ProcessorId processor : ids<ProcessorId>(hardware.processors().size())) {
    on.push_back(learned_on(network, hardware, processor, profile, model));
    header.push_back(hardware.processors()[processor].name);
  }
  struct Row {
    LayerId layer{};
    Time longest{0};
    std::vector<std::string> texts;
  };
  const learn::NetworkFeatures features_in(network);
  std::vector<Row> all;
  for (const LayerId layer : network.layers()) {
    Row row{layer, Time{0}, {}};
    const learn::LayerFeatures features = features_in.of(layer);
    for (const learn::DeviceModel& each : on) {
      const auto estimate = each.predict(features);
      if (estimate) row.longest = std::max(row.longest, estimate->time);
      row.texts.push_back(estimate_text(estimate));
    }
    all.push_back(std::move(row));
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Row& a, const Row& b) { return a.longest > b.longest; });
  Table table(header);
  for (std::size_t i = 0; i < std::min(rows, all.size()); ++i) {
    std::vector<std::string> cells{network.layer(all[i].layer).name};
    cells.insert(cells.end(), all[i].texts.begin(), all[i].texts.end());
    table.add(std::move(cells));
  }
  table.print();
}

void print_why(const Network& network, const Hardware& hardware, const Profile& profile,
               const CostTable& costs, const learn::LearnedModel& model, const std::string& layer) {
  const auto found = network.layer_named(layer);
  if (!found) {
    std::vector<std::string> names;
    for (const LayerId each : network.layers()) names.push_back(network.layer(each).name);
    const std::string near = closest(layer, names);
    throw ConfigError({"--explain"},
                      fmt::format("{} has no layer '{}'{}", network.name(), layer,
                                  near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near)));
  }
  const learn::LayerFeatures features = learn::features_of(network, *found);
  for (const ProcessorId processor : ids<ProcessorId>(hardware.processors().size())) {
    const learn::DeviceModel on = learned_on(network, hardware, processor, profile, model);
    const auto why = on.explain(features);
    const auto& cost = costs(*found, processor);
    const ProcessorSpec& spec = hardware.processors()[processor];
    fmt::print(
        "{} on {}: {}{}\n", layer, spec.name,
        cost ? fmt::format("{} ({})", to_string(cost->time), to_string(cost->source))
             : "cannot run",
        spec.time_scale == 1 ? "" : fmt::format(", time_scale {:g} included", spec.time_scale));
    if (why) {
      print_explanation(*why);
    } else {
      fmt::print("  nothing was learned of such layers ({} {})\n", to_string(features.family),
                 to_string(features.type));
    }
  }
}

}  // namespace partita::command
