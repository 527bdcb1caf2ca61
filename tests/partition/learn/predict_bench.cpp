// How well layers and copies are predicted that were never measured: other devices, models, sizes.
#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "models/base/diagnostics.h"
#include "tests/partition/learn/exams.h"
#include "tests/partition/learn/references.h"

namespace partita {
namespace {

using learn::Observation;
using nlohmann::ordered_json;

learn::PredictionErrors errors_of(const test::Fold& fold, const std::vector<double>& predicted) {
  std::vector<double> measured, sizes;
  for (const Observation& row : fold.test.rows) {
    measured.push_back(row.seconds);
    sizes.push_back(row.layer.flops);
  }
  return learn::prediction_errors(predicted, measured, sizes);
}

int bench(const std::string& folder) {
  const test::ExamList exams = test::find_exams(folder);
  for (const test::Exam& exam : exams.layers) {
    for (const test::Reference& reference : test::references()) {
      learn::PredictionErrors mean;
      std::size_t rows = 0;
      for (const test::Fold& fold : exam.folds) {
        const auto errors = errors_of(fold, reference.predict(fold));
        mean.mean += errors.mean / static_cast<double>(exam.folds.size());
        mean.by_power_of_two += errors.by_power_of_two / static_cast<double>(exam.folds.size());
        rows += fold.test.rows.size();
      }
      fmt::print("{:<18}{:<26}{:<20}{:>8}{:>8.1f}{:>8.1f}\n", exam.name, exam.split, reference.name,
                 rows, mean.mean, mean.by_power_of_two);
      std::fflush(stdout);
    }
  }
  for (const std::string& reason : exams.skipped) fmt::print("skipped: {}\n", reason);
  return 0;
}

}  // namespace
}  // namespace partita

int main(int, char* words[]) {
  try {
    return partita::bench(words[1]);
  } catch (const partita::ConfigError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 3;
  }
}
