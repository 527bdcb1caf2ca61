#include <fmt/format.h>
#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "partition/analyze/read_input.h"
#include "partition/analyze/readers.h"

namespace partita::analyze {
namespace {

// libsndfile takes what is left of a truncated file for all of it.
void check_length(const MappedFile& file) {
  const auto bytes = file.bytes();
  if (file.text().substr(0, 4) != "RIFF" || bytes.size() < 8) return;
  std::uint64_t size = 0;
  for (std::size_t i = 0; i < 4; ++i) size |= std::to_integer<std::uint64_t>(bytes[4 + i]) << 8 * i;
  // Who writes into a pipe cannot know the size, and says 0 or the largest.
  if (size == 0 || size == 0xffffffffU || size + 8 <= bytes.size()) return;
  file.refuse(
      fmt::format("is cut off: its header says {} bytes, it has {}", size + 8, bytes.size()));
}

}  // namespace

Input read_wav(const File& file) {
  check_length(*file);
  SF_INFO format{};
  const std::unique_ptr<SNDFILE, int (*)(SNDFILE*)> sound(
      sf_open(file->name().c_str(), SFM_READ, &format), sf_close);
  if (!sound) file->refuse(fmt::format("cannot be decoded as WAV: {}", sf_strerror(nullptr)));
  if (format.channels < 1 || format.samplerate < 1) {
    file->refuse(fmt::format("has {} channels at {} Hz", format.channels, format.samplerate));
  }
  const std::int64_t most =
      kMostDecodedBytes / static_cast<std::int64_t>(sizeof(float)) / format.channels;
  if (format.frames > most) {
    file->refuse(fmt::format("{} frames of {} channels are more than the {} MiB that are decoded",
                             format.frames, format.channels, kMostDecodedBytes >> 20));
  }
  // What the header promises is believed a piece at a time.
  constexpr sf_count_t kPiece = 1 << 16;
  const auto channels = static_cast<std::size_t>(format.channels);
  std::vector<float> values;
  sf_count_t frames = 0;
  for (sf_count_t got = 1; got > 0 && frames < format.frames; frames += got) {
    values.resize(static_cast<std::size_t>(frames + kPiece) * channels);
    got = sf_readf_float(sound.get(), values.data() + static_cast<std::size_t>(frames) * channels,
                         std::min(kPiece, format.frames - frames));
  }
  if (frames < format.frames) {
    file->refuse(fmt::format("is cut off: {} frames of {}", frames, format.frames));
  }
  if (frames == 0) file->refuse("holds no sound: 0 frames");
  values.resize(static_cast<std::size_t>(frames) * channels);
  Input input = input_of(InputKind::Audio, ElementType::F32, {frames, format.channels},
                         std::move(values), *file);
  input.sample_rate = format.samplerate;
  return input;
}

}  // namespace partita::analyze
