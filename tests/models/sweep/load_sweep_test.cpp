// Sweep files: what they say. What is wrong with them is in bad_sweeps_test.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/sweep/sweep.h"
#include "tests/models/sweep/sweep_text.h"

namespace partita {
namespace {

using test::complaint_about;
using test::sweep_of;
using test::TextFile;
using test::texts;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(LoadSweep, NameAndBodyAreEnough) {
  const Sweep sweep = sweep_of("");
  EXPECT_EQ(sweep.name, "small");
  EXPECT_EQ(sweep.verb, "partition");
  EXPECT_EQ(sweep.repeat, 1U);
  EXPECT_EQ(sweep.seed, 1U);
  EXPECT_EQ(sweep.sampling, Sampling::Product);
  EXPECT_FALSE(sweep.time_limit || sweep.memory_limit || sweep.answer);
  EXPECT_FALSE(sweep.design.has_prices);
}

TEST(LoadSweep, EverythingIsRead) {
  const std::string text =
      "sweep: nvlink_bert-2\n"
      "question: Does it pay?\n"
      "body: runtime\n"
      "with:\n"
      "  model: zoo:bert?layers=4\n"
      "  set: [links.a.latency=1 us, links.b.latency=2 us]\n"
      "  cold-start: true\n"
      "  zero-copy: false\n"
      "  objective: 'true'\n"
      "axes:\n"
      "  machine.links.nvlink.bandwidth: {from: 10 GB/s, to: 900 GB/s, points: 2, scale: log}\n"
      "  scenario.requests: [10, 20]\n"
      "  zip:\n"
      "    bind.N: [1, 2]\n"
      "    method: [heft, auto]\n"
      "exclude: [{method: heft}]\n"
      "only: [{scenario.requests: 10}]\n"
      "sample: {method: latin_hypercube, points: 12, seed: 9}\n"
      "repeat: 5\n"
      "seed: 7\n"
      "limits: {time: 60 s, memory: 4 GB}\n"
      "keep: {columns: [analysis.bottleneck], files: [out, analysis]}\n"
      "answer: {column: predicted_ps, better: larger}\n"
      "prices: {base: 3}\n"
      "goals: {predicted_ps: {at_most: 1 ms}}\n";
  const TextFile file("sweep.yaml", text);
  const Sweep sweep = load_sweep(file.path());
  EXPECT_EQ(sweep.name, "nvlink_bert-2");
  EXPECT_EQ(sweep.question, "Does it pay?");
  EXPECT_EQ(sweep.verb, "runtime");
  EXPECT_EQ(sweep.verb_where.line, 3);
  EXPECT_EQ(sweep.file, file.path());
  EXPECT_EQ(sweep.text, text);

  ASSERT_THAT(sweep.fixed, SizeIs(4));  // a flag that is false is not given
  EXPECT_EQ(sweep.fixed[0].name, "model");
  EXPECT_THAT(sweep.fixed[0].values, ElementsAre("zoo:bert?layers=4"));
  EXPECT_EQ(sweep.fixed[0].where.line, 5);
  EXPECT_THAT(sweep.fixed[1].values, ElementsAre("links.a.latency=1 us", "links.b.latency=2 us"));
  EXPECT_EQ(sweep.fixed[2].name, "cold-start");
  EXPECT_THAT(sweep.fixed[2].values, IsEmpty());
  EXPECT_THAT(sweep.fixed[3].values, ElementsAre("true"));  // quotes make a text of it

  ASSERT_THAT(sweep.axes, SizeIs(4));
  EXPECT_EQ(sweep.axes[0].name, "machine.links.nvlink.bandwidth");
  EXPECT_EQ(sweep.axes[0].unit, "B/s");
  EXPECT_TRUE(sweep.axes[0].range->logarithmic);
  EXPECT_EQ(sweep.axes[0].range->to, 9e11);
  EXPECT_EQ(sweep.axes[0].where.line, 11);
  EXPECT_THAT(texts(sweep.axes[0].values), ElementsAre("10 GB/s", "900 GB/s"));
  EXPECT_EQ(sweep.axes[1].values[1].where.column, 27);
  EXPECT_EQ(sweep.axes[1].group, 1U);
  EXPECT_EQ(sweep.axes[2].group, 2U);
  EXPECT_EQ(sweep.axes[3].group, 2U);

  EXPECT_THAT(sweep.exclude, SizeIs(1));
  EXPECT_EQ(sweep.exclude[0][0].axis, 3U);
  EXPECT_EQ(sweep.only[0][0].axis, 1U);
  EXPECT_EQ(sweep.sampling, Sampling::LatinHypercube);
  EXPECT_EQ(sweep.samples, 12U);
  EXPECT_EQ(sweep.sampling_seed, 9U);
  EXPECT_EQ(sweep.repeat, 5U);
  EXPECT_EQ(sweep.seed, 7U);
  EXPECT_EQ(sweep.time_limit, Time{60'000'000'000'000});
  EXPECT_EQ(sweep.memory_limit, Bytes{4'000'000'000});
  EXPECT_THAT(sweep.kept_columns, ElementsAre("analysis.bottleneck"));
  EXPECT_THAT(sweep.kept_files, ElementsAre("out", "analysis"));
  EXPECT_EQ(sweep.answer->column, "predicted_ps");
  EXPECT_FALSE(sweep.answer->smaller_is_better);
  EXPECT_EQ(sweep.design.base, 3);
  EXPECT_THAT(sweep.design.goals, SizeIs(1));
}

TEST(LoadSweep, ListsAreNumbersQuantitiesOrTexts) {
  const Sweep sweep = sweep_of(
      "axes:\n"
      "  machine.a: [1, 2.5, 1e3]\n"
      "  machine.b: [10 GB/s, 8 Gb/s]\n"
      "  machine.c: [heft, 8]\n"   // a number among texts is one
      "  machine.d: ['1', '2']\n"  // quotes make a text of it
      "  machine.e: [true, false]\n"
      "  machine.f: [10 %, 20%]\n");
  EXPECT_EQ(sweep.axes[0].unit, "");
  EXPECT_EQ(*sweep.axes[0].values[2].number, 1000);
  EXPECT_EQ(sweep.axes[0].values[2].text, "1e3");  // as it is written
  EXPECT_EQ(sweep.axes[1].unit, "B/s");
  EXPECT_EQ(*sweep.axes[1].values[1].number, 1e9);
  for (const std::size_t text : {2U, 3U, 4U}) {
    for (const SweepValue& value : sweep.axes[text].values) EXPECT_FALSE(value.number) << text;
  }
  EXPECT_EQ(sweep.axes[5].unit, "%");
}

TEST(LoadSweep, ZippedListsMayRepeatValues) {
  const Sweep sweep = sweep_of("axes: {zip: {machine.a: [1, 1, 2], machine.b: [1, 2, 1]}}\n");
  EXPECT_EQ(sweep.axes[1].values.size(), 3U);
}

TEST(LoadSweep, NamesMayStandForSeveral) {
  const Sweep sweep = sweep_of("axes: {'machine.links.pcie[0..15].lanes': [8, 16]}\n");
  EXPECT_EQ(sweep.axes[0].name, "machine.links.pcie[0..15].lanes");
  EXPECT_THAT(complaint_about("axes: {'machine.links.pcie[0..1]..lanes': [8, 16]}\n"),
              HasSubstr("'machine.links.pcie[0..1]..lanes': an empty name in the path"));
  EXPECT_THAT(complaint_about("axes: {'machine.links.pcie[0..1].': [8, 16]}\n"),
              HasSubstr("an empty name in the path"));
}

}  // namespace
}  // namespace partita
