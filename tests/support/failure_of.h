// What is said when something fails.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <exception>
#include <functional>
#include <string>

namespace partita {

// The message of what `work` throws, within a bounded time; empty: it throws none.
inline std::string failure_of(const std::function<void()>& work) {
  using namespace std::chrono_literals;
  const auto begin = std::chrono::steady_clock::now();
  std::string message;
  try {
    work();
  } catch (const std::exception& e) {
    message = e.what();
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 20s);
  return message;
}

}  // namespace partita
