// Profiles as files.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <tuple>

#include "models/base/csv.h"
#include "models/base/file.h"
#include "partition/predict/profile.h"

namespace partita {
namespace {

enum Column : std::size_t {
  kKind,
  kSignature,
  kProcessor,
  kSize,
  kSamples,
  kDiscarded,
  kMin,
  kP10,
  kMedian,
  kP90,
  kEnvironment,
  kNeeded,  // all before it must be there
  kLevel = kNeeded,
  kWith,
  kAlone,
  kWeights,
  kActivations,
  kWorkspace,
  kPeak,
  kBandwidth,
  kEnergy,
  kClock,
  kFlops,
  kVersion,
  kColumnCount
};
constexpr std::array<std::string_view, kColumnCount> kColumns{"kind",
                                                              "signature",
                                                              "processor",
                                                              "size_bytes",
                                                              "samples",
                                                              "discarded",
                                                              "min_ps",
                                                              "p10_ps",
                                                              "median_ps",
                                                              "p90_ps",
                                                              "environment",
                                                              "level",
                                                              "with",
                                                              "alone_ps",
                                                              "weights_bytes",
                                                              "activations_bytes",
                                                              "workspace_bytes",
                                                              "peak_bytes",
                                                              "bandwidth_bytes_per_s",
                                                              "energy_pj",
                                                              "clock",
                                                              "flops",
                                                              "version"};

using Texts = std::array<Interned, kColumnCount>;  // of each column, in the row before

// Where each column stands in a file; absent: nowhere.
using Places = std::array<std::optional<std::size_t>, kColumnCount>;

// Records what is wrong with the header.
Places places_of(const CsvRecordView& header, const std::string& file, Diagnostics& diagnostics) {
  Places places;
  const auto all = fmt::format("columns: {}", fmt::join(kColumns, ","));
  bool any = false;
  Diagnostics unknown;
  for (std::size_t i = 0; i < header.fields.size(); ++i) {
    const auto& field = header.fields[i];
    const SourceLoc where{file, field.line, field.column};
    const auto column = std::find(kColumns.begin(), kColumns.end(), field.text);
    if (column == kColumns.end()) {
      unknown.error(where, fmt::format("unknown column '{}' ({})", field.text, all));
      continue;
    }
    any = true;
    auto& place = places[static_cast<std::size_t>(column - kColumns.begin())];
    if (place) unknown.error(where, fmt::format("the column '{}' stands twice", field.text));
    place = i;
  }
  // Another kind of file altogether, of which every column would be wrong.
  if (!any) {
    diagnostics.error({file, header.fields.front().line, header.fields.front().column},
                      fmt::format("this is no header of a profile ({})", all));
    return places;
  }
  for (const Diagnostic& each : unknown.found()) diagnostics.error(each.where, each.message);
  for (std::size_t column = 0; column < kNeeded; ++column) {
    if (places[column]) continue;
    diagnostics.error({file, header.end_line, header.end_column},
                      fmt::format("column '{}' is missing ({})", kColumns[column], all));
  }
  return places;
}

// Reads one record, all but its signature; every wrong field is recorded at its place.
class RowReader {
 public:
  RowReader(const CsvRecordView& record, const Places& places, const std::string& file,
            Diagnostics& diagnostics, Texts& last)
      : record_(record), places_(places), file_(file), diagnostics_(diagnostics), last_(last) {}

  ProfileRow read() {
    ProfileRow row;
    row.kind = again(kKind, text(kKind));
    if (std::find(kProfileKinds.begin(), kProfileKinds.end(), row.kind) == kProfileKinds.end()) {
      wrong(kKind,
            fmt::format("kind: '{}' is none of {}", row.kind, fmt::join(kProfileKinds, ", ")));
    }
    const std::string_view signature = name(kSignature);
    const bool copy = row.kind == "copy" || row.kind == "copies";
    if (copy && !joins_two_memories(signature)) {
      wrong(
          kSignature,
          fmt::format("signature: expected SRC_MEMORY>DST_MEMORY for a copy, not '{}'", signature));
    }
    row.processor = again(kProcessor, name(kProcessor));
    row.size = Bytes{number(kSize, 0)};
    row.samples = static_cast<int>(number(kSamples, 1, kMostCount));
    row.discarded = static_cast<int>(number(kDiscarded, 0, kMostCount));
    row.min = Time{number(kMin, 1)};
    row.p10 = Time{number(kP10, 1)};
    row.median = Time{number(kMedian, 1)};
    row.p90 = Time{number(kP90, 1)};
    if (sound_) check_ascending(row);
    row.environment = again(kEnvironment, text(kEnvironment));
    read_rest(row);
    return row;
  }
  bool sound() const { return sound_; }
  std::string_view signature() const { return text(kSignature); }

 private:
  static constexpr std::int64_t kMostCount = std::numeric_limits<int>::max();

  void read_rest(ProfileRow& row) {
    const bool together = row.kind == "copies" || row.kind == "interference";
    if (given(kLevel)) row.level = static_cast<int>(number(kLevel, 1, kMostCount));
    if (together && row.level < 2) {
      wrong(given(kLevel) ? kLevel : kKind,
            fmt::format("level: must be at least 2 for kind '{}', not {}", row.kind, row.level));
    }
    row.with = again(kWith, text(kWith));
    if (row.kind == "interference" && row.with.empty()) {
      wrong(places_[kWith] ? kWith : kKind,
            "with: interference needs the processors that computed meanwhile");
    }
    if (given(kAlone)) row.alone = Time{number(kAlone, 1)};
    if (given(kWeights) || given(kActivations) || given(kWorkspace) || given(kPeak)) {
      row.footprint = Footprint{Bytes{number(kWeights, 0)}, Bytes{number(kActivations, 0)},
                                Bytes{number(kWorkspace, 0)}, Bytes{number(kPeak, 0)}};
    }
    // It follows from size and median; written for those who read the file by other means.
    if (given(kBandwidth)) number(kBandwidth, 0);
    if (given(kEnergy)) row.energy_pj = number(kEnergy, 0);
    row.clock = again(kClock, text(kClock));
    if (!row.clock.empty() && row.clock != "host" && row.clock != "device") {
      wrong(kClock, fmt::format("clock: '{}' is none of host, device", row.clock));
    }
    if (given(kFlops)) row.flops = Flops{number(kFlops, 0)};
    row.version = given(kVersion) ? static_cast<int>(number(kVersion, 1, kMostCount)) : 1;
    if (row.version > kProfileVersion) {
      wrong(kVersion,
            fmt::format("version: {} is newer than this program, which knows {} and older",
                        row.version, kProfileVersion));
    }
  }

  // What is mostly the same as in the row before.
  Interned again(Column column, std::string_view text) {
    if (last_[column] != text) last_[column] = text;
    return last_[column];
  }

  std::string_view text(Column column) const {
    return places_[column] ? record_.fields[*places_[column]].text : std::string_view{};
  }
  bool given(Column column) const { return !text(column).empty(); }

  void wrong(Column column, std::string message) {
    // A column that is not there is wrong at the row.
    const auto& field = record_.fields[places_[column].value_or(0)];
    diagnostics_.error({file_, field.line, field.column}, std::move(message));
    sound_ = false;
  }

  std::string_view name(Column column) {
    if (text(column).empty()) wrong(column, fmt::format("{}: is empty", kColumns[column]));
    if (text(column).find('\0') != std::string::npos)
      wrong(column, fmt::format("{}: contains a zero byte", kColumns[column]));
    return text(column);
  }

  static bool joins_two_memories(std::string_view signature) {
    const auto arrow = signature.find('>');
    return arrow != std::string::npos && arrow > 0 && arrow + 1 < signature.size() &&
           signature.find('>', arrow + 1) == std::string::npos;
  }

  std::int64_t number(Column column, std::int64_t least,
                      std::int64_t most = std::numeric_limits<std::int64_t>::max()) {
    const std::string_view written = text(column);
    std::int64_t value = 0;
    const auto [end, error] =
        std::from_chars(written.data(), written.data() + written.size(), value);
    if (error == std::errc::result_out_of_range || (error == std::errc{} && value > most)) {
      wrong(column, fmt::format("{}: '{}' is too large", kColumns[column], written));
    } else if (error != std::errc{} || end != written.data() + written.size()) {
      wrong(column,
            fmt::format("{}: expected a whole number, not '{}'", kColumns[column], written));
    } else if (value < least) {
      wrong(column,
            fmt::format("{}: must be at least {}, not {}", kColumns[column], least, written));
    } else {
      return value;
    }
    return least;
  }

  // Statistics of the same samples cannot cross; where they do, columns were swapped.
  void check_ascending(const ProfileRow& row) {
    const std::array<Time, 4> times{row.min, row.p10, row.median, row.p90};
    for (std::size_t i = 1; i < times.size(); ++i) {
      if (times[i] >= times[i - 1]) continue;
      const auto column = static_cast<Column>(kMin + i);
      wrong(column, fmt::format("{}: {} is below {} {}", kColumns[column], times[i].count(),
                                kColumns[column - 1], times[i - 1].count()));
    }
  }

  const CsvRecordView& record_;
  const Places& places_;
  const std::string& file_;
  Diagnostics& diagnostics_;
  Texts& last_;
  bool sound_ = true;
};

std::string described(const ProfileRow& row) {
  const bool copy = row.kind == "copy" || row.kind == "copies";
  return fmt::format("{} '{}' on '{}'{}{}", row.kind, row.signature, row.processor,
                     copy ? fmt::format(" of {} B", row.size.value) : "",
                     row.level > 1 ? fmt::format(" at level {}", row.level) : "");
}

template <class Value>
std::string optional_text(const std::optional<Value>& value) {
  return value ? fmt::to_string(*value) : "";
}

std::string line_of(const ProfileRow& row) {
  const auto footprint = [&](Bytes Footprint::*part) {
    return row.footprint ? fmt::to_string((*row.footprint.*part).value) : "";
  };
  const bool moves = row.size.value > 0;
  return fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n",
                     row.kind, csv_field(row.signature), csv_field(row.processor), row.size.value,
                     row.samples, row.discarded, row.min.count(), row.p10.count(),
                     row.median.count(), row.p90.count(), csv_field(row.environment), row.level,
                     csv_field(row.with), row.alone ? fmt::to_string(row.alone->count()) : "",
                     footprint(&Footprint::weights), footprint(&Footprint::activations),
                     footprint(&Footprint::workspace), footprint(&Footprint::peak),
                     moves ? fmt::to_string(row.bandwidth().value) : "",
                     optional_text(row.energy_pj), row.clock,
                     row.flops ? fmt::to_string(row.flops->value) : "", row.version);
}

}  // namespace

Profile Profile::load(const std::string& file) {
  const FileText whole(file);
  const std::string_view text = whole.text();
  Diagnostics of_quotes, of_header, diagnostics;
  CsvReader csv(text, file, of_quotes);
  CsvRecordView record;
  if (!csv.next(record)) {
    throw ConfigError({file, 0, 0}, fmt::format("the file is empty (expected the columns {})",
                                                fmt::join(kColumns, ",")));
  }
  // Without its columns no row can be understood.
  const Places places = places_of(record, file, of_header);
  of_header.throw_if_any();
  std::vector<std::string> names;
  for (const auto& name : record.fields) names.emplace_back(name.text);

  Profile profile;
  const auto most = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  profile.rows_.reserve(most);
  profile.make_room(most);
  Texts last;
  std::vector<int> lines;  // of the profile's rows
  lines.reserve(most);
  // The last rows have no signature yet, and are not found: that is done of many at once, as each
  // would wait for memory longer than it took to read.
  constexpr std::size_t kBlock = 256;
  std::vector<std::string_view> signatures;
  const auto finish_block = [&] {
    const std::size_t first = profile.rows_.size() - signatures.size();
    const std::vector<Interned> interned = Interned::all(signatures);
    for (std::size_t i = 0; i < interned.size(); ++i) {
      profile.rows_[first + i].signature = interned[i];
      profile.fetch(first + i);
    }
    for (std::size_t i = first; i < profile.rows_.size(); ++i) {
      const ProfileRow* same = profile.enter(i);
      if (same == nullptr) continue;
      diagnostics.error({file, lines[i], 1},
                        fmt::format("the same {} stands at line {}", described(profile.rows_[i]),
                                    lines[static_cast<std::size_t>(same - profile.rows_.data())]));
    }
    signatures.clear();
  };
  // First environment of each processor that has one, and its line; few processors, so a list.
  struct Environment {
    Interned processor, hash;
    int line;
  };
  std::vector<Environment> environments;
  while (csv.next(record)) {
    const auto& first = record.fields.front();
    if (record.fields.size() != names.size()) {
      diagnostics.error({file, first.line, first.column},
                        fmt::format("{} fields instead of {} (columns: {})", record.fields.size(),
                                    names.size(), fmt::join(names, ",")));
      continue;
    }
    RowReader reader(record, places, file, diagnostics, last);
    ProfileRow row = reader.read();
    if (!reader.sound()) continue;
    // Nobody knows where rows without one are from.
    if (!row.environment.empty()) {
      const auto known =
          std::find_if(environments.begin(), environments.end(),
                       [&](const auto& each) { return each.processor == row.processor; });
      if (known == environments.end()) {
        environments.push_back({row.processor, row.environment, first.line});
      } else if (known->hash != row.environment) {
        const auto& field = record.fields[*places[kEnvironment]];
        diagnostics.error(
            {file, field.line, field.column},
            fmt::format("environment: '{}' of '{}' is not the '{}' of line {}: measurements of two "
                        "environments cannot be mixed",
                        row.environment, row.processor, known->hash, known->line));
        continue;
      }
    }
    profile.rows_.push_back(std::move(row));
    lines.push_back(first.line);
    signatures.push_back(reader.signature());
    if (signatures.size() == kBlock) finish_block();
  }
  finish_block();
  // Where quotes are wrong, fields are not what they seem.
  of_quotes.throw_if_any();
  diagnostics.throw_if_any();
  return profile;
}

void Profile::save(const std::string& file) const {
  std::vector<const ProfileRow*> ordered;
  for (const ProfileRow& row : rows_) ordered.push_back(&row);
  const auto kind = [](const ProfileRow* row) {
    return std::find(kProfileKinds.begin(), kProfileKinds.end(), row->kind);
  };
  const auto rest = [](const ProfileRow* row) {
    return std::tie(row->processor, row->signature, row->level, row->with, row->size);
  };
  std::sort(ordered.begin(), ordered.end(), [&](const ProfileRow* a, const ProfileRow* b) {
    return kind(a) != kind(b) ? kind(a) < kind(b) : rest(a) < rest(b);
  });
  std::string text = fmt::format("{}\n", fmt::join(kColumns, ","));
  for (const ProfileRow* row : ordered) text += line_of(*row);
  write_file(file, text);
}

}  // namespace partita
