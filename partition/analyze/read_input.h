// Inputs from files: PNG, JPEG, binary PPM and PGM, .npy, WAV, and token ids as text.
#pragma once

#include <filesystem>
#include <optional>

#include "partition/analyze/input.h"

namespace partita::analyze {

// More is refused before it is decoded: a file of a few kilobytes can promise gigabytes.
inline constexpr std::int64_t kMostDecodedBytes = std::int64_t{1} << 30;

// What a file is, its first bytes say, whatever its name.
//   PNG    8 bits a channel (16 are scaled, palettes and transparency become channels), sRGB
//   JPEG   grey, RGB, or CMYK; a file with anything wrong in it is refused
//   P5, P6 8 or 16 bits
//   .npy   versions 1 to 3, C order, b1 i1..i8 u1..u8 f2 f4 f8 of either byte order. Integers of 4 or
//          8 bytes in one or two axes are token ids; `as` says otherwise: a tensor, tokens (integers),
//          an image (u1 or u2: height, width, or height, width, up to 4 channels)
//   WAV    as float32, -1 .. 1
//   text   whole numbers between white space or commas: token ids of one sequence
// .npy files stay mapped, not copied, where this machine's order and alignment allow.
// Throws ConfigError naming the file (and the line of a token), with all mistakes in it.
// Left out: a file that somebody shortens while it is mapped.
Input read_input(const std::filesystem::path& file, std::optional<InputKind> as = std::nullopt);

}  // namespace partita::analyze
