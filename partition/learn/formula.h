// Arithmetic over the columns of a table: "n_expanded_embd * (1 + use_gated_mlp) / workers".
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace partita::learn {

struct BadFormula {
  std::size_t at = 0;  // counted in bytes, from 0
  std::string message;
};

// Numbers, names of columns, + - * / and parentheses; * and / bind closer, equals from the left.
// Names consist of letters, digits, "_" and "."; any other name stands in square brackets:
// [Kernel Name].
class Formula {
 public:
  static std::variant<Formula, BadFormula> parse(std::string_view text);

  // The columns that it names, each once.
  const std::vector<std::string>& names() const { return names_; }
  // `values`: one for each of names(), in that order.
  double value(const std::vector<double>& values) const;

 private:
  // In postfix order: a number, the value of a name, or an operator on the two before it.
  struct Step {
    enum class Kind { Number, Name, Operator } kind = Kind::Number;
    double number = 0;
    std::size_t name = 0;
    char symbol = 0;
  };
  friend class FormulaParser;
  std::vector<Step> steps_;
  std::vector<std::string> names_;
};

}  // namespace partita::learn
