// Sweeps of texts, and their points as texts.
#pragma once

#include <string>
#include <vector>

#include "models/sweep/points.h"
#include "models/sweep/sweep.h"
#include "tests/support/text_file.h"

namespace partita::test {

// A sweep of the verb `partition` with these lines.
inline Sweep sweep_of(const std::string& lines) {
  const TextFile file("sweep.yaml", "sweep: small\nbody: partition\n" + lines);
  return load_sweep(file.path());
}

// What is wrong with it; the first of `lines` is line 3.
inline std::string complaint_about(const std::string& lines) {
  const TextFile file("sweep.yaml", "sweep: small\nbody: partition\n" + lines);
  return complaint(file, [](const std::string& path) { load_sweep(path); });
}

inline std::vector<std::string> texts(const std::vector<SweepValue>& values) {
  std::vector<std::string> all;
  for (const SweepValue& value : values) all.push_back(value.text);
  return all;
}

// Each point's values, joined by spaces.
inline std::vector<std::string> rows(const SweepPoints& points) {
  std::vector<std::string> all;
  for (const SweepPoint& point : points) {
    std::string row;
    for (const SweepValue& value : point.values) row += (row.empty() ? "" : " ") + value.text;
    all.push_back(std::move(row));
  }
  return all;
}
inline std::vector<std::string> rows(const Sweep& sweep) { return rows(points_of(sweep)); }

}  // namespace partita::test
