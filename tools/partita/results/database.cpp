#include "tools/partita/results/database.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <chrono>
#include <cmath>
#include <optional>
#include <system_error>
#include <thread>

#include "models/base/diagnostics.h"
#include "tools/partita/results/schema.h"

namespace partita::command {
namespace {

namespace fs = std::filesystem;

constexpr int kPatience = 60'000;  // ms that another writer may take

int flags_of(ResultStore::Open how) {
  switch (how) {
    case ResultStore::Open::OrNew: return SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE;
    case ResultStore::Open::Existing: return SQLite::OPEN_READWRITE;
    case ResultStore::Open::ToRead: break;
  }
  return SQLite::OPEN_READONLY;
}

void require_there(const fs::path& file, ResultStore::Open how) {
  std::error_code failed;
  if (how != ResultStore::Open::OrNew && !fs::exists(file, failed)) {
    throw ConfigError({file.string(), 0, 0}, "there is no such file (partita sweep makes one)");
  }
  if (fs::exists(file, failed) && !fs::is_regular_file(file, failed)) {
    throw ConfigError({file.string(), 0, 0}, "this is no plain file");
  }
}

void require_ours(SQLite::Database& database, const fs::path& file) {
  const int application = database.execAndGet("PRAGMA application_id").getInt();
  const int version = database.execAndGet("PRAGMA user_version").getInt();
  if (application != kApplication) {
    throw ConfigError({file.string(), 0, 0},
                      "this database is none of partita's: results of sweeps are kept in one of "
                      "their own");
  }
  if (version != kSchemaVersion) {
    throw ConfigError({file.string(), 0, 0},
                      fmt::format("these results are of format {}, this program knows format {}",
                                  version, kSchemaVersion));
  }
}

// A file in WAL mode is read with the help of two others beside it: where none can be made, it is read
// as it stands, if all of it stands there.
SQLite::Database opened(const fs::path& file, ResultStore::Open how) {
  SQLite::Database database(file.string(), flags_of(how), kPatience);
  if (how != ResultStore::Open::ToRead) return database;
  try {
    database.execAndGet("SELECT count(*) FROM sqlite_master");
  } catch (const SQLite::Exception& error) {
    std::error_code failed;
    const bool is_whole = !fs::exists(file.string() + "-wal", failed);
    if (error.getErrorCode() != SQLITE_CANTOPEN || !is_whole) throw;
    std::string name;
    for (const char c : fs::absolute(file).string()) {
      name += c == '%' || c == '?' || c == '#' ? fmt::format("%{:02X}", c) : std::string(1, c);
    }
    return {"file:" + name + "?immutable=1", SQLite::OPEN_READONLY | SQLite::OPEN_URI, kPatience};
  }
  return database;
}

// While another process does the same, SQLite gives up at once, whatever the patience.
void use_wal(SQLite::Database& database) {
  constexpr std::chrono::milliseconds kPause{20};
  for (int waited = 0;; waited += static_cast<int>(kPause.count())) {
    try {
      database.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (const SQLite::Exception& error) {
      if (error.getErrorCode() != SQLITE_BUSY || waited >= kPatience) throw;
    }
    std::this_thread::sleep_for(kPause);
  }
}

bool is_empty(SQLite::Database& database) {
  return database.execAndGet("SELECT count(*) FROM sqlite_master").getInt() == 0 &&
         database.execAndGet("PRAGMA application_id").getInt() == 0;
}

// Two may want to make it at once: the second finds it made.
void make_tables(SQLite::Database& database) {
  SQLite::Transaction all(database, SQLite::TransactionBehavior::IMMEDIATE);
  if (!is_empty(database)) return;
  database.exec(kSchema);
  database.exec(fmt::format("PRAGMA application_id = {}", kApplication));
  database.exec(fmt::format("PRAGMA user_version = {}", kSchemaVersion));
  all.commit();
}

}  // namespace

Cell cell_of(double number) {
  constexpr double kWhole = 9007199254740992.0;  // 2^53
  if (std::abs(number) < kWhole && number == std::floor(number)) {
    return static_cast<std::int64_t>(number);
  }
  return number;
}

std::string sql_name(std::string_view name) {
  std::string text = "\"";
  for (const char c : name) {
    if (c == '"') text += '"';
    text += c;
  }
  return text + '"';
}

void bind_cell(SQLite::Statement& statement, int at, const Cell& cell) {
  if (const auto* number = std::get_if<std::int64_t>(&cell)) return statement.bind(at, *number);
  if (const auto* real = std::get_if<double>(&cell)) return statement.bind(at, *real);
  if (const auto* text = std::get_if<std::string>(&cell)) return statement.bind(at, *text);
  statement.bind(at);
}

Cell cell_at(const SQLite::Statement& statement, int column) {
  const SQLite::Column value = statement.getColumn(column);
  if (value.isInteger()) return value.getInt64();
  if (value.isFloat()) return value.getDouble();
  if (value.isNull()) return {};
  return value.getString();
}

SQLite::Database open_results(const fs::path& file, ResultStore::Open how) {
  require_there(file, how);
  if (how == ResultStore::Open::OrNew && file.has_parent_path()) {
    std::error_code failed;  // then opening it says what is wrong
    fs::create_directories(file.parent_path(), failed);
  }
  return with_errors(file, [&] {
    SQLite::Database database = opened(file, how);
    if (how == ResultStore::Open::OrNew && is_empty(database)) {
      use_wal(database);
      make_tables(database);
    }
    require_ours(database, file);
    if (how != ResultStore::Open::ToRead) {
      use_wal(database);
      // A process that is killed loses nothing that was committed; only a computer without power
      // may lose the last moments, and what they held is computed again.
      database.exec("PRAGMA synchronous = NORMAL");
      // Each time that the log is emptied into the file, everybody waits for the disk: less often
      // than SQLite would, at 16 MiB.
      database.exec("PRAGMA wal_autocheckpoint = 4096");
    }
    return database;
  });
}

void rethrow(const SQLite::Exception& error, const fs::path& file) {
  switch (error.getErrorCode()) {
    case SQLITE_NOTADB:
      throw ConfigError({file.string(), 0, 0},
                        "this is no file of results (partita sweep makes one)");
    case SQLITE_FULL:
      throw Error(fmt::format(
          "cannot write '{}': the disk is full; what is in it is whole (--resume goes on)",
          file.string()));
    case SQLITE_BUSY:
      throw Error(
          fmt::format("'{}' is in use by another program that does not let go", file.string()));
    default: throw Error(fmt::format("'{}': {}", file.string(), error.what()));
  }
}

}  // namespace partita::command
