#include "tools/partita/kept_parts.h"

#include <optional>
#include <set>

namespace partita::command {
namespace {

std::optional<std::set<std::string, std::less<>>> wanted;  // absent: all

bool only_input = false;

}  // namespace

bool is_wanted(std::string_view part) { return !wanted || wanted->contains(part); }

void want_only(const std::vector<std::string>& paths) {
  wanted.emplace();
  for (const std::string& path : paths) wanted->insert(path.substr(0, path.find('.')));
}

void want_all() { wanted.reset(); }

void input_is_read() {
  if (only_input) throw OnlyInput{};
}

void want_only_input(bool wanted_only) { only_input = wanted_only; }

}  // namespace partita::command
