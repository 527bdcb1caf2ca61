// A profile out of somebody else's CSV files.
#pragma once

#include <filesystem>
#include <vector>

#include "models/network/network.h"
#include "partition/learn/column_map.h"
#include "partition/predict/profile.h"

namespace partita {

struct ImportedProfile {
  Profile profile;
  std::size_t rows = 0;     // of the files, that its rows are made of
  std::size_t skipped = 0;  // of layers that the network does not have
};

// What the map's `profile` says of the rows of all files that pass its filters. Rows of one signature
// on one processor, as layers that are alike give them, are one row of the profile: the median of
// their times, and the range of them. It has no environment, and goes with any (profile.h).
// `network`: whose layers names are of; null: the map has signatures.
//
// ConfigError lists, with row and column: columns that are missing or have no value in any row; times
// that are no number, not finite, or not above 0; a column of times that is the same in every one of
// at least 8 rows; numbers of samples that are none; layers that the network does not have, unless the
// map skips them; processors that the map does not know; and a file without any row that is left.
ImportedProfile import_profile(const std::vector<std::filesystem::path>& files,
                               const learn::ColumnMap& map, const Network* network);

}  // namespace partita
