#include "models/base/interned.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace partita {
namespace {

// New ones and known ones, one of them twice; enough for the table to grow in the middle.
TEST(Interned, ManyAtOnceAreWhatEachIs) {
  const Interned known("all: 3");
  std::vector<std::string> texts;
  for (int i = 0; i < 2'000; ++i) texts.push_back("all: " + std::to_string(i % 1'999));
  texts.emplace_back();
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  const std::vector<Interned> found = Interned::all(views);
  ASSERT_EQ(found.size(), texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(found[i].text(), texts[i]);
    EXPECT_EQ(found[i].address(), Interned(texts[i]).address());
  }
  EXPECT_EQ(found[3], known);
  EXPECT_EQ(found[0], found[1'999]);
  EXPECT_TRUE(Interned::all({}).empty());
}

}  // namespace
}  // namespace partita
