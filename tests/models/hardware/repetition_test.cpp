#include "models/hardware/repetition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace partita {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

struct Result {
  Document document;
  Diagnostics diagnostics;
};

Result repeated(const std::string& text) {
  Result result;
  result.document =
      with_repetitions(Document::parse_text(text, "t.yaml"), {"parts"}, result.diagnostics);
  return result;
}

std::vector<std::pair<std::string, std::string>> entries(const Result& result) {
  std::vector<std::pair<std::string, std::string>> found;
  for (const Node::Member& member : result.document.root().members.front().value.members) {
    found.emplace_back(member.key, member.value.text);
  }
  return found;
}

TEST(Repetition, WritesEntriesOutInTheirPlace) {
  const Result result = repeated("parts:\n  a: x\n  b[2..4]_in: \"m{i}\"\n  c: y\n");
  EXPECT_TRUE(result.diagnostics.empty());
  EXPECT_THAT(entries(result), ElementsAre(Pair("a", "x"), Pair("b2_in", "m2"), Pair("b3_in", "m3"),
                                           Pair("b4_in", "m4"), Pair("c", "y")));
}

TEST(Repetition, CountsUpAndDown) {
  const Result result = repeated("parts:\n  b[1..2]: \"{i-1}<{i}<{i+1}, {i+10}\"\n");
  EXPECT_THAT(entries(result), ElementsAre(Pair("b1", "0<1<2, 11"), Pair("b2", "1<2<3, 12")));
}

TEST(Repetition, ReachesNestedValues) {
  const Result result = repeated("parts:\n  b[0..1]: {ends: [\"m{i}\", {deep: \"x{i}\"}]}\n");
  const Node& second = result.document.root().members.front().value.members[1].value;
  EXPECT_EQ(second.members[0].value.items[0].text, "m1");
  EXPECT_EQ(second.members[0].value.items[1].members[0].value.text, "x1");
}

TEST(Repetition, KeepsLinesAndColumns) {
  const Result result = repeated("parts:\n  a: x\n  b[0..1]: \"m{i}\"\n");
  const Node::Member& last = result.document.root().members.front().value.members.back();
  EXPECT_EQ(last.line, 3);
  EXPECT_EQ(last.column, 3);
  EXPECT_EQ(last.value.line, 3);
  EXPECT_EQ(last.value.column, 12);
}

TEST(Repetition, LeavesOtherSectionsAndPlainEntriesAlone) {
  const Result result = repeated("parts:\n  a: \"{i}\"\nother:\n  b[0..1]: \"{i}\"\n");
  EXPECT_TRUE(result.diagnostics.empty());
  EXPECT_THAT(entries(result), ElementsAre(Pair("a", "{i}")));
  EXPECT_EQ(result.document.root().members[1].value.members[0].key, "b[0..1]");
}

TEST(Repetition, MayHaveOneEntryOnly) {
  EXPECT_THAT(entries(repeated("parts:\n  b[7..7]: x\n")), ElementsAre(Pair("b7", "x")));
}

TEST(Repetition, RefusesWhatIsNone) {
  for (const char* name : {"b[", "b[]", "b[0]", "b[..3]", "b[0..]", "b[0..3", "b[-1..3]",
                           "b[0...3]", "b[a..b]", "b[0..1][0..1]", "b[3..0]", "b[0..4096]"}) {
    EXPECT_EQ(repeated(std::string{"parts:\n  "} + name + ": x\n").diagnostics.found().size(), 1u)
        << name;
  }
  EXPECT_TRUE(repeated("parts:\n  b[0..4095]: x\n").diagnostics.empty());
}

TEST(Repetition, OfAnOverrideGivesOneForEach) {
  EXPECT_THAT(with_repetitions("a.b[0..1].c", "m{i}"),
              ElementsAre(Pair("a.b0.c", "m0"), Pair("a.b1.c", "m1")));
  EXPECT_THAT(with_repetitions("a.b", "{x: 1}"), ElementsAre(Pair("a.b", "{x: 1}")));
  EXPECT_THROW(with_repetitions("a.b[1..0]", "x"), ConfigError);
}

}  // namespace
}  // namespace partita
