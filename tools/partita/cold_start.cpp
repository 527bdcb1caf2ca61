#include "tools/partita/cold_start.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

namespace partita::command {

void add_cold_start_option(CLI::App& app, bool& cold_start) {
  app.add_flag("--cold-start", cold_start,
               "weights start in the host's memory and are loaded as layers need them");
}

void start_cold(const std::string& plan_file, const Hardware& hardware, Network& network,
                Plan& plan) {
  if (!hardware.host()) {
    throw ConfigError({"--cold-start", 0, 0},
                      fmt::format("the machine '{}' has no host, so there is no memory to load "
                                  "weights from: name one (host: MEMORY)",
                                  hardware.name()));
  }
  network = with_cold_weights(std::move(network));
  auto cold = with_cold_start(network, hardware, plan);
  if (const auto* bad = std::get_if<BadPlan>(&cold)) {
    throw ConfigError({plan_file, 0, 0}, "cold start: " + bad->reason);
  }
  plan = std::get<Plan>(std::move(cold));
}

}  // namespace partita::command
