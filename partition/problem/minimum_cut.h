// The cheapest way to part a graph in two.
#pragma once

#include <boost/graph/adjacency_list.hpp>
#include <cstdint>

namespace partita {

// Vertices 0, 1, ... and two more, the source and the sink, that are never on one side.
//
// Algorithm: Boykov and Kolmogorov, "An experimental comparison of min-cut/max-flow algorithms for
//   energy minimization in vision", PAMI 26(9), 2004 (Boost.Graph's).
class MinimumCut {
  using Traits = boost::adjacency_list_traits<boost::vecS, boost::vecS, boost::directedS>;

 public:
  // Capacity of what must not be cut: far above any sum of others.
  static constexpr std::int64_t kNever = std::int64_t{1} << 60;
  using Arc = Traits::edge_descriptor;

  explicit MinimumCut(std::size_t vertices) : graph_(vertices + 2) {}

  std::size_t source() const { return num_vertices(graph_) - 2; }
  std::size_t sink() const { return num_vertices(graph_) - 1; }
  // Costs its capacity where `from` is on the source's side and `to` is not.
  Arc add(std::size_t from, std::size_t to, std::int64_t capacity);
  void set(Arc arc, std::int64_t capacity) { graph_[arc].capacity = capacity; }

  // What the least cut costs.
  std::int64_t find();
  // In the cut that find() found.
  bool is_on_source_side(std::size_t vertex) const {
    return graph_[vertex].colour == graph_[source()].colour;
  }

 private:
  struct Flow {
    std::int64_t capacity = 0, residual = 0;
    Arc reverse;
  };
  struct Vertex {
    boost::default_color_type colour{};
    long distance = 0;
    Arc predecessor;
  };
  boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, Vertex, Flow> graph_;
};

}  // namespace partita
