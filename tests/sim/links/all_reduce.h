// Measured all-reduces, and what the steps of models/collectives say on a machine.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "models/hardware/fit_regimes.h"
#include "models/hardware/hardware.h"
#include "models/plan/collective_choice.h"

namespace partita::test {

struct AllReduceSeries {
  std::string name;
  std::size_t ranks = 0;             // GPUs of one node
  std::vector<MeasuredCopy> points;  // by size; the median where a size was measured often
};

// Those of GPUs in one node: all_reduce.csv of a network folder of vidur, and allreduce_<N>x*.csv
// of llmcompass. What spans nodes is a sentence in `skipped`.
std::vector<AllReduceSeries> read_all_reduce(const std::filesystem::path& measured,
                                             std::vector<std::string>& skipped);

// From the launch of the kernels until the last rank has its sum, by the plain evaluator; the first
// `ranks` processors of kind gpu, f16. Nothing where the choice is not for this machine.
std::optional<Time> all_reduce_time(const Hardware& hardware, std::size_t ranks, Bytes size,
                                    const CollectiveChoice& choice);

// The fastest of some choices at each of some sizes.
struct Curve {
  std::vector<MeasuredCopy> points;
  std::vector<CollectiveChoice> choices;
};
Curve fastest(const Hardware& hardware, std::size_t ranks, const std::vector<Bytes>& sizes,
              const std::vector<CollectiveChoice>& choices);

// The same machine whose engines need another set-up and whose NVLinks give a share of their
// bandwidth.
Hardware with_steps(const Hardware& hardware, Time setup, double share);

}  // namespace partita::test
