// A sweep as a CSV file.
#pragma once

#include <filesystem>
#include <vector>

#include "tools/partita/results/sweep_table.h"

namespace partita::command {

// RFC 4180, but with plain line ends; a header first. The same results give the same bytes, whoever
// computed them when, as long as no column of provenance is among them. Whole or not at all. The
// number of rows.
std::size_t export_csv(const SweepTable& table, const std::vector<TableColumn>& columns,
                       const RowChoice& choice, const std::filesystem::path& file);

}  // namespace partita::command
