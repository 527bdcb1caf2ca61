#include "models/hardware/machine_format.h"

#include <configured/source_dir.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "models/hardware/load_hardware.h"

namespace partita {
namespace {

const std::filesystem::path kFolder = std::filesystem::path{PARTITA_SOURCE_DIR} / "hw_configs";

std::string contents(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

bool updating() { return std::getenv("PARTITA_UPDATE") != nullptr; }

TEST(MachineFormat, TheSchemaFileIsWhatTheTableOfKeysSays) {
  if (updating()) std::ofstream(kFolder / "schema.json", std::ios::binary) << machine_schema();
  EXPECT_EQ(contents(kFolder / "schema.json"), machine_schema())
      << "run this test with PARTITA_UPDATE=1 to write the file anew";
}

TEST(MachineFormat, TheReferencePageIsWhatTheTableOfKeysSays) {
  const std::string begin = "<!-- reference: begin -->\n", end = "<!-- reference: end -->";
  std::string page = contents(kFolder / "README.md");
  const auto from = page.find(begin), to = page.find(end);
  ASSERT_TRUE(from != std::string::npos && to != std::string::npos);
  const std::string written = page.substr(from + begin.size(), to - from - begin.size());
  if (updating()) {
    page.replace(from + begin.size(), written.size(), machine_reference());
    std::ofstream(kFolder / "README.md", std::ios::binary) << page;
  } else {
    EXPECT_EQ(written, machine_reference())
        << "run this test with PARTITA_UPDATE=1 to write the page anew";
  }
}

// A machine with a key 'zzz' in every section: the reader answers with the keys that it knows
// there.
constexpr const char* kUnknownEverywhere = R"(
zzz: 1
machine: {zzz: 1}
processors:
  p:
    zzz: 1
    power:
      zzz: 1
      sleep: {zzz: 1}
    execution: {zzz: 1}
memories:
  m: {zzz: 1}
dma_engines:
  e: {zzz: 1}
links:
  l:
    zzz: 1
    regimes: {1 B: {zzz: 1}}
    compression: {zzz: 1}
switches:
  s: {zzz: 1}
packages:
  k: {zzz: 1}
load:
  o: {zzz: 1}
calibrated:
  zzz: 1
  numbers:
    n: {zzz: 1}
)";

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

TEST(MachineFormat, TheReaderKnowsExactlyTheKeysOfTheTable) {
  // Line of each section's unknown key in the text above.
  const std::map<int, std::string> sections{
      {2, ""},          {3, "machine"},    {6, "processors"},   {8, "power"},
      {9, "sleep"},     {10, "execution"}, {12, "memories"},    {14, "dma_engines"},
      {17, "links"},    {18, "regimes"},   {19, "compression"}, {21, "switches"},
      {23, "packages"}, {25, "load"},      {27, "calibrated"},  {29, "numbers"}};
  std::map<std::string, std::set<std::string>> known, table;
  for (const KeyInfo& key : kMachineKeys) {
    table[std::string{key.section}].insert(std::string{key.key});
  }
  try {
    load_hardware(Document::parse_text(kUnknownEverywhere, "unknown.yaml"));
    FAIL() << "unknown keys were accepted";
  } catch (const ConfigError& error) {
    for (const Diagnostic& found : error.diagnostics()) {
      if (!found.message.starts_with("unknown key 'zzz'")) continue;
      ASSERT_TRUE(sections.count(found.where.line)) << to_string(found);
      known[sections.at(found.where.line)] = words_after(found.message, "(known: ");
    }
  }
  EXPECT_EQ(known, table);
}

// And the reader demands exactly the keys that the table calls required.
TEST(MachineFormat, TheReaderDemandsExactlyTheRequiredKeys) {
  constexpr const char* kEmptyEverywhere = R"(
machine: {}
processors:
  p: {power: {sleep: {}}, execution: {}}
memories:
  m: {part_of: m2}
  m2: {bandwidth: 1 B/s}
dma_engines:
  e: {}
links:
  l: {bandwidth: 1 B/s, regimes: {1 B: {}}, compression: {}}
switches:
  s: {}
packages:
  k: {}
calibrated: {numbers: {n: {}}}
)";
  std::multiset<std::string> demanded, table;
  for (const KeyInfo& key : kMachineKeys) {
    if (!key.required || key.type == KeyType::Entries) continue;
    table.insert(std::string{key.key});
    if (key.section == "memories") table.insert(std::string{key.key});  // two of them above
  }
  try {
    load_hardware(Document::parse_text(kEmptyEverywhere, "empty.yaml"));
    FAIL() << "missing keys were accepted";
  } catch (const ConfigError& error) {
    for (const Diagnostic& found : error.diagnostics()) {
      const std::string mark = "the key '";
      const auto from = found.message.find(mark);
      ASSERT_NE(from, std::string::npos) << to_string(found);
      const auto to = found.message.find('\'', from + mark.size());
      demanded.insert(found.message.substr(from + mark.size(), to - from - mark.size()));
    }
  }
  EXPECT_EQ(demanded, table);
}

TEST(MachineFormat, TheSchemaClosesEverySection) {
  const auto schema = nlohmann::json::parse(machine_schema());
  EXPECT_EQ(schema.at("additionalProperties"), false);
  for (const auto& [name, section] : schema.at("definitions").items()) {
    EXPECT_EQ(section.at("additionalProperties"), false) << name;
  }
  EXPECT_EQ(schema.at("properties").at("links").at("additionalProperties").at("$ref"),
            "#/definitions/links");
}

}  // namespace
}  // namespace partita
