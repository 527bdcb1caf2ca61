// One reader a format; read_input() chooses. Each throws ConfigError.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "partition/analyze/input.h"
#include "partition/analyze/mapped_file.h"

namespace partita::analyze {

using File = std::shared_ptr<const MappedFile>;

Input read_png(const File& file);
Input read_jpeg(const File& file);
Input read_pnm(const File& file);
Input read_npy(const File& file, std::optional<InputKind> as);
Input read_wav(const File& file);
Input read_token_text(const File& file);

// An input that owns `elements`.
template <class T>
Input input_of(InputKind kind, ElementType type, std::vector<std::int64_t> shape,
               std::vector<T> elements, const MappedFile& file) {
  const auto owner = std::make_shared<const std::vector<T>>(std::move(elements));
  Input input;
  input.kind = kind;
  input.type = type;
  input.shape = std::move(shape);
  input.data = std::as_bytes(std::span<const T>(*owner));
  input.owner = owner;
  input.stored = Bytes{static_cast<std::int64_t>(file.bytes().size())};
  return input;
}

// Refuses what would take more than kMostDecodedBytes; extents are positive and below 2^31.
void check_decoded_size(const MappedFile& file, std::int64_t height, std::int64_t width,
                        std::int64_t bytes_each);

}  // namespace partita::analyze
