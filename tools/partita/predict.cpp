#include <fmt/format.h>

#include <map>
#include <memory>

#include "models/base/file.h"
#include "tools/partita/commands.h"
#include "tools/partita/console.h"
#include "tools/partita/cost_text.h"
#include "tools/partita/estimate_text.h"
#include "tools/partita/inputs.h"
#include "tools/partita/output_files.h"

namespace partita::command {
namespace {

struct Options {
  InputOptions inputs;
  std::string out;
  std::size_t rows = 20;
  std::string explain;
};

int predict(const Options& options) {
  if (!options.explain.empty() && options.inputs.learned.empty()) {
    throw ConfigError({"arguments"},
                      "--explain says what made learned times: --learned is missing");
  }
  const Inputs inputs = load_inputs(options.inputs);
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
  return [options] { return predict(*options); };
}

}  // namespace partita::command
