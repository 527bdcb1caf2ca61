// What a network is asked, request by request, and what it must answer.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "exec/values/tensor_value.h"
#include "models/network/network.h"

namespace partita::exec {

// Model: request r asks with the inputs of seed r mod `distinct`: an answer that belongs to another
//   request shows, unless their numbers differ by a multiple of that. The reference executor says
//   what is right, once for each of them.
class Answers {
 public:
  using Values = std::map<TensorId, TensorValue>;

  // `seed`: of the weights. Precondition: the reference can run the network; distinct > 0.
  Answers(const Network& network, std::uint64_t seed, std::size_t distinct);

  std::size_t which(std::size_t request) const { return request % inputs_.size(); }
  const Values& inputs(std::size_t request) const { return inputs_[which(request)]; }
  // Largest deviation over all outputs, each relative to the largest magnitude of what is right.
  double difference(std::size_t request, const Values& outputs) const;

 private:
  std::vector<Values> inputs_, right_;
};

}  // namespace partita::exec
