#include "tools/partita/results/sweep_table.h"

#include <gmock/gmock.h>

#include "models/base/diagnostics.h"
#include "tests/support/failure_of.h"
#include "tests/support/temporary_folder.h"
#include "tests/tools/results/fixture.h"
#include "tools/partita/results/compare.h"
#include "tools/partita/results/export_csv.h"

namespace partita::command {
namespace {

using test::FakePoint;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::int64_t kGiga = 1'000'000'000;

class SweepTableTest : public ::testing::Test {
 protected:
  SweepTableTest() : store_(folder_ / "r.db", ResultStore::Open::OrNew) {
    const auto ps = [](std::int64_t time) {
      return std::pair<std::string, Cell>("predicted_ps", time);
    };
    test::add_sweep(store_, "first",
                    {{"a", {10 * kGiga, "heft"}, "done", {{"gap", 0.5}, ps(3'000'000)}},
                     {"b", {20 * kGiga, "heft"}, "done", {{"gap", 0.25}, ps(1'000'000)}},
                     {"c", {10 * kGiga, "auto"}, "done", {ps(2'000'000)}},
                     {"d", {20 * kGiga, "auto"}, "no"},
                     {"e", {30 * kGiga, "auto"}, "failed"},
                     {"f", {40 * kGiga, "auto"}, ""}});
  }

  // First cells of the rows that are chosen.
  std::vector<std::string> rows(const RowChoice& choice,
                                const std::string& column = "number") const {
    const SweepTable table(store_, "");
    std::vector<std::string> found;
    table.rows(table.columns(std::vector<std::string>{column}), choice,
               [&](const std::vector<Cell>& row) { found.push_back(to_text(row.front())); });
    return found;
  }
  std::vector<std::string> where(const std::vector<std::string>& conditions) const {
    return rows({.where = conditions});
  }

  test::TemporaryFolder folder_;
  ResultStore store_;
};

// "none" and 8 GB/s are texts: of another sweep.
TEST_F(SweepTableTest, AnAxisIsWhatItsOwnSweepMakesOfIt) {
  const auto described = [](const std::string& unit, const std::string& numbers) {
    return R"({"axes": [{"name": "bandwidth", "kind": "list", "unit": ")" + unit +
           R"(", "numbers": )" + numbers + R"(}, {"name": "method"}]})";
  };
  test::add_sweep(store_, "numbers", {{"a", {kGiga, "heft"}}, {"b", {2 * kGiga, "heft"}}},
                  "simulate", described("B/s", "[1e9, 2e9]"));
  test::add_sweep(store_, "texts", {{"c", {"none", "heft"}}, {"d", {"8 GB/s", "heft"}}}, "simulate",
                  described("", "[null, null]"));
  test::add_sweep(store_, "sizes", {{"e", {std::int64_t{8}, "heft"}}}, "simulate",
                  described("B", "[8]"));
  const SweepTable numbers(store_, "numbers"), texts(store_, "texts"), sizes(store_, "sizes");
  EXPECT_TRUE(numbers.column("bandwidth").is_number());
  EXPECT_FALSE(texts.column("bandwidth").is_number());
  EXPECT_EQ(sizes.column("bandwidth").unit, "B");
  std::size_t found = 0;
  const auto count = [&](const std::vector<Cell>&) { ++found; };
  numbers.rows({numbers.column("number")}, {.where = {"bandwidth>=2 GB/s"}}, count);
  texts.rows({texts.column("number")}, {.where = {"bandwidth=8*"}}, count);
  EXPECT_EQ(found, 2u);
}

TEST_F(SweepTableTest, HasThePointsThatAreThereInTheirOrder) {
  EXPECT_THAT(rows({}), ElementsAre("0", "1", "2", "3", "4"));
  EXPECT_THAT(rows({}, "status"), ElementsAre("done", "done", "done", "no", "failed"));
  EXPECT_THAT(rows({}, "command"),
              ElementsAre("partita partition # a", "partita partition # b", "partita partition # c",
                          "partita partition # d", "partita partition # e"));
}

TEST_F(SweepTableTest, ConditionsKnowUnitsAndGlobs) {
  EXPECT_THAT(where({"method=heft"}), ElementsAre("0", "1"));
  EXPECT_THAT(where({"method=he*"}), ElementsAre("0", "1"));
  EXPECT_THAT(where({"method!=heft"}), ElementsAre("2", "3", "4"));
  EXPECT_THAT(where({"bandwidth>=20 GB/s"}), ElementsAre("1", "3", "4"));
  EXPECT_THAT(where({"bandwidth=0.01 TB/s"}), ElementsAre("0", "2"));
  EXPECT_THAT(where({" bandwidth < 20000 MB/s ", "method = auto"}), ElementsAre("2"));
  EXPECT_THAT(where({"predicted_ps<2 us"}), ElementsAre("1"));
  EXPECT_THAT(where({"predicted_ps<=2000000"}), ElementsAre("1", "2"));
  EXPECT_THAT(where({"gap="}), ElementsAre("2", "3", "4"));
  EXPECT_THAT(where({"gap!="}), ElementsAre("0", "1"));
  EXPECT_THAT(where({"status=failed"}), ElementsAre("4"));
}

TEST_F(SweepTableTest, OtherConditionsAreRefused) {
  const auto why = [&](const std::string& condition) {
    return failure_of([&] { where({condition}); });
  };
  EXPECT_THAT(why("method"), HasSubstr("this is no condition"));
  EXPECT_THAT(why("=3"), HasSubstr("this is no condition"));
  EXPECT_THAT(why("methd=heft"), HasSubstr("no column 'methd': did you mean 'method'?"));
  EXPECT_THAT(why("method<heft"), HasSubstr("'<' does not compare"));
  EXPECT_THAT(why("bandwidth>5"), HasSubstr("GB/s"));
  EXPECT_THAT(why("bandwidth>5 ms"), HasSubstr("GB/s"));
  EXPECT_THAT(why("gap>much"), HasSubstr("much"));
}

TEST_F(SweepTableTest, SortsAndLimits) {
  EXPECT_THAT(rows({.sort = "predicted_ps"}), ElementsAre("1", "2", "0", "3", "4"))
      << "what has none comes last";
  EXPECT_THAT(rows({.sort = "predicted_ps", .descending = true}),
              ElementsAre("0", "2", "1", "3", "4"));
  EXPECT_THAT(rows({.sort = "predicted_ps", .limit = 2}), ElementsAre("1", "2"));
  EXPECT_THAT(rows({.limit = 0}), IsEmpty());
}

TEST_F(SweepTableTest, UsualColumnsAreAxesAndResultsThatAnyRowHas) {
  test::add_sweep(store_, "other",
                  {{"x", {10 * kGiga, "heft"}, "done", {{"another", std::int64_t{1}}}}});
  const SweepTable table(store_, "first");
  std::vector<std::string> names;
  for (const TableColumn& each : table.usual({})) names.push_back(each.name);
  EXPECT_THAT(names, ElementsAre("number", "repetition", "status", "bandwidth", "method", "reason",
                                 "gap", "predicted_ps"));
  names.clear();
  for (const TableColumn& each : table.usual({{"status=done"}})) names.push_back(each.name);
  EXPECT_THAT(names, Not(Contains("reason")));  // none of these has one
}

TEST_F(SweepTableTest, FewColumnsAreWhatTheSweepAsksAbout) {
  const SweepTable table(store_, "first");
  const auto names = [&](const RowChoice& rows) {
    std::vector<std::string> all;
    for (const TableColumn& each : table.few(rows)) all.push_back(each.name);
    return all;
  };
  EXPECT_THAT(names({{"status=done"}}),
              ElementsAre("number", "bandwidth", "method", "predicted_ps"));
  EXPECT_THAT(names({}),
              ElementsAre("number", "status", "reason", "bandwidth", "method", "predicted_ps"));
}

TEST_F(SweepTableTest, PeopleReadNumbersWithTheirUnits) {
  const SweepTable table(store_, "first");
  EXPECT_EQ(readable_text(Cell{10 * kGiga}, table.column("bandwidth")), "10 GB/s");
  EXPECT_EQ(readable_text(Cell{std::int64_t{3'000'456}}, table.column("predicted_ps")), "3 us");
  EXPECT_EQ(readable_text(Cell{0.123456}, table.column("gap")), "0.1235");
  EXPECT_EQ(readable_text(Cell{std::int64_t{123'456}}, table.column("number")), "123456");
  EXPECT_EQ(readable_text(Cell{std::string("heft")}, table.column("method")), "heft");
  EXPECT_EQ(readable_text(Cell{}, table.column("gap")), "");
  const TableColumn percentile{"workload.latency_ps.p99", TableColumn::Role::Result, "integer", "",
                               ""};
  EXPECT_EQ(readable_text(Cell{std::int64_t{1'234'567'890}}, percentile), "1.235 ms");
}

TEST_F(SweepTableTest, AnUnknownColumnIsAnsweredWithThoseThereAre) {
  const SweepTable table(store_, "first");
  EXPECT_THAT(failure_of([&] { table.columns(std::vector<std::string>{"foo"}); }),
              HasSubstr("sweep 'first' has no column 'foo' (it has number, repetition, status, "));
  EXPECT_THAT(failure_of([&] { table.columns(std::vector<std::string>{"foo"}); }),
              HasSubstr("bandwidth, method, gap, predicted_ps)"));
}

TEST_F(SweepTableTest, OlderSweepsOfANameHaveNumbers) {
  test::add_sweep(store_, "other", {{"x", {10 * kGiga, "heft"}}});
  test::add_sweep(store_, "first", {{"y", {10 * kGiga, "heft"}}});
  const std::vector<SweepEntry> all = store_.sweeps();
  std::vector<std::string> labels;
  for (const SweepEntry& each : all) labels.push_back(label_of(each, all));
  EXPECT_THAT(labels, ElementsAre("first@1", "other", "first@3"));
  EXPECT_EQ(sweep_named(store_, "first").id, 3);
  EXPECT_EQ(sweep_named(store_, "first@3").id, 3);
  EXPECT_EQ(sweep_named(store_, "first@1").places, 6u);
  EXPECT_EQ(sweep_named(store_, "other@2").places, 1u);
  EXPECT_THAT(failure_of([&] { sweep_named(store_, "first@2"); }),
              HasSubstr("no sweep 'first@2' (one of first@1, other, first@3)"));
}

TEST_F(SweepTableTest, ASweepIsNamedWhereThereAreSeveral) {
  test::add_sweep(store_, "other", {{"x", {10 * kGiga, "heft"}}});
  EXPECT_THAT(failure_of([&] { SweepTable(store_, ""); }), HasSubstr("one of first, other"));
  EXPECT_THAT(failure_of([&] { SweepTable(store_, "frst"); }), HasSubstr("did you mean 'first'?"));
  EXPECT_EQ(SweepTable(store_, "other").sweep().places, 1u);
}

TEST_F(SweepTableTest, CsvHasEveryCharacterAsItWas) {
  test::add_sweep(store_, "odd",
                  {{"x", {std::int64_t{1}, "a,b"}, "done", {{"r", std::string("say \"no\"\nor")}}},
                   {"y", {std::int64_t{2}, ""}, "done", {{"r", 0.1}}}});
  const SweepTable table(store_, "odd");
  const auto file = folder_ / "new" / "odd.csv";
  EXPECT_EQ(export_csv(table, table.usual({}), {}, file), 2u);
  EXPECT_EQ(test::read(file),
            "number,repetition,status,bandwidth,method,r\n"
            "0,0,done,1,\"a,b\",\"say \"\"no\"\"\nor\"\n"
            "1,0,done,2,,0.1\n");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(file.parent_path()), {}), 1)
      << "nothing is left beside it";
}

TEST_F(SweepTableTest, WhatCannotBeExportedLeavesNothingBehind) {
  const SweepTable table(store_, "");
  std::filesystem::create_directory(folder_ / "taken.csv");
  EXPECT_THROW(export_csv(table, table.usual({}), {}, folder_ / "taken.csv"), Error);
  EXPECT_FALSE(std::filesystem::exists((folder_ / "taken.csv").string() + ".part"));
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / "taken.csv"));
}

// Ratios second / first: heft 10 GB/s 6/3 = 2, heft 20 GB/s 0.5/1 = 0.5, auto 10 GB/s 2/2 = 1.
// Their geometric mean is (2 x 0.5 x 1)^(1/3) = 1.
TEST_F(SweepTableTest, ComparesWhatTwoSweepsHaveInCommon) {
  const auto ps = [](std::int64_t time) {
    return std::pair<std::string, Cell>("predicted_ps", time);
  };
  test::add_sweep(store_, "second",
                  {{"p", {10 * kGiga, "heft"}, "done", {ps(6'000'000)}},
                   {"q", {20 * kGiga, "heft"}, "done", {ps(500'000)}},
                   {"r", {10 * kGiga, "auto"}, "done", {ps(2'000'000)}},
                   {"s", {20 * kGiga, "auto"}, "done", {ps(7)}},
                   {"t", {90 * kGiga, "auto"}, "done", {ps(7)}}});
  const Comparison result =
      compare(SweepTable(store_, "first"), SweepTable(store_, "second"), "predicted_ps");
  EXPECT_THAT(result.axes, ElementsAre("bandwidth", "method"));
  ASSERT_EQ(result.pairs.size(), 3u);
  EXPECT_DOUBLE_EQ(result.pairs[0].ratio(), 0.5);
  EXPECT_DOUBLE_EQ(result.pairs[1].ratio(), 1);
  EXPECT_DOUBLE_EQ(result.pairs[2].ratio(), 2);
  EXPECT_THAT(result.pairs[2].axes, ElementsAre(Cell{10 * kGiga}, Cell{std::string("heft")}));
  EXPECT_DOUBLE_EQ(result.geometric_mean, 1);
  EXPECT_EQ(result.only_a, 1u);  // 30 GB/s, which failed
  EXPECT_EQ(result.only_b, 1u);  // 90 GB/s
  EXPECT_EQ(result.a_has_more, 0u);
  EXPECT_EQ(result.b_has_more, 1u);  // 20 GB/s, auto
  EXPECT_THAT(failure_of([&] {
                compare(SweepTable(store_, "first"), SweepTable(store_, "second"), "status");
              }),
              HasSubstr("has no numbers there"));
}

}  // namespace
}  // namespace partita::command
