// A network for two processors.
#pragma once

#include <string>

#include "tests/support/machine.h"

namespace partita::test {

// `count` diamonds in a row behind one layer, so that two processors can be busy: 1 + 3 count layers.
inline Network diamonds(int count, const std::string& first = "start") {
  Graph graph;
  TensorId last = graph.layer(first, {}, Bytes{400'000});
  for (int i = 0; i < count; ++i) {
    const std::string n = std::to_string(i);
    const TensorId left = graph.layer("left" + n, {last}, Bytes{100'000 + 50'000 * i});
    const TensorId right = graph.layer("right" + n, {last}, Bytes{700'000 - 60'000 * i});
    last = graph.layer("join" + n, {left, right}, Bytes{300'000});
  }
  graph.output(last);
  return graph.build();
}

}  // namespace partita::test
