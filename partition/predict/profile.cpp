#include "partition/predict/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace partita {
namespace {

// Of addresses: it decides where a row is looked for, never in which order rows stand.
std::uint32_t hash_of(const Measurement& measurement) {
  std::uint64_t joined = 0;
  // Multiply and fold; the odd constant is the golden ratio in 64 bits (Knuth, TAOCP 3, 6.4).
  const auto join = [&joined](std::uint64_t next) {
    joined = (joined ^ next) * 0x9e3779b97f4a7c15u;
    joined ^= joined >> 32;
  };
  join(reinterpret_cast<std::uintptr_t>(measurement.signature.address()));
  join(reinterpret_cast<std::uintptr_t>(measurement.processor.address()));
  join(reinterpret_cast<std::uintptr_t>(measurement.kind.address()));
  join(reinterpret_cast<std::uintptr_t>(measurement.with.address()));
  join(static_cast<std::uint64_t>(measurement.level));
  join(static_cast<std::uint64_t>(measurement.size.value));
  return static_cast<std::uint32_t>(joined);
}

}  // namespace

std::optional<double> ProfileRow::slowdown() const {
  constexpr int kLeastSamples = 3;
  if (!alone || samples < kLeastSamples) return std::nullopt;
  return static_cast<double>(median.count()) / static_cast<double>(alone->count());
}

Measurement measurement_of(const ProfileRow& row) {
  static const Interned kCopy{"copy"}, kCopies{"copies"};
  const bool by_size = row.kind == kCopy || row.kind == kCopies;
  return {row.kind,  row.signature, row.processor,
          row.level, row.with,      by_size ? row.size : Bytes{}};
}

std::string measurement_key(const ProfileRow& row) {
  const Measurement of = measurement_of(row);
  // A NUL cannot stand in a text of ours, so no two keys run together.
  return fmt::format("{1}{0}{2}{0}{3}{0}{4}{0}{5}{0}{6}", '\0', of.kind, of.signature, of.processor,
                     of.level, of.with, of.size.value);
}

std::size_t Profile::slot_of(const Measurement& measurement, std::uint32_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  while (slots_[at].row != Slot::kNone &&
         (slots_[at].hash != hash || measurement_of(rows_[slots_[at].row]) != measurement)) {
    at = (at + 1) & mask;
  }
  return at;
}

const ProfileRow* Profile::find(const Measurement& measurement) const {
  if (slots_.empty()) return nullptr;
  const Slot& slot = slots_[slot_of(measurement, hash_of(measurement))];
  return slot.row != Slot::kNone ? &rows_[slot.row] : nullptr;
}

void Profile::make_room(std::size_t rows) {
  std::size_t more = std::max<std::size_t>(64, slots_.size());
  while (more < 2 * rows) more *= 2;
  if (more == slots_.size()) return;
  const std::vector<Slot> before = std::exchange(slots_, std::vector<Slot>(more));
  for (const Slot& slot : before) {
    if (slot.row == Slot::kNone) continue;
    std::size_t at = slot.hash & (more - 1);
    while (slots_[at].row != Slot::kNone) at = (at + 1) & (more - 1);
    slots_[at] = slot;
  }
}

const ProfileRow* Profile::enter(std::size_t row) {
  make_room(rows_.size());
  const Measurement measurement = measurement_of(rows_[row]);
  const std::uint32_t hash = hash_of(measurement);
  Slot& slot = slots_[slot_of(measurement, hash)];
  if (slot.row != Slot::kNone) return &rows_[slot.row];
  slot = {hash, static_cast<std::uint32_t>(row)};
  return nullptr;
}

void Profile::fetch(std::size_t row) const {
  if (slots_.empty()) return;
  __builtin_prefetch(&slots_[hash_of(measurement_of(rows_[row])) & (slots_.size() - 1)]);
}

void Profile::add(ProfileRow row) {
  if (const ProfileRow* there = same(row)) {
    rows_[static_cast<std::size_t>(there - rows_.data())] = std::move(row);
    return;
  }
  rows_.push_back(std::move(row));
  enter(rows_.size() - 1);
}

const ProfileRow* Profile::same(const ProfileRow& row) const { return find(measurement_of(row)); }

const ProfileRow* Profile::layer(Interned signature, Interned processor) const {
  static const Interned kLayer{"layer"};
  return find({.kind = kLayer, .signature = signature, .processor = processor});
}

const ProfileRow* Profile::overhead(Interned what, Interned processor) const {
  return find({.kind = "overhead", .signature = what, .processor = processor});
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
