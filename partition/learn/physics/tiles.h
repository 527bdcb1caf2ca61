// Tiles that kernels cut the result of a product into.
#pragma once

#include <array>

namespace partita::learn {

// As the kernel sees it: libraries store by columns, so a tile's first edge lies along the result's
// columns.
struct Tile {
  double columns, rows;
};
inline constexpr std::array<Tile, 7> kTiles{
    {{128, 128}, {128, 64}, {64, 128}, {64, 64}, {128, 32}, {32, 128}, {32, 32}}};

// Less of a tile's operands is used again the smaller it is: operands read for a multiply-add.
constexpr double operands_of(const Tile& tile) { return 32 * (1 / tile.columns + 1 / tile.rows); }

}  // namespace partita::learn
