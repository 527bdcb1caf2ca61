#include "tools/partita/results/merge.h"

#include <gmock/gmock.h>

#include "models/base/diagnostics.h"
#include "tests/support/failure_of.h"
#include "tests/support/temporary_folder.h"
#include "tests/tools/results/fixture.h"
#include "tools/partita/results/export_csv.h"
#include "tools/partita/results/sweep_table.h"

namespace partita::command {
namespace {

using test::FakePoint;
using ::testing::HasSubstr;

std::vector<FakePoint> points(const std::function<std::string(int)>& status) {
  std::vector<FakePoint> all;
  for (int i = 0; i < 6; ++i) {
    const std::string is = status(i);
    FakePoint point{"id" + std::to_string(i), {std::int64_t{i}, "heft"}, is};
    if (is == "done") point.results = {{"gap", 0.5 * i}, {"predicted_ps", std::int64_t{100 * i}}};
    all.push_back(point);
  }
  return all;
}

std::string csv_of(const std::filesystem::path& file, const std::filesystem::path& out,
                   const std::string& sweep = "one") {
  const ResultStore store(file, ResultStore::Open::ToRead);
  const SweepTable table(store, sweep);
  export_csv(table, table.usual({}), {}, out);
  return test::read(out);
}

struct Merge : ::testing::Test {
  void make(const std::string& name, const std::vector<FakePoint>& all,
            const std::string& sweep = "one") {
    ResultStore store(folder / name, ResultStore::Open::OrNew);
    test::add_sweep(store, sweep, all);
  }
  test::TemporaryFolder folder;
};

TEST_F(Merge, ShardsGiveWhatOneRunGives) {
  make("whole.db", points([](int) { return "done"; }));
  make("even.db", points([](int i) { return i % 2 == 0 ? "done" : ""; }));
  make("odd.db", points([](int i) { return i % 2 == 1 ? "done" : ""; }));
  const Merged merged = merge_results({folder / "odd.db", folder / "even.db"}, folder / "all.db");
  EXPECT_EQ(merged.sweeps, 1u);
  EXPECT_EQ(merged.points, 6u);
  EXPECT_EQ(csv_of(folder / "all.db", folder / "a.csv"),
            csv_of(folder / "whole.db", folder / "w.csv"));
}

TEST_F(Merge, AnAnswerIsMoreThanAFailure) {
  make("a.db", points([](int i) { return i == 0 ? "failed" : i == 1 ? "no" : ""; }));
  make("b.db", points([](int i) { return i == 0 ? "done" : i == 1 ? "failed" : ""; }));
  make("want.db", points([](int i) { return i == 0 ? "done" : i == 1 ? "no" : ""; }));
  merge_results({folder / "a.db", folder / "b.db"}, folder / "c.db");
  EXPECT_EQ(csv_of(folder / "c.db", folder / "c.csv"),
            csv_of(folder / "want.db", folder / "w.csv"));
}

// Somebody has the file open, with what was written last not in it yet but beside it.
TEST_F(Merge, IntoAFileThatOthersWriteTo) {
  make("b.db", points([](int i) { return i >= 3 ? "done" : ""; }));
  ResultStore open(folder / "a.db", ResultStore::Open::OrNew);
  test::add_sweep(open, "one", points([](int i) { return i < 3 ? "done" : ""; }));
  ASSERT_TRUE(std::filesystem::exists((folder / "a.db").string() + "-wal"));
  merge_results({folder / "b.db"}, folder / "a.db");
  test::add_sweep(open, "later", {{"late", {std::int64_t{9}, "auto"}, "done", {{"gap", 1.5}}}});
  make("whole.db", points([](int) { return "done"; }));
  EXPECT_EQ(csv_of(folder / "a.db", folder / "a.csv"),
            csv_of(folder / "whole.db", folder / "w.csv"));
  EXPECT_THAT(csv_of(folder / "a.db", folder / "l.csv", "later"), HasSubstr("1.5"));
  std::string whole;
  open.select("PRAGMA integrity_check", {},
              [&](const std::vector<Cell>& row) { whole = std::get<std::string>(row.front()); });
  EXPECT_EQ(whole, "ok");
}

TEST_F(Merge, MeasuredResultsAreThoseOfWhoIsPreferred) {
  const auto timed = [](double gap) {
    return std::vector<FakePoint>{{"id", {std::int64_t{1}, "heft"}, "done", {{"gap", gap}}}};
  };
  make("a.db", timed(1.25));
  make("b.db", timed(2.5));
  const std::string why = failure_of([&] {
    merge_results({folder / "a.db", folder / "b.db"}, folder / "c.db");
  });
  EXPECT_THAT(why, HasSubstr("b.db: error: point id has other results"));
  EXPECT_THAT(why, HasSubstr("--prefer"));
  merge_results({folder / "a.db", folder / "b.db"}, folder / "f.db", Prefer::First);
  EXPECT_THAT(csv_of(folder / "f.db", folder / "f.csv"), HasSubstr("1.25"));
  merge_results({folder / "a.db", folder / "b.db"}, folder / "l.db", Prefer::Last);
  EXPECT_THAT(csv_of(folder / "l.db", folder / "l.csv"), HasSubstr("2.5"));
  merge_results({folder / "a.db"}, folder / "l.db", Prefer::Last);
  EXPECT_THAT(csv_of(folder / "l.db", folder / "l.csv"), HasSubstr("1.25"));
}

TEST_F(Merge, OtherSweepsAndTheFileItselfStay) {
  make("a.db", points([](int) { return "done"; }));
  std::vector<FakePoint> other = points([](int) { return "done"; });
  other.push_back({"x", {std::int64_t{9}, "auto"}, "done", {{"another", std::string("text")}}});
  make("b.db", other, "two");
  make("c.db", {{"y", {std::int64_t{1}, "auto"}, "done", {{"third", 1.5}}}}, "three");
  const Merged merged = merge_results({folder / "a.db", folder / "b.db"}, folder / "c.db");
  EXPECT_EQ(merged.sweeps, 3u);
  EXPECT_EQ(merged.points, 8u);
  for (const auto& [file, sweep] : {std::pair{"a.db", "one"}, std::pair{"b.db", "two"}}) {
    EXPECT_EQ(csv_of(folder / "c.db", folder / "c.csv", sweep),
              csv_of(folder / file, folder / "o.csv", sweep));
  }
  EXPECT_THAT(csv_of(folder / "c.db", folder / "c.csv", "three"), HasSubstr("1.5"));
}

TEST_F(Merge, TwiceIsOnce) {
  make("a.db", points([](int) { return "done"; }));
  merge_results({folder / "a.db", folder / "a.db"}, folder / "c.db");
  const Merged merged = merge_results({folder / "a.db"}, folder / "c.db");
  EXPECT_EQ(merged.sweeps, 1u);
  EXPECT_EQ(merged.points, 6u);
}

TEST_F(Merge, TwoAnswersToOneQuestionAreAMistake) {
  make("a.db", points([](int) { return "done"; }));
  auto others = points([](int) { return "done"; });
  others[2].results[1].second = std::int64_t{7};
  others[4].results[0].second = 7.5;
  make("b.db", others);
  make("c.db", {{"y", {std::int64_t{1}, "auto"}}}, "three");
  const std::string before = csv_of(folder / "c.db", folder / "c.csv", "three");
  const std::string why = failure_of([&] {
    merge_results({folder / "a.db", folder / "b.db"}, folder / "c.db");
  });
  EXPECT_THAT(
      why,
      HasSubstr("point id2 has other results than in the files before: partita partition # id2"));
  EXPECT_THAT(why, HasSubstr("point id4"));
  EXPECT_THAT(why, ::testing::Not(HasSubstr("point id3")));
  // It is as it was, and nothing lies beside it.
  EXPECT_EQ(csv_of(folder / "c.db", folder / "c.csv", "three"), before);
  EXPECT_EQ(ResultStore(folder / "c.db", ResultStore::Open::ToRead).sweeps().size(), 1u);
  for (const auto& each : std::filesystem::directory_iterator(folder / "")) {
    EXPECT_THAT(each.path().string(), ::testing::Not(HasSubstr(".part")));
  }
}

TEST_F(Merge, AFileThatIsNoneIsNamed) {
  make("a.db", points([](int) { return "done"; }));
  EXPECT_THAT(failure_of([&] {
                merge_results({folder / "a.db", folder / "no.db"}, folder / "c.db");
              }),
              HasSubstr("no.db: error: there is no such file"));
  EXPECT_FALSE(std::filesystem::exists(folder / "c.db"));
}

}  // namespace
}  // namespace partita::command
