#include "tools/partita/misspelt.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "models/base/diagnostics.h"

namespace partita::command {
namespace {

bool is_option(const std::string& word) { return word.size() > 1 && word.front() == '-'; }

std::string unknown_option(const std::string& word, const CLI::App& app) {
  std::vector<std::string> known;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) known.push_back(name);
  }
  // Dashes would let words that share nothing else look alike.
  const std::string written = word.substr(0, word.find('='));
  const std::string bare = written.substr(std::min(written.find_first_not_of('-'), written.size()));
  const std::string guess = closest(bare, known);
  if (!guess.empty())
    return fmt::format("unknown option '{}': did you mean '--{}'?", written, guess);
  return fmt::format("unknown option '{}' (known: --{})", written, fmt::join(known, ", --"));
}

std::string unknown_verb(const std::string& word, const CLI::App& app) {
  std::vector<std::string> known;
  for (const CLI::App* verb : app.get_subcommands(nullptr)) {
    if (!verb->get_group().empty()) known.push_back(verb->get_name());  // hidden ones have none
  }
  const std::string guess = closest(word, known);
  return fmt::format("unknown verb '{}'{} (known: {})", word,
                     guess.empty() ? "" : fmt::format(": did you mean '{}'?", guess),
                     fmt::join(known, ", "));
}

}  // namespace

std::vector<std::string> unknown_words(const CLI::App& app) {
  std::vector<std::string> messages;
  const auto add_options_of = [&](const CLI::App& taker) {
    for (const std::string& word : taker.remaining()) {
      if (is_option(word)) messages.push_back(unknown_option(word, taker));
    }
  };
  add_options_of(app);
  const auto verbs = app.get_subcommands();
  for (const CLI::App* verb : verbs) add_options_of(*verb);
  // Other words that are left may be values of the unknown options.
  if (!messages.empty()) return messages;
  const CLI::App& last = verbs.empty() ? app : *verbs.back();
  const std::vector<std::string> left = last.remaining();
  if (left.empty()) return {};
  if (verbs.empty()) return {unknown_verb(left.front(), app)};
  for (const std::string& word : left) {
    messages.push_back(fmt::format("'{}' is one argument too many", word));
  }
  return messages;
}

}  // namespace partita::command
