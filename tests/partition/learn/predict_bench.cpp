// How well layers and copies are predicted that were never measured: other devices, models, sizes.
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "models/base/diagnostics.h"
#include "partition/learn/learned_model.h"
#include "tests/partition/learn/exams.h"
#include "tests/partition/learn/references.h"

namespace partita {
namespace {

using learn::Observation;
using nlohmann::ordered_json;

learn::PredictionErrors errors_of(const std::vector<const Observation*>& judged,
                                  const std::vector<double>& predicted) {
  std::vector<double> measured, sizes;
  for (const Observation* row : judged) {
    measured.push_back(row->seconds);
    sizes.push_back(row->layer.flops);
  }
  return learn::prediction_errors(predicted, measured, sizes);
}

struct Score {
  double mean = 0, by_power_of_two = 0;  // percent, means over folds
  double covered = 0;                    // share of rows within their interval, mean over folds
  std::size_t rows = 0;
};

void add(Score& score, const learn::PredictionErrors& errors, double covered, std::size_t rows,
         std::size_t folds) {
  const auto part = 1.0 / static_cast<double>(folds);
  score.mean += errors.mean * part;
  score.by_power_of_two += errors.by_power_of_two * part;
  score.covered += covered * part;
  score.rows += rows;
}

// The learned model, with `points` measurements of the fold's device that it chose.
void judge(const test::Fold& fold, const learn::LearnedModel& model, std::size_t points,
           std::size_t folds, Score& score, std::ofstream& out, const std::string& exam) {
  const learn::DeviceFeatures& device = fold.test.device(fold.test.rows.front());
  learn::DeviceModel on_device = model.on(device);
  std::vector<learn::LayerFeatures> candidates;
  for (const Observation& row : fold.test.rows) candidates.push_back(row.layer);
  std::set<std::size_t> seen;
  if (points > 0) {
    std::vector<learn::DeviceModel::Point> measured;
    for (const std::size_t i : on_device.points_to_measure(candidates, points)) {
      seen.insert(i);
      measured.push_back({candidates[i], Time{std::llround(fold.test.rows[i].seconds * 1e12)}});
    }
    on_device.sharpen(measured);
  }
  std::vector<const Observation*> judged;
  std::vector<double> predicted;
  double covered = 0;
  for (std::size_t i = 0; i < fold.test.rows.size(); ++i) {
    if (seen.count(i) != 0) continue;
    const Observation& row = fold.test.rows[i];
    const auto estimate = on_device.predict(row.layer);
    if (!estimate) throw std::runtime_error("nothing was learned of " + row.layer.op);
    judged.push_back(&row);
    predicted.push_back(seconds(estimate->time));
    covered += seconds(estimate->low) <= row.seconds && row.seconds <= seconds(estimate->high);
    if (out) {
      out << fmt::format("{},{},{},{},{},{},{},{},{},{}\n", exam, points, fold.name, row.layer.op,
                         row.layer.flops, row.seconds, seconds(estimate->time),
                         seconds(estimate->low), seconds(estimate->high),
                         estimate->extrapolated ? 1 : 0);
    }
  }
  add(score, errors_of(judged, predicted), covered / static_cast<double>(judged.size()),
      judged.size(), folds);
}

Score judge_reference(const test::Exam& exam, const test::Reference& reference) {
  Score score;
  for (const test::Fold& fold : exam.folds) {
    std::vector<const Observation*> judged;
    for (const Observation& row : fold.test.rows) judged.push_back(&row);
    add(score, errors_of(judged, reference.predict(fold)), 0, judged.size(), exam.folds.size());
  }
  return score;
}

int bench(const std::string& folder, const std::string& only, bool with_references,
          const std::string& points_file) {
  const test::ExamList exams = test::find_exams(folder);
  std::ofstream out;
  if (!points_file.empty()) {
    out.open(points_file);
    out << "exam,points,fold,op,flops,measured_s,predicted_s,low_s,high_s,extrapolated\n";
  }
  ordered_json sets = ordered_json::array();
  double covered = 0;
  fmt::print("{:<18}{:<26}{:>7}{:>8}{:>8}{:>9}{:>10}\n", "exam", "split", "points", "rows",
             "MAPE %", "logbin %", "covered %");
  for (const test::Exam& exam : exams.layers) {
    const std::string name = exam.name + " " + exam.split;
    if (name.find(only) == std::string::npos) continue;
    std::vector<Score> scores(exam.points.size());
    for (const test::Fold& fold : exam.folds) {
      const auto model = learn::LearnedModel::learn(fold.train);
      for (std::size_t i = 0; i < exam.points.size(); ++i) {
        judge(fold, model, exam.points[i], exam.folds.size(), scores[i], out, name);
      }
    }
    for (std::size_t i = 0; i < exam.points.size(); ++i) {
      const Score& score = scores[i];
      fmt::print("{:<18}{:<26}{:>7}{:>8}{:>8.1f}{:>9.1f}{:>10.1f}\n", exam.name, exam.split,
                 exam.points[i], score.rows, score.mean, score.by_power_of_two,
                 100 * score.covered);
      std::fflush(stdout);
      sets.push_back({{"name", exam.name},
                      {"split", exam.split},
                      {"points", exam.points[i]},
                      {"rows", score.rows},
                      {"mape_percent", score.mean},
                      {"logbin_percent", score.by_power_of_two}});
      covered += score.covered;
    }
    for (const test::Reference& reference : test::references()) {
      if (!with_references) break;
      const Score score = judge_reference(exam, reference);
      fmt::print("  {:<49}{:>8}{:>8.1f}{:>9.1f}\n", reference.name, score.rows, score.mean,
                 score.by_power_of_two);
      std::fflush(stdout);
    }
  }
  for (const std::string& reason : exams.skipped) fmt::print("skipped: {}\n", reason);
  const auto count = static_cast<double>(std::max<std::size_t>(1, sets.size()));
  fmt::print("{}\n", ordered_json{{"sets", sets}, {"coverage_percent", 100 * covered / count}}.dump());
  return 0;
}

}  // namespace
}  // namespace partita

int main(int count, char* words[]) {
  try {
    std::string only, points;
    bool with_references = false;
    for (int i = 2; i < count; ++i) {
      const std::string word = words[i];
      if (word == "--references") with_references = true;
      if (word == "--only") only = words[++i];
      if (word == "--points-file") points = words[++i];
    }
    return partita::bench(words[1], only, with_references, points);
  } catch (const partita::ConfigError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 3;
  }
}
