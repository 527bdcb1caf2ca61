// Observations out of somebody else's CSV files.
#pragma once

#include <filesystem>
#include <vector>

#include "models/hardware/fit_regimes.h"
#include "partition/learn/column_map.h"
#include "partition/learn/observation.h"

namespace partita::learn {

// What the map's `layers` say of the rows of all files. Devices are looked up in `devices`.
//
// ConfigError lists, with row and column: columns that are missing or have no value in any row;
// a column of times that is the same in every one of at least 8 rows; times that are no number, not
// finite, or not above 0; dimensions that are not; devices that are not in `devices` or lack a peak
// rate or of that type; two rows of one layer on one device whose times are more than a factor of 2
// apart (less is noise: both are kept).
Observations import_layers(const std::vector<std::filesystem::path>& files, const ColumnMap& map,
                           const DeviceCatalogue& devices);

// What the map's `copies` say of the rows of one file that pass its filters. The same errors.
std::vector<MeasuredCopy> import_copies(const std::filesystem::path& file, const ColumnMap& map);

}  // namespace partita::learn
