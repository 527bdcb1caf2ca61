#include "tools/partita/sweep/point_command.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>

#include "models/base/file.h"
#include "tests/support/failure_of.h"
#include "tests/support/temporary_folder.h"
#include "tests/tools/sweep/fake_points.h"
#include "tools/partita/command_line.h"
#include "tools/partita/results/hash.h"

namespace partita::command {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class PointCommandTest : public ::testing::Test {
 protected:
  PointCommandTest() {
    write_file(folder_ / "m.yaml", "machine: {name: m}\n");
    write_file(folder_ / "s.json", "{}");
  }

  // Of the first point, or of another.
  PointCommand command(const std::string& text, std::size_t number = 0) {
    write_file(folder_ / "s.yaml", text);
    const Sweep sweep = load_sweep(folder_ / "s.yaml");
    CommandLine line(*command_named(sweep.verb));
    InputFolder files;
    const PointCommands commands(sweep, line.verb(sweep.verb), files);
    const SweepPoints points = points_of(sweep);
    const PointCommand result = commands.of(points[number]);
    EXPECT_EQ(commands.id_of(points[number]), result.id);
    EXPECT_EQ(result.id.size(), 32u);
    return result;
  }
  std::string id(const std::string& text, std::size_t number = 0) {
    return command(text, number).id;
  }
  std::string mistake(const std::string& text) {
    return failure_of([&] { command(text); });
  }
  std::string machine() const { return "@" + sha256("machine: {name: m}\n") + "/m.yaml"; }

  partita::test::TemporaryFolder folder_;
};

constexpr const char* kHead =
    "sweep: s\nbody: partition\nwith: {model: 'zoo:bert?layers=4', machine: m.yaml";

std::string sweep(const std::string& with, const std::string& axes, const std::string& more = "") {
  return kHead + with + "}\naxes: {" + axes + "}\n" + more;
}

TEST_F(PointCommandTest, AxesBecomeOptionsOfTheVerb) {
  const PointCommand point = command(
      sweep(", explain: true, pin: ['a=cpu', 'b=gpu']",
            "machine.links.a.latency: [2 us], model.batch: [8], bind.N: [3], method: [heft]"));
  EXPECT_THAT(point.arguments,
              ElementsAre("partition", "--bind", "N=3", "--explain", "--json", "--machine",
                          machine(), "--method", "heft", "--model", "zoo:bert?layers=4&batch=8",
                          "--pin", "a=cpu", "--pin", "b=gpu", "--set", "links.a.latency=2 us"));
  EXPECT_THAT(point.command,
              AllOf(HasSubstr("partita partition --bind N=3 --explain --json --machine "),
                    HasSubstr("m.yaml --method heft --model 'zoo:bert?layers=4&batch=8' "),
                    HasSubstr(" --set 'links.a.latency=2 us'")));
  EXPECT_THAT(point.configuration, HasSubstr(R"("machine":[")" + machine() + R"("])"));
  EXPECT_FALSE(point.seed);
  ASSERT_EQ(point.files.size(), 1u);
  EXPECT_EQ(point.files[0].name, "m.yaml");
}

TEST_F(PointCommandTest, AParameterIsTheFirstWhereThereIsNone) {
  const std::string text =
      "sweep: s\nbody: partition\nwith: {model: zoo:bert}\naxes: {model.batch: [8], model.tokens: "
      "[64]}\n";
  EXPECT_THAT(command(text).command, HasSubstr("--model 'zoo:bert?batch=8&tokens=64'"));
}

TEST_F(PointCommandTest, FlagsAreThereOrNot) {
  const std::string text = sweep("", "explain: [true, false]");
  EXPECT_THAT(command(text, 0).command, HasSubstr("--explain"));
  EXPECT_THAT(command(text, 1).command, Not(HasSubstr("--explain")));
}

TEST_F(PointCommandTest, TheIdIsOfWhatDeterminesThePoint) {
  const std::string axes = "method: [heft, auto], machine.links.a.latency: [1 us, 2 us]";
  const std::string base = id(sweep("", axes));
  // Neither the order of axes, nor the place in the sweep, nor its name matter ...
  EXPECT_EQ(id(sweep("", "machine.links.a.latency: [1 us, 2 us], method: [heft, auto]")), base);
  EXPECT_EQ(id(sweep("", "machine.links.a.latency: [1 us], method: [auto, heft]"), 1), base);
  EXPECT_EQ(id("sweep: other\nquestion: why?\n" + sweep("", axes).substr(9)), base);
  // ... nor what is an axis and what is not, nor where files lie and what they are called.
  EXPECT_EQ(id(sweep(", method: heft", "machine.links.a.latency: [1 us]")), base);
  std::filesystem::create_directory(folder_ / "sub");
  write_file(folder_ / "sub" / "other.yaml", "machine: {name: m}\n");
  std::string elsewhere = sweep("", axes);
  elsewhere.replace(elsewhere.find("m.yaml"), 6, "sub/other.yaml");
  EXPECT_EQ(id(elsewhere), base);
  // What the verb sees does.
  EXPECT_NE(id(sweep("", axes), 1), base);
  EXPECT_NE(id(sweep(", steps: 7", axes)), base);
  EXPECT_NE(id(sweep("", axes, "seed: 2\n")), base);
  EXPECT_NE(id(sweep("", axes, "keep: {files: [out]}\n")), base);
  write_file(folder_ / "m.yaml", "machine: {name: changed}\n");
  EXPECT_NE(id(sweep("", axes)), base);
}

TEST_F(PointCommandTest, RepetitionsHaveSeeds) {
  const std::string text = sweep("", "method: [heft]", "repeat: 2\n");
  const PointCommand first = command(text, 0), second = command(text, 1);
  ASSERT_TRUE(first.seed && second.seed);
  EXPECT_NE(*first.seed, *second.seed);
  EXPECT_THAT(first.command, HasSubstr(fmt::format("--seed {}", *first.seed)));
}

TEST_F(PointCommandTest, SeedsOfAnAxisAreSeeds) {
  const std::string text = sweep("", "seed: [7, 9]");
  EXPECT_EQ(command(text, 0).seed, 7);
  EXPECT_EQ(command(text, 1).seed, 9);
  EXPECT_EQ(command(sweep(", seed: 5", "method: [heft]"), 0).seed, 5);
}

TEST_F(PointCommandTest, FilesThatAFileNamesAreOnePlaceWithIt) {
  std::filesystem::create_directory(folder_ / "scenarios");
  write_file(folder_ / "scenarios" / "s.yaml",
             "machine: ../m.yaml\nabout: some text\nload: times.csv\n");
  write_file(folder_ / "scenarios" / "times.csv", "1\n");
  InputFolder files;
  const InputFile& scenario = files.add(folder_ / "scenarios" / "s.yaml");
  ASSERT_EQ(scenario.files.size(), 3u);
  EXPECT_EQ(scenario.files[0].name, "scenarios/s.yaml");
  EXPECT_EQ(scenario.reference, "@" + scenario.files[0].folder + "/scenarios/s.yaml");
  const auto where = with_folder("--scenario=" + scenario.reference, files.path().string());
  EXPECT_EQ(where, "--scenario=" +
                       (files.path() / scenario.files[0].folder / "scenarios/s.yaml").string());
  EXPECT_EQ(without_folders("see " + where.substr(11) + ":3:1", files.path().string()),
            "see scenarios/s.yaml:3:1");
  // Its hash is of all of them.
  write_file(folder_ / "scenarios" / "times.csv", "2\n");
  InputFolder again;
  EXPECT_NE(again.add(folder_ / "scenarios" / "s.yaml").reference, scenario.reference);
}

TEST_F(PointCommandTest, OnlyHashesStandForFolders) {
  const std::string hash(64, 'a');
  EXPECT_EQ(with_folder("@" + hash + "/x", "/f"), "/f/" + hash + "/x");
  EXPECT_EQ(with_folder("a@b.c/@" + hash, "/f"), "a@b.c/@" + hash);
  EXPECT_EQ(with_folder("@" + std::string(64, 'g') + "/x", "/f"),
            "@" + std::string(64, 'g') + "/x");
  EXPECT_EQ(with_folder("@" + hash + "/x=@" + hash + "/y", "/f"),
            "/f/" + hash + "/x=/f/" + hash + "/y");
}

TEST_F(PointCommandTest, AFolderIsGoneWithItsOwner) {
  std::filesystem::path path;
  {
    InputFolder files;
    files.add(folder_ / "m.yaml");
    path = files.path();
    EXPECT_TRUE(std::filesystem::exists(path));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(PointCommandTest, OptionsThatAreNoneAreMistakes) {
  EXPECT_THAT(
      mistake(sweep(", stesp: 3", "method: [heft]")),
      HasSubstr(
          "s.yaml:3:60: error: partita partition has no option 'stesp': did you mean 'steps'?"));
  EXPECT_THAT(mistake(sweep("", "methud: [heft]")), HasSubstr("did you mean 'method'?"));
  EXPECT_THAT(mistake(sweep(", out: plan.json", "method: [heft]")),
              HasSubstr("keep: {files: [out]}"));
  EXPECT_THAT(mistake(sweep("", "json: [true]")), HasSubstr("points always end with"));
  EXPECT_THAT(mistake(sweep("", "explain: [true, 3]")),
              HasSubstr("'explain' is true or false, not '3'"));
  EXPECT_THAT(mistake(sweep(", set: [links.a.latency=1 us]", "machine.links.a.latency: [2 us]")),
              HasSubstr("'links.a.latency' is set at line 3, too"));
  EXPECT_THAT(mistake(sweep("", "method: [heft]", "keep: {files: [trace]}\n")),
              HasSubstr("writes no 'trace' (it writes plans, figure, out)"));
  EXPECT_THAT(mistake("sweep: s\nbody: predict\nwith: {model: zoo:bert}\naxes: {model.batch: "
                      "[1]}\nrepeat: 2\n"),
              HasSubstr("partita predict has no --seed"));
}

TEST_F(PointCommandTest, ShellsReadWordsBack) {
  EXPECT_EQ(for_shell("plain-word_1.yaml"), "plain-word_1.yaml");
  EXPECT_EQ(for_shell(""), "''");
  EXPECT_EQ(for_shell("two words"), "'two words'");
  EXPECT_EQ(for_shell("it's"), "'it'\\''s'");
  EXPECT_EQ(for_shell("zoo:bert?layers=4"), "'zoo:bert?layers=4'");
}

TEST_F(PointCommandTest, SimulationsTryNoWhatIfsThatNobodyReads) {
  const std::string text =
      "sweep: s\nbody: simulate\nwith: {model: zoo:bert, method: heft}\naxes: {model.batch: [1]}\n";
  EXPECT_THAT(command(text).command, HasSubstr("--no-what-if"));
  EXPECT_THAT(command(text + "keep: {columns: [analysis.what_ifs]}\n").command,
              Not(HasSubstr("--no-what-if")));
}

}  // namespace
}  // namespace partita::command
