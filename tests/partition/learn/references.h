// The methods that learned models are compared with.
#pragma once

#include <string>
#include <vector>

#include "tests/partition/learn/exams.h"

namespace partita::test {

// Seconds for each row of the fold's test.
struct Reference {
  std::string name;
  std::vector<double> (*predict)(const Fold& fold);
};

// A fitted three-parameter roofline; a power law of shape and datasheet (ridge regression); boosted trees
// alone, and on the roofline's residual.
const std::vector<Reference>& references();

}  // namespace partita::test
