// What learned models are examined in: measurements of others, and how they are split. Never at
// random: neighbours would give each other away.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "models/hardware/fit_regimes.h"
#include "partition/learn/observation.h"

namespace partita::test {

// What a model learns from, and what judges it.
struct Fold {
  std::string name;  // the device or model left out
  learn::Observations train, test;
};

struct Exam {
  std::string name, split;
  // For each, how many of the test's rows the model may choose and see; they are not scored.
  std::vector<std::size_t> points;
  std::vector<Fold> folds;
};

// Copies of one link.
struct LinkExam {
  std::string name, split;
  std::size_t points = 0;  // 0: every second size is seen; else as many, which the model chooses
  std::vector<MeasuredCopy> copies;
};

struct ExamList {
  std::vector<Exam> layers;
  std::vector<LinkExam> links;
  std::vector<std::string> skipped;  // what is not there, and why
};

// Every exam of the data in `folder` (that of ../shared/data, or one like it).
ExamList find_exams(const std::filesystem::path& folder);

// Of any other files of the formats that experiments/predict/maps describes: rows of `test` judge
// what is learned from `train`, a fold for each device of `test`.
Exam exam_of(const std::vector<std::filesystem::path>& train,
             const std::vector<std::filesystem::path>& test,
             const std::vector<std::filesystem::path>& device_folders, std::size_t points);

}  // namespace partita::test
