#include "tools/partita/results/store.h"

#include <gmock/gmock.h>
#include <sqlite3.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "models/base/diagnostics.h"
#include "tests/support/failure_of.h"

namespace partita::command {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

bool never(const std::string&) { return false; }

class StoreTest : public ::testing::Test {
 protected:
  StoreTest() {
    std::string name = (std::filesystem::temp_directory_path() / "partita-test-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~StoreTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path file() const { return folder_ / "r.db"; }

  // Rows as the shell of SQLite prints them: with '|' between cells.
  std::vector<std::string> ask(const std::string& question) const {
    sqlite3* database = nullptr;
    EXPECT_EQ(sqlite3_open(file().c_str(), &database), SQLITE_OK);
    std::vector<std::string> rows;
    char* error = nullptr;
    const auto add = [](void* to, int count, char** cells, char**) {
      std::string row;
      for (int i = 0; i < count; ++i) {
        row += (i > 0 ? "|" : "") + std::string(cells[i] == nullptr ? "NULL" : cells[i]);
      }
      static_cast<std::vector<std::string>*>(to)->push_back(row);
      return 0;
    };
    sqlite3_exec(database, question.c_str(), add, &rows, &error);
    if (error != nullptr) ADD_FAILURE() << question << ": " << error;
    sqlite3_free(error);
    sqlite3_close(database);
    return rows;
  }

  std::filesystem::path folder_;
};

SweepHeader header(const std::string& name, std::size_t places) {
  SweepHeader sweep;
  sweep.name = name;
  sweep.question = "why?";
  sweep.verb = "partition";
  sweep.description = R"({"axes": [{"name": "machine.links.a.bandwidth"}, {"name": "method"}]})";
  sweep.hash = "hash of " + name + std::to_string(places);
  sweep.version = "1";
  sweep.places = places;
  sweep.axes = {{"machine.links.a.bandwidth", "B/s"}, {"method", ""}};
  return sweep;
}

Place place(std::size_t i) {
  return {
      i, 0, "id" + std::to_string(i), {std::int64_t{1000} * static_cast<std::int64_t>(i), "heft"}};
}

PointRecord record(std::int64_t point, const std::string& status = "done") {
  PointRecord result;
  result.point = point;
  result.verb = "partition";
  result.status = status;
  result.command = "partita partition";
  result.configuration = "{}";
  result.seconds = 0.5;
  result.started = "2026-01-01T00:00:00Z";
  result.host = R"({"name": "here"})";
  result.version = "1";
  result.build = "test";
  if (status == "done") {
    result.results = {{"gap", 0.25}, {"predicted_ps", 100 + point}, {"limit", std::string("cpu")}};
  }
  return result;
}

TEST_F(StoreTest, KeepsPlacesAndPointsForTheViewOfTheSweep) {
  ResultStore store(file(), ResultStore::Open::OrNew);
  const auto registered = store.add(header("first", 3), place);
  EXPECT_TRUE(registered.is_new);
  const auto places = store.places(registered.sweep);
  ASSERT_EQ(places.size(), 3u);
  store.record({record(places[2].point), record(places[0].point)}, "me");
  store.make_view(registered.sweep);
  EXPECT_THAT(ask("SELECT number, repetition, status, \"machine.links.a.bandwidth\", method, gap, "
                  "\"limit\", predicted_ps FROM first ORDER BY number"),
              ElementsAre("0|0|done|0|heft|0.25|cpu|101", "2|0|done|2000|heft|0.25|cpu|103"));
  EXPECT_THAT(
      ask("SELECT name, role, type, unit FROM columns ORDER BY role, name"),
      ElementsAre("machine.links.a.bandwidth|option|integer|B/s", "method|option|text|",
                  "gap|result|real|", "limit|result|text|", "predicted_ps|result|integer|"));
  EXPECT_THAT(ask("SELECT name FROM hosts"), ElementsAre("here"));
}

TEST_F(StoreTest, TheSameSweepIsThereOnce) {
  ResultStore store(file(), ResultStore::Open::OrNew);
  const auto first = store.add(header("first", 3), place);
  const auto again = store.add(header("first", 3), place);
  EXPECT_FALSE(again.is_new);
  EXPECT_EQ(first.sweep, again.sweep);
  EXPECT_THAT(ask("SELECT count(*) FROM places"), ElementsAre("3"));
}

TEST_F(StoreTest, TheSamePointsMayBeAskedSomethingElse) {
  ResultStore store(file(), ResultStore::Open::OrNew);
  store.add(header("first", 3), place);
  SweepHeader again = header("first", 3);
  again.question = "how much?";
  again.text = "question: how much?";
  store.add(again, place);
  EXPECT_THAT(ask("SELECT question, text FROM sweeps"),
              ElementsAre("how much?|question: how much?"));
}

// To SQLite views First and FIRST are one.
TEST_F(StoreTest, TheLatestOfNamesThatDifferInCaseHasTheView) {
  ResultStore store(file(), ResultStore::Open::OrNew);
  const auto small = store.add(header("first", 1), place);
  const auto large = store.add(header("FIRST", 2), place);
  store.record({record(store.places(large.sweep)[1].point)}, "me");
  store.make_view(small.sweep);
  EXPECT_THAT(ask("SELECT number FROM first"), ElementsAre("1"));
}

// Somebody has begun to write into the new file: SQLite does not wait for that by itself here.
TEST_F(StoreTest, WaitsForWhoMakesTheSameFile) {
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(file().c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  {
    const std::jthread ends([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds{150});
      sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr);
    });
    EXPECT_NO_THROW(ResultStore(file(), ResultStore::Open::OrNew));
  }
  sqlite3_close(other);
}

TEST_F(StoreTest, ManyMayMakeTheSameFileAtOnce) {
  for (int turn = 0; turn < 20; ++turn) {
    const auto made = folder_ / ("new" + std::to_string(turn) + ".db");
    std::atomic<int> failed = 0;
    std::vector<std::jthread> all;
    for (int i = 0; i < 6; ++i) {
      all.emplace_back([&, i] {
        try {
          ResultStore store(made, ResultStore::Open::OrNew);
          store.add(header("of " + std::to_string(i), 2), place);
        } catch (const std::exception& error) {
          ++failed;
          ADD_FAILURE() << error.what();
        }
      });
    }
    all.clear();
    ASSERT_EQ(failed, 0);
    EXPECT_EQ(ResultStore(made, ResultStore::Open::ToRead).sweeps().size(), 6u);
  }
}

TEST_F(StoreTest, ASweepThatGrowsTakesThePlaceOfItsBeginning) {
  ResultStore store(file(), ResultStore::Open::OrNew);
  store.add(header("other", 1), place);
  const auto begun = store.add(header("grows", 2), place);
  store.record({record(store.places(begun.sweep)[0].point)}, "me");
  const auto grown = store.add(header("grows", 3), place, begun.sweep);
  EXPECT_NE(grown.sweep, begun.sweep);
  EXPECT_THAT(ask("SELECT name, points FROM sweeps ORDER BY id"),
              ElementsAre("other|1", "grows|3"));
  EXPECT_THAT(ask("SELECT DISTINCT sweep FROM places WHERE sweep > 1"),
              ElementsAre(std::to_string(grown.sweep)));
  EXPECT_EQ(store.places(grown.sweep)[0].state, PlaceState::State::Done);
  // Asked once more from the beginning, as after a kill: the grown one is found, and the view is its.
  const auto again = store.add(header("grows", 2), place);
  EXPECT_NE(again.sweep, begun.sweep);
  EXPECT_EQ(store.add(header("grows", 3), place, again.sweep).sweep, grown.sweep);
  EXPECT_THAT(ask("SELECT name, points FROM sweeps ORDER BY id"),
              ElementsAre("other|1", "grows|3"));
  EXPECT_THAT(ask("SELECT number FROM grows"), ElementsAre("0"));
  EXPECT_GT(store.add(header("third", 1), place).sweep, again.sweep);  // no number is given twice
}

TEST_F(StoreTest, OnlyASweepOfTheSameNameIsReplaced) {
  ResultStore store(file(), ResultStore::Open::OrNew);
  const auto other = store.add(header("other", 2), place);
  const auto grown = store.add(header("grows", 3), place, other.sweep);
  EXPECT_THAT(ask("SELECT name FROM sweeps ORDER BY id"), ElementsAre("other", "grows"));
  EXPECT_EQ(store.places(other.sweep).size(), 2u);
  store.add(header("grows", 3), place, grown.sweep);  // itself
  EXPECT_EQ(store.places(grown.sweep).size(), 3u);
}

TEST_F(StoreTest, AnotherSweepFindsThePointsThatItShares) {
  ResultStore store(file(), ResultStore::Open::OrNew);
  const auto first = store.add(header("first", 2), place);
  const auto places = store.places(first.sweep);
  store.record({record(places[0].point), record(places[1].point, "no")}, "me");
  const auto second = store.add(header("second", 3), place);
  const auto found = store.places(second.sweep);
  EXPECT_EQ(found[0].point, places[0].point);
  EXPECT_EQ(found[0].state, PlaceState::State::Done);
  EXPECT_EQ(found[1].state, PlaceState::State::No);
  EXPECT_EQ(found[2].state, PlaceState::State::Missing);
}

TEST_F(StoreTest, WhatIsWrittenTwiceStaysAsItWasUnlessItFailed) {
  ResultStore store(file(), ResultStore::Open::OrNew);
  const auto sweep = store.add(header("first", 2), place).sweep;
  const auto places = store.places(sweep);
  store.record({record(places[0].point), record(places[1].point, "failed")}, "me");
  PointRecord other = record(places[0].point);
  other.results = {{"gap", 9.0}};
  store.record({other, record(places[1].point)}, "me");
  EXPECT_THAT(ask("SELECT status, gap, attempts FROM points ORDER BY number"),
              ElementsAre("done|0.25|1", "done|0.25|2"));
}

TEST_F(StoreTest, ValuesStayAsTheyCameWhoeverCameFirst) {
  ResultStore store(file(), ResultStore::Open::OrNew);
  const auto places = store.places(store.add(header("first", 3), place).sweep);
  PointRecord whole = record(places[0].point), half = record(places[1].point),
              text = record(places[2].point);
  whole.results = {{"value", std::int64_t{3}}};
  half.results = {{"value", 3.5}};
  text.results = {{"value", std::string("3")}};
  store.record({whole, half}, "me");
  EXPECT_THAT(ask("SELECT type FROM columns WHERE name = 'value'"), ElementsAre("real"));
  store.record({text}, "me");
  EXPECT_THAT(ask("SELECT typeof(value) FROM points ORDER BY number"),
              ElementsAre("integer", "real", "text"));
  EXPECT_THAT(ask("SELECT type FROM columns WHERE name = 'value'"), ElementsAre("text"));
}

TEST_F(StoreTest, APointIsClaimedOnceUntilItsTimeIsOver) {
  ResultStore store(file(), ResultStore::Open::OrNew);
  const auto places = store.places(store.add(header("first", 3), place).sweep);
  const std::vector<std::int64_t> all{places[0].point, places[1].point, places[2].point};
  const auto mine = store.claim({all[0], all[1]}, "me", 100, false, never);
  EXPECT_THAT(mine.taken, ElementsAre(all[0], all[1]));
  const auto yours = store.claim(all, "you", 100, false, never);
  EXPECT_THAT(yours.taken, ElementsAre(all[2]));
  EXPECT_THAT(yours.elsewhere, ElementsAre(all[0], all[1]));
  // It is done: nobody computes it again.
  store.record({record(all[0])}, "me");
  const auto later = store.claim({all[0], all[1]}, "you", 100, false, never);
  EXPECT_THAT(later.taken, IsEmpty());
  EXPECT_THAT(later.elsewhere, ElementsAre(all[1]));
  // Its owner is no more.
  const auto after = store.claim({all[1]}, "you", 100, false,
                                 [](const std::string& owner) { return owner == "me"; });
  EXPECT_THAT(after.taken, ElementsAre(all[1]));
  // Or has not been heard of for so long.
  store.keep_claims("you", -1);
  EXPECT_THAT(store.claim({all[1]}, "me", 100, false, never).taken, ElementsAre(all[1]));
  store.drop_claims("me");
  store.drop_claims("you");
  EXPECT_THAT(ask("SELECT * FROM claims"), IsEmpty());
}

TEST_F(StoreTest, FailedPointsAreClaimedOnlyAgain) {
  ResultStore store(file(), ResultStore::Open::OrNew);
  const auto places = store.places(store.add(header("first", 2), place).sweep);
  store.record({record(places[0].point, "failed"), record(places[1].point, "no")}, "me");
  const std::vector<std::int64_t> all{places[0].point, places[1].point};
  EXPECT_THAT(store.claim(all, "me", 100, false, never).taken, IsEmpty());
  EXPECT_THAT(store.claim(all, "me", 100, true, never).taken, ElementsAre(places[0].point));
}

TEST_F(StoreTest, KeepsInputsAndArtifactsOnceEach) {
  ResultStore store(file(), ResultStore::Open::OrNew);
  const auto places = store.places(store.add(header("first", 2), place).sweep);
  const InputRecord input{"f", "m.yaml", "aa", "/home/m.yaml", "machine"};
  store.add({input, {"f", "big.bin", "bb", "", std::nullopt}});
  store.add({input});
  EXPECT_THAT(ask("SELECT folder, name, sha256, path FROM inputs ORDER BY name"),
              ElementsAre("f|big.bin|bb|", "f|m.yaml|aa|/home/m.yaml"));
  PointRecord one = record(places[0].point), two = record(places[1].point);
  one.artifacts = two.artifacts = {{"out", "plan"}};
  store.record({one, two}, "me");
  EXPECT_THAT(ask("SELECT role, name FROM point_files"),
              ElementsAre("artifact|out", "artifact|out"));
  EXPECT_THAT(ask("SELECT size, bytes FROM files ORDER BY size"),
              ElementsAre("4|plan", "7|machine"));
}

TEST_F(StoreTest, OnlyTheLatestSweepOfANameHasAView) {
  ResultStore store(file(), ResultStore::Open::OrNew);
  store.add(header("same", 2), place);
  const auto places = store.places(store.add(header("same", 3), place).sweep);
  store.record({record(places[0].point)}, "me");
  EXPECT_THAT(ask("SELECT count(*) FROM same"), ElementsAre("1"));
  EXPECT_THAT(ask("SELECT count(*) FROM sqlite_master WHERE type = 'view'"), ElementsAre("1"));
}

TEST_F(StoreTest, ASweepMayBeCalledLikeATable) {
  ResultStore store(file(), ResultStore::Open::OrNew);
  store.add(header("points", 2), place);
  EXPECT_THAT(ask("SELECT count(*) FROM sweep_points"), ElementsAre("0"));
}

TEST_F(StoreTest, OtherFilesAreRefused) {
  const auto open = [&] { ResultStore store(file(), ResultStore::Open::OrNew); };
  EXPECT_THAT(failure_of([&] { ResultStore store(file(), ResultStore::Open::Existing); }),
              HasSubstr("there is no such file"));
  std::ofstream(file()) << std::string(5000, 'x');
  EXPECT_THAT(failure_of(open), HasSubstr("this is no file of results"));
  std::filesystem::remove(file());
  ask("CREATE TABLE t(a)");
  EXPECT_THAT(failure_of(open), HasSubstr("this database is none of partita's"));
  std::filesystem::remove(file());
  open();
  ask("PRAGMA user_version = 7");
  EXPECT_THAT(failure_of(open), HasSubstr("of format 7, this program knows format 1"));
  std::filesystem::remove_all(file());
  std::filesystem::create_directory(file());
  EXPECT_THAT(failure_of(open), HasSubstr("this is no plain file"));
  std::filesystem::remove_all(file());
}

TEST_F(StoreTest, AnEmptyFileBecomesOne) {
  std::ofstream(file()).flush();
  ResultStore store(file(), ResultStore::Open::OrNew);
  EXPECT_THAT(store.sweeps(), IsEmpty());
}

TEST_F(StoreTest, ListsSweepsWithWhatBecameOfTheirPlaces) {
  ResultStore store(file(), ResultStore::Open::OrNew);
  const auto places = store.places(store.add(header("first", 4), place).sweep);
  store.record(
      {record(places[0].point), record(places[1].point, "no"), record(places[2].point, "failed")},
      "me");
  const auto sweeps = store.sweeps();
  ASSERT_EQ(sweeps.size(), 1u);
  EXPECT_EQ(sweeps[0].name, "first");
  EXPECT_EQ(sweeps[0].places, 4u);
  EXPECT_EQ(sweeps[0].done, 1u);
  EXPECT_EQ(sweeps[0].no, 1u);
  EXPECT_EQ(sweeps[0].failed, 1u);
  EXPECT_EQ(store.mean_seconds("partition"), 0.5);
  EXPECT_EQ(store.mean_seconds("simulate"), std::nullopt);
}

}  // namespace
}  // namespace partita::command
