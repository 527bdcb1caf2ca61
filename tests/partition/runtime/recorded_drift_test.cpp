// OnlineCosts against what layers took while a processor changed (tests/data/drift/README.md).
#include <configured/source_dir.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "models/base/csv.h"
#include "models/base/file.h"
#include "partition/runtime/online_costs.h"

namespace partita {
namespace {

constexpr std::size_t kInferences = 90, kChange = 30, kReturn = 60;

std::int64_t number(const CsvField& field) {
  std::int64_t value = 0;
  std::from_chars(field.text.data(), field.text.data() + field.text.size(), value);
  return value;
}

using Recording = std::vector<std::vector<Observation>>;

// Expected is the median of the first ten inferences, in which nothing had changed.
Recording recording() {
  const std::string file = PARTITA_SOURCE_DIR "/tests/data/drift/instruction_set.csv";
  Diagnostics diagnostics;
  const auto records = parse_csv(read_file(file), file, diagnostics);
  Recording inferences(kInferences);
  std::map<LayerId, std::vector<Time>> first;
  for (auto record = records.begin() + 1; record != records.end(); ++record) {
    const auto inference = static_cast<std::size_t>(number(record->fields[0]));
    const LayerId layer{static_cast<std::uint32_t>(number(record->fields[1]))};
    const ProcessorId processor{static_cast<std::uint32_t>(number(record->fields[2]))};
    const Time measured{number(record->fields[3])};
    inferences[inference].push_back({layer, processor, measured, measured});
    if (inference < 10) first[layer].push_back(measured);
  }
  for (auto& readings : inferences) {
    for (Observation& reading : readings) {
      auto& times = first.at(reading.layer);
      std::nth_element(times.begin(), times.begin() + 5, times.end());
      reading.expected = times[5];
    }
  }
  return inferences;
}

CostTable expected_costs(const Recording& recorded) {
  CostTable costs(recorded.front().size(), 2);
  for (const Observation& reading : recorded.front()) {
    costs.set(reading.layer, reading.processor,
              LayerCost{reading.expected, Bytes{}, CostSource::Measured});
  }
  return costs;
}

// The mean error of the inference's times on processor 0, in percent, each weighted with its time.
double error(const std::vector<Observation>& readings, const CostTable& predicted) {
  double off = 0, all = 0;
  for (const Observation& reading : readings) {
    if (reading.processor != ProcessorId{0}) continue;
    const auto time =
        static_cast<double>(predicted(reading.layer, reading.processor)->time.count());
    off += std::abs(time - static_cast<double>(reading.measured.count()));
    all += static_cast<double>(reading.measured.count());
  }
  return 100 * off / all;
}

// Of the errors from one inference to another.
double mean(const std::vector<double>& errors, std::size_t from, std::size_t to) {
  double sum = 0;
  for (std::size_t i = from; i < to; ++i) sum += errors[i];
  return sum / static_cast<double>(to - from);
}

TEST(RecordedDrift, IsFollowedWithinAFewInferences) {
  const Recording recorded = recording();
  const CostTable expected = expected_costs(recorded);
  OnlineCosts online(expected);
  CostTable now = expected;
  std::vector<double> errors, unadapted;
  for (const auto& readings : recorded) {
    online.predict(now);
    errors.push_back(error(readings, now));
    unadapted.push_back(error(readings, expected));
    online.observe(readings);
  }
  // Before: times of one layer spread by about that much (tests/data/drift/README.md).
  EXPECT_LT(mean(errors, 10, kChange), 12);
  EXPECT_LT(mean(errors, 10, kChange), mean(unadapted, 10, kChange));
  // At: nobody can know yet, and two inferences might have been a disturbance.
  EXPECT_GT(mean(errors, kChange, kChange + 2), 50);
  // After: as good as before, but for noise that grew as well.
  EXPECT_LT(mean(errors, kChange + 2, kReturn), 18);
  EXPECT_GT(mean(unadapted, kChange + 2, kReturn), 60);
  EXPECT_GT(mean(errors, kReturn, kReturn + 2), 50);
  EXPECT_LT(mean(errors, kReturn + 2, kInferences), 16);
  EXPECT_GE(online.changes(ProcessorId{0}), 2);
}

}  // namespace
}  // namespace partita
