// partita: which processor should run which layer of a neural network, and what will it cost?
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <map>

#include "models/base/diagnostics.h"
#include "tools/partita/commands.h"

namespace partita::command {
namespace {

int run(int argc, char** argv) {
  CLI::App app{
      "Partita: which processor should run which layer of a neural network, and what will it "
      "cost,\n"
      "on hardware that exists or not?"};
  app.set_version_flag("--version", "partita " PARTITA_VERSION);
  app.require_subcommand(1);
  app.footer("Start with:  partita demo\nMore on a verb:  partita VERB --help");
  std::map<const CLI::App*, Run> runs;
  for (const Command& command : kCommands) {
    CLI::App* sub = app.add_subcommand(std::string{command.name}, std::string{command.description});
    sub->footer(fmt::format("Example:\n  {}", command.example));
    runs[sub] = command.add(*sub);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    const auto verbs = app.get_subcommands();
    const std::string verb = verbs.empty() ? "partita" : "partita " + verbs.front()->get_name();
    fmt::print(stderr, "arguments: error: {}\n  see: {} --help\n", error.what(), verb);
    return kBadInput;
  }
  return runs.at(app.get_subcommands().front())();
}

}  // namespace
}  // namespace partita::command

int main(int argc, char** argv) {
  using namespace partita;
  try {
    return command::run(argc, argv);
  } catch (const ConfigError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return command::kBadInput;
  } catch (const Error& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return command::kEnvironment;
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "error: out of memory\n");
    return command::kEnvironment;
  } catch (const std::exception& error) {
    fmt::print(stderr, "internal error: {}\n", error.what());
    return command::kEnvironment;
  }
}
