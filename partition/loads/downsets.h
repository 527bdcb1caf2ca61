// All sets of a graph's vertices that hold everything before each of their members.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace partita::loads {

// Vertices are 0 .. count - 1, edges acyclic.
class Downsets {
 public:
  struct Step {
    std::uint32_t vertex, set;  // with this vertex added, it is that set
  };
  // Absent where there are more than `most`. `before`: of each vertex, those that must be in first.
  static std::optional<Downsets> find(const std::vector<std::vector<std::uint32_t>>& before,
                                      std::size_t most);

  // Numbered by size: 0 is the empty set, the last one has all vertices.
  std::size_t size() const { return steps_.size(); }
  const std::vector<Step>& steps(std::size_t set) const { return steps_[set]; }

 private:
  std::vector<std::vector<Step>> steps_;
};

}  // namespace partita::loads
