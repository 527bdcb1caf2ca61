#include "models/base/document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <random>

namespace partita {
namespace {

using ::testing::HasSubstr;

Document parse(const std::string& text) { return Document::parse_text(text, "t.yaml"); }

std::string mistakes(const std::string& text) {
  try {
    parse(text);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

// Reads the map of `text` with `body(reader)` and returns the mistakes that it found.
template <class Body>
std::string reading(const std::string& text, Body body) {
  const Document document = parse(text);
  Diagnostics diagnostics;
  MapReader in(read(document, diagnostics));
  body(in);
  in.finish();
  std::string found;
  for (const Diagnostic& diagnostic : diagnostics.found()) found += to_string(diagnostic) + "\n";
  return found;
}

TEST(Document, KnowsWhereEverythingStands) {
  const Document document = parse("a: 1\nb:\n  - x\n  - {c: y}\n");
  const Node& root = document.root();
  ASSERT_EQ(root.members.size(), 2u);
  EXPECT_EQ(root.members[0].line, 1);
  EXPECT_EQ(root.members[0].column, 1);
  EXPECT_EQ(root.members[0].value.column, 4);
  const Node& list = root.members[1].value;
  EXPECT_EQ(list.items[1].line, 4);
  EXPECT_EQ(list.items[1].members[0].value.text, "y");
  EXPECT_EQ(list.items[1].members[0].value.column, 9);
}

TEST(Document, ReadsJson) {
  const Document document = parse(R"({"a": [1, 2.5, "x\ty"], "b": {"c": null}, "d": "7"})");
  const Node& root = document.root();
  EXPECT_EQ(root.members[0].value.items[2].text, "x\ty");
  EXPECT_EQ(root.members[1].value.members[0].value.kind, Node::Kind::Null);
  EXPECT_TRUE(root.members[2].value.quoted);
  EXPECT_FALSE(root.members[0].value.items[0].quoted);
}

TEST(Document, RefusesWhatYamlAllowsAndNobodyMeans) {
  EXPECT_EQ(mistakes("a: 1\na: 2\n"),
            "t.yaml:2:1: error: key 'a' is given twice (first at line 1)");
  EXPECT_EQ(mistakes("{[1, 2]: x}"), "t.yaml:1:2: error: a key must be a plain word");
  EXPECT_EQ(mistakes("a: 1\n---\nb: 1\n"),
            "t.yaml:3:1: error: a second document ('---') in one file");
  EXPECT_EQ(mistakes(""), "t.yaml: error: the file is empty");
  EXPECT_EQ(mistakes("# only a comment\n"), "t.yaml: error: the file is empty");
}

TEST(Document, SyntaxErrorsHaveTheirPlace) {
  EXPECT_THAT(mistakes("a: [1, 2\nb: 3\n"), HasSubstr("error: syntax: end of sequence flow"));
  EXPECT_THAT(mistakes("a: [1, 2\nb: 3\n"), HasSubstr("a bracket is not closed"));
  EXPECT_EQ(mistakes("a:\n\tb: 1\n"),
            "t.yaml:2:1: error: syntax: indented with a tab, where YAML wants spaces");
  EXPECT_EQ(mistakes("a:\n  b:\n  \tc: 1\n"),
            "t.yaml:3:3: error: syntax: indented with a tab, where YAML wants spaces");
}

// yaml-cpp takes the rest of the file for the text and is content.
TEST(Document, AQuoteThatIsNeverClosedIsAnError) {
  for (const char* text : {"a: \"x\nb: 1\n", "a: 'x\nb: 1\n", "a: \"x\\\"\n", "a: 'it''s\n"}) {
    EXPECT_EQ(mistakes(text), "t.yaml:1:4: error: syntax: a quote that is never closed") << text;
  }
  for (const char* text : {"a: \"x\"\n", "a: 'x'\n", "a: \"x\\\"\"\n", "a: 'it''s'\n", "a: ''\n",
                           "a: \"\"", "a: 'x''y'", "a: \"two\n\n  lines\"\nb: 1\n", "\"a\": 1\n",
                           "a: &x \"y\"\n", "a: it's\n", "a: \"\\\\\"\n"}) {
    EXPECT_EQ(mistakes(text), "") << text;
  }
}

TEST(Document, AliasesCopyWithoutRunningAway) {
  EXPECT_EQ(parse("a: &x [1, 2]\nb: *x\n").root().members[1].value.items.size(), 2u);
  std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int n = 1; n < 10; ++n) laughs += ", " + before;
    laughs += "]\n";
  }
  EXPECT_THAT(mistakes(laughs), HasSubstr("aliases expand to more than a million values"));
  EXPECT_NE(mistakes("a: &x [*x]\n"), "");
  EXPECT_THAT(mistakes(std::string(300, '[')), HasSubstr("nested more than 200 deep"));
}

TEST(Document, FilesThatCannotBeReadSayWhy) {
  const auto mistake = [](const std::filesystem::path& file) -> std::string {
    try {
      Document::parse_file(file);
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(mistake("nowhere.yaml"), "nowhere.yaml: error: no such file");
  EXPECT_EQ(mistake("."), ".: error: is a folder, not a file");
  EXPECT_THAT(mistake("/dev/null"), HasSubstr("/dev/null: error: "));
}

TEST(DocumentSet, ReplacesAndAddsValues) {
  Document document = parse("a: {b: {c: 1, d: 2}}\ne: [1]\n");
  document.set("a.b.c", "7 GB/s");
  document.set("a.b.new", "x");
  document.set("e", "{f: [1, 2]}");
  document.set("top", "");
  const Node& b = document.root().members[0].value.members[0].value;
  EXPECT_EQ(b.members[0].value.text, "7 GB/s");
  EXPECT_EQ(b.members[1].value.text, "2");
  EXPECT_EQ(b.members[2].key, "new");
  EXPECT_EQ(document.root().members[1].value.members[0].value.items.size(), 2u);
  EXPECT_EQ(document.root().members[2].value.text, "");
}

TEST(DocumentSet, ItsValuesAreKnownByTheirPath) {
  Document document = parse("a: {b: 1}\n");
  document.set("a.b", "oops");
  Diagnostics diagnostics;
  MapReader in(read(document, diagnostics));
  in.required_value("a")->map().required<int>("b");
  ASSERT_EQ(diagnostics.found().size(), 1u);
  EXPECT_EQ(to_string(diagnostics.found()[0]),
            "--set a.b: error: b: expected a whole number, not 'oops'");
}

TEST(DocumentSet, NamesTheFirstKeyThatIsMissing) {
  const auto mistake = [](const std::string& path, const std::string& value = "1") -> std::string {
    Document document = parse("a: {b: {c: 1}, d: 2}\n");
    try {
      document.set(path, value);
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(mistake("x.y"), "--set x.y: error: there is no 'x' at the top (known: a)");
  EXPECT_EQ(mistake("a.x.y"), "--set a.x.y: error: there is no 'x' in 'a' (known: b, d)");
  EXPECT_EQ(mistake("a.d.y"), "--set a.d.y: error: 'a.d' is a single value, so it has no 'y'");
  EXPECT_EQ(mistake("a..y"), "--set a..y: error: an empty name in the path (write a.b.c=value)");
  EXPECT_EQ(mistake(""), "--set : error: an empty name in the path (write a.b.c=value)");
  EXPECT_THAT(mistake("a.d", "[1"), HasSubstr("--set a.d:"));
}

TEST(DocumentSet, MakesTheMapsThatMayBeMade) {
  Document document = parse("a: {b: 1}\n");
  const auto made = [](std::string_view path) { return path == "a.x" || path == "a.x.y"; };
  document.set("a.x.y.z", "2", made);
  document.set("a.x.w", "3", made);
  const Node& x = document.root().members[0].value.members[1].value;
  EXPECT_EQ(x.members[0].value.members[0].value.text, "2");
  EXPECT_EQ(x.members[1].value.text, "3");
  EXPECT_EQ(*x.origin, "--set a.x.y.z");
  EXPECT_THROW(document.set("a.v.y", "1", made), ConfigError);
}

TEST(MapReader, ReadsTypedValues) {
  EXPECT_EQ(reading("{s: x, i: -3, d: 2.5, b: true, t: 5 us, list: [1, 2], m: {k: v}}",
                    [](MapReader& in) {
                      EXPECT_EQ(in.required<std::string>("s"), "x");
                      EXPECT_EQ(in.required<int>("i"), -3);
                      EXPECT_EQ(in.required<double>("d"), 2.5);
                      EXPECT_TRUE(in.required<bool>("b"));
                      EXPECT_EQ(in.required<Time>("t"), 5us);
                      EXPECT_EQ(in.optional_list("list").size(), 2u);
                      EXPECT_EQ(in.optional_entries("m").front().first, "k");
                      EXPECT_EQ(in.optional<int>("absent", 9), 9);
                      EXPECT_EQ(in.optional<int>("absent too"), std::nullopt);
                    }),
            "");
}

TEST(MapReader, ListsAllMistakesAndGoesOn) {
  EXPECT_EQ(reading("i: 1.5\nd: nan\nb: yes\nq: \"7\"\ns: [1]\nbig: 99999999999\nodd: 1\n",
                    [](MapReader& in) {
                      EXPECT_EQ(in.required<int>("i"), 0);
                      EXPECT_EQ(in.required<double>("d"), 0);
                      EXPECT_FALSE(in.required<bool>("b"));
                      in.required<int>("q");
                      EXPECT_EQ(in.required<std::string>("s"), "");
                      in.required<int>("big");
                      in.required<int>("none");
                    }),
            "t.yaml:1:4: error: i: expected a whole number, not '1.5'\n"
            "t.yaml:2:4: error: d: expected a number, not 'nan'\n"
            "t.yaml:3:4: error: b: expected true or false, not 'yes'\n"
            "t.yaml:4:4: error: q: expected a whole number, not '7'\n"
            "t.yaml:5:4: error: s: expected a text, not a list\n"
            "t.yaml:6:6: error: big: expected a whole number, not '99999999999'\n"
            "t.yaml:1:1: error: file: the key 'none' is missing\n"
            "t.yaml:7:1: error: unknown key 'odd' (known: i, d, b, q, s, big, none)\n");
}

TEST(MapReader, OneOfListsTheNames) {
  EXPECT_EQ(reading("{a: y, b: z}",
                    [](MapReader& in) {
                      EXPECT_EQ(in.required_value("a")->one_of({"x", "y"}), 1u);
                      EXPECT_EQ(in.required_value("b")->one_of({"x", "y"}), 0u);
                    }),
            "t.yaml:1:11: error: b: 'z' is none of x, y\n");
}

TEST(MapReader, AValueThatIsNotThereStandsAtItsKey) {
  EXPECT_EQ(
      reading("a:\nb: 1\n", [](MapReader& in) { in.required<int>("a"), in.required<int>("b"); }),
      "t.yaml:1:1: error: a: expected a whole number, not nothing\n");
}

// Whatever a file holds, it is read or refused; nothing crashes, hangs or escapes as another
// exception.
TEST(Document, AnyBytesAreReadOrRefused) {
  const std::string seed =
      "a: &x {b: [1, 'two', \"three\\n\"], c: {d: ~}}\nlist:\n  - *x\n  - |\n    block\n"
      "  - !tag 5 GB/s # comment\n? key\n: value\n";
  const std::string spice = "{}[]:,-\"'\\\n\t &*!|>#%@`~?\r\x01\xff\xc3";
  std::mt19937 random(3);
  int accepted = 0, refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text = seed;
    const int edits = 1 + static_cast<int>(random() % 4);
    for (int i = 0; i < edits && !text.empty(); ++i) {
      const std::size_t at = random() % text.size();
      switch (random() % 3) {
        case 0: text[at] = spice[random() % spice.size()]; break;
        case 1: text.insert(at, 1, spice[random() % spice.size()]); break;
        default: text.erase(at, 1 + random() % 8);
      }
    }
    try {
      parse(text);
      ++accepted;
    } catch (const ConfigError&) {
      ++refused;
    }
  }
  EXPECT_GT(accepted, 1000);
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace partita
