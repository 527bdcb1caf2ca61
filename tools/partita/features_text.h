// Features of inputs as people and programs read them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "partition/analyze/analyze.h"

namespace partita::command {

struct AnalyzedInput {
  std::string file;
  analyze::InputKind kind;
  analyze::ElementType type;
  std::vector<std::int64_t> shape;
  analyze::Analysis analysis;
};

// One input: every feature that applies, with its unit and, of a sample, its error. Several: a row
// each of those that tell inputs apart.
void print_features(const std::vector<AnalyzedInput>& inputs);

// A row a file; columns as kFeatures has them, empty where one does not apply. With samples, a column
// "read_share" and, behind the features, "<feature>_error" of each estimate: half the width of a 95 %
// interval.
std::string features_csv(const std::vector<AnalyzedInput>& inputs);

// {"feature_set": 1, "inputs": [{"file", "kind", "type", "shape", "read_share", "features": {name:
// value or null}}]}; of a sample also "errors": {name: half the width of a 95 % interval, "at_most" or
// "at_least"}.
nlohmann::ordered_json features_json(const std::vector<AnalyzedInput>& inputs);

}  // namespace partita::command
