#include <fmt/format.h>

#include <memory>

#include "tools/partita/commands.h"
#include "tools/partita/console.h"
#include "tools/partita/results/store.h"

namespace partita::command {
namespace {

struct Options {
  std::string file;
};

int results(const Options& options) {
  const ResultStore store(options.file, ResultStore::Open::ToRead);
  Table table({"sweep", "points", "done", "no", "failed", "created", "question"});
  for (const SweepEntry& each : store.sweeps()) {
    table.add({each.name, std::to_string(each.places), std::to_string(each.done),
               std::to_string(each.no), std::to_string(each.failed), each.created, each.question});
  }
  table.print();
  return kDone;
}

}  // namespace

Run add_results(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("file", options->file, "results of sweeps")->required()->type_name("FILE");
  return [options] { return results(*options); };
}

}  // namespace partita::command
