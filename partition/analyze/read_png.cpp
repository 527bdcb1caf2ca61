#include <fmt/format.h>
#include <png.h>

#include <memory>

#include "partition/analyze/readers.h"

namespace partita::analyze {
namespace {

// Deflate makes at most 258 bytes of two bits: RFC 1951, 3.2.5; zlib's documents say 1032 : 1.
constexpr std::int64_t kMostDeflate = 1032;

std::int64_t big_endian(std::span<const std::byte> bytes, std::size_t at) {
  std::int64_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    value = value << 8 | static_cast<std::int64_t>(std::to_integer<int>(bytes[at + i]));
  }
  return value;
}

// PNG specification, 11.2.2: the first chunk is IHDR: length, name, width, height, bit depth, type.
void check_header(const MappedFile& file) {
  const auto bytes = file.bytes();
  constexpr std::size_t kWidth = 16, kHeight = 20, kDepth = 24, kType = 25, kEnd = 33;
  if (bytes.size() < kEnd || file.text().substr(12, 4) != "IHDR") {
    file.refuse("is a PNG without its header");
  }
  const std::int64_t width = big_endian(bytes, kWidth), height = big_endian(bytes, kHeight);
  if (width < 1 || height < 1 || width > INT32_MAX || height > INT32_MAX) {
    file.refuse(fmt::format("is a PNG of {} x {} pixels", width, height));
  }
  check_decoded_size(file, height, width, 4);
  const int type = std::to_integer<int>(bytes[kType]);
  const std::int64_t channels = type == 2 ? 3 : type == 4 ? 2 : type == 6 ? 4 : 1;
  const std::int64_t row = (width * channels * std::to_integer<int>(bytes[kDepth]) + 7) / 8 + 1;
  const auto size = static_cast<std::int64_t>(bytes.size());
  if (row * height > size * kMostDeflate) {
    file.refuse(fmt::format("promises {} x {} pixels, more than its {} bytes can hold", width,
                            height, size));
  }
}

}  // namespace

Input read_png(const File& file) {
  check_header(*file);
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  const std::unique_ptr<png_image, void (*)(png_image*)> freed(&image, png_image_free);
  if (png_image_begin_read_from_memory(&image, file->bytes().data(), file->bytes().size()) == 0) {
    file->refuse(fmt::format("cannot be decoded as PNG: {}", image.message));
  }
  // What networks are trained on: 8 bits, as the file has them, whatever else it could be taken for.
  image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
  image.format &= PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_ALPHA;
  std::vector<std::uint8_t> pixels(PNG_IMAGE_SIZE(image));
  if (png_image_finish_read(&image, nullptr, pixels.data(), 0, nullptr) == 0) {
    file->refuse(fmt::format("cannot be decoded as PNG: {}", image.message));
  }
  const std::int64_t channels = PNG_IMAGE_SAMPLE_CHANNELS(image.format);
  return input_of(InputKind::Image, ElementType::U8, {image.height, image.width, channels},
                  std::move(pixels), *file);
}

}  // namespace partita::analyze
