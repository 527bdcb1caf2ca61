#include "models/sweep/conditions.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "models/base/did_you_mean.h"
#include "models/sweep/measure.h"

namespace partita {
namespace {

using Alternative = AxisTest::Alternative;

struct Comparison {
  std::string_view sign;
  AxisTest::Kind kind;
};
constexpr std::array kComparisons{
    // the longer sign first
    Comparison{"<=", AxisTest::Kind::LessOrEqual}, Comparison{">=", AxisTest::Kind::GreaterOrEqual},
    Comparison{"<", AxisTest::Kind::Less}, Comparison{">", AxisTest::Kind::Greater}};

bool holds(const Alternative& test, const SweepValue& value) {
  if (test.kind == AxisTest::Kind::Text) return value.text == test.text;
  if (test.kind == AxisTest::Kind::Glob) {
    return fnmatch(test.text.c_str(), value.text.c_str(), FNM_NOESCAPE) == 0;
  }
  const double number = value.number.value_or(0);
  switch (test.kind) {
    case AxisTest::Kind::Less: return number < test.number;
    case AxisTest::Kind::LessOrEqual: return number <= test.number;
    case AxisTest::Kind::Greater: return number > test.number;
    case AxisTest::Kind::GreaterOrEqual: return number >= test.number;
    case AxisTest::Kind::Equal: return number == test.number;
    case AxisTest::Kind::Text:
    case AxisTest::Kind::Glob: break;
  }
  return false;
}

// What stands for "{}" where `text` is made by `as`; else the text itself.
std::string value_in(std::string_view as, const std::string& text) {
  if (as.empty()) return text;
  const auto place = as.find("{}");
  const std::string_view before = as.substr(0, place), after = as.substr(place + 2);
  const bool is_made = text.size() >= before.size() + after.size() && text.starts_with(before) &&
                       text.ends_with(after);
  if (!is_made) return text;
  return text.substr(before.size(), text.size() - before.size() - after.size());
}

std::vector<std::string> texts_of(const Axis& axis) {
  std::vector<std::string> texts;
  for (const SweepValue& value : axis.values) texts.push_back(value.text);
  return texts;
}

class ConditionReader {
 public:
  explicit ConditionReader(std::vector<Axis>& axes) : axes_(axes) {
    for (const Axis& axis : axes) names_.push_back(axis.name);
  }

  Condition read(const ValueReader& value) const {
    Condition condition;
    for (const auto& [name, member] : value.entries()) {
      const auto found = std::find(names_.begin(), names_.end(), name);
      if (found == names_.end()) {
        member.error(
            fmt::format("'{}' is no axis of this sweep{}", name, did_you_mean(name, names_)));
        continue;
      }
      condition.push_back(read_test(static_cast<std::size_t>(found - names_.begin()), member));
    }
    if (value.is_map() && value.node().members.empty()) {
      value.error(value.what() + ": an entry without a condition holds for every point");
    }
    return condition;
  }

 private:
  AxisTest read_test(std::size_t axis, const ValueReader& value) const {
    AxisTest test{axis, {}};
    if (!value.is_list()) {
      test.any_of.push_back(read_alternative(axes_[axis], value));
      return test;
    }
    for (const ValueReader& item : value.list()) {
      test.any_of.push_back(read_alternative(axes_[axis], item));
    }
    if (test.any_of.empty()) value.error(value.what() + ": one of nothing never holds");
    return test;
  }

  static Alternative read_alternative(Axis& axis, const ValueReader& value) {
    if (axis.is_wrong) return {};
    const std::string text = value.as<std::string>();
    if (!value.is_scalar()) return {};
    if (text.empty()) {
      value.error(axis.name + ": an empty text (a comparison needs quotes: '> 4')");
      return {};
    }
    const auto comparison =
        std::find_if(kComparisons.begin(), kComparisons.end(),
                     [&](const Comparison& each) { return text.starts_with(each.sign); });
    if (comparison != kComparisons.end()) {
      if (!axis.is_numeric()) {
        value.error(fmt::format("{}: '{}' compares numbers, and the values of this axis are none",
                                axis.name, text));
        return {};
      }
      const auto bound = number(axis, text, comparison->sign.size(), value);
      return {comparison->kind, "", bound.value_or(0)};
    }
    Alternative test{AxisTest::Kind::Text, text, 0};
    const bool is_value = std::any_of(axis.values.begin(), axis.values.end(),
                                      [&](const SweepValue& each) { return each.text == text; });
    if (!is_value && is_pattern(text)) {
      test.kind = AxisTest::Kind::Glob;
    } else if (axis.is_numeric()) {
      const auto wanted = number(axis, value_in(axis.as, text), 0, value);
      if (!wanted) return {};
      test = {AxisTest::Kind::Equal, "", *wanted};
    }
    refuse_what_no_value_is(axis, test, text, value);
    return test;
  }

  static bool is_pattern(const std::string& text) {
    return text.find_first_of("*?[") != std::string::npos;
  }

  static std::optional<double> number(Axis& axis, const std::string& text, std::size_t sign,
                                      const ValueReader& value) {
    const auto begin = std::min(text.find_first_not_of(' ', sign), text.size());
    const std::string written = text.substr(begin);
    const std::string mistake = axis.mistake_beside(written);
    if (mistake.empty()) return read_measured(written)->number;
    const std::string whole =
        axis.as.empty() ? "" : fmt::format(" (alone, or in the place of {{}} in '{}')", axis.as);
    value.error(fmt::format("{}: {}{}", axis.name, mistake, whole));
    return std::nullopt;
  }

  // A slip would leave in what was meant to be left out, and nobody would see it.
  static void refuse_what_no_value_is(const Axis& axis, const Alternative& test,
                                      const std::string& text, const ValueReader& value) {
    const bool any = std::any_of(axis.values.begin(), axis.values.end(),
                                 [&](const SweepValue& each) { return holds(test, each); });
    if (any || axis.values.empty()) return;
    value.error(fmt::format("{}: no value of this axis is '{}'{}", axis.name, text,
                            did_you_mean(text, texts_of(axis))));
  }

  std::vector<Axis>& axes_;
  std::vector<std::string> names_;
};

}  // namespace

bool AxisTest::holds(const SweepValue& value) const {
  return std::any_of(any_of.begin(), any_of.end(),
                     [&](const Alternative& each) { return partita::holds(each, value); });
}

std::vector<Condition> read_conditions(const ValueReader& value, std::vector<Axis>& axes) {
  const ConditionReader reader(axes);
  std::vector<Condition> conditions;
  for (const ValueReader& item : value.list()) conditions.push_back(reader.read(item));
  return conditions;
}

}  // namespace partita
