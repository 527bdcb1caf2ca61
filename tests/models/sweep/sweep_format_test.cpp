// The keys of sweep files: reader, schema and page say the same.
#include "models/sweep/sweep_format.h"

#include <configured/source_dir.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "models/base/file.h"
#include "models/sweep/points.h"
#include "models/sweep/sweep.h"
#include "tests/support/text_file.h"

namespace partita {
namespace {

const std::filesystem::path kFolder = std::filesystem::path{PARTITA_SOURCE_DIR} / "experiments";

bool updating() { return std::getenv("PARTITA_UPDATE") != nullptr; }

TEST(SweepFormat, TheSchemaFileIsWhatTheTableOfKeysSays) {
  const auto file = kFolder / "sweep_schema.json";
  if (updating()) write_file(file, sweep_schema());
  EXPECT_EQ(read_file(file), sweep_schema())
      << "run this test with PARTITA_UPDATE=1 to write the file anew";
}

TEST(SweepFormat, TheReferencePageIsWhatTheTableOfKeysSays) {
  const std::string begin = "<!-- reference: begin -->\n", end = "<!-- reference: end -->";
  std::string page = read_file(kFolder / "README.md");
  const auto from = page.find(begin), to = page.find(end);
  ASSERT_TRUE(from != std::string::npos && to != std::string::npos);
  const std::string written = page.substr(from + begin.size(), to - from - begin.size());
  if (updating()) {
    page.replace(from + begin.size(), written.size(), sweep_reference());
    write_file(kFolder / "README.md", page);
  } else {
    EXPECT_EQ(written, sweep_reference())
        << "run this test with PARTITA_UPDATE=1 to write the page anew";
  }
}

std::vector<Diagnostic> mistakes_in(const std::string& text) {
  const test::TextFile file("keys.yaml", text);
  try {
    load_sweep(file.path());
  } catch (const ConfigError& error) {
    return error.diagnostics();
  }
  return {};
}

std::set<std::string> words_after(const std::string& text, const std::string& mark) {
  const auto from = text.find(mark) + mark.size();
  std::istringstream in(text.substr(from, text.find(')', from) - from));
  std::set<std::string> words;
  for (std::string word; in >> word;) {
    if (word.back() == ',') word.pop_back();
    words.insert(word);
  }
  return words;
}

// A key 'zzz' in every section: the reader answers with the keys that it knows there.
TEST(SweepFormat, TheReaderKnowsExactlyTheKeysOfTheTable) {
  const std::map<int, std::string> sections{{3, "axis"}, {4, "sample"}, {5, "limits"},
                                            {6, "keep"}, {7, "answer"}, {8, "price"},
                                            {9, "goal"}, {10, ""}};
  std::map<std::string, std::set<std::string>> known, table;
  for (const SweepKeyInfo& key : kSweepKeys) {
    // Axes stand beside these, so that they have no list of their own.
    if (key.section != "prices") table[std::string{key.section}].insert(std::string{key.key});
  }
  for (const Diagnostic& found : mistakes_in("sweep: keys\nbody: partition\n"
                                             "axes: {machine.x: {from: 1, to: 2, zzz: 1}}\n"
                                             "sample: {zzz: 1}\n"
                                             "limits: {zzz: 1}\n"
                                             "keep: {zzz: 1}\n"
                                             "answer: {zzz: 1}\n"
                                             "prices: {machine.x: {per: 1, zzz: 1}}\n"
                                             "goals: {c: {zzz: 1}}\n"
                                             "zzz: 1\n")) {
    if (!found.message.starts_with("unknown key 'zzz'")) continue;
    ASSERT_TRUE(sections.contains(found.where.line)) << to_string(found);
    known[sections.at(found.where.line)] = words_after(found.message, "(known: ");
  }
  EXPECT_EQ(known, table);
}

TEST(SweepFormat, TheReaderDemandsExactlyTheRequiredKeys) {
  std::multiset<std::string> demanded, table;
  for (const SweepKeyInfo& key : kSweepKeys) {
    if (key.required) table.insert(std::string{key.key});
  }
  table.erase("per");  // what makes it a price
  for (const Diagnostic& found : mistakes_in("axes: {machine.x: {from: 1, to: 2}}\n"
                                             "sample: {}\nlimits: {}\nkeep: {}\nanswer: {}\n"
                                             "prices: {machine.x: {per: 1}}\n")) {
    const std::string mark = "the key '";
    const auto from = found.message.find(mark);
    ASSERT_NE(from, std::string::npos) << to_string(found);
    const auto to = found.message.find('\'', from + mark.size());
    demanded.insert(found.message.substr(from + mark.size(), to - from - mark.size()));
  }
  EXPECT_EQ(demanded, table);
}

TEST(SweepFormat, TheSchemaClosesEverySection) {
  const auto schema = nlohmann::json::parse(sweep_schema());
  EXPECT_EQ(schema.at("additionalProperties"), false);
  for (const auto& [name, section] : schema.at("definitions").items()) {
    EXPECT_EQ(section.at("additionalProperties"), false) << name;
  }
}

// Blocks of YAML of a page that are whole sweep files.
std::vector<std::string> sweeps_in(const std::string& page) {
  std::vector<std::string> sweeps;
  const std::string mark = "```yaml\n";
  for (auto at = page.find(mark); at != std::string::npos; at = page.find(mark, at + 1)) {
    const std::string block =
        page.substr(at + mark.size(), page.find("```", at + 1) - at - mark.size());
    if (block.starts_with("sweep: ") || block.find("\nsweep: ") != std::string::npos) {
      sweeps.push_back(block);
    }
  }
  return sweeps;
}

TEST(SweepFormat, ExamplesOfThePageAreSweepFiles) {
  const auto examples = sweeps_in(read_file(kFolder / "README.md"));
  EXPECT_GE(examples.size(), 3U);
  for (const std::string& example : examples) {
    const test::TextFile file("example.yaml", example);
    try {
      const Sweep sweep = load_sweep(file.path());
      EXPECT_TRUE(!has_points(sweep) || points_of(sweep).size() > 1) << example;
    } catch (const ConfigError& error) {
      ADD_FAILURE() << error.what() << "\n" << example;
    }
  }
}

}  // namespace
}  // namespace partita
