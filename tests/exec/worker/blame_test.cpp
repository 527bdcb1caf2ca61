// Who of several silent workers keeps the others waiting.
#include "exec/worker/blame.h"

#include <gtest/gtest.h>

#include <thread>

#include "exec/worker/worker_protocol.h"

namespace partita::exec {
namespace {

using namespace std::chrono_literals;
using State = Pulse::State;

constexpr std::int64_t kMillisecond = 1'000'000;  // ns

class BlameTest : public testing::Test {
 protected:
  Pulse& pulse(std::uint32_t worker) { return memory_.as<Pulse>(pulse_offset(kWorkers, worker)); }
  void set(std::uint32_t worker, State state, std::uint32_t what, std::int64_t ms_ago) {
    pulse(worker).set(state, what, now_ns() - ms_ago * kMillisecond);
  }
  // These wait, and look around.
  std::optional<Suspect> who_hangs_while_alive(const std::vector<std::uint32_t>& alive) {
    std::atomic<bool> stop = false;
    const auto look_around = [&] {
      for (const std::uint32_t worker : alive) pulse(worker).set(State::Waits, 0, now_ns());
    };
    look_around();
    std::thread living([&] {
      for (; !stop; std::this_thread::sleep_for(5ms)) look_around();
    });
    const auto suspect = who_hangs(memory_, kWorkers, {0, 1, 2});
    stop = true;
    living.join();
    return suspect;
  }

  static constexpr std::uint32_t kWorkers = 3;
  SharedMemory memory_{seat_offset(kWorkers, 1)};
};

TEST_F(BlameTest, WhoWaitsAndLooksAroundIsNotToBlame) {
  set(1, State::Layer, 5, 900);
  const auto suspect = who_hangs_while_alive({0, 2});
  ASSERT_TRUE(suspect);
  EXPECT_EQ(suspect->worker, 1u);
  EXPECT_EQ(suspect->what, 5u);
  EXPECT_GE(suspect->silent, 900 * kMillisecond);
}

TEST_F(BlameTest, WhoWaitsAndDoesNotLookAroundIs) {
  set(2, State::Waits, 0, 60);
  const auto suspect = who_hangs_while_alive({0, 1});
  ASSERT_TRUE(suspect);
  EXPECT_EQ(suspect->worker, 2u);
  EXPECT_GE(suspect->silent, 1000 * kMillisecond);  // it was listened to
}

// Worker 0 is slow, but began its layer after worker 1 had fallen silent.
TEST_F(BlameTest, TheOneThatIsSilentForLongestIs) {
  set(0, State::Layer, 1, 400);
  set(1, State::Copy, 2, 800);
  const auto suspect = who_hangs_while_alive({2});
  ASSERT_TRUE(suspect);
  EXPECT_EQ(suspect->worker, 1u);
  EXPECT_EQ(suspect->state, State::Copy);
}

TEST_F(BlameTest, NobodyIsWhereAllWaitForEachOther) {
  EXPECT_FALSE(who_hangs_while_alive({0, 1, 2}));
}

TEST_F(BlameTest, OthersThanTheMissingAreNotLookedAt) {
  set(0, State::Layer, 1, 5'000);
  set(1, State::Layer, 1, 10);
  const auto suspect = who_hangs(memory_, kWorkers, {1});
  ASSERT_TRUE(suspect);
  EXPECT_EQ(suspect->worker, 1u);
}

TEST(Blame, SaysWhatWasSeenLast) {
  Model model;
  model.layers.push_back({"conv3", OpKind::Relu, {}, {TensorId{0}}, {TensorId{0}}, {}});
  Tensor x;
  x.name = "x";
  model.tensors = {x};
  model.recipes = {Recipe{}};
  Writer sent;
  write(sent, model);
  const Names names = names_in(sent);
  const auto words = [&](State state, std::uint32_t what) {
    return in_words({0, state, what, 1'487 * kMillisecond}, names);
  };
  EXPECT_EQ(words(State::Layer, 0), "; it began layer 'conv3' 1487 ms ago");
  EXPECT_EQ(words(State::Layer, 9), "; it began layer 'number 9' 1487 ms ago");
  EXPECT_EQ(words(State::Copy, 0), "; it began to copy 'x' 1487 ms ago");
  EXPECT_EQ(words(State::Copies, 0), "; its device has ended no copy for 1487 ms");
  EXPECT_EQ(words(State::Waits, 0), "; it waited for others, and was last awake 1487 ms ago");
}

}  // namespace
}  // namespace partita::exec
