#include "tools/partita/sweep/local_engine.h"

#include <gmock/gmock.h>
#include <signal.h>

#include <map>
#include <set>

#include "tests/support/temporary_folder.h"
#include "tests/tools/sweep/fake_points.h"

namespace partita::command {
namespace {

using namespace std::chrono_literals;
using test::asked;
using test::fake_points;
using test::result_of;
using test::whole;
using ::testing::HasSubstr;

// All answers by key; each point must come back once.
std::map<std::int64_t, FinishedPoint> finish(Engine& engine) {
  std::map<std::int64_t, FinishedPoint> all;
  while (engine.under_way() > 0) {
    for (FinishedPoint& each : engine.wait(1s)) {
      EXPECT_FALSE(all.contains(each.key)) << each.key;
      all[each.key] = std::move(each);
    }
  }
  return all;
}

TEST(LocalEngine, AnswersEveryPointOnce) {
  LocalEngine engine(fake_points(), {.workers = 2});
  std::map<std::int64_t, FinishedPoint> all;
  std::int64_t next = 0;
  while (next < 2000 || engine.under_way() > 0) {
    for (std::size_t wanted = engine.wanted(); wanted > 0 && next < 2000; --wanted, ++next) {
      engine.submit(next, asked(std::to_string(next), {"square", std::to_string(next)}));
    }
    for (FinishedPoint& each : engine.wait(1s)) all[each.key] = std::move(each);
  }
  ASSERT_EQ(all.size(), 2000u);
  for (const auto& [key, each] : all) {
    EXPECT_EQ(result_of(each.answer, "square"), Cell{key * key});
    EXPECT_EQ(each.answer.point, std::to_string(key));
    EXPECT_EQ(each.attempts, 1);
  }
}

// One at a time they would be 300 times.
TEST(LocalEngine, IsNotWokenForEachOfManyShortPoints) {
  LocalEngine engine(fake_points(), {.workers = 1});
  std::size_t times = 0, next = 0;
  while (next < 300 || engine.under_way() > 0) {
    for (std::size_t wanted = engine.wanted(); wanted > 0 && next < 300; --wanted, ++next) {
      engine.submit(static_cast<std::int64_t>(next), asked("p", {"sleep", "1"}));
    }
    times += !engine.wait(1s).empty();
  }
  EXPECT_LT(times, 150u);
}

TEST(LocalEngine, UsesAllItsWorkers) {
  LocalEngine engine(fake_points(), {.workers = 3});
  for (int i = 0; i < 3; ++i) engine.submit(i, asked("p", {"sleep", "1000"}));
  const auto start = std::chrono::steady_clock::now();
  finish(engine);
  // One after the other they would take 3 s.
  EXPECT_LT(std::chrono::steady_clock::now() - start, 2900ms);
}

TEST(LocalEngine, APointThatCrashesIsTriedThreeTimesAndHarmsNoOther) {
  LocalEngine engine(fake_points(), {.workers = 2});
  for (int i = 0; i < 40; ++i) {
    engine.submit(i, i == 17 ? asked("c", {"crash"}) : asked("s", {"square", "3"}));
  }
  const auto all = finish(engine);
  ASSERT_EQ(all.size(), 40u);
  for (const auto& [key, each] : all) {
    if (key == 17) continue;
    EXPECT_EQ(each.answer.status, Status::Done) << key;
    EXPECT_EQ(each.attempts, 1) << key;
  }
  EXPECT_EQ(all.at(17).answer.status, Status::Failed);
  EXPECT_EQ(all.at(17).attempts, 3);
  EXPECT_EQ(all.at(17).answer.reason, "ended by signal 11 (SIGSEGV)");
}

TEST(LocalEngine, SaysWhatAnAbortedPointHadToSay) {
  LocalEngine engine(fake_points(), {});
  engine.submit(0, asked("a", {"assert"}));
  EXPECT_EQ(finish(engine).at(0).answer.reason, "ended by signal 6 (SIGABRT): invariant broken");
}

TEST(LocalEngine, APointWhoseWorkerWasEndedByOthersIsComputedAgain) {
  const test::TemporaryFolder folder;
  LocalEngine engine(fake_points(), {});
  engine.submit(0, asked("o", {"crash_once", (folder / "seen").string()}));
  const auto all = finish(engine);
  EXPECT_EQ(all.at(0).answer.status, Status::Done);
  EXPECT_EQ(result_of(all.at(0).answer, "square"), whole(49));
  EXPECT_EQ(all.at(0).attempts, 2);
}

TEST(LocalEngine, APointThatHangsIsEndedInTimeAndNotTriedAgain) {
  LocalEngine engine(fake_points(), {.workers = 1, .limits = {.time = 2s}});
  engine.submit(0, asked("h", {"sleep", "60000"}));
  engine.submit(1, asked("s", {"square", "2"}));
  const auto start = std::chrono::steady_clock::now();
  const auto all = finish(engine);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
  EXPECT_EQ(all.at(0).answer.status, Status::Failed);
  EXPECT_EQ(all.at(0).answer.reason, "took longer than 2 s by the clock");
  EXPECT_EQ(all.at(0).attempts, 1);
  EXPECT_EQ(all.at(1).answer.status, Status::Done);
}

TEST(LocalEngine, TheLimitOfTimeIsOfOnePointNotOfABatch) {
  // 30 points of 100 ms take 3 s, each of them less than 2.
  LocalEngine engine(fake_points(), {.workers = 1, .limits = {.time = 2s}});
  for (int i = 0; i < 30; ++i) engine.submit(i, asked("s", {"sleep", "100"}));
  for (const auto& [key, each] : finish(engine)) EXPECT_EQ(each.answer.status, Status::Done) << key;
}

TEST(LocalEngine, AWorkerThatWatchesItsMemoryIsBelievedWhenItIsNew) {
  LocalEngine engine(fake_points(), {.workers = 1, .limits = {.memory = 50'000'000}});
  engine.submit(0, asked("s", {"square", "1"}));
  engine.submit(1, asked("e", {"eat", "60000000"}));
  engine.submit(2, asked("s", {"square", "1"}));
  const auto all = finish(engine);
  EXPECT_EQ(all.at(1).answer.status, Status::Failed);
  EXPECT_EQ(all.at(1).answer.reason, "needed more");
  EXPECT_EQ(all.at(1).attempts, 1);
  EXPECT_EQ(all.at(0).answer.status, Status::Done);
  EXPECT_EQ(all.at(2).answer.status, Status::Done);
}

TEST(LocalEngine, AWorkerThatGrowsIsReplaced) {
  LocalEngine engine(fake_points(), {.workers = 1, .growth = 20 << 20});
  engine.submit(0, asked("s", {"square", "1"}));
  finish(engine);
  const auto first = engine.workers();
  engine.submit(1, asked("e", {"eat", "60000000"}));
  for (int i = 2; i < 200; ++i) engine.submit(i, asked("s", {"square", "1"}));
  finish(engine);
  engine.submit(200, asked("s", {"square", "1"}));
  finish(engine);
  EXPECT_NE(engine.workers(), first);
}

TEST(LocalEngine, WorkersAreGoneWithTheEngine) {
  std::vector<pid_t> pids;
  {
    LocalEngine engine(fake_points(), {.workers = 2});
    engine.submit(0, asked("h", {"sleep", "60000"}));
    engine.submit(1, asked("h", {"sleep", "60000"}));
    engine.wait(50ms);
    pids = engine.workers();
    EXPECT_EQ(pids.size(), 2u);
  }
  for (const pid_t pid : pids) EXPECT_EQ(kill(pid, 0), -1) << pid;
}

TEST(LocalEngine, AnIdleWorkerThatIsEndedByOthersIsReplaced) {
  LocalEngine engine(fake_points(), {.workers = 1});
  engine.submit(0, asked("s", {"square", "1"}));
  finish(engine);
  const auto pids = engine.workers();
  ASSERT_EQ(pids.size(), 1u);
  kill(pids.front(), SIGKILL);
  engine.submit(1, asked("s", {"square", "2"}));
  EXPECT_EQ(finish(engine).at(1).answer.status, Status::Done);
}

}  // namespace
}  // namespace partita::command
