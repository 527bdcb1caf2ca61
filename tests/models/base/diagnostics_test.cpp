#include "models/base/diagnostics.h"

#include <gtest/gtest.h>

namespace partita {
namespace {

TEST(Diagnostics, PlacesAreWrittenAsFarAsTheyAreKnown) {
  EXPECT_EQ(to_string(SourceLoc{"a.yaml", 3, 7}), "a.yaml:3:7");
  EXPECT_EQ(to_string(SourceLoc{"a.yaml", 3, 0}), "a.yaml:3");
  EXPECT_EQ(to_string(SourceLoc{"a.yaml", 0, 0}), "a.yaml");
  EXPECT_EQ(to_string(Diagnostic{{"a.yaml", 3, 7}, "bad"}), "a.yaml:3:7: error: bad");
}

TEST(Diagnostics, AreListedInFileOrder) {
  Diagnostics diagnostics;
  diagnostics.error({"a", 9, 1}, "last");
  diagnostics.error({"a", 2, 5}, "second");
  diagnostics.error({"a", 2, 1}, "first");
  diagnostics.error({"a", 2, 5}, "third: as far as the second, and reported later");
  try {
    diagnostics.throw_if_any();
    FAIL() << "nothing thrown";
  } catch (const ConfigError& error) {
    EXPECT_EQ(std::string{error.what()},
              "a:2:1: error: first\na:2:5: error: second\n"
              "a:2:5: error: third: as far as the second, and reported later\na:9:1: error: last");
    ASSERT_EQ(error.diagnostics().size(), 4u);
    EXPECT_EQ(error.diagnostics()[3].message, "last");
  }
}

TEST(Diagnostics, NoneThrowNothing) { EXPECT_NO_THROW(Diagnostics{}.throw_if_any()); }

TEST(Closest, FindsASlipOfTheKeyboard) {
  const std::vector<std::string> keys{"latency", "bandwidth", "lanes", "kind"};
  EXPECT_EQ(closest("latancy", keys), "latency");
  EXPECT_EQ(closest("bandwith", keys), "bandwidth");
  EXPECT_EQ(closest("lane", keys), "lanes");
  EXPECT_EQ(closest("knid", {"kind"}), "kind");  // neighbours swapped are one slip
  EXPECT_EQ(closest("kide", {"kind"}), "");      // two edits in four letters could be anything
  EXPECT_EQ(closest("throughput", keys), "");
  EXPECT_EQ(closest("", keys), "");
  EXPECT_EQ(closest("ab", {"ac", "ad"}), "ac");  // the first of equals
}

}  // namespace
}  // namespace partita
