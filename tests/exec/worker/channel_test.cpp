// Messages between processes: what is sent is what arrives, and a silent or dead end is noticed.
#include "exec/worker/channel.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "exec/worker/shared_memory.h"
#include "exec/worker/worker_protocol.h"

namespace partita::exec {
namespace {

using namespace std::chrono_literals;

class ChannelTest : public testing::Test {
 protected:
  ChannelTest() {
    auto [a, b] = socket_pair();
    near_ = Channel(std::move(a));
    far_ = Channel(std::move(b));
  }
  Channel near_, far_;
};

TEST_F(ChannelTest, ValuesArriveAsTheyWereSent) {
  Writer out;
  out.put(std::int64_t{-5});
  out.put(std::string("tensor 'x'"));
  out.put(std::vector<double>{1.5, -2});
  out.put(std::vector<std::string>{"", "b"});
  near_.send(7, out);
  Message message = far_.receive(1s);
  EXPECT_EQ(message.kind, 7u);
  EXPECT_EQ(message.content.get<std::int64_t>(), -5);
  EXPECT_EQ(message.content.get<std::string>(), "tensor 'x'");
  EXPECT_EQ(message.content.get<std::vector<double>>(), (std::vector<double>{1.5, -2}));
  EXPECT_EQ(message.content.get<std::vector<std::string>>(), (std::vector<std::string>{"", "b"}));
  EXPECT_THROW(message.content.get<char>(), Error);
}

// Whoever waits may get its core only when the time is over.
TEST_F(ChannelTest, WhatIsThereIsReadThoughTheTimeIsOver) {
  Writer out;
  out.put(std::int64_t{5});
  near_.send(7, out);
  EXPECT_EQ(far_.receive(0ms).content.get<std::int64_t>(), 5);
}

// Far more than a socket's buffer holds, in both pieces and order.
TEST_F(ChannelTest, LargeMessagesArriveWhole) {
  std::vector<std::uint32_t> many(3'000'000);
  for (std::uint32_t i = 0; i < many.size(); ++i) many[i] = i * 2654435761u;
  Writer out;
  out.put(many);
  std::thread sender([&] { near_.send(1, out); });
  Message message = far_.receive(30s);
  sender.join();
  EXPECT_EQ(message.content.get<std::vector<std::uint32_t>>(), many);
}

TEST_F(ChannelTest, SharedMemoryTravelsByItsDescriptor) {
  SharedMemory ours(4096);
  ours.as<std::uint32_t>(128) = 42;
  near_.send(1, {}, {ours.descriptor()});
  Message message = far_.receive(1s);
  ASSERT_EQ(message.descriptors.size(), 1u);
  SharedMemory theirs(std::move(message.descriptors[0]), 4096);
  EXPECT_EQ(theirs.as<std::uint32_t>(128), 42u);
  theirs.as<std::uint32_t>(132) = 43;
  EXPECT_EQ(ours.as<std::uint32_t>(132), 43u);
}

TEST_F(ChannelTest, SilenceIsATimeoutAndAClosedEndAHangup) {
  EXPECT_THROW(far_.receive(20ms), Timeout);
  // Half a message is silence too.
  const std::uint32_t half = 1;
  ASSERT_EQ(::write(near_.descriptor(), &half, sizeof half), ssize_t{sizeof half});
  EXPECT_THROW(far_.receive(20ms), Timeout);
  near_ = Channel();
  EXPECT_THROW(far_.receive(1s), Hangup);
  EXPECT_THROW(far_.send(1, {}), Hangup);
}

TEST_F(ChannelTest, AnEndThatReadsNothingIsATimeoutToo) {
  Writer large;
  large.put(std::vector<std::uint64_t>(3'000'000));
  EXPECT_THROW(near_.send(1, large, {}, 50ms), Timeout);
  // One that reads in time gets all of it.
  auto [a, b] = socket_pair();
  Channel to(std::move(a)), from(std::move(b));
  std::thread sender([&] { to.send(2, large, {}, 20s); });
  EXPECT_EQ(from.receive(20s).content.bytes().size(), large.bytes().size());
  sender.join();
}

TEST(Protocol, AModelArrivesAsItWasSent) {
  Model model;
  model.layers.push_back({"conv",
                          OpKind::Conv,
                          {{"group", std::int64_t{2}},
                           {"alpha", 0.5},
                           {"mode", std::string("edge")},
                           {"pads", std::vector<std::int64_t>{1, 2}},
                           {"scales", std::vector<double>{1, 2.5}}},
                          {TensorId{0}, TensorId{1}},
                          {TensorId{1}},
                          {}});
  Tensor constant;
  constant.name = "c";
  constant.kind = TensorKind::Constant;
  constant.type = DataType::I64;
  constant.shape = {1};
  constant.values = std::make_shared<const std::vector<std::byte>>(8, std::byte{3});
  Tensor activation;
  activation.name = "a";
  activation.shape = {2, 3};
  activation.consumers = {LayerId{0}};
  model.tensors = {constant, activation};
  model.recipes = {Recipe{}, Recipe{.key = 99, .spread = 0.25f}};

  Writer out;
  write(out, model);
  Reader in(out.bytes());
  Model read_back;
  read(in, read_back);
  ASSERT_EQ(read_back.layers.size(), 1u);
  const Layer& layer = read_back.layers[LayerId{0}];
  EXPECT_EQ(layer.name, "conv");
  EXPECT_EQ(layer.kind, OpKind::Conv);
  EXPECT_EQ(layer.attributes, model.layers[LayerId{0}].attributes);
  EXPECT_EQ(layer.inputs, model.layers[LayerId{0}].inputs);
  EXPECT_EQ(layer.outputs, model.layers[LayerId{0}].outputs);
  EXPECT_EQ(*read_back.tensors[TensorId{0}].values, *constant.values);
  EXPECT_EQ(read_back.tensors[TensorId{1}].shape, activation.shape);
  EXPECT_EQ(read_back.tensors[TensorId{1}].consumers, activation.consumers);
  EXPECT_EQ(read_back.recipes, model.recipes);
}

TEST(Futex, ASleeperIsWokenLongBeforeItsPatienceEnds) {
  SharedMemory memory(4096);
  auto& word = memory.as<std::atomic<std::uint32_t>>(0);
  const auto begin = std::chrono::steady_clock::now();
  std::thread sleeper([&] {
    while (word.load() == 0) futex_wait(word, 0, 60s);
  });
  std::this_thread::sleep_for(20ms);
  word.store(1);
  futex_wake_all(word);
  sleeper.join();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 30s);
}

}  // namespace
}  // namespace partita::exec
