#include "partition/analyze/read_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "partition/analyze/readers.h"

namespace partita::analyze {
namespace {

enum class Format { Png, Jpeg, Pnm, Npy, Wav };
struct FormatRow {
  Format format;
  std::string_view name;
  std::vector<std::string_view> beginnings, endings;
};
const std::vector<FormatRow>& formats() {
  using namespace std::string_view_literals;
  static const std::vector<FormatRow> rows{
      {Format::Png, "PNG", {"\x89PNG\r\n\x1a\n"sv}, {".png"sv}},
      {Format::Jpeg, "JPEG", {"\xff\xd8\xff"sv}, {".jpg"sv, ".jpeg"sv}},
      {Format::Pnm,
       "PPM or PGM",
       {"P1"sv, "P2"sv, "P3"sv, "P4"sv, "P5"sv, "P6"sv, "P7"sv},
       {".ppm"sv, ".pgm"sv}},
      {Format::Npy, ".npy", {"\x93NUMPY"sv}, {".npy"sv}},
      {Format::Wav, "WAV", {"RIFF"sv, "RIFX"sv, "RF64"sv}, {".wav"sv}},
  };
  return rows;
}

std::string first_bytes(std::string_view text) {
  std::string shown;
  for (const char c : text.substr(0, 8)) {
    if (!shown.empty()) shown += ' ';
    shown += fmt::format("{:02x}", static_cast<unsigned char>(c));
  }
  return shown;
}

bool looks_like_text(std::string_view text) {
  const std::string_view first = text.substr(0, 4096);
  return std::all_of(first.begin(), first.end(), [](unsigned char c) {
    return c >= 0x20 || c == '\n' || c == '\r' || c == '\t' || c == '\f';
  });
}

const FormatRow* format_of(std::string_view text) {
  for (const FormatRow& row : formats()) {
    for (const std::string_view beginning : row.beginnings) {
      if (text.substr(0, beginning.size()) == beginning) return &row;
    }
  }
  return nullptr;
}

Input read_format(Format format, const File& file, std::optional<InputKind> as) {
  switch (format) {
    case Format::Png: return read_png(file);
    case Format::Jpeg: return read_jpeg(file);
    case Format::Pnm: return read_pnm(file);
    case Format::Npy: return read_npy(file, as);
    case Format::Wav: break;
  }
  return read_wav(file);
}

}  // namespace

void check_decoded_size(const MappedFile& file, std::int64_t height, std::int64_t width,
                        std::int64_t bytes_each) {
  if (height * width > kMostDecodedBytes / bytes_each) {
    file.refuse(fmt::format("{} x {} pixels of {} bytes are more than the {} MiB that are decoded",
                            width, height, bytes_each, kMostDecodedBytes >> 20));
  }
}

Input read_input(const std::filesystem::path& path, std::optional<InputKind> as) {
  const File file = MappedFile::open(path);
  const std::string_view text = file->text();
  Input input;
  if (const FormatRow* row = format_of(text)) {
    input = read_format(row->format, file, as);
  } else {
    std::string ending = path.extension().string();
    std::transform(ending.begin(), ending.end(), ending.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    for (const FormatRow& other : formats()) {
      if (std::find(other.endings.begin(), other.endings.end(), ending) != other.endings.end()) {
        file->refuse(
            fmt::format("is no {}: it begins with the bytes {}", other.name, first_bytes(text)));
      }
    }
    if (!looks_like_text(text)) {
      file->refuse(
          fmt::format("begins with the bytes {}: neither PNG, JPEG, PPM, PGM, .npy, WAV nor the "
                      "text of token ids",
                      first_bytes(text)));
    }
    input = read_token_text(file);
  }
  if (as && input.kind != *as) {
    file->refuse(fmt::format("is not read as {}: it holds {}", to_string(*as),
                             input.kind == InputKind::Tokens  ? "token ids"
                             : input.kind == InputKind::Audio ? "sound"
                             : input.kind == InputKind::Image ? "an image"
                                                              : "a tensor"));
  }
  return input;
}

}  // namespace partita::analyze
