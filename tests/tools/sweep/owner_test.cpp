#include "tools/partita/sweep/owner.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>

namespace partita::command {
namespace {

TEST(Owner, IsGoneWhenItsProcessIs) {
  EXPECT_FALSE(is_gone(this_owner()));
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    const std::string owner = this_owner();
    if (write(ends[1], owner.data(), owner.size()) < 0) _exit(1);
    pause();
  }
  char text[500];
  const ssize_t size = read(ends[0], text, sizeof text);
  ASSERT_GT(size, 0);
  const std::string owner(text, static_cast<std::size_t>(size));
  EXPECT_NE(owner, this_owner());
  EXPECT_FALSE(is_gone(owner));
  kill(child, SIGKILL);
  siginfo_t info;
  waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);
  EXPECT_TRUE(is_gone(owner)) << "nobody has waited for it, but it computes nothing";
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(is_gone(owner));
}

TEST(Owner, OfAnotherComputerIsNeverGone) {
  EXPECT_FALSE(is_gone("another-boot/pid:[1]/1/1"));
  EXPECT_FALSE(is_gone(""));
}

TEST(Owner, WithThisNumberButAnotherStartIsGone) {
  std::string owner = this_owner();
  owner.back() = owner.back() == '1' ? '2' : '1';
  EXPECT_TRUE(is_gone(owner));
}

}  // namespace
}  // namespace partita::command
