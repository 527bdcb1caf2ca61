#include "partition/learn/formula.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace partita::learn {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

// Recursive descent: sum = term {(+|-) term}, term = factor {(*|/) factor}, factor = number | name |
// (sum).
class FormulaParser {
 public:
  explicit FormulaParser(std::string_view text) : text_(text) {}

  std::variant<Formula, BadFormula> parse() {
    sum();
    if (!bad_ && peek() != 0) fail(fmt::format("'{}' is not expected here", peek()));
    if (bad_) return *bad_;
    return std::move(formula_);
  }

 private:
  using Step = Formula::Step;

  char peek() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  void fail(std::string message) {
    if (!bad_) bad_ = BadFormula{at_, std::move(message)};
  }

  void sum() {
    term();
    for (char c = peek(); !bad_ && (c == '+' || c == '-'); c = peek()) {
      ++at_;
      term();
      formula_.steps_.push_back({Step::Kind::Operator, 0, 0, c});
    }
  }
  void term() {
    factor();
    for (char c = peek(); !bad_ && (c == '*' || c == '/'); c = peek()) {
      ++at_;
      factor();
      formula_.steps_.push_back({Step::Kind::Operator, 0, 0, c});
    }
  }
  void factor() {
    const char c = peek();
    if (bad_) return;
    if (c == '(') {
      if (++depth_ > kDeepest) return fail("parentheses too deep");
      ++at_;
      sum();
      --depth_;
      if (peek() != ')') return fail("a parenthesis that is never closed");
      ++at_;
    } else if (is_digit(c)) {
      double number = 0;
      const auto [end, error] =
          std::from_chars(text_.data() + at_, text_.data() + text_.size(), number);
      if (error != std::errc{}) return fail("no number");
      at_ = static_cast<std::size_t>(end - text_.data());
      formula_.steps_.push_back({Step::Kind::Number, number, 0, 0});
    } else if (c == '[') {
      const std::size_t end = text_.find(']', at_);
      if (end == std::string_view::npos) return fail("a bracket that is never closed");
      name(text_.substr(at_ + 1, end - at_ - 1));
      at_ = end + 1;
    } else if (is_letter(c)) {
      std::size_t end = at_;
      while (end < text_.size() &&
             (is_letter(text_[end]) || is_digit(text_[end]) || text_[end] == '.')) {
        ++end;
      }
      name(text_.substr(at_, end - at_));
      at_ = end;
    } else {
      fail(c == 0 ? std::string{"it ends where a number or the name of a column should follow"}
                  : fmt::format("'{}' where a number or the name of a column should stand", c));
    }
  }
  void name(std::string_view text) {
    const auto found = std::find(formula_.names_.begin(), formula_.names_.end(), text);
    const auto index = static_cast<std::size_t>(found - formula_.names_.begin());
    if (found == formula_.names_.end()) formula_.names_.emplace_back(text);
    formula_.steps_.push_back({Step::Kind::Name, 0, index, 0});
  }

  static constexpr int kDeepest = 100;
  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  Formula formula_;
  std::optional<BadFormula> bad_;
};

std::variant<Formula, BadFormula> Formula::parse(std::string_view text) {
  return FormulaParser(text).parse();
}

double Formula::value(const std::vector<double>& values) const {
  std::vector<double> stack;
  for (const Step& step : steps_) {
    if (step.kind == Step::Kind::Number) {
      stack.push_back(step.number);
    } else if (step.kind == Step::Kind::Name) {
      stack.push_back(values[step.name]);
    } else {
      const double right = stack.back();
      stack.pop_back();
      double& left = stack.back();
      if (step.symbol == '+') left += right;
      if (step.symbol == '-') left -= right;
      if (step.symbol == '*') left *= right;
      if (step.symbol == '/') left /= right;
    }
  }
  return stack.back();
}

}  // namespace partita::learn
