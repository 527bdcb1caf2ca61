// SQLite as results use it: what fails is an Error that names the file. SQLiteCpp is seen in this
// folder only.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "tools/partita/results/store.h"

namespace partita::command {

std::string sql_name(std::string_view name);  // "a ""b"""

void bind_cell(SQLite::Statement& statement, int at, const Cell& cell);
Cell cell_at(const SQLite::Statement& statement, int column);

// Opens a results file. Throws ConfigError where it is none, or of another version.
SQLite::Database open_results(const std::filesystem::path& file, ResultStore::Open how);

// Error with what SQLite says, in words that help.
[[noreturn]] void rethrow(const SQLite::Exception& error, const std::filesystem::path& file);

template <class Work>
auto with_errors(const std::filesystem::path& file, Work work) {
  try {
    return work();
  } catch (const SQLite::Exception& error) {
    rethrow(error, file);
  }
}

}  // namespace partita::command
