#include "partition/loads/downsets.h"

#include <algorithm>
#include <map>

namespace partita::loads {

std::optional<Downsets> Downsets::find(const std::vector<std::vector<std::uint32_t>>& before,
                                       std::size_t most) {
  using Set = std::vector<bool>;
  const std::size_t count = before.size();
  std::vector<std::vector<std::uint32_t>> after(count);
  for (std::uint32_t vertex = 0; vertex < count; ++vertex) {
    for (const std::uint32_t first : before[vertex]) after[first].push_back(vertex);
  }
  struct Known {
    Set set;
    std::vector<std::uint32_t> ready;  // may be added next
  };
  Known empty{Set(count), {}};
  for (std::uint32_t vertex = 0; vertex < count; ++vertex) {
    if (before[vertex].empty()) empty.ready.push_back(vertex);
  }
  Downsets found;
  std::vector<Known> level{std::move(empty)};
  for (std::uint32_t first = 0; !level.empty();) {
    const auto next_first = static_cast<std::uint32_t>(first + level.size());
    std::map<Set, std::uint32_t> numbers;
    std::vector<Known> next;
    for (const Known& known : level) {
      auto& steps = found.steps_.emplace_back();
      for (const std::uint32_t vertex : known.ready) {
        Set set = known.set;
        set[vertex] = true;
        const auto number = static_cast<std::uint32_t>(next_first + next.size());
        const auto [at, is_new] = numbers.emplace(std::move(set), number);
        steps.push_back({vertex, at->second});
        if (!is_new) continue;
        if (at->second >= most) return std::nullopt;
        Known grown{at->first, {}};
        for (const std::uint32_t other : known.ready) {
          if (other != vertex) grown.ready.push_back(other);
        }
        for (const std::uint32_t follower : after[vertex]) {
          if (std::all_of(before[follower].begin(), before[follower].end(),
                          [&](std::uint32_t needed) { return grown.set[needed]; }))
            grown.ready.push_back(follower);
        }
        next.push_back(std::move(grown));
      }
    }
    first = next_first;
    level = std::move(next);
  }
  return found;
}

}  // namespace partita::loads
