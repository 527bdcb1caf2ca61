// The line of JSON that says what a sweep is.
#include "models/sweep/describe.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/models/sweep/sweep_text.h"

namespace partita {
namespace {

using nlohmann::json;
using test::sweep_of;

json described(const std::string& lines) { return json::parse(description(sweep_of(lines))); }

TEST(Describe, ASweepIsOneLine) {
  const std::string line = description(sweep_of("question: \"two\\nlines\"\n"));
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(json::parse(line).at("question"), "two\nlines");
}

TEST(Describe, AxesSayWhatPositionsMean) {
  const json sweep = described(
      "axes:\n"
      "  machine.x: {from: 1 us, to: 1 ms, scale: log}\n"
      "  model.batch: {from: 1, to: 8, integer: true, points: 2}\n"
      "  zip: {method: [heft, auto], machine.y: [1 GB/s, 2 GB/s]}\n"
      "answer: {column: makespan_ps, better: larger}\n"
      "repeat: 3\n");
  EXPECT_EQ(sweep.at("axes"), json::parse(R"([
    {"name": "machine.x", "kind": "range", "unit": "s", "from": 1e-6, "to": 1e-3, "scale": "log",
     "integer": false, "step": 1e-6, "group": 0, "as": ""},
    {"name": "model.batch", "kind": "range", "unit": "", "from": 1.0, "to": 8.0, "scale": "linear",
     "integer": true, "step": 1.0, "values": ["1", "8"], "numbers": [1.0, 8.0], "group": 1, "as": ""},
    {"name": "method", "kind": "list", "unit": "", "values": ["heft", "auto"],
     "numbers": [null, null], "group": 2, "as": ""},
    {"name": "machine.y", "kind": "list", "unit": "B/s", "values": ["1 GB/s", "2 GB/s"],
     "numbers": [1e9, 2e9], "group": 2, "as": ""}])"));
  EXPECT_EQ(sweep.at("answer"), json::parse(R"({"column": "makespan_ps", "better": "larger"})"));
  EXPECT_EQ(sweep.at("points"), nullptr);  // a range that nobody walks
  EXPECT_EQ(sweep.at("repeat"), 3);
  EXPECT_EQ(sweep.at("prices"), nullptr);
}

TEST(Describe, OptionsOfAllPointsAreSaid) {
  EXPECT_EQ(described("with: {method: heft, cold-start: true, set: [a=1, b=2]}\n").at("with"),
            json::parse(R"({"method": ["heft"], "cold-start": [], "set": ["a=1", "b=2"]})"));
}

TEST(Describe, PointsCountRepetitions) {
  EXPECT_EQ(described("axes: {method: [heft, auto]}\nrepeat: 3\n").at("points"), 6);
  EXPECT_EQ(described("axes: {machine.x: {from: 1, to: 2}}\nsample: {method: random, points: 7}\n")
                .at("points"),
            7);
}

TEST(Describe, PricesAndGoals) {
  const json sweep = described(
      "axes: {machine.x: {from: 1 GB/s, to: 9 GB/s}, machine.kind: [hbm2, hbm3]}\n"
      "prices: {currency: EUR, base: 5, machine.x: {per: 2 GB/s, price: 3.5}, machine.kind: {hbm3: "
      "2, hbm2: 1}}\n"
      "goals: {makespan_ps: {at_most: 12 ms}, throughput_per_s: {at_least: 5}}\n");
  EXPECT_EQ(sweep.at("prices"), json::parse(R"({"currency": "EUR", "base": 5.0, "axes": [
    {"axis": "machine.x", "per": 2e9, "price": 3.5}, {"axis": "machine.kind", "table": [1.0, 2.0]}]})"));
  EXPECT_EQ(sweep.at("goals"), json::parse(R"([
    {"column": "makespan_ps", "at_most": 1.2e10, "text": "12 ms"},
    {"column": "throughput_per_s", "at_least": 5.0, "text": "5"}])"));
}

}  // namespace
}  // namespace partita
