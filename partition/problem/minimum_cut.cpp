#include "partition/problem/minimum_cut.h"

#include <boost/graph/boykov_kolmogorov_max_flow.hpp>

namespace partita {

MinimumCut::Arc MinimumCut::add(std::size_t from, std::size_t to, std::int64_t capacity) {
  const Arc there = add_edge(from, to, graph_).first, back = add_edge(to, from, graph_).first;
  graph_[there] = {capacity, 0, back};
  graph_[back] = {0, 0, there};
  return there;
}

std::int64_t MinimumCut::find() {
  return boost::boykov_kolmogorov_max_flow(
      graph_, get(&Flow::capacity, graph_), get(&Flow::residual, graph_),
      get(&Flow::reverse, graph_), get(&Vertex::predecessor, graph_), get(&Vertex::colour, graph_),
      get(&Vertex::distance, graph_), get(boost::vertex_index, graph_), source(), sink());
}

}  // namespace partita
