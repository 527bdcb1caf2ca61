#include "partition/predict/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "models/base/csv.h"
#include "models/base/diagnostics.h"

namespace partita {
namespace {

using testing::ElementsAre;

class ProfileTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& name) const { return (folder_ / name).string(); }
  std::string written(const std::string& text) const {
    std::ofstream(file("profile.csv"), std::ios::binary) << text;
    return file("profile.csv");
  }

 private:
  std::filesystem::path folder_;
};

ProfileRow row(std::string kind, std::string signature, std::string processor, std::int64_t size,
               std::int64_t median) {
  return {.kind = std::move(kind),
          .signature = std::move(signature),
          .processor = std::move(processor),
          .size = Bytes{size},
          .samples = 7,
          .discarded = 2,
          .min = Time{median - 2},
          .p10 = Time{median - 1},
          .median = Time{median},
          .p90 = Time{median + 5},
          .environment = "a1b2"};
}

constexpr const char* kHeader =
    "kind,signature,processor,size_bytes,samples,discarded,min_ps,p10_ps,median_ps,p90_ps,"
    "environment";

TEST_F(ProfileTest, ComesBackAsItWasSaved) {
  Profile profile;
  profile.add(row("layer", "Conv(f32[1x3],w:f32[8x3]){group=1;pads=0,0}", "cpu0", 96, 1000));
  profile.add(row("layer", "odd \"name\"\nof two lines", "cpu0", 8, 50));
  profile.add(row("copy", "dram0>dram1", "cpu1", 4096, 700));
  profile.save(file("profile.csv"));

  const Profile loaded = Profile::load(file("profile.csv"));
  ASSERT_EQ(loaded.rows().size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    const ProfileRow &is = loaded.rows()[i], &was = profile.rows()[i];
    EXPECT_EQ(is.kind, was.kind);
    EXPECT_EQ(is.signature, was.signature);
    EXPECT_EQ(is.processor, was.processor);
    EXPECT_EQ(is.size, was.size);
    EXPECT_EQ(is.samples, was.samples);
    EXPECT_EQ(is.discarded, was.discarded);
    EXPECT_EQ(is.min, was.min);
    EXPECT_EQ(is.p10, was.p10);
    EXPECT_EQ(is.median, was.median);
    EXPECT_EQ(is.p90, was.p90);
    EXPECT_EQ(is.environment, was.environment);
  }
}

TEST_F(ProfileTest, WhatNotEveryRowHasComesBackToo) {
  Profile profile;
  ProfileRow together = row("interference", "Relu(f32[8])", "cpu0", 8, 60);
  together.level = 3;
  together.with = "cpu1+gpu,0";
  together.alone = 40_ps;
  together.energy_pj = 0;
  together.clock = "device";
  profile.add(together);
  ProfileRow layer = row("layer", "Relu(f32[8])", "cpu0", 8, 40);
  layer.footprint = Footprint{Bytes{1}, Bytes{2}, Bytes{3}, Bytes{6}};
  profile.add(layer);
  profile.save(file("profile.csv"));

  const Profile loaded = Profile::load(file("profile.csv"));
  ASSERT_NE(loaded.same(together), nullptr);
  const ProfileRow& is = *loaded.same(together);
  EXPECT_EQ(is.level, 3);
  EXPECT_EQ(is.with, "cpu1+gpu,0");
  EXPECT_EQ(is.alone, 40_ps);
  EXPECT_EQ(is.slowdown(), 1.5);
  together.samples = 2;
  EXPECT_EQ(together.slowdown(), std::nullopt);
  EXPECT_EQ(is.energy_pj, 0);
  EXPECT_EQ(is.clock, "device");
  EXPECT_EQ(is.footprint, std::nullopt);
  EXPECT_EQ(loaded.layer("Relu(f32[8])", "cpu0")->footprint, layer.footprint);
  EXPECT_EQ(loaded.layer("Relu(f32[8])", "cpu0")->alone, std::nullopt);
}

// 96 B in 1000 ps are 96 GB/s.
TEST_F(ProfileTest, WritesTheBandwidthAskedFor) {
  Profile profile;
  profile.add(row("layer", "Relu", "cpu0", 96, 1000));
  profile.save(file("profile.csv"));
  std::ifstream in(file("profile.csv"));
  std::string header, line;
  std::getline(in, header);
  std::getline(in, line);
  EXPECT_EQ(line, "layer,Relu,cpu0,96,7,2,998,999,1000,1005,a1b2,1,,,,,,,96000000000,,,,1");
}

TEST_F(ProfileTest, IsWrittenInAnOrderOfItsOwn) {
  Profile one, other;
  const std::vector<ProfileRow> rows{
      row("copy", "a>b", "cpu0", 4096, 9), row("copy", "a>b", "cpu0", 512, 7),
      row("layer", "Relu", "cpu1", 8, 50), row("layer", "Add", "cpu1", 8, 60)};
  for (const ProfileRow& each : rows) one.add(each);
  for (auto each = rows.rbegin(); each != rows.rend(); ++each) other.add(*each);
  one.save(file("one.csv"));
  other.save(file("other.csv"));
  std::vector<std::string> signatures;
  const Profile loaded = Profile::load(file("one.csv"));
  for (const ProfileRow& each : loaded.rows()) {
    signatures.push_back(each.signature.text() + std::to_string(each.size.value));
  }
  EXPECT_THAT(signatures, ElementsAre("Add8", "Relu8", "a>b512", "a>b4096"));
  std::ifstream a(file("one.csv")), b(file("other.csv"));
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(a), {}),
            std::string(std::istreambuf_iterator<char>(b), {}));
}

TEST_F(ProfileTest, ColumnsMayComeInAnyOrderAndThoseOfOldFilesAreEnough) {
  const Profile profile = Profile::load(
      written("median_ps,min_ps,p10_ps,p90_ps,environment,clock,kind,signature,processor,"
              "size_bytes,discarded,samples\n12,10,11,13,e1,host,layer,Relu,cpu0,64,2,7\n"));
  ASSERT_EQ(profile.rows().size(), 1u);
  const ProfileRow& is = profile.rows().front();
  EXPECT_EQ(is.median, 12_ps);
  EXPECT_EQ(is.p90, 13_ps);
  EXPECT_EQ(is.samples, 7);
  EXPECT_EQ(is.discarded, 2);
  EXPECT_EQ(is.clock, "host");
  EXPECT_EQ(is.level, 1);
  EXPECT_EQ(is.energy_pj, std::nullopt);
}

TEST_F(ProfileTest, RowsAtOtherLevelsAreOtherMeasurements) {
  Profile profile;
  for (const int level : {2, 3}) {
    ProfileRow copies = row("copies", "a>b", "cpu0", 64, 50 * level);
    copies.level = level;
    profile.add(copies);
  }
  EXPECT_EQ(profile.rows().size(), 2u);
  // Alone is something else.
  EXPECT_TRUE(profile.copies("a>b", "cpu0").empty());
}

TEST_F(ProfileTest, FindsALayerByItsSignatureAndProcessor) {
  Profile profile;
  profile.add(row("layer", "Relu", "cpu0", 8, 50));
  profile.add(row("layer", "Relu", "cpu1", 8, 90));
  profile.add(row("copy", "Relu>x", "cpu0", 8, 70));
  ASSERT_NE(profile.layer("Relu", "cpu1"), nullptr);
  EXPECT_EQ(profile.layer("Relu", "cpu1")->median, 90_ps);
  EXPECT_EQ(profile.layer("Relu>x", "cpu0"), nullptr);
  EXPECT_EQ(profile.layer("Relu", "gpu0"), nullptr);
}

TEST_F(ProfileTest, ANewMeasurementReplacesTheOldOne) {
  Profile profile;
  profile.add(row("layer", "Relu", "cpu0", 8, 50));
  profile.add(row("layer", "Relu", "cpu0", 8, 60));
  EXPECT_EQ(profile.rows().size(), 1u);
  EXPECT_EQ(profile.layer("Relu", "cpu0")->median, 60_ps);
}

TEST_F(ProfileTest, CopiesComeInAscendingSize) {
  Profile profile;
  for (const std::int64_t size : {4096, 1, 65536, 256})
    profile.add(row("copy", "a>b", "cpu0", size, 100 + size));
  profile.add(row("copy", "b>a", "cpu0", 16, 100));
  profile.add(row("copy", "a>b", "cpu1", 16, 100));
  std::vector<std::int64_t> sizes;
  for (const ProfileRow& copy : profile.copies("a>b", "cpu0")) sizes.push_back(copy.size.value);
  EXPECT_THAT(sizes, ElementsAre(1, 256, 4096, 65536));
}

TEST_F(ProfileTest, ReadsWhatSpreadsheetsWrite) {
  const Profile profile =
      Profile::load(written("\xEF\xBB\xBF" + std::string{kHeader} +
                            "\r\n\r\nlayer,\"Add(f32[2],f32[2])\",cpu0,24,5,0,10,11,12,13,\r\n" +
                            "copy,a>b,cpu0,0,5,0,10,11,12,13,\"e\"\"1\"\"\""));
  ASSERT_EQ(profile.rows().size(), 2u);
  EXPECT_EQ(profile.rows()[0].signature, "Add(f32[2],f32[2])");
  EXPECT_EQ(profile.rows()[0].environment, "");
  EXPECT_EQ(profile.rows()[1].environment, "e\"1\"");
}

TEST_F(ProfileTest, AHeaderAloneIsAnEmptyProfile) {
  EXPECT_TRUE(Profile::load(written(kHeader)).rows().empty());
}

TEST_F(ProfileTest, APipeIsReadLikeAFile) {
  ASSERT_EQ(mkfifo(file("pipe").c_str(), 0600), 0);
  std::thread writer([pipe = file("pipe")] {
    std::ofstream(pipe) << kHeader << "\nlayer,Relu,cpu0,64,9,0,100,110,120,130,e1\n";
  });
  const Profile profile = Profile::load(file("pipe"));
  writer.join();
  ASSERT_EQ(profile.rows().size(), 1u);
  EXPECT_EQ(profile.rows().front().signature, "Relu");
}

TEST_F(ProfileTest, AMissingFileIsNamed) {
  try {
    Profile::load(file("nowhere.csv"));
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_EQ(std::string{error.what()}, file("nowhere.csv") + ": error: no such file");
  }
}

TEST_F(ProfileTest, AFolderThatCannotBeMadeIsAnError) {
  const std::string blocker = written("a file, no folder");
  EXPECT_THROW(Profile{}.save(blocker + "/profile.csv"), Error);
}

// Of a million rows, each is found: 200 x 2 x 5 measurements here, some replaced.
TEST_F(ProfileTest, FindsEveryRowAmongMany) {
  Profile profile;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 2'000; ++i) {
      profile.add(row(i % 5 == 0 ? "copy" : "layer", "a>" + std::to_string(i / 10),
                      "cpu" + std::to_string(i % 2), 64 * (i % 10), 100 + i + round));
    }
  }
  // Layers are told apart by signature and processor, copies by size, too: of each ten, four layers
  // of a processor are one measurement; i = 0 and 5 are copies of 0 and 320 bytes.
  EXPECT_EQ(profile.rows().size(), 200u * (2 + 2));
  for (const ProfileRow& each : profile.rows()) {
    const ProfileRow* found = profile.same(each);
    ASSERT_EQ(found, &each);
  }
  EXPECT_EQ(profile.layer("a>7", "cpu1")->median, Time{100 + 79 + 1});
  EXPECT_EQ(profile.layer("a>200", "cpu1"), nullptr);
  const Profile copy = profile;
  EXPECT_EQ(
      copy.layer("a>7", "cpu1"),
      &copy.rows()[static_cast<std::size_t>(profile.layer("a>7", "cpu1") - profile.rows().data())]);
}

// Rows are put where they are found in blocks of 256. 700 signatures on two processors: within a
// block, and over all of them, signatures come again; every seventh has quotes of its own.
TEST_F(ProfileTest, RowsOfManyBlocksAreRead) {
  constexpr int kSignatures = 700;
  const auto signature = [](int i) {
    return (i % 7 == 0 ? "\"many\" blocks " : "many blocks, ") + std::to_string(i);
  };
  Profile profile;
  for (int i = 0; i < kSignatures; ++i) {
    for (const char* processor : {"cpu0", "cpu1"}) {
      profile.add(row("layer", signature(i), processor, 8, 100 + i));
    }
  }
  profile.save(file("profile.csv"));
  const Profile loaded = Profile::load(file("profile.csv"));
  ASSERT_EQ(loaded.rows().size(), 2u * kSignatures);
  for (int i = 0; i < kSignatures; ++i) {
    for (const char* processor : {"cpu0", "cpu1"}) {
      const ProfileRow* found = loaded.layer(signature(i), processor);
      ASSERT_NE(found, nullptr) << signature(i);
      EXPECT_EQ(found->median, Time{100 + i});
    }
  }
}

// Row i stands at line i + 2. A row of its own block, one of the block before, and one whose double
// is a double itself: each names the first.
TEST_F(ProfileTest, DoubledRowsAreFoundAcrossBlocks) {
  std::string text = std::string{kHeader} + "\n";
  for (int i = 0; i < 520; ++i) {
    const int named = i == 255 ? 0 : i == 256 || i == 519 ? 10 : i;
    text += "layer,block " + std::to_string(named) + ",cpu0,64,9,0,100,110,120,130,e1\n";
  }
  try {
    Profile::load(written(text));
    FAIL() << "accepted";
  } catch (const ConfigError& error) {
    const std::string csv = file("profile.csv"), same = ":1: error: the same layer 'block ";
    EXPECT_EQ(std::string{error.what()},
              csv + ":257" + same + "0' on 'cpu0' stands at line 2\n" +  //
                  csv + ":258" + same + "10' on 'cpu0' stands at line 12\n" + csv + ":521" + same +
                  "10' on 'cpu0' stands at line 12");
  }
}

TEST_F(ProfileTest, ANewerVersionIsRefused) {
  try {
    Profile::load(written(std::string{kHeader} + ",version\nlayer,Relu,p,8,3,0,1,1,1,1,e,2\n"));
    FAIL() << "accepted";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("csv:2:30: error: version: 2 is newer"));
  }
}

// The second field of the second line starts behind "a,"; the quoted field there spans two lines.
TEST(Csv, EveryFieldKnowsItsPlace) {
  Diagnostics diagnostics;
  const auto records = parse_csv("x,yy\na,\"b\nc\",d\n", "f", diagnostics);
  ASSERT_TRUE(diagnostics.empty());
  ASSERT_EQ(records.size(), 2u);
  ASSERT_EQ(records[1].fields.size(), 3u);
  EXPECT_EQ(records[0].fields[1].column, 3);
  EXPECT_EQ(records[1].fields[1].text, "b\nc");
  EXPECT_EQ(records[1].fields[1].line, 2);
  EXPECT_EQ(records[1].fields[1].column, 3);
  EXPECT_EQ(records[1].fields[2].line, 3);
  EXPECT_EQ(records[1].fields[2].column, 4);
}

// A carriage return is part of a field, but before a line feed.
TEST(Csv, OnlyALineFeedEndsALine) {
  Diagnostics diagnostics;
  const auto records = parse_csv("a\rb,c\r\n\r,\"d\"\r\ne\r", "f", diagnostics);
  ASSERT_TRUE(diagnostics.empty());
  std::vector<std::string> texts;
  for (const auto& record : records) {
    for (const auto& field : record.fields) texts.push_back(field.text);
  }
  EXPECT_THAT(texts, ElementsAre("a\rb", "c", "\r", "d", "e\r"));
  EXPECT_EQ(records.size(), 3u);
}

TEST(Csv, FieldsStandAsLongAsTheReader) {
  Diagnostics diagnostics;
  CsvReader reader("\"one \"\"1\"\"\",b\n\"two \"\"2\"\"\"", "f", diagnostics);
  CsvRecordView record;
  ASSERT_TRUE(reader.next(record));
  const std::string_view one = record.fields[0].text, b = record.fields[1].text;
  ASSERT_TRUE(reader.next(record));
  EXPECT_EQ(one, "one \"1\"");
  EXPECT_EQ(b, "b");
  EXPECT_EQ(record.fields[0].text, "two \"2\"");
}

TEST(Csv, ATrailingCommaMeansOneMoreEmptyField) {
  Diagnostics diagnostics;
  const auto records = parse_csv("a,\n,", "f", diagnostics);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].fields.size(), 2u);
  EXPECT_EQ(records[1].fields.size(), 2u);
}

TEST(Csv, WhatIsWrittenReadsBack) {
  for (const std::string text : {"plain", "a,b", "\"", "", "two\nlines", "\r", " spaces "}) {
    Diagnostics diagnostics;
    const auto records = parse_csv("first," + csv_field(text), "f", diagnostics);
    ASSERT_TRUE(diagnostics.empty()) << text;
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].fields.at(1).text, text);
  }
}

}  // namespace
}  // namespace partita
