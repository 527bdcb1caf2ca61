#include "tools/partita/sweep/positions.h"

#include <gmock/gmock.h>

#include "models/base/file.h"
#include "tests/support/failure_of.h"
#include "tests/support/temporary_folder.h"
#include "tests/tools/sweep/fake_points.h"

namespace partita::command {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PositionsTest : public ::testing::Test {
 protected:
  PositionsTest() {
    Axis range;
    range.name = "a";
    range.range.emplace();
    Axis list;
    list.name = "b";
    list.values = {{"x", {}, {}}, {"y", {}, {}}};
    sweep_.axes = {range, list};
  }
  std::vector<std::vector<double>> read(const std::string& text) {
    write_file(folder_ / "p.csv", text);
    return read_positions(folder_ / "p.csv", sweep_);
  }
  std::string mistake(const std::string& text) {
    return failure_of([&] { read(text); });
  }

  Sweep sweep_;
  partita::test::TemporaryFolder folder_;
};

TEST_F(PositionsTest, ColumnsStandInAnyOrder) {
  EXPECT_THAT(read("b,a\n0.25,1\n0,0.5\n"), ElementsAre(ElementsAre(1, 0.25), ElementsAre(0.5, 0)));
}

TEST_F(PositionsTest, AxesThatAreLeftOutStay) {
  EXPECT_THAT(read("b\n0.75\n"), ElementsAre(ElementsAre(0.5, 0.75))) << "a range in its middle";
  EXPECT_THAT(read("a\n0.75\n"), ElementsAre(ElementsAre(0.75, 0))) << "a list at its first value";
}

TEST_F(PositionsTest, MistakesAreNamedAllAtOnce) {
  EXPECT_THAT(mistake("a,c,a\n0,0,0\n"),
              AllOf(HasSubstr("p.csv:1:3: error: the sweep has no axis 'c' (it has a, b)"),
                    HasSubstr("p.csv:1:5: error: axis 'a' has two columns")));
  EXPECT_THAT(mistake("a,b\n0\n1.5,x\n-0.1,nan\n"),
              AllOf(HasSubstr("p.csv:2:1: error: this row has 1 values for 2 axes"),
                    HasSubstr("p.csv:3:1: error: '1.5' is no position from 0 to 1"),
                    HasSubstr("p.csv:3:5: error: 'x' is no position"),
                    HasSubstr("p.csv:4:1: error: '-0.1' is no position"),
                    HasSubstr("p.csv:4:6: error: 'nan' is no position")));
  EXPECT_THAT(mistake(""), HasSubstr("begin with a line of names"));
  EXPECT_THAT(mistake("a\n"), HasSubstr("no positions in this file"));
}

}  // namespace
}  // namespace partita::command
