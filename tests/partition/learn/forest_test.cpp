#include "partition/learn/forest.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "partition/learn/boosting.h"

namespace partita::learn {
namespace {

// Feature 0 below 2: 1; else feature 1 below 5: 10, else 20.
const Forest::Tree kTree{{0, 2, 1, 2}, {-1, 1, 0, 0}, {1, 5, 3, 4}, {-1, 10, 0, 0}, {-1, 20, 0, 0}};

TEST(Forest, AddsUpOneLeafOfEachTree) {
  const Forest forest(0.5, {kTree, kTree});
  EXPECT_EQ(forest.value({1, 9}), 0.5 + 2 * 1);
  EXPECT_EQ(forest.value({2, 4.9}), 0.5 + 2 * 10);  // at the threshold: right
  EXPECT_EQ(forest.value({3, 5}), 0.5 + 2 * 20);
}

// Means below the splits: root (1 + 15) / 2 = 8, its right side 15. {3, 5} goes 8 -> 15 by feature
// 0, 15 -> 20 by feature 1.
TEST(Forest, PartsSayWhichFeatureMovedTheAnswer) {
  const Forest forest(0, {kTree});
  EXPECT_EQ(forest.parts({3, 5}), (std::vector<double>{7, 5, 8}));
}

TEST(Forest, TextReadsBackExactly) {
  const Forest::Tree tree{{0, 0.1F, 1, 2}, {-1, 1e-7F, 0, 0}, {-1, -3.25F, 0, 0}};
  const Forest forest(0.25, {kTree, tree});
  const auto read = Forest::from_text(0.25, forest.to_text(), 2);
  ASSERT_TRUE(std::holds_alternative<Forest>(read)) << std::get<std::string>(read);
  EXPECT_EQ(std::get<Forest>(read).to_text(), forest.to_text());
  EXPECT_EQ(std::get<Forest>(read).value({0.05, 0}), forest.value({0.05, 0}));
}

TEST(Forest, TreesThatLeadNowhereAreNone) {
  const auto mistake = [](const std::string& tree) {
    const auto read = Forest::from_text(0, {tree}, 2);
    const auto* wrong = std::get_if<std::string>(&read);
    return wrong == nullptr ? "" : *wrong;
  };
  EXPECT_EQ(mistake("0<1 1 2 =1 =2"), "");
  EXPECT_EQ(mistake("0<1 0 2 =1 =2"), "tree 1: its split 1 leads nowhere");  // a circle
  EXPECT_EQ(mistake("0<1 1 3 =1 =2"), "tree 1: its split 1 leads nowhere");  // past the end
  EXPECT_EQ(mistake("2<1 1 2 =1 =2"), "tree 1: its split 1 leads nowhere");  // no such feature
  EXPECT_EQ(mistake("0<1 1"), "tree 1: its split 1 is none");
  EXPECT_EQ(mistake("=1,"), "tree 1: ',' behind its last split");
}

struct Data {
  std::vector<std::vector<double>> rows;
  std::vector<double> values;
};

// A step of height 1 at x = 4, whatever y is.
Data steps() {
  Data data;
  for (int x = 0; x < 8; ++x) {
    for (int y = 0; y < 8; ++y) {
      data.rows.push_back({static_cast<double>(x), static_cast<double>(y)});
      data.values.push_back(x < 4 ? 0 : 1);
    }
  }
  return data;
}

TEST(Boosting, LearnsAStep) {
  const Data data = steps();
  const Forest forest = boost(data.rows, data.values, {}, {.rounds = 100, .depth = 2, .rate = 0.3});
  EXPECT_EQ(forest.trees(), 100u);
  EXPECT_NEAR(forest.value({3, 7}), 0, 0.01);
  EXPECT_NEAR(forest.value({4, 0}), 1, 0.01);
}

TEST(Boosting, TheSameSeedGivesTheSameTrees) {
  const Data data = steps();
  const BoostingOptions options{.rounds = 20, .row_share = 0.5, .column_share = 0.5, .seed = 7};
  EXPECT_EQ(boost(data.rows, data.values, {}, options).to_text(),
            boost(data.rows, data.values, {}, options).to_text());
}

// Values fall with x; an answer that may only rise with it stays level.
TEST(Boosting, AConstraintHoldsAgainstTheData) {
  Data data = steps();
  for (double& each : data.values) each = 1 - each;
  const Forest forest = boost(data.rows, data.values, {}, {.rounds = 50, .monotone = {1, 0}});
  EXPECT_NEAR(forest.value({0, 3}), 0.5, 0.01);
  EXPECT_NEAR(forest.value({7, 3}), 0.5, 0.01);
}

// A row that weighs a hundred times as much wins over the other of its kind.
TEST(Boosting, WeightsCount) {
  const std::vector<std::vector<double>> rows{{1}, {1}};
  const Forest forest =
      boost(rows, {0, 1}, {1, 99}, {.rounds = 200, .depth = 1, .rate = 0.3, .ridge = 0});
  EXPECT_NEAR(forest.value({1}), 0.99, 0.005);
}

}  // namespace
}  // namespace partita::learn
