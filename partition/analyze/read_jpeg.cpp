#include <fmt/format.h>
#include <turbojpeg.h>

#include <limits>
#include <memory>

#include "partition/analyze/readers.h"

namespace partita::analyze {

Input read_jpeg(const File& file) {
  const std::unique_ptr<void, int (*)(tjhandle)> decoder(tjInitDecompress(), tjDestroy);
  if (!decoder) throw Error(fmt::format("cannot start the JPEG decoder: {}", tjGetErrorStr()));
  const auto fail = [&] {
    file->refuse(fmt::format("cannot be decoded as JPEG: {}", tjGetErrorStr2(decoder.get())));
  };
  const auto* bytes = reinterpret_cast<const unsigned char*>(file->bytes().data());
  const auto size = static_cast<unsigned long>(file->bytes().size());  // NOLINT(google-runtime-int)
  int width = 0, height = 0, subsampling = 0, space = 0;
  if (tjDecompressHeader3(decoder.get(), bytes, size, &width, &height, &subsampling, &space) != 0) {
    fail();
  }
  const int format = space == TJCS_GRAY                         ? TJPF_GRAY
                     : space == TJCS_CMYK || space == TJCS_YCCK ? TJPF_CMYK
                                                                : TJPF_RGB;
  const std::int64_t channels = tjPixelSize[format];
  check_decoded_size(*file, height, width, channels);
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(width * channels * height));
  // Pixels that the decoder made up for a damaged file would be features of nothing; thousands of
  // scans over a small file are an attack.
  constexpr int kFlags = TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS | TJFLAG_ACCURATEDCT;
  if (tjDecompress2(decoder.get(), bytes, size, pixels.data(), width, 0, height, format, kFlags) !=
      0) {
    fail();
  }
  return input_of(InputKind::Image, ElementType::U8, {height, width, channels}, std::move(pixels),
                  *file);
}

}  // namespace partita::analyze
