#include "partition/predict/profile.h"

#include <fmt/format.h>

#include <algorithm>

namespace partita {
namespace {

// A NUL cannot stand in a text of ours, so no two keys run together.
std::string key(std::string_view kind, const std::string& signature, const std::string& processor,
                int level, const std::string& with, std::int64_t size) {
  return fmt::format("{1}{0}{2}{0}{3}{0}{4}{0}{5}{0}{6}", '\0', kind, signature, processor, level,
                     with, size);
}

}  // namespace

std::optional<double> ProfileRow::slowdown() const {
  constexpr int kLeastSamples = 3;
  if (!alone || samples < kLeastSamples) return std::nullopt;
  return static_cast<double>(median.count()) / static_cast<double>(alone->count());
}

std::string measurement_key(const ProfileRow& row) {
  const bool by_size = row.kind == "copy" || row.kind == "copies";
  return key(row.kind, row.signature, row.processor, row.level, row.with,
             by_size ? row.size.value : 0);
}

void Profile::add(ProfileRow row) {
  const auto [found, is_new] = by_key_.try_emplace(measurement_key(row), rows_.size());
  if (is_new) {
    rows_.push_back(std::move(row));
  } else {
    rows_[found->second] = std::move(row);
  }
}

const ProfileRow* Profile::same(const ProfileRow& row) const {
  const auto found = by_key_.find(measurement_key(row));
  return found != by_key_.end() ? &rows_[found->second] : nullptr;
}

const ProfileRow* Profile::layer(const std::string& signature, const std::string& processor) const {
  const auto found = by_key_.find(key("layer", signature, processor, 1, "", 0));
  return found != by_key_.end() ? &rows_[found->second] : nullptr;
}

const ProfileRow* Profile::overhead(const std::string& what, const std::string& processor) const {
  const auto found = by_key_.find(key("overhead", what, processor, 1, "", 0));
  return found != by_key_.end() ? &rows_[found->second] : nullptr;
}

std::vector<ProfileRow> Profile::copies(const std::string& signature,
                                        const std::string& processor) const {
  std::vector<ProfileRow> found;
  std::copy_if(rows_.begin(), rows_.end(), std::back_inserter(found), [&](const ProfileRow& row) {
    return row.kind == "copy" && row.signature == signature && row.processor == processor;
  });
  std::sort(found.begin(), found.end(),
            [](const ProfileRow& a, const ProfileRow& b) { return a.size < b.size; });
  return found;
}

std::string Profile::environment_of(const std::string& processor) const {
  const auto row = std::find_if(rows_.begin(), rows_.end(), [&](const ProfileRow& each) {
    return each.processor == processor && !each.environment.empty();
  });
  return row != rows_.end() ? row->environment : "";
}

}  // namespace partita
