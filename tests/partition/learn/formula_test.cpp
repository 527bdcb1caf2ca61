#include "partition/learn/formula.h"

#include <gtest/gtest.h>

namespace partita::learn {
namespace {

double value_of(const std::string& text, const std::vector<double>& values = {}) {
  const auto parsed = Formula::parse(text);
  const auto* formula = std::get_if<Formula>(&parsed);
  if (formula == nullptr) {
    ADD_FAILURE() << text << ": " << std::get<BadFormula>(parsed).message;
    return 0;
  }
  return formula->value(values);
}

std::string mistake_in(const std::string& text) {
  const auto parsed = Formula::parse(text);
  const auto* bad = std::get_if<BadFormula>(&parsed);
  return bad == nullptr ? "" : std::to_string(bad->at) + ": " + bad->message;
}

TEST(Formula, ProductsBindCloserAndEqualsFromTheLeft) {
  EXPECT_EQ(value_of("1 + 2 * 3"), 7);
  EXPECT_EQ(value_of("(1 + 2) * 3"), 9);
  EXPECT_EQ(value_of("8 - 4 - 2"), 2);  // not 8 - (4 - 2) = 6
  EXPECT_EQ(value_of("8 / 4 / 2"), 1);  // not 8 / (4 / 2) = 4
}

// Names count once, in the order in which they first stand: 3 heads and 5 workers give
// (3 + 2 * 5) * 3 = 39.
TEST(Formula, NamesStandForTheirValues) {
  const auto formula = std::get<Formula>(Formula::parse("(heads + 2 * [key heads]) * heads"));
  EXPECT_EQ(formula.names(), (std::vector<std::string>{"heads", "key heads"}));
  EXPECT_EQ(formula.value({3, 5}), 39);
}

TEST(Formula, SaysWhereItIsNone) {
  EXPECT_EQ(mistake_in("1 +"), "3: it ends where a number or the name of a column should follow");
  EXPECT_EQ(mistake_in("(1 + 2"), "6: a parenthesis that is never closed");
  EXPECT_EQ(mistake_in("1 2"), "2: '2' is not expected here");
  EXPECT_EQ(mistake_in("[Kernel"), "0: a bracket that is never closed");
  EXPECT_EQ(mistake_in("a % b"), "2: '%' is not expected here");
  EXPECT_EQ(mistake_in(std::string(200, '(')), "100: parentheses too deep");
}

}  // namespace
}  // namespace partita::learn
