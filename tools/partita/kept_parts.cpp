#include "tools/partita/kept_parts.h"

#include <optional>
#include <set>

namespace partita::command {
namespace {

std::optional<std::set<std::string, std::less<>>> wanted;  // absent: all

}  // namespace

bool is_wanted(std::string_view part) { return !wanted || wanted->contains(part); }

void want_only(const std::vector<std::string>& paths) {
  wanted.emplace();
  for (const std::string& path : paths) wanted->insert(path.substr(0, path.find('.')));
}

void want_all() { wanted.reset(); }

}  // namespace partita::command
