#include "partition/inputs/measured_table.h"

#include <gmock/gmock.h>

#include <cmath>
#include <fstream>

namespace partita::inputs {
namespace {

using testing::ElementsAre;
using testing::TempDir;

std::filesystem::path written(const std::string& text) {
  const std::filesystem::path file = std::filesystem::path{TempDir()} / "measured_table.csv";
  std::ofstream{file} << text;
  return file;
}

TEST(MeasuredTable, ColumnsAreTheCostWhatIsKnownAndFeatures) {
  const MeasuredInputs measured = load_measured_inputs(
      written("zero_share,cost,known_rows,height\n0.5,12.25,4,\n0.75,1e3,16,32\n"));
  ASSERT_EQ(measured.measurements.size(), 2U);
  EXPECT_EQ(measured.measurements[0].cost, 12.25);
  EXPECT_EQ(measured.measurements[1].cost, 1000);
  EXPECT_EQ(measured.measurements[1].input, 1U);
  EXPECT_THAT(measured.measurements[0].known, ElementsAre(4));
  EXPECT_THAT(measured.measurements[1].known, ElementsAre(16));
  ASSERT_EQ(measured.features.size(), 2U);
  EXPECT_EQ(measured.features[0][0], 0.5);
  EXPECT_TRUE(std::isnan(measured.features[0][1]));
  EXPECT_THAT(measured.features[1], ElementsAre(0.75, 32));
}

TEST(MeasuredTable, NothingButWhatIsKnownIsATable) {
  const MeasuredInputs measured = load_measured_inputs(written("known_tokens,cost\n7,1\n"));
  EXPECT_THAT(measured.features, ElementsAre(ElementsAre()));
}

}  // namespace
}  // namespace partita::inputs
