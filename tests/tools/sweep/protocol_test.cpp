#include "tools/partita/sweep/protocol.h"

#include <gmock/gmock.h>

#include "models/base/diagnostics.h"

namespace partita::command {
namespace {

using ::testing::HasSubstr;

TEST(Protocol, AQuestionReadsBack) {
  PointQuestion question;
  question.point = "p1";
  question.arguments = {"partition",  "--model", "zoo:bert?layers=4", "--machine",
                        "@ab/m.yaml", "--set",   "a=\"b\\c\"\n",      "\xc3\xa4"};
  question.files = {{"ab", "m.yaml", "cd"}};
  question.keep = {{"explanation.0.name"}, {"out"}};
  question.memory_limit = 4'000'000'000;
  question.time_limit = 0.5;
  const std::string line = to_line(question);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const PointQuestion again = read_question(line);
  EXPECT_EQ(again.point, question.point);
  EXPECT_EQ(again.arguments, question.arguments);
  ASSERT_EQ(again.files.size(), 1u);
  EXPECT_EQ(again.files[0].folder, "ab");
  EXPECT_EQ(again.files[0].name, "m.yaml");
  EXPECT_EQ(again.files[0].sha256, "cd");
  EXPECT_EQ(again.keep.columns, question.keep.columns);
  EXPECT_EQ(again.keep.files, question.keep.files);
  EXPECT_EQ(again.memory_limit, question.memory_limit);
  EXPECT_EQ(again.time_limit, 0.5);
}

TEST(Protocol, AnAnswerReadsBack) {
  PointAnswer answer;
  answer.point = "p1";
  answer.status = Status::No;
  answer.reason = "needs \"more\"\nmemory";
  answer.result = {{"gap", 0.125},
                   {"name", std::string("a \"b\"\n")},
                   {"none", {}},
                   {"value", std::int64_t{3}},
                   {"whole", 4.0}};
  answer.seconds = 0.25;
  answer.artifacts = {{"out", "/tmp/x", ""}, {"trace", "", "QUJD"}};
  answer.is_exhausted = true;
  answer.host = {{"name", "a"}};
  const PointAnswer again = read_answer(to_line(answer));
  EXPECT_EQ(again.status, Status::No);
  EXPECT_EQ(again.reason, answer.reason);
  EXPECT_EQ(again.result, answer.result);
  EXPECT_EQ(again.seconds, 0.25);
  ASSERT_EQ(again.artifacts.size(), 2u);
  EXPECT_EQ(again.artifacts[0].path, "/tmp/x");
  EXPECT_EQ(again.artifacts[1].base64, "QUJD");
  EXPECT_TRUE(again.is_exhausted);
  EXPECT_EQ(again.host, answer.host);
}

// Python puts blanks between, and results elsewhere.
TEST(Protocol, ResultsReadTheSameWhoeverWroteThem) {
  const NamedCells expected{
      {"a", 1.5},   {"b", std::int64_t{-1}}, {"c", std::string("\"x\"")}, {"d", Cell{}},
      {"e", 1e300}, {"f", std::int64_t{1}}};
  const std::string theirs =
      R"({"point": "p", "result": {"b": -1, "a": 1.5, "c": "\"x\"", "d": null, "e": 1e300, "f": true},
          "status": "done"})";
  EXPECT_EQ(read_answer(theirs).result, expected);
  PointAnswer ours;
  ours.result = expected;
  EXPECT_EQ(read_answer(to_line(ours)).result, expected);
  ours.result = {{"a", 1.5}, {"b", std::string("\xc3\xa4")}, {"c", 2.0}, {"d", 1e300}};
  EXPECT_EQ(read_answer(to_line(ours)).result, ours.result);
  ours.result.clear();
  EXPECT_EQ(read_answer(to_line(ours)).result, ours.result);
}

TEST(Protocol, WhatMayBeLeftOutIsLeftOut) {
  EXPECT_EQ(to_line(read_question(R"({"point": "p", "arguments": ["check"]})")),
            R"({"point":"p","arguments":["check"]})");
  const PointAnswer answer = read_answer(R"({"point": "p", "status": "done"})");
  EXPECT_TRUE(answer.result.empty());
  EXPECT_TRUE(answer.host.is_null());
  EXPECT_FALSE(answer.is_exhausted);
}

TEST(Protocol, OtherLinesAreRefused) {
  for (const char* line :
       {"", "hello", "[]", R"({"point": "p"})", R"({"point": 3, "status": "no"})",
        R"({"point": "p", "status": "perhaps"})", R"({"result":{},"point":"p"})",
        R"({"result":{"a":1x},"point":"p","status":"no"})", R"({"result":{"a":1)"}) {
    EXPECT_THROW(read_answer(line), Error) << line;
  }
  EXPECT_THROW(read_question(R"({"point": "p"})"), Error);
}

TEST(Protocol, BytesThatAreNoTextEndNothing) {
  PointAnswer answer;
  answer.point = "p";
  answer.reason = "cannot read '\xff\xfe'";
  EXPECT_THAT(read_answer(to_line(answer)).reason, HasSubstr("cannot read"));
}

}  // namespace
}  // namespace partita::command
