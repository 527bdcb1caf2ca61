#include "partition/predict/profile.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <limits>
#include <sstream>

#include "models/base/csv.h"
#include "models/base/file.h"

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
  kColumnCount
};
constexpr std::array<std::string_view, kColumnCount> kColumns{
    "kind",   "signature", "processor", "size_bytes", "samples",    "discarded",
    "min_ps", "p10_ps",    "median_ps", "p90_ps",     "environment"};

// A NUL cannot stand in a text of ours, so no two keys run together.
std::string layer_key(const std::string& signature, const std::string& processor) {
  return fmt::format("layer{0}{1}{0}{2}", '\0', signature, processor);
}
std::string key_of(const ProfileRow& row) {
  if (row.kind == "layer") return layer_key(row.signature, row.processor);
  return fmt::format("{1}{0}{2}{0}{3}{0}{4}", '\0', row.kind, row.signature, row.processor,
                     row.size.value);
}

// Reads one record; every wrong field is recorded at its place.
class RowReader {
 public:
  RowReader(const CsvRecord& record, const std::string& file, Diagnostics& diagnostics)
      : record_(record), file_(file), diagnostics_(diagnostics) {}

  ProfileRow read() {
    ProfileRow row;
    row.kind = field(kKind).text;
    if (row.kind != "layer" && row.kind != "copy") {
      wrong(kKind, fmt::format("kind: '{}' is none of layer, copy", row.kind));
    }
    row.signature = name(kSignature);
    if (row.kind == "copy" && !joins_two_memories(row.signature)) {
      wrong(kSignature,
            fmt::format("signature: expected SRC_MEMORY>DST_MEMORY for a copy, not '{}'",
                        row.signature));
    }
    row.processor = name(kProcessor);
    row.size = Bytes{number(kSize, 0)};
    row.samples = static_cast<int>(number(kSamples, 1, std::numeric_limits<int>::max()));
    row.discarded = static_cast<int>(number(kDiscarded, 0, std::numeric_limits<int>::max()));
    row.min = Time{number(kMin, 1)};
    row.p10 = Time{number(kP10, 1)};
    row.median = Time{number(kMedian, 1)};
    row.p90 = Time{number(kP90, 1)};
    if (sound_) check_ascending(row);
    row.environment = field(kEnvironment).text;
    return row;
  }
  bool sound() const { return sound_; }

 private:
  const CsvField& field(Column column) const { return record_.fields[column]; }

  void wrong(Column column, std::string message) {
    diagnostics_.error({file_, field(column).line, field(column).column}, std::move(message));
    sound_ = false;
  }

  std::string name(Column column) {
    if (field(column).text.empty()) wrong(column, fmt::format("{}: is empty", kColumns[column]));
    if (field(column).text.find('\0') != std::string::npos)
      wrong(column, fmt::format("{}: contains a zero byte", kColumns[column]));
    return field(column).text;
  }

  static bool joins_two_memories(const std::string& signature) {
    const auto arrow = signature.find('>');
    return arrow != std::string::npos && arrow > 0 && arrow + 1 < signature.size() &&
           signature.find('>', arrow + 1) == std::string::npos;
  }

  std::int64_t number(Column column, std::int64_t least,
                      std::int64_t most = std::numeric_limits<std::int64_t>::max()) {
    const std::string& text = field(column).text;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc::result_out_of_range || (error == std::errc{} && value > most)) {
      wrong(column, fmt::format("{}: '{}' is too large", kColumns[column], text));
    } else if (error != std::errc{} || end != text.data() + text.size()) {
      wrong(column, fmt::format("{}: expected a whole number, not '{}'", kColumns[column], text));
    } else if (value < least) {
      wrong(column, fmt::format("{}: must be at least {}, not {}", kColumns[column], least, text));
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

  const CsvRecord& record_;
  const std::string& file_;
  Diagnostics& diagnostics_;
  bool sound_ = true;
};

void check_header(const CsvRecord& header, const std::string& file, Diagnostics& diagnostics) {
  const std::vector<std::string> names(kColumns.begin(), kColumns.end());
  for (std::size_t i = 0; i < std::max(header.fields.size(), names.size()); ++i) {
    if (i >= header.fields.size()) {
      diagnostics.error(
          {file, header.end_line, header.end_column},
          fmt::format("column '{}' is missing (columns: {})", names[i], fmt::join(names, ",")));
      return;
    }
    const CsvField& field = header.fields[i];
    if (i >= names.size()) {
      diagnostics.error(
          {file, field.line, field.column},
          fmt::format("unknown column '{}' (columns: {})", field.text, fmt::join(names, ",")));
    } else if (field.text != names[i]) {
      diagnostics.error({file, field.line, field.column},
                        fmt::format("column {} is '{}', not '{}' (columns: {})", i + 1, names[i],
                                    field.text, fmt::join(names, ",")));
      return;  // one column too many or too few shifts all that follow
    }
  }
}

}  // namespace

Profile Profile::load(const std::string& file) {
  Diagnostics diagnostics;
  const std::vector<CsvRecord> records = parse_csv(read_file(file), file, diagnostics);
  if (records.empty()) {
    throw ConfigError({file, 0, 0}, fmt::format("the file is empty (expected the columns {})",
                                                fmt::join(kColumns, ",")));
  }
  // Without its columns no row can be understood: this is another kind of file.
  Diagnostics of_header;
  check_header(records.front(), file, of_header);
  of_header.throw_if_any();
  diagnostics.throw_if_any();

  Profile profile;
  std::unordered_map<std::string, int> line_of;
  for (auto record = records.begin() + 1; record != records.end(); ++record) {
    if (record->fields.size() != kColumnCount) {
      diagnostics.error({file, record->fields.front().line, record->fields.front().column},
                        fmt::format("{} fields instead of {} (columns: {})", record->fields.size(),
                                    +kColumnCount, fmt::join(kColumns, ",")));
      continue;
    }
    RowReader reader(*record, file, diagnostics);
    ProfileRow row = reader.read();
    if (!reader.sound()) continue;
    const int line = record->fields.front().line;
    const auto [taken, is_new] = line_of.try_emplace(key_of(row), line);
    if (!is_new) {
      diagnostics.error(
          {file, line, record->fields.front().column},
          fmt::format("the same {} '{}' on '{}'{} stands at line {}", row.kind, row.signature,
                      row.processor,
                      row.kind == "copy" ? fmt::format(" of {} B", row.size.value) : "",
                      taken->second));
      continue;
    }
    profile.add(std::move(row));
  }
  diagnostics.throw_if_any();
  return profile;
}

void Profile::save(const std::string& file) const {
  std::string text = fmt::format("{}\n", fmt::join(kColumns, ","));
  for (const ProfileRow& row : rows_) {
    text += fmt::format("{},{},{},{},{},{},{},{},{},{},{}\n", csv_field(row.kind),
                        csv_field(row.signature), csv_field(row.processor), row.size.value,
                        row.samples, row.discarded, row.min.count(), row.p10.count(),
                        row.median.count(), row.p90.count(), csv_field(row.environment));
  }
  write_file(file, text);
}

void Profile::add(ProfileRow row) {
  const auto [found, is_new] = by_key_.try_emplace(key_of(row), rows_.size());
  if (is_new) {
    rows_.push_back(std::move(row));
  } else {
    rows_[found->second] = std::move(row);
  }
}

const ProfileRow* Profile::layer(const std::string& signature, const std::string& processor) const {
  const auto found = by_key_.find(layer_key(signature, processor));
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

}  // namespace partita
