// What `exclude` and `only` can say of one axis.
#include "models/sweep/conditions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/models/sweep/sweep_text.h"

namespace partita {
namespace {

using test::rows;
using test::sweep_of;
using testing::ElementsAre;

std::vector<std::string> left(const std::string& values, const std::string& excluded) {
  return rows(
      sweep_of("axes: {machine.x: " + values + "}\nexclude: [{machine.x: " + excluded + "}]\n"));
}

TEST(Conditions, GlobsAreOfWholeTexts) {
  EXPECT_THAT(left("['zoo:bert?layers=4', 'zoo:bert', 'zoo:resnet50']", "zoo:bert*"),
              ElementsAre("zoo:resnet50"));
  EXPECT_THAT(left("[heft, peft, exact]", "'?eft'"), ElementsAre("exact"));
  EXPECT_THAT(left("[heft, peft, exact]", "'[hx]eft'"), ElementsAre("peft", "exact"));
  EXPECT_THAT(left("[heft, heft2]", "heft"), ElementsAre("heft2"));
  EXPECT_THAT(left("[a/b, a/c, d]", "a*"), ElementsAre("d"));
}

TEST(Conditions, ATextIsItselfWhateverAGlobWouldMakeOfIt) {
  EXPECT_THAT(left("['gpu[0..1]', gpu0]", "'gpu[0..1]'"), ElementsAre("gpu0"));
}

TEST(Conditions, NumbersAreComparedAndNotTheirTexts) {
  EXPECT_THAT(left("[1, 2, 4, 10]", "'>= 4'"), ElementsAre("1", "2"));
  EXPECT_THAT(left("[1, 2, 4, 10]", "'> 4'"), ElementsAre("1", "2", "4"));
  EXPECT_THAT(left("[1, 2, 4, 10]", "'<= 4'"), ElementsAre("10"));
  EXPECT_THAT(left("[1, 2, 4, 10]", "'<4'"), ElementsAre("4", "10"));
  EXPECT_THAT(left("[1, 2, 4, 10]", "4.0"), ElementsAre("1", "2", "10"));
  EXPECT_THAT(left("[1 GB/s, 900 MB/s, 2 GB/s]", "'< 1000 MB/s'"), ElementsAre("1 GB/s", "2 GB/s"));
  EXPECT_THAT(left("[1 GB/s, 900 MB/s, 2 GB/s]", "2000 MB/s"), ElementsAre("1 GB/s", "900 MB/s"));
}

TEST(Conditions, AListIsOneOf) {
  EXPECT_THAT(left("[1, 2, 4, 10]", "[1, '> 4']"), ElementsAre("2", "4"));
  EXPECT_THAT(left("[heft, peft, exact]", "[heft, ex*]"), ElementsAre("peft"));
}

TEST(Conditions, OfValuesInsideTextsNumbersAreComparedAndTextsMatched) {
  const std::string values = "{values: [100/s, 200/s], as: 'poisson {}'}";
  EXPECT_THAT(left(values, "'> 150/s'"), ElementsAre("poisson 100/s"));
  EXPECT_THAT(left(values, "poisson 100/s"), ElementsAre("poisson 200/s"));
  EXPECT_THAT(left(values, "poisson 1*"), ElementsAre("poisson 200/s"));
}

TEST(Conditions, OfValuesInsideTextsTheNumberAloneIsMeantToo) {
  EXPECT_THAT(left("{values: [100/s, 200/s], as: 'poisson {}'}", "100/s"),
              ElementsAre("poisson 200/s"));
  EXPECT_THAT(left("{values: [80, 160, 240], as: 'poisson {}/s'}", "[80, poisson 240/s]"),
              ElementsAre("poisson 160/s"));
  EXPECT_THAT(left("{from: 80, to: 160, points: 3, as: 'poisson {}/s'}", "120.0"),
              ElementsAre("poisson 80/s", "poisson 160/s"));
  // The text, too, means the number in it.
  EXPECT_THAT(left("{values: [80, 160], as: 'poisson {}/s'}", "poisson 80.0/s"),
              ElementsAre("poisson 160/s"));
}

}  // namespace
}  // namespace partita
