#include "partition/predict/merge_profiles.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "models/base/diagnostics.h"

namespace partita {
namespace {

bool agree(const ProfileRow& a, const ProfileRow& b) {
  const auto first = static_cast<double>(a.median.count());
  const auto second = static_cast<double>(b.median.count());
  return (a.p10 <= b.p90 && b.p10 <= a.p90) ||
         std::abs(first - second) <= kAgreement * std::min(first, second);
}

class Merger {
 public:
  explicit Merger(std::optional<Keep> keep) : keep_(keep) {}

  void add(const NamedProfile& from) {
    for (const ProfileRow& row : from.profile.rows()) {
      if (fits(row, from.name)) take(row, from.name);
    }
  }
  MergedProfiles result() {
    diagnostics_.throw_if_any();
    return std::move(merged_);
  }

 private:
  // Once for each processor and file: every row of it would say the same.
  bool fits(const ProfileRow& row, const std::string& name) {
    if (row.environment.empty()) return true;
    const auto [known, is_new] =
        environments_.try_emplace(row.processor.text(), row.environment.text(), name);
    if (is_new || row.environment == known->second.first) return true;
    if (refused_.emplace(row.processor.text(), name).second) {
      diagnostics_.error(
          {name, 0, 0},
          fmt::format("environment: '{}' of '{}' is not the '{}' of {}: measurements "
                      "of two environments cannot be mixed",
                      row.environment, row.processor, known->second.first, known->second.second));
    }
    return false;
  }

  void take(const ProfileRow& row, const std::string& name) {
    const ProfileRow* known = merged_.profile.same(row);
    if (known == nullptr) {
      from_.emplace(measurement_key(row), name);
      merged_.profile.add(row);
      return;
    }
    ++merged_.twice;
    std::string& from = from_.at(measurement_key(row));
    if (!keep_ && !agree(*known, row)) {
      diagnostics_.error(
          {name, 0, 0},
          fmt::format("{} '{}' on '{}': median {} (of {} samples), but {} (of {}) in {}: say which "
                      "to keep (--keep first, last or most-samples)",
                      row.kind, row.signature, row.processor, to_string(row.median), row.samples,
                      to_string(known->median), known->samples, from));
      return;
    }
    const Keep rule = keep_.value_or(Keep::MostSamples);
    if (rule == Keep::Last || (rule == Keep::MostSamples && row.samples > known->samples)) {
      merged_.profile.add(row);
      from = name;
    }
  }

  std::optional<Keep> keep_;
  MergedProfiles merged_;
  Diagnostics diagnostics_;
  std::map<std::string, std::pair<std::string, std::string>> environments_;  // hash, and whose
  std::set<std::pair<std::string, std::string>> refused_;
  std::map<std::string, std::string> from_;  // by measurement: the file of the row that is kept
};

}  // namespace

MergedProfiles merged(const std::vector<NamedProfile>& profiles, std::optional<Keep> keep) {
  Merger merger(keep);
  for (const NamedProfile& each : profiles) merger.add(each);
  return merger.result();
}

}  // namespace partita
