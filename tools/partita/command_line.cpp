#include "tools/partita/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <new>
#include <system_error>

#include "models/base/diagnostics.h"
#include "tools/partita/misspelt.h"
#include "tools/partita/output_files.h"

namespace partita::command {
namespace {

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

}  // namespace

CommandLine::CommandLine()
    : app_(
          "Partita: which processor should run which layer of a neural network, and what will it "
          "cost,\n"
          "on hardware that exists or not?",
          "partita") {
  app_.set_version_flag("--version", "partita " PARTITA_VERSION);
  app_.require_subcommand(1);
  app_.footer("Start with:  partita demo\nMore on a verb:  partita VERB --help");
  for (const Command& command : kCommands) add(command);
}

CommandLine::CommandLine(const Command& only) : app_("", "partita") { add(only); }

void CommandLine::add(const Command& command) {
  CLI::App* sub = app_.add_subcommand(std::string{command.name}, std::string{command.description});
  if (command.is_hidden) sub->group("");
  sub->footer(fmt::format("Example:\n  {}", command.example));
  runs_[sub] = command.add(*sub);
}

std::vector<std::string> CommandLine::parse(std::vector<std::string> words) {
  std::reverse(words.begin(), words.end());  // CLI11 takes them from the end
  try {
    app_.parse(std::move(words));
  } catch (const CLI::Success&) {
    throw;
  } catch (const CLI::ParseError& error) {
    std::vector<std::string> messages = unknown_words(app_);
    if (messages.empty()) messages.emplace_back(error.what());
    return messages;
  }
  check_outputs(*app_.get_subcommands().front());
  return {};
}

int CommandLine::run_parsed() { return runs_.at(app_.get_subcommands().front())(); }

int CommandLine::run(std::vector<std::string> words) {
  std::vector<std::string> messages;
  try {
    messages = parse(std::move(words));
  } catch (const CLI::Success& help) {
    return app_.exit(help);
  }
  if (messages.empty()) return run_parsed();
  for (const std::string& message : messages) {
    fmt::print(stderr, "arguments: error: {}\n", message);
  }
  const auto verbs = app_.get_subcommands();
  const std::string verb = verbs.empty() ? "partita" : "partita " + verbs.front()->get_name();
  fmt::print(stderr, "  see: {} --help\n", verb);
  return kBadInput;
}

const Command* command_named(std::string_view name) {
  for (const Command& command : kCommands) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

int guarded(const std::function<int()>& work) {
  try {
    return work();
  } catch (const ConfigError& error) {
    print_mistakes(error);
    return kBadInput;
  } catch (const Error& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return kEnvironment;
  } catch (const std::system_error& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return kEnvironment;
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "error: out of memory\n");
    return kEnvironment;
  } catch (const std::exception& error) {
    fmt::print(stderr, "internal error: {}\n", error.what());
    return kEnvironment;
  }
}

}  // namespace partita::command
