#include "tools/partita/workers.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "exec/host/computer.h"
#include "exec/replay/crew_link.h"
#include "models/hardware/load_hardware.h"

namespace partita::command {

CLI::Option* add_worker_option(CLI::App& app, std::string& where) {
  return app
      .add_option("--worker", where,
                  "where it runs: ssh:HOST, ssh:HOST:PROGRAM (a partita-worker there) or unix:PATH "
                  "(of partita-worker --listen PATH); this computer if not given")
      ->type_name("WHERE")
      ->check([](const std::string& text) { return exec::why_no_place(text); });
}

Hardware machine_of_workers(const std::string& file, const std::vector<std::string>& overrides,
                            const std::string& where) {
  if (!file.empty()) return load_hardware(file, overrides);
  if (!where.empty()) {
    throw ConfigError({"arguments", 0, 0},
                      fmt::format("--machine is required with --worker: what there is at '{}' "
                                  "cannot be seen from here",
                                  where));
  }
  return HardwareBuilder::build(exec::heterogeneous_machine(exec::this_computer()));
}

}  // namespace partita::command
