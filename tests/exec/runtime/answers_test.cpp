// Whose answer it is shows.
#include "exec/runtime/answers.h"

#include <gtest/gtest.h>

#include "exec/reference/reference.h"
#include "exec/values/values.h"
#include "tests/exec/replay/networks.h"

namespace partita::exec {
namespace {

TEST(Answers, OfAnotherRequestAreNotRight) {
  const Network network = branched_cnn();
  const Answers answers(network, 7, 3);
  const auto outputs = run_reference(network, answers.inputs(4), 7);
  EXPECT_EQ(answers.difference(4, outputs), 0);
  EXPECT_EQ(answers.difference(1, outputs), 0);  // 4 mod 3
  EXPECT_GT(answers.difference(2, outputs), 1e-2);
  EXPECT_GT(answers.difference(3, outputs), 1e-2);
}

TEST(Answers, ThatLackAnOutputAreNotRight) {
  const Network network = branched_cnn();
  const Answers answers(network, 7, 1);
  auto outputs = run_reference(network, answers.inputs(0), 7);
  outputs.erase(outputs.begin());
  EXPECT_GT(answers.difference(0, outputs), 1e9);
}

}  // namespace
}  // namespace partita::exec
