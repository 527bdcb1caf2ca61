// partita: which processor should run which layer of a neural network, and what will it cost?
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <map>
#include <system_error>

#include "models/base/diagnostics.h"
#include "tools/partita/commands.h"
#include "tools/partita/misspelt.h"
#include "tools/partita/output_files.h"

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
    std::vector<std::string> messages = unknown_words(app);
    if (messages.empty()) messages.emplace_back(error.what());
    for (const std::string& message : messages) {
      fmt::print(stderr, "arguments: error: {}\n", message);
    }
    const auto verbs = app.get_subcommands();
    const std::string verb = verbs.empty() ? "partita" : "partita " + verbs.front()->get_name();
    fmt::print(stderr, "  see: {} --help\n", verb);
    return kBadInput;
  }
  const CLI::App* verb = app.get_subcommands().front();
  check_outputs(*verb);
  return runs.at(verb)();
}

// The first mistakes: a file that is something else altogether has as many as it has lines.
void print_mistakes(const ConfigError& error) {
  constexpr std::size_t kMost = 20;
  const auto& mistakes = error.diagnostics();
  for (std::size_t i = 0; i < std::min(kMost, mistakes.size()); ++i) {
    fmt::print(stderr, "{}\n", to_string(mistakes[i]));
  }
  if (mistakes.size() > kMost) {
    fmt::print(stderr, "... and {} more mistakes\n", mistakes.size() - kMost);
  }
}

// Whoever reads what is printed must not take the half of it for the whole.
void require_printed() {
  errno = 0;
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return;
  throw Error(fmt::format("cannot write to standard output: {}",
                          errno != 0 ? std::strerror(errno) : "it has failed before"));
}

}  // namespace
}  // namespace partita::command

int main(int argc, char** argv) {
  using namespace partita;
  // Files larger than a limit allows are an error like others.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    const int code = command::run(argc, argv);
    command::require_printed();
    return code;
  } catch (const ConfigError& error) {
    command::print_mistakes(error);
    return command::kBadInput;
  } catch (const Error& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return command::kEnvironment;
  } catch (const std::system_error& error) {
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
