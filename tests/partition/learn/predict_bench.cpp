// How well layers and copies are predicted that were never measured: other devices, models, sizes.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "models/base/diagnostics.h"
#include "partition/learn/learned_model.h"
#include "partition/learn/links.h"
#include "partition/runtime/online_costs.h"
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
  std::size_t looked_up = 0;  // of them: measured before, on this device
};

void add(Score& score, const learn::PredictionErrors& errors, double covered, std::size_t rows,
         std::size_t folds) {
  const auto part = 1.0 / static_cast<double>(folds);
  score.mean += errors.mean * part;
  score.by_power_of_two += errors.by_power_of_two * part;
  score.covered += covered * part;
  score.rows += rows;
}

// The median of what was measured of exactly the same layer on the same device: what comes before
// any model (the profile's exact look-up). Absent: nothing.
class LookUp {
 public:
  explicit LookUp(const learn::Observations& train) {
    for (const Observation& row : train.rows) times_[key(train, row)].push_back(row.seconds);
    for (auto& [key, times] : times_) std::sort(times.begin(), times.end());
  }
  std::optional<double> seconds(const learn::Observations& all, const Observation& row) const {
    const auto found = times_.find(key(all, row));
    if (found == times_.end()) return std::nullopt;
    const auto& times = found->second;
    return 0.5 * (times[(times.size() - 1) / 2] + times[times.size() / 2]);
  }

 private:
  using Key = std::tuple<std::string, std::string, double, double, double, double, double>;
  static Key key(const learn::Observations& all, const Observation& row) {
    const auto& layer = row.layer;
    // Products are the same whatever they are called.
    return {all.device(row).name, layer.is_product() ? "" : layer.op,
            layer.batch,          layer.rows,
            layer.columns,        layer.depth,
            layer.traffic()};
  }
  std::map<Key, std::vector<double>> times_;
};

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
  const LookUp look_up(fold.train);
  std::vector<const Observation*> judged;
  std::vector<double> predicted;
  double covered = 0;
  for (std::size_t i = 0; i < fold.test.rows.size(); ++i) {
    if (seen.count(i) != 0) continue;
    const Observation& row = fold.test.rows[i];
    const auto estimate = on_device.predict(row.layer);
    if (!estimate)
      throw ConfigError(row.where, fmt::format("nothing was learned of '{}' ({})", row.layer.op,
                                               to_string(row.layer.type)));
    judged.push_back(&row);
    const auto measured = look_up.seconds(fold.test, row);
    score.looked_up += measured ? 1 : 0;
    predicted.push_back(measured.value_or(seconds(estimate->time)));
    covered += seconds(estimate->low) <= row.seconds && row.seconds <= seconds(estimate->high);
    if (out) {
      out << fmt::format("{},{},{},{},{},{},{},{},{},{}\n", exam, points, fold.name, row.layer.op,
                         row.layer.flops, row.seconds, predicted.back(), seconds(estimate->low),
                         seconds(estimate->high), estimate->extrapolated ? 1 : 0);
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

struct Options {
  std::string data, only, device_folder, out;
  std::vector<std::filesystem::path> train, test;
  std::size_t points = 0;
  bool with_references = false;
};

// Copies of a link that were not seen, against what those seen say.
void judge_link(const test::LinkExam& exam, ordered_json& sets) {
  std::vector<MeasuredCopy> copies = exam.copies, seen, judged;
  std::stable_sort(copies.begin(), copies.end(),
                   [](const MeasuredCopy& a, const MeasuredCopy& b) { return a.size < b.size; });
  std::vector<Bytes> sizes;
  for (const MeasuredCopy& copy : copies) sizes.push_back(copy.size);
  const auto chosen = learn::sizes_to_measure(sizes, exam.points);
  for (std::size_t i = 0; i < copies.size(); ++i) {
    const bool shown =
        exam.points == 0 ? i % 2 == 0 : std::binary_search(chosen.begin(), chosen.end(), i);
    (shown ? seen : judged).push_back(copies[i]);
  }
  const CopyErrors errors = errors_of(learn::learn_link(seen), judged);
  fmt::print("{:<36}{:<26}{:>7}{:>8}{:>8.2f}{:>9.2f}\n", exam.name, exam.split, exam.points,
             judged.size(), errors.mean, errors.by_power_of_two);
  sets.push_back({{"name", exam.name},
                  {"split", exam.split},
                  {"points", exam.points},
                  {"rows", judged.size()},
                  {"mape_percent", errors.mean},
                  {"logbin_percent", errors.by_power_of_two}});
}

// A table of 200 layers on 4 processors, in ms, the best of five.
struct TableTimes {
  double learned = 0;  // filled by a learned model: once, before anything runs
  double online = 0;   // every layer observed on every processor, and the table written anew
};

TableTimes table_times(const learn::LearnedModel& model, const learn::Observations& rows) {
  constexpr std::size_t kLayers = 200, kProcessors = 4;
  std::vector<learn::DeviceModel> processors;
  for (std::size_t i = 0; i < kProcessors; ++i) {
    processors.push_back(model.on(rows.devices[i % rows.devices.size()]));
  }
  using Clock = std::chrono::steady_clock;
  using Milliseconds = std::chrono::duration<double, std::milli>;
  CostTable costs(kLayers, kProcessors);
  TableTimes best{1e300, 1e300};
  for (int turn = 0; turn < 5; ++turn) {
    const auto begin = Clock::now();
    for (const LayerId layer : ids<LayerId>(kLayers)) {
      for (const ProcessorId p : ids<ProcessorId>(kProcessors)) {
        const auto& row = rows.rows[index(layer) % rows.rows.size()].layer;
        costs.set(layer, p,
                  LayerCost{processors[index(p)].predict(row)->time, Bytes{}, CostSource::Learned});
      }
    }
    best.learned = std::min(best.learned, Milliseconds(Clock::now() - begin).count());
  }
  OnlineCosts online(costs);
  std::vector<partita::Observation> readings;
  for (const LayerId layer : ids<LayerId>(kLayers)) {
    for (const ProcessorId p : ids<ProcessorId>(kProcessors)) {
      const Time expected = std::max(Time{1}, costs(layer, p)->time);
      readings.push_back({layer, p,
                          scaled(expected, 1.0 + 0.001 * static_cast<double>(index(layer) % 7)),
                          expected});
    }
  }
  for (int turn = 0; turn < 5; ++turn) {
    const auto begin = Clock::now();
    online.observe(readings);
    online.predict(costs);
    best.online = std::min(best.online, Milliseconds(Clock::now() - begin).count());
  }
  return best;
}

int bench(const Options& options) {
  test::ExamList exams;
  if (options.train.empty()) {
    exams = test::find_exams(options.data);
  } else {
    std::vector<std::filesystem::path> folders;
    if (!options.device_folder.empty()) folders.emplace_back(options.device_folder);
    exams.layers.push_back(test::exam_of(options.train, options.test, folders, options.points));
  }
  std::ofstream out;
  if (!options.out.empty()) {
    out.open(options.out);
    out << "exam,points,fold,op,flops,measured_s,predicted_s,low_s,high_s,extrapolated\n";
  }
  ordered_json sets = ordered_json::array();
  double covered = 0, with_intervals = 0;
  TableTimes tables;
  // Exams that learn from the same rows share what was learned.
  std::map<std::string, learn::LearnedModel> learned;
  fmt::print("{:<36}{:<26}{:>7}{:>8}{:>8}{:>9}{:>10}   (predicted, against measured)\n", "exam",
             "split", "points", "rows", "MAPE %", "logbin %", "covered %");
  for (const test::Exam& exam : exams.layers) {
    const std::string name = exam.name + " " + exam.split;
    if (name.find(options.only) == std::string::npos) continue;
    std::vector<Score> scores(exam.points.size());
    for (const test::Fold& fold : exam.folds) {
      double sum = 0;
      for (const Observation& row : fold.train.rows) sum += row.seconds;
      const std::string key = fmt::format("{} {} {}", exam.name, fold.train.rows.size(), sum);
      auto known = learned.find(key);
      if (known == learned.end()) {
        known = learned.emplace(key, learn::LearnedModel::learn(fold.train)).first;
      }
      const TableTimes times = table_times(known->second, fold.train);
      tables = {std::max(tables.learned, times.learned), std::max(tables.online, times.online)};
      for (std::size_t i = 0; i < exam.points.size(); ++i) {
        judge(fold, known->second, exam.points[i], exam.folds.size(), scores[i], out, name);
      }
    }
    for (std::size_t i = 0; i < exam.points.size(); ++i) {
      const Score& score = scores[i];
      const double known = static_cast<double>(score.looked_up) / static_cast<double>(score.rows);
      fmt::print(
          "{:<36}{:<26}{:>7}{:>8}{:>8.1f}{:>9.1f}{:>10.1f}{}\n", exam.name, exam.split,
          exam.points[i], score.rows, score.mean, score.by_power_of_two, 100 * score.covered,
          known > 0 ? fmt::format("   {:.0f} % looked up: measured before", 100 * known) : "");
      std::fflush(stdout);
      sets.push_back({{"name", exam.name},
                      {"split", exam.split},
                      {"points", exam.points[i]},
                      {"rows", score.rows},
                      {"mape_percent", score.mean},
                      {"logbin_percent", score.by_power_of_two}});
      covered += score.covered;
      with_intervals += 1;
    }
    for (const test::Reference& reference : test::references()) {
      if (!options.with_references) break;
      const Score score = judge_reference(exam, reference);
      fmt::print("  {:<67}{:>8}{:>8.1f}{:>9.1f}\n", reference.name, score.rows, score.mean,
                 score.by_power_of_two);
      std::fflush(stdout);
    }
  }
  for (const test::LinkExam& exam : exams.links) {
    if ((exam.name + " " + exam.split).find(options.only) == std::string::npos) continue;
    judge_link(exam, sets);
  }
  for (const std::string& reason : exams.skipped) fmt::print("skipped: {}\n", reason);
  if (sets.empty()) {
    fmt::print(stderr, "bench predict: no exam was found (in --data DIR, by --only TEXT)\n");
    return 2;
  }
  ordered_json line{{"sets", std::move(sets)}};
  line["coverage_percent"] =
      with_intervals > 0 ? ordered_json(100 * covered / with_intervals) : ordered_json{};
  line["table_ms"] = tables.online > 0 ? ordered_json(tables.online) : ordered_json{};
  line["learned_table_ms"] = tables.learned > 0 ? ordered_json(tables.learned) : ordered_json{};
  fmt::print("{}\n", line.dump());
  return 0;
}

// What is wrong with the arguments, or nothing.
std::string parse(const std::vector<std::string>& words, Options& options) {
  std::vector<std::filesystem::path>* files = nullptr;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word.rfind("--", 0) != 0) {
      if (files == nullptr) return fmt::format("'{}' belongs to no option", word);
      files->push_back(word);
      continue;
    }
    files = nullptr;
    if (word == "--train" || word == "--test") {
      files = word == "--train" ? &options.train : &options.test;
      continue;
    }
    if (word == "--references") {
      options.with_references = true;
      continue;
    }
    if (i + 1 == words.size()) return fmt::format("{} needs a value", word);
    const std::string& value = words[++i];
    if (word == "--data") {
      options.data = value;
    } else if (word == "--only") {
      options.only = value;
    } else if (word == "--out") {
      options.out = value;
    } else if (word == "--device-config") {
      options.device_folder = value;
    } else if (word == "--points") {
      const auto [end, error] =
          std::from_chars(value.data(), value.data() + value.size(), options.points);
      if (error != std::errc{} || end != value.data() + value.size()) {
        return fmt::format("--points: '{}' is no number of measurements", value);
      }
    } else {
      return fmt::format("unknown option '{}'", word);
    }
  }
  if (options.train.empty() != options.test.empty()) return "--train and --test go together";
  if (options.train.empty() && options.data.empty()) return "--data DIR, or --train and --test";
  return "";
}

}  // namespace
}  // namespace partita

int main(int count, char* words[]) {
  partita::Options options;
  const std::string wrong = partita::parse({words + 1, words + count}, options);
  if (!wrong.empty()) {
    fmt::print(stderr,
               "bench-predict: {}\nusage: bench-predict --data DIR [--only TEXT] [--references] "
               "[--out POINTS.csv]\n       bench-predict --train FILES --test FILES "
               "[--device-config DIR] [--points N] [--out POINTS.csv]\n",
               wrong);
    return 2;
  }
  try {
    return partita::bench(options);
  } catch (const partita::ConfigError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 3;
  }
}
