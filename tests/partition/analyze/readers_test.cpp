// Files of every kind that is read, whole and damaged.
#include <configured/source_dir.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "models/base/file.h"
#include "models/base/random.h"
#include "partition/analyze/analyze.h"
#include "partition/analyze/read_input.h"
#include "tests/support/text_file.h"

namespace partita::analyze {
namespace {

const std::string kFolder = PARTITA_SOURCE_DIR "/tests/data/inputs/";

struct Expected {
  std::string file;
  InputKind kind;
  ElementType type;
  std::vector<std::int64_t> shape;
};
// What tests/bad_inputs/input/make.py wrote.
const std::vector<Expected>& files() {
  static const std::vector<Expected> all{
      {"image.png", InputKind::Image, ElementType::U8, {20, 24, 3}},
      {"image.jpg", InputKind::Image, ElementType::U8, {20, 24, 3}},
      {"image.ppm", InputKind::Image, ElementType::U8, {20, 24, 3}},
      {"grey.pgm", InputKind::Image, ElementType::U8, {20, 24, 1}},
      {"tensor.npy", InputKind::Tensor, ElementType::F32, {3, 4, 5}},
      {"tokens.npy", InputKind::Tokens, ElementType::I32, {40}},
      {"sound.wav", InputKind::Audio, ElementType::F32, {200, 2}},
      {"tokens.txt", InputKind::Tokens, ElementType::I32, {6}}};
  return all;
}

class Reader : public testing::TestWithParam<Expected> {};

TEST_P(Reader, KnowsWhatTheFileIs) {
  const Input input = read_input(kFolder + GetParam().file);
  EXPECT_EQ(input.kind, GetParam().kind);
  EXPECT_EQ(input.type, GetParam().type);
  EXPECT_EQ(input.shape, GetParam().shape);
  EXPECT_EQ(input.data.size(), static_cast<std::size_t>(input.elements()) * width_of(input.type));
  EXPECT_EQ(static_cast<std::size_t>(input.stored.value),
            std::filesystem::file_size(kFolder + GetParam().file));
}

// A few bytes changed, something cut off, something put in: read, or refused with a ConfigError.
TEST_P(Reader, RefusesDamagedFilesWithoutHarm) {
  const std::string whole = read_file(kFolder + GetParam().file);
  Random random(17);
  int refused = 0;
  constexpr int kRounds = 150;
  for (int round = 0; round < kRounds; ++round) {
    std::string damaged = whole;
    for (std::size_t k = random.below(4); k > 0; --k) {
      // Headers, where a byte does most, as often as the rest.
      const std::size_t room =
          random.one_in(2) ? std::min<std::size_t>(64, damaged.size()) : damaged.size();
      damaged[random.below(room)] = static_cast<char>(random.below(256));
    }
    if (random.one_in(3)) damaged.resize(random.below(damaged.size() + 1));
    if (random.one_in(5)) {
      damaged.insert(random.below(damaged.size() + 1), random.below(20), static_cast<char>(0xff));
    }
    const test::TextFile file(GetParam().file, damaged);
    try {
      const Input input = read_input(file.path());
      EXPECT_EQ(analyze(input).features[Feature::Elements], static_cast<double>(input.elements()));
    } catch (const ConfigError& error) {
      ++refused;
      EXPECT_THAT(error.what(), testing::HasSubstr(GetParam().file));
    }
  }
  EXPECT_GT(refused, kRounds / 10);
  EXPECT_LT(refused, kRounds);
}

INSTANTIATE_TEST_SUITE_P(Files, Reader, testing::ValuesIn(files()), [](const auto& test) {
  std::string name = test.param.file;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
});

std::string refusal(const std::string& file, std::optional<InputKind> as) {
  try {
    read_input(kFolder + file, as);
  } catch (const ConfigError& error) {
    return error.diagnostics().front().message;
  }
  return "";
}

TEST(Readers, TakeAFileForWhatTheUserSays) {
  EXPECT_EQ(read_input(kFolder + "tokens.npy", InputKind::Tensor).type, ElementType::I64);
  EXPECT_EQ(refusal("tokens.npy", InputKind::Tokens), "");
  EXPECT_EQ(refusal("image.png", InputKind::Tokens), "is not read as tokens: it holds an image");
  EXPECT_EQ(refusal("tensor.npy", InputKind::Image), "is not read as image: it holds a tensor");
  EXPECT_EQ(refusal("sound.wav", InputKind::Tensor), "is not read as tensor: it holds sound");
}

TEST(Readers, LookAtTheContentNotTheName) {
  const test::TextFile file("photo.txt", read_file(kFolder + "image.png"));
  EXPECT_EQ(read_input(file.path()).kind, InputKind::Image);
}

TEST(Readers, DoNotWaitForAPipe) {
  const test::TextFile beside("file", "1");
  const std::string pipe = beside.path() + ".pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THROW(read_input(pipe), ConfigError);
}

}  // namespace
}  // namespace partita::analyze
