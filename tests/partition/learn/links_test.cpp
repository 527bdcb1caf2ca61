#include "partition/learn/links.h"

#include <gtest/gtest.h>

namespace partita::learn {
namespace {

// Powers of two from 1 to 256: three of them evenly in the exponent are 1, 16, 256.
TEST(SizesToMeasure, AreEvenInTheLogarithm) {
  std::vector<Bytes> sizes;
  for (int power = 0; power <= 8; ++power) sizes.push_back(Bytes{1 << power});
  EXPECT_EQ(sizes_to_measure(sizes, 3), (std::vector<std::size_t>{0, 4, 8}));
  EXPECT_EQ(sizes_to_measure(sizes, 100).size(), 9u);
  EXPECT_TRUE(sizes_to_measure({}, 3).empty());
}

// From 10 us at 1 kB to 30 us at 3 kB: 20 us at 2 kB, 40 us at 4 kB by the last line.
TEST(LearnLink, JoinsWhatWasMeasured) {
  const auto link = learn_link({{Bytes{3000}, 30us}, {Bytes{1000}, 10us}});
  EXPECT_EQ(copy_time(link, Bytes{2000}), 20us);
  EXPECT_EQ(copy_time(link, Bytes{4000}), 40us);
}

}  // namespace
}  // namespace partita::learn
