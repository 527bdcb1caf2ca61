#include "models/sweep/read_axes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "models/base/ascii.h"
#include "models/base/did_you_mean.h"
#include "models/sweep/measure.h"

namespace partita {
namespace {

constexpr std::array kPrefixes{kMachineAxis, kModelAxis, kBindAxis, kScenarioAxis};
constexpr std::int64_t kMostPoints = 1'000'000;  // of a range
constexpr const char* kSmallLetters = "abcdefghijklmnopqrstuvwxyz";

std::string same_measure(const Measure& measure) {
  return measure.unit.empty() ? "plain numbers" : fmt::format("in {}", measure.unit);
}

// All values of a list are numbers of one measure, or all are texts.
void measure_list(const std::vector<ValueReader>& items, Axis& axis) {
  std::map<const Measure*, std::size_t> counts;
  std::vector<const Measure*> measures;  // of quantities, in the order of the list
  std::size_t plain = 0;
  for (const ValueReader& item : items) {
    if (!item.is_scalar()) continue;
    const auto read = read_measured(item.node().text);
    if (!read) continue;
    if (!read->measure->unit.empty()) {
      ++counts[read->measure];
      measures.push_back(read->measure);
    } else if (!item.node().quoted) {
      ++plain;
    }
  }
  // Numbers among texts ("none", "8") are texts, too; a quantity says that all were meant as such.
  if (measures.empty() && (plain == 0 || plain < items.size())) return;
  // What most are in: a slip is one value, wherever it stands; of equals the first.
  const Measure* measure = measures.empty() ? &measure_of("") : measures.front();
  for (const Measure* each : measures) {
    if (counts[each] > counts[measure]) measure = each;
  }
  axis.unit = measure->unit;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!items[i].is_scalar()) continue;
    const std::string mistake = mistake_in(items[i].node().text, *measure);
    if (mistake.empty()) {
      axis.values[i].number = read_measured(items[i].node().text)->number;
    } else {
      items[i].error(fmt::format("{}: {}; other values of this axis are {}", axis.name, mistake,
                                 same_measure(*measure)));
    }
  }
}

void read_list(const std::vector<ValueReader>& items, Axis& axis) {
  for (const ValueReader& item : items) {
    if (!item.is_scalar()) {
      item.error(fmt::format("{}: a value is a text, a number or a quantity, not {}", axis.name,
                             item.is_list()  ? "a list"
                             : item.is_map() ? "a map"
                                             : "nothing"));
    }
    axis.values.push_back({item.node().text, std::nullopt, item.where()});
  }
  measure_list(items, axis);
  if (axis.as.empty()) return;
  for (SweepValue& value : axis.values) value.text = with_value(axis.as, value.text);
}

void refuse_doubles(const std::vector<ValueReader>& items, const Axis& axis) {
  std::map<std::string, int> lines;
  for (std::size_t i = 0; i < axis.values.size(); ++i) {
    const SweepValue& value = axis.values[i];
    const std::string key =
        value.number ? number_text(*value.number, measure_of(axis.unit)) : value.text;
    const auto [first, is_new] = lines.emplace(key, value.where.line);
    if (!is_new) {
      items[i].error(fmt::format("{}: '{}' is given twice (first at line {})", axis.name,
                                 items[i].node().text, first->second));
    }
  }
}

class RangeReader {
 public:
  RangeReader(const ValueReader& value, MapReader& in, Axis& axis) : in_(in), axis_(axis) {
    axis_.range.emplace();
    const auto from = in.required_value("from"), to = in.required_value("to");
    read_ends(from, to);
    read_scale(from);
    read_integer(from, to);
    const auto points = in.optional_value("points");
    const auto count = points ? points->as<std::int64_t>() : 2;
    const bool is_number = !points || points->is_scalar();
    if (is_number && (count < 2 || count > kMostPoints)) {
      points->error(fmt::format("points: '{}' must be at least 2 and at most {}",
                                points->node().text, kMostPoints));
    } else if (points) {
      axis_.range->points = static_cast<std::size_t>(count);
    }
    if (is_sound_ && axis_.range->points) {
      axis_.values = walked(axis_, *axis_.range->points);
      for (SweepValue& each : axis_.values) each.where = value.where();
    }
  }

 private:
  std::optional<MeasuredNumber> read_end(const std::optional<ValueReader>& end) {
    if (!end) return std::nullopt;
    const std::string text = end->as<std::string>();
    if (!end->is_scalar()) return std::nullopt;
    auto read = read_measured(text);
    if (!read) {
      end->error(fmt::format("{}: '{}' is no number and no quantity", end->what(), text));
      return std::nullopt;
    }
    // What the command will be given: of texts of more than fifteen digits not quite the same.
    read->number = read_measured(number_text(read->number, *read->measure))->number;
    return read;
  }

  void read_ends(const std::optional<ValueReader>& from, const std::optional<ValueReader>& to) {
    const auto low = read_end(from), high = read_end(to);
    is_sound_ = low && high;
    if (!is_sound_) return;
    SweepRange& range = *axis_.range;
    axis_.unit = low->measure->unit;
    range.from = low->number;
    range.to = high->number;
    range.step = low->unit_size;
    range.step_unit = low->unit;
    if (low->measure != high->measure) {
      to->error("to: " + mistake_in(to->node().text, *low->measure) + "; `from` is " +
                same_measure(*low->measure));
      is_sound_ = false;
    } else if (!(low->number < high->number)) {
      to->error(
          fmt::format("to: '{}' must be above `from`, '{}'", to->node().text, from->node().text));
      is_sound_ = false;
    }
  }

  void read_scale(const std::optional<ValueReader>& from) {
    const auto scale = in_.optional_value("scale");
    if (!scale || scale->one_of({"linear", "log"}) == 0) return;
    axis_.range->logarithmic = true;
    if (is_sound_ && axis_.range->from <= 0) {
      from->error(
          fmt::format("from: '{}' must be above 0 on a logarithmic scale", from->node().text));
      is_sound_ = false;
    }
  }

  void read_integer(const std::optional<ValueReader>& from, const std::optional<ValueReader>& to) {
    SweepRange& range = *axis_.range;
    range.integer = in_.optional<bool>("integer", false);
    if (!range.integer || !is_sound_) return;
    for (const auto* end : {&*from, &*to}) {
      const double steps = (end == &*from ? range.from : range.to) / range.step;
      // Beyond 2^53 not every whole number is a double.
      if (std::abs(steps - std::nearbyint(steps)) <= 1e-9 && std::abs(steps) < 0x1p53) continue;
      end->error(fmt::format("{}: '{}' is no whole number{}", end->what(), end->node().text,
                             range.step_unit.empty() ? "" : " of " + range.step_unit));
      is_sound_ = false;
    }
  }

  MapReader& in_;
  Axis& axis_;
  bool is_sound_ = false;
};

void read_as(MapReader& in, Axis& axis) {
  const auto as = in.optional_value("as");
  if (!as) return;
  axis.as = as->as<std::string>();
  const auto place = axis.as.find("{}");
  if (place != std::string::npos && axis.as.find("{}", place + 1) == std::string::npos) return;
  if (as->is_scalar()) {
    as->error(fmt::format("as: '{}' must hold one {{}}, where the value goes", axis.as));
  }
  axis.as.clear();
}

// A list, a range, or a map with `values`.
Axis read_axis(const std::string& name, const ValueReader& value, bool in_zip) {
  Axis axis;
  axis.name = name;
  axis.where = value.where();
  const std::size_t before = value.diagnostics().found().size();
  const std::string mistake = mistake_in_name(name);
  if (!mistake.empty()) value.error(mistake);
  std::vector<ValueReader> items;
  bool is_list = value.is_list();
  if (is_list) {
    items = value.list();
    read_list(items, axis);
  } else if (value.is_map()) {
    MapReader in(value);
    read_as(in, axis);
    if (const auto values = in.optional_value("values")) {
      is_list = true;
      items = values->list();
      read_list(items, axis);
    } else {
      RangeReader(value, in, axis);
    }
    in.finish();
  } else {
    value.error(
        fmt::format("{}: an axis is a list of values or a range {{from: ..., to: ...}}{}", name,
                    value.is_scalar() ? "; one value for all points goes under `with`" : ""));
  }
  if (is_list && axis.values.empty()) value.error(name + ": a list without a value");
  if (is_list && !in_zip) refuse_doubles(items, axis);
  axis.is_wrong = value.diagnostics().found().size() > before;
  return axis;
}

class AxesReader {
 public:
  std::vector<Axis> read(const ValueReader& value) {
    for (const auto& [name, member] : value.entries()) {
      if (name != "zip") {
        add(read_axis(name, member, /*in_zip=*/false), member);
        ++group_;
      } else if (member.is_list()) {
        for (const ValueReader& zip : member.list()) read_zip(zip);
      } else {
        read_zip(member);
      }
    }
    return std::move(axes_);
  }

 private:
  void add(Axis axis, const ValueReader& value) {
    // Results are kept by names in which SQLite sees no difference between large and small letters.
    const auto [first, is_new] =
        lines_.try_emplace(lower(axis.name), Named{axis.name, value.where().line});
    const Named& named = first->second;
    if (!is_new) {
      value.error(
          named.name == axis.name
              ? fmt::format("'{}' is an axis already (at line {})", axis.name, named.line)
              : fmt::format("'{}' differs from '{}' (at line {}) in large and small letters only: "
                            "columns of results cannot; rename one in the machine file",
                            axis.name, named.name, named.line));
    }
    axis.group = group_;
    axes_.push_back(std::move(axis));
  }

  void read_zip(const ValueReader& value) {
    const std::size_t begin = axes_.size();
    for (const auto& [name, member] : value.entries()) {
      add(read_axis(name, member, /*in_zip=*/true), member);
      const Axis& first = axes_[begin];
      const Axis& axis = axes_.back();
      if (axis.values.size() == first.values.size() || axis.values.empty() ||
          first.values.empty()) {
        continue;
      }
      member.error(fmt::format("{}: {} values step together with the {} of {}", name,
                               axis.values.size(), first.values.size(), first.name));
    }
    const std::size_t count = axes_.size() - begin;
    if (value.is_map() && count < 2) value.error("zip: two axes or more step together");
    if (count > 0) ++group_;
  }

  std::vector<Axis> axes_;
  struct Named {
    std::string name;
    int line = 0;
  };
  std::map<std::string, Named> lines_;  // by name, in small letters
  std::size_t group_ = 0;
};

// "machine.links..bandwidth". The dots of "machine.links.pcie[0..3].bandwidth" are a repetition's.
bool has_empty_part(const std::string& path) {
  bool inside = false, after_dot = false;
  for (const char each : path) {
    inside = each == '[' || (inside && each != ']');
    if (each == '.' && after_dot && !inside) return true;
    after_dot = each == '.' && !inside;
  }
  return after_dot;
}

}  // namespace

std::string mistake_in_name(const std::string& name) {
  if (name.starts_with("-")) {
    return fmt::format("'{}': options are named without dashes before them: '{}'", name,
                       name.substr(std::min(name.find_first_not_of('-'), name.size())));
  }
  const auto dot = name.find('.');
  if (dot == std::string::npos) {
    const bool is_name =
        !name.empty() &&
        std::string_view{kSmallLetters}.find(name.front()) != std::string_view::npos &&
        name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
    if (is_name) return "";
    return fmt::format(
        "'{}' is no name of an option (small letters, digits and dashes: "
        "'time-limit'), nor begins with one of {}",
        name, fmt::join(kPrefixes, ", "));
  }
  const std::string prefix = name.substr(0, dot + 1);
  if (std::find(kPrefixes.begin(), kPrefixes.end(), prefix) == kPrefixes.end()) {
    const std::vector<std::string> known(kPrefixes.begin(), kPrefixes.end());
    return fmt::format("'{}': names with a dot begin with one of {}{}", name,
                       fmt::join(kPrefixes, ", "), did_you_mean(prefix, known));
  }
  if (has_empty_part(name)) {
    return fmt::format("'{}': an empty name in the path", name);
  }
  return "";
}

std::vector<Axis> read_axes(const ValueReader& value) { return AxesReader().read(value); }

}  // namespace partita
