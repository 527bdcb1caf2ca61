#include "tools/partita/sweep/evaluate.h"

#include <gmock/gmock.h>

#include "models/base/file.h"
#include "tests/support/temporary_folder.h"
#include "tests/tools/sweep/fake_points.h"

namespace partita::command {
namespace {

using Json = nlohmann::json;
using test::result_of;
using test::text;
using test::whole;
using ::testing::HasSubstr;

TEST(Flat, ObjectsAreJoinedByDotsAndListsLeftOut) {
  const Json nested =
      Json::parse(R"({"a": 1, "b": {"c": "x", "d": {"e": 2.5}}, "list": [1, 2], "n": null})");
  EXPECT_EQ(flat(nested, {}), Json::parse(R"({"a": 1, "b.c": "x", "b.d.e": 2.5, "n": null})"));
}

TEST(Flat, PathsLeadIntoListsAndNarrowWhatTheyLeadInto) {
  const Json nested = Json::parse(
      R"({"a": {"b": 1, "c": 2}, "p": [{"t": 1}, {"t": 2, "u": {"v": 3}}], "l": [1, "x"], "z": 0})");
  EXPECT_EQ(flat(nested, {"p.1.t"}), Json::parse(R"({"a.b": 1, "a.c": 2, "p.1.t": 2, "z": 0})"));
  EXPECT_EQ(flat(nested, {"p.1"}),
            Json::parse(R"({"a.b": 1, "a.c": 2, "p.1.t": 2, "p.1.u.v": 3, "z": 0})"));
  EXPECT_EQ(flat(nested, {"a.c"}), Json::parse(R"({"a.c": 2, "z": 0})"));
  EXPECT_EQ(flat(nested, {"l"}), Json::parse(R"({"a.b": 1, "a.c": 2, "l": "[1,\"x\"]", "z": 0})"));
  EXPECT_EQ(flat(nested, {"p.7.t", "nothing.here"}),
            Json::parse(R"({"a.b": 1, "a.c": 2, "z": 0})"));
  const Json dotted = Json::parse(R"({"a": {"b.c": [5]}})");
  EXPECT_EQ(flat(dotted, {"a.b.c.0"}), Json::parse(R"({"a.b.c.0": 5})"));
}

class EvaluateTest : public ::testing::Test {
 protected:
  PointQuestion question(std::vector<std::string> arguments) const {
    for (std::string& word : arguments) {
      if (word.ends_with(".json")) word = (folder_ / word).string();
    }
    return test::asked("p", std::move(arguments));
  }
  void SetUp() override {
    write_file(folder_ / "net.json",
               R"({"costed_graph": 1, "name": "two", "processors": ["p0", "p1"],
                   "layers": [{"name": "a", "times": {"p0": "10 us", "p1": "20 us"}},
                              {"name": "b", "times": {"p0": "30 us", "p1": "40 us"}}],
                   "edges": [{"from": "a", "to": "b", "size": "1 MB"}]})");
  }
  PointAnswer evaluate(const PointQuestion& asked) {
    PointEvaluator evaluator(console_, "");
    return evaluator.evaluate(asked);
  }

  partita::test::TemporaryFolder folder_;
  Console console_;
};

TEST_F(EvaluateTest, AVerbsLineIsTheResult) {
  const PointAnswer answer = evaluate(question({"predict", "--model", "net.json", "--json"}));
  EXPECT_EQ(answer.status, Status::Done) << answer.reason;
  EXPECT_EQ(result_of(answer, "fastest_processor"), text("p0"));
  EXPECT_EQ(result_of(answer, "fastest_processor_ps"), whole(40'000'000));
  EXPECT_GT(answer.seconds, 0);
}

TEST_F(EvaluateTest, PointsDoNotSeeOptionsOfThoseBefore) {
  PointEvaluator evaluator(console_, "");
  const auto first = evaluator.evaluate(
      question({"partition", "--model", "net.json", "--method", "round_robin", "--json"}));
  const auto second = evaluator.evaluate(question({"partition", "--model", "net.json", "--json"}));
  EXPECT_EQ(result_of(first, "method"), text("round_robin"));
  EXPECT_EQ(result_of(second, "method"), text("auto"));
}

TEST_F(EvaluateTest, AFileThatChangesIsReadAgain) {
  PointEvaluator evaluator(console_, "");
  const auto point = question({"predict", "--model", "net.json", "--json"});
  EXPECT_EQ(result_of(evaluator.evaluate(point), "fastest_processor_ps"), whole(40'000'000));
  std::string text = read_file(folder_ / "net.json");
  text.replace(text.find("30 us"), 5, "31.5 us");
  write_file(folder_ / "net.json", text);
  EXPECT_EQ(result_of(evaluator.evaluate(point), "fastest_processor_ps"), whole(41'500'000));
}

TEST_F(EvaluateTest, MistakesAreReasons) {
  const auto reason = [&](std::vector<std::string> words) {
    const PointAnswer answer = evaluate(question(std::move(words)));
    EXPECT_EQ(answer.status, Status::Failed);
    EXPECT_TRUE(answer.result.empty());
    return answer.reason;
  };
  EXPECT_THAT(reason({"predict", "--model", "none.json", "--json"}),
              HasSubstr("none.json: error: "));
  EXPECT_THAT(reason({"predict", "--modle", "net.json"}), HasSubstr("did you mean '--model'?"));
  EXPECT_THAT(reason({"predict", "--model", "net.json"}), HasSubstr("no line of JSON"));
  EXPECT_THAT(reason({"nothing"}), HasSubstr("no such verb"));
  EXPECT_THAT(reason({}), HasSubstr("no such verb"));
}

TEST_F(EvaluateTest, WhatIsPrintedIsCapturedAndOutputIsAsBefore) {
  testing::internal::CaptureStdout();
  evaluate(question({"predict", "--model", "net.json", "--json"}));
  std::fputs("after", stdout);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "after");
}

TEST_F(EvaluateTest, KeptFilesAreArtifactsAndOthersAreNotMade) {
  PointQuestion point = question({"predict", "--model", "net.json", "--json"});
  point.keep.files = {"out"};
  const PointAnswer answer = evaluate(point);
  ASSERT_EQ(answer.artifacts.size(), 1u);
  EXPECT_EQ(answer.artifacts[0].name, "out");
  EXPECT_THAT(read_file(answer.artifacts[0].path), HasSubstr("layer"));
  std::filesystem::remove(answer.artifacts[0].path);
}

TEST_F(EvaluateTest, TheAnalysisIsMadeWhereSomebodyKeepsIt) {
  PointQuestion point =
      question({"simulate", "--model", "net.json", "--method", "heft", "--no-what-if", "--json"});
  PointEvaluator evaluator(console_, "");
  const PointAnswer without = evaluator.evaluate(point);
  EXPECT_EQ(without.status, Status::Done) << without.reason;
  for (const auto& [name, value] : without.result) {
    EXPECT_FALSE(name.starts_with("analysis")) << name;
  }
  point.keep.columns = {"analysis.processors.0.busy_ps"};
  const PointAnswer with = evaluator.evaluate(point);
  EXPECT_EQ(result_of(with, "analysis.processors.0.busy_ps"), whole(40'000'000));
  EXPECT_EQ(result_of(with, "simulated_ps"), result_of(without, "simulated_ps"));
}

TEST_F(EvaluateTest, APointBeyondItsMemoryEndsItsWorker) {
  PointQuestion point = question({"simulate", "--model", "net.json", "--method", "heft",
                                  "--requests", "3000000", "--in-flight", "4", "--json"});
  point.memory_limit = 200'000'000;
  const PointAnswer answer = evaluate(point);
  EXPECT_EQ(answer.status, Status::Failed);
  EXPECT_EQ(answer.reason, "needed more than 200 MB");
  EXPECT_TRUE(answer.is_exhausted);
}

PointQuestion at(PointQuestion point, const char* fidelity) {
  point.arguments.insert(point.arguments.end(), {"--fidelity", fidelity});
  return point;
}

TEST_F(EvaluateTest, AProcessThatHasSimulatedFlowsIsOfNoUseToPackets) {
  const auto point = question({"simulate", "--model", "net.json", "--method", "heft", "--json"});
  PointEvaluator evaluator(console_, "");
  EXPECT_EQ(evaluator.evaluate(at(point, "fluid")).status, Status::Done);
  const PointAnswer answer = evaluator.evaluate(at(point, "packet"));
  EXPECT_TRUE(answer.is_exhausted);
  EXPECT_EQ(answer.status, Status::Failed);
}

TEST_F(EvaluateTest, PacketsHaveProcessesOfTheirOwn) {
  const auto point = question({"simulate", "--model", "net.json", "--method", "heft", "--json"});
  PointEvaluator evaluator(console_, "");
  for (const char* fidelity : {"packet", "fluid", "packet"}) {
    const PointAnswer answer = evaluator.evaluate(at(point, fidelity));
    EXPECT_EQ(answer.status, Status::Done) << answer.reason;
    EXPECT_EQ(result_of(answer, "simulated_ps"), whole(40'000'000));
  }
}

}  // namespace
}  // namespace partita::command
