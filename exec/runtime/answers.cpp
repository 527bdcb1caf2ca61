#include "exec/runtime/answers.h"

#include <algorithm>
#include <limits>

#include "exec/reference/reference.h"
#include "exec/values/values.h"

namespace partita::exec {

Answers::Answers(const Network& network, std::uint64_t seed, std::size_t distinct) {
  for (std::size_t i = 0; i < distinct; ++i) {
    inputs_.push_back(seeded_inputs(network, seed + 1 + i));
    right_.push_back(run_reference(network, inputs_.back(), seed));
  }
}

double Answers::difference(std::size_t request, const Values& outputs) const {
  double largest = 0;
  for (const auto& [tensor, right] : right_[which(request)]) {
    const auto found = outputs.find(tensor);
    if (found == outputs.end()) return std::numeric_limits<double>::infinity();
    largest = std::max(largest, compare(found->second, right).relative);
  }
  return largest;
}

}  // namespace partita::exec
