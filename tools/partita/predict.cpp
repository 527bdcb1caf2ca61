#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "models/base/file.h"
#include "tools/partita/commands.h"
#include "tools/partita/console.h"
#include "tools/partita/cost_text.h"
#include "tools/partita/estimate_text.h"
#include "tools/partita/inputs.h"
#include "tools/partita/kept_parts.h"
#include "tools/partita/output_files.h"

namespace partita::command {
namespace {

struct Options {
  InputOptions inputs;
  std::string out;
  std::size_t rows = 20;
  std::string explain;
  bool json = false;
};

using Json = nlohmann::ordered_json;

// All layers, one after the other, on the one processor that does that fastest; and each where it
// takes least, as if copies took no time: no plan is faster than the layers on its longest path, but
// this says what kinds of processors are worth. Sources of the times that each layer would take at
// best.
Json summary(const Inputs& inputs) {
  const auto& processors = inputs.hardware.processors();
  Json line{{"layers", inputs.network.layer_count()}, {"processors", processors.size()}};
  Time least{0};
  std::map<CostSource, std::size_t> sources;
  std::vector<std::optional<Time>> alone(processors.size(), Time{0});
  std::size_t nowhere = 0;
  for (const LayerId layer : inputs.network.layers()) {
    std::optional<Time> best;
    CostSource source{};
    for (const ProcessorId processor : ids<ProcessorId>(processors.size())) {
      const auto& cost = inputs.costs(layer, processor);
      std::optional<Time>& sum = alone[index(processor)];
      if (!cost) {
        sum.reset();
        continue;
      }
      const Time time = cost->time + cost->launch_overhead(processors[processor]);
      if (sum) *sum += time;
      if (best && *best <= time) continue;
      best = time;
      source = cost->source;
    }
    if (!best) {
      ++nowhere;
      continue;
    }
    least += *best;
    ++sources[source];
  }
  line["layers_nowhere"] = nowhere;
  line["fastest_processor"] = nullptr;
  line["fastest_processor_ps"] = nullptr;
  std::optional<Time> fastest;
  for (const ProcessorId processor : ids<ProcessorId>(processors.size())) {
    const std::optional<Time>& time = alone[index(processor)];
    if (!time || (fastest && *fastest <= *time)) continue;
    fastest = time;
    line["fastest_processor"] = processors[processor].name;
    line["fastest_processor_ps"] = time->count();
  }
  line["fastest_of_each_layer_ps"] = least.count();
  const auto known = static_cast<double>(inputs.network.layer_count() - nowhere);
  for (const CostSource source : {CostSource::Measured, CostSource::Interpolated,
                                  CostSource::Learned, CostSource::Estimated, CostSource::Given}) {
    line[fmt::format("{}_share", to_string(source))] =
        known > 0 ? static_cast<double>(sources[source]) / known : 0;
  }
  return line;
}

int predict(const Options& options) {
  if (!options.explain.empty() && options.inputs.learned.empty()) {
    throw ConfigError({"arguments"},
                      "--explain says what made learned times: --learned is missing");
  }
  const Inputs inputs = load_inputs(options.inputs);
  input_is_read();
  if (!options.explain.empty()) {
    print_why(inputs.network, inputs.hardware, inputs.profile.value_or(Profile{}), inputs.costs,
              *inputs.learned, options.explain);
    return kDone;
  }
  if (inputs.learned) {
    print_estimates(inputs.network, inputs.hardware, inputs.profile.value_or(Profile{}),
                    *inputs.learned, options.rows);
  }
  print_costs(inputs.network, inputs.hardware, inputs.costs, options.rows);
  if (!options.out.empty()) {
    write_file(options.out, costs_csv(inputs.network, inputs.hardware, inputs.costs,
                                      inputs.profile ? &*inputs.profile : nullptr));
    fmt::print("wrote {}\n", options.out);
  }
  if (options.json) fmt::print("{}\n", summary(inputs).dump());
  return kDone;
}

}  // namespace

Run add_predict(CLI::App& app) {
  auto options = std::make_shared<Options>();
  add_model_option(app, options->inputs, true);
  add_machine_option(app, options->inputs, false);
  add_profile_option(app, options->inputs);
  add_learned_option(app, options->inputs);
  app.add_option("--rows", options->rows, "print the longest N layers")->capture_default_str();
  app.add_option("--explain", options->explain,
                 "which numbers, features and measured rows made the learned times of one layer")
      ->type_name("LAYER");
  add_output_option(app, "--out", options->out, "the whole table as CSV");
  app.add_flag("--json", options->json, "end with one line of JSON: sums, and shares of sources");
  return [options] { return predict(*options); };
}

}  // namespace partita::command
