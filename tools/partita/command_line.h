// Words of a command line turned into a verb's run, and what went wrong into an exit code: for the
// command itself and for sweeps, whose points are command lines.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tools/partita/commands.h"

namespace partita::command {

class CommandLine {
 public:
  CommandLine();                              // all verbs
  explicit CommandLine(const Command& only);  // one, which takes less time to make

  // Parses the words that follow the command's name, checks what would be written, and runs the
  // verb; its exit code. Says what is wrong with the words on stderr. Throws what the verb throws.
  int run(std::vector<std::string> words);

  // Its two halves. What is wrong with the words; none: they are right. Throws CLI::Success where
  // somebody asked for help, and ConfigError for outputs that have no place.
  std::vector<std::string> parse(std::vector<std::string> words);
  int run_parsed();

  // The options of a verb. Precondition: it is one of this line's.
  CLI::App& verb(const std::string& name) { return *app_.get_subcommand(name); }

 private:
  void add(const Command& command);

  CLI::App app_;
  std::map<const CLI::App*, Run> runs_;
};

// The verb of that name, hidden or not; nullptr: there is none.
const Command* command_named(std::string_view name);

// What `work` returns; where it throws, what people are told on stderr and the exit code for it.
int guarded(const std::function<int()>& work);

}  // namespace partita::command
