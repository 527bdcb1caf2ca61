// Outputs of a real run, judged by the reference executor.
#pragma once

#include <map>

#include "exec/values/tensor_value.h"

namespace partita::command {

// Runs the reference once, when it is made, on seeded weights and inputs.
class OutputJudge {
 public:
  OutputJudge(const Network& network, std::uint64_t seed) : OutputJudge(network, seed, seed) {}
  OutputJudge(const Network& network, std::uint64_t seed, std::uint64_t seed_of_inputs);

  // Largest deviation over all outputs, each relative to the largest magnitude of its reference.
  double difference(const std::map<TensorId, TensorValue>& outputs) const;

 private:
  std::map<TensorId, TensorValue> expected_;
};

}  // namespace partita::command
