#include "tools/partita/outputs.h"

#include <algorithm>

#include "exec/reference/reference.h"
#include "exec/values/values.h"

namespace partita::command {

OutputJudge::OutputJudge(const Network& network, std::uint64_t seed, std::uint64_t seed_of_inputs)
    : expected_(run_reference(network, seeded_inputs(network, seed_of_inputs), seed)) {}

double OutputJudge::difference(const std::map<TensorId, TensorValue>& outputs) const {
  double largest = 0;
  for (const auto& [tensor, expected] : expected_) {
    largest = std::max(largest, compare(outputs.at(tensor), expected).relative);
  }
  return largest;
}

}  // namespace partita::command
