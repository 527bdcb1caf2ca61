#include "models/hardware/load_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <string>

#include "models/base/csv.h"
#include "models/base/file.h"

namespace partita {
namespace {

enum Column : std::size_t { kTime, kPart, kWhat, kValue, kColumnCount };
constexpr std::array<std::string_view, kColumnCount> kColumns{"time", "part", "what", "value"};

template <class Id, class Specs>
std::optional<Id> named(const Specs& specs, const std::string& name) {
  for (const Id id : ids<Id>(specs.size())) {
    if (specs[id].name == name) return id;
  }
  return std::nullopt;
}

// Reads one record; every wrong field is recorded at its place.
class RowReader {
 public:
  RowReader(const CsvRecord& record, const Hardware& hardware, const std::string& file,
            Diagnostics& diagnostics)
      : record_(record), hardware_(hardware), file_(file), diagnostics_(diagnostics) {}

  std::optional<Time> time() const { return quantity<Time>(kTime); }
  const std::string& text(Column column) const { return record_.fields[column].text; }
  SourceLoc where(Column column) const {
    return {file_, record_.fields[column].line, record_.fields[column].column};
  }
  void wrong(Column column, const std::string& message) const {
    diagnostics_.error(where(column), message);
  }

  // Nothing, where from now on there is none; that is no mistake.
  std::optional<LoadEffect> effect() const {
    const std::string& what = text(kWhat);
    if (what == "traffic" || what == "forward" || what == "backward") return traffic(what);
    if (what == "share") return share();
    if (what == "slowdown") return slowdown();
    if (what == "lost") return lost();
    wrong(kWhat, fmt::format("what: '{}' is none of traffic, forward, backward, share, slowdown, "
                             "lost",
                             what));
    return std::nullopt;
  }

 private:
  template <class Quantity>
  std::optional<Quantity> quantity(Column column) const {
    const auto read = parse_quantity<Quantity>(text(column));
    if (const auto* good = std::get_if<Quantity>(&read)) return *good;
    wrong(column, fmt::format("{}: {}", kColumns[column], std::get<BadQuantity>(read).message));
    return std::nullopt;
  }

  std::optional<LoadEffect> traffic(const std::string& what) const {
    const auto link = named<LinkId>(hardware_.links(), text(kPart));
    const auto memory = hardware_.memory_named(text(kPart));
    const auto rate = quantity<Bandwidth>(kValue);
    if (!link && (!memory || what != "traffic")) {
      wrong(kPart, fmt::format("part: the machine '{}' has no {} '{}'", hardware_.name(),
                               what == "traffic" ? "link or memory" : "link", text(kPart)));
      return std::nullopt;
    }
    if (!rate || *rate == Bandwidth{0}) return std::nullopt;
    if (!link) return MemoryTraffic{*memory, *rate};
    const auto way = what == "traffic"   ? TrafficWay::Both
                     : what == "forward" ? TrafficWay::Forward
                                         : TrafficWay::Backward;
    return LinkTraffic{*link, way, *rate};
  }

  std::optional<ProcessorId> processor() const {
    const auto found = hardware_.processor_named(text(kPart));
    if (!found) {
      wrong(kPart, fmt::format("part: the machine '{}' has no processor '{}'", hardware_.name(),
                               text(kPart)));
    }
    return found;
  }

  std::optional<double> number() const {
    const std::string& written = text(kValue);
    double read = 0;
    const char* const end = written.data() + written.size();
    const auto [stop, failed] = std::from_chars(written.data(), end, read);
    if (failed == std::errc{} && stop == end) return read;
    wrong(kValue, fmt::format("value: '{}' is not a number", written));
    return std::nullopt;
  }

  std::optional<LoadEffect> share() const {
    const auto id = processor();
    const auto read = number();
    if (read && !(*read >= 0 && *read < 1)) {
      wrong(kValue,
            fmt::format("value: a share of {} must be 0 or more, and below 1", text(kValue)));
      return std::nullopt;
    }
    if (!id || !read || *read == 0) return std::nullopt;
    return BusyShare{*id, *read};
  }

  std::optional<LoadEffect> slowdown() const {
    const auto id = processor();
    const auto read = number();
    if (read && !(*read >= 1 && *read <= kMostSlowdown)) {
      wrong(kValue, fmt::format("value: a slowdown of {} must be at least 1 and at most {:.0f}",
                                text(kValue), kMostSlowdown));
      return std::nullopt;
    }
    if (!id || !read || *read == 1) return std::nullopt;
    return SlowedDown{*id, *read};
  }

  std::optional<LoadEffect> lost() const {
    const auto id = processor();
    const std::string& written = text(kValue);
    if (written != "true" && written != "false") {
      wrong(kValue, fmt::format("value: '{}' is none of true, false", written));
    }
    if (!id || written != "true") return std::nullopt;
    return Lost{*id};
  }

  const CsvRecord& record_;
  const Hardware& hardware_;
  const std::string& file_;
  Diagnostics& diagnostics_;
};

// Adds what the rows say to the load of a machine.
class TraceReader {
 public:
  TraceReader(const Hardware& hardware, const std::string& file, Diagnostics& diagnostics)
      : hardware_(hardware), file_(file), diagnostics_(diagnostics), parts_(hardware.parts()) {}

  void read(const std::vector<CsvRecord>& records) {
    if (!read_header(records)) return;
    for (std::size_t i = 1; i < records.size(); ++i) {
      if (records[i].fields.size() == kColumnCount) {
        read_row({records[i], hardware_, file_, diagnostics_});
      } else {
        diagnostics_.error(
            {file_, records[i].end_line, records[i].end_column},
            fmt::format("a row has {} fields, not {}", kColumnCount, records[i].fields.size()));
      }
    }
  }
  HardwareParts parts() && { return std::move(parts_); }

 private:
  bool read_header(const std::vector<CsvRecord>& records) {
    std::string header;
    if (!records.empty()) {
      for (const CsvField& field : records.front().fields) {
        header += (header.empty() ? "" : ",") + field.text;
      }
    }
    if (header == "time,part,what,value") return true;
    diagnostics_.error({file_, 1, 1},
                       "a trace of load begins with the line 'time,part,what,value'");
    return false;
  }

  void read_row(const RowReader& row) {
    const std::optional<Time> time = row.time();
    const std::optional<LoadEffect> effect = row.effect();
    if (!time) return;
    if (*time < last_) {
      row.wrong(kTime, fmt::format("time: {} comes after {}: times ascend", exact_text(*time),
                                   exact_text(last_)));
      return;
    }
    last_ = *time;
    const auto key = std::pair(row.text(kPart), row.text(kWhat));
    if (const auto before = holding_.find(key); before != holding_.end()) {
      LoadSpec& entry = parts_.load[before->second];
      if (entry.from == *time) {
        row.wrong(kTime, fmt::format("time: {} of {} is said already for {}, at line {}",
                                     key.second, key.first, exact_text(*time), entry.where.line));
        return;
      }
      entry.until = *time;
      holding_.erase(before);
    }
    if (!effect) return;
    holding_[key] = parts_.load.size();
    const std::string name = fmt::format(
        "{}, line {}", std::filesystem::path{file_}.stem().string(), row.where(kTime).line);
    parts_.load.push_back({name, *effect, *time, std::nullopt, std::nullopt, row.where(kTime)});
  }

  const Hardware& hardware_;
  const std::string& file_;
  Diagnostics& diagnostics_;
  HardwareParts parts_;
  Time last_{0};
  std::map<std::pair<std::string, std::string>, std::size_t> holding_;  // index of the entry
};

}  // namespace

Hardware with_load_trace(const Hardware& hardware, const std::filesystem::path& file) {
  const std::string name = file.string();
  Diagnostics diagnostics;
  TraceReader reader(hardware, name, diagnostics);
  reader.read(parse_csv(read_file(file), name, diagnostics));
  diagnostics.throw_if_any();
  std::optional<Hardware> loaded = HardwareBuilder::build(std::move(reader).parts(), diagnostics);
  diagnostics.throw_if_any();
  return std::move(*loaded);
}

}  // namespace partita
