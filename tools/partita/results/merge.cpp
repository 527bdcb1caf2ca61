#include "tools/partita/results/merge.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <system_error>

#include "models/base/diagnostics.h"
#include "tools/partita/results/database.h"
#include "tools/partita/results/store.h"

namespace partita::command {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> texts(SQLite::Database& database, const std::string& question) {
  std::vector<std::string> all;
  SQLite::Statement statement(database, question);
  while (statement.executeStep()) all.push_back(statement.getColumn(0).getString());
  return all;
}

class Merge {
 public:
  // `file`: for people.
  Merge(SQLite::Database& database, const fs::path& file, Prefer prefer)
      : database_(database), file_(file), prefer_(prefer) {}

  // Of the file that is attached as `other`.
  void take() {
    take_columns();
    database_.exec("INSERT OR IGNORE INTO main.ids(id) SELECT id FROM other.ids ORDER BY number");
    if (prefer_ == Prefer::Neither) refuse_conflicts();
    take_points();
    take_sweeps();
    database_.exec(
        "INSERT OR IGNORE INTO main.files SELECT * FROM other.files;"
        "INSERT OR IGNORE INTO main.inputs SELECT * FROM other.inputs;");
  }

 private:
  std::vector<std::string> columns_of(const std::string& schema, const std::string& table) const {
    return texts(database_,
                 fmt::format("SELECT name FROM pragma_table_info('{}', '{}')", table, schema));
  }

  void take_columns() {
    for (const char* table : {"places", "points"}) {
      const std::vector<std::string> missing = texts(
          database_,
          fmt::format("SELECT name FROM pragma_table_info('{0}', 'other') WHERE lower(name) NOT IN "
                      "(SELECT lower(name) FROM pragma_table_info('{0}', 'main'))",
                      table));
      for (const std::string& name : missing) {
        database_.exec(fmt::format("ALTER TABLE main.{} ADD COLUMN {}", table, sql_name(name)));
      }
    }
    database_.exec(
        "INSERT INTO main.columns SELECT * FROM other.columns WHERE true ON CONFLICT DO UPDATE SET "
        "type = CASE WHEN type = excluded.type OR excluded.type = '' THEN type WHEN type = '' THEN "
        "excluded.type WHEN 'text' IN (type, excluded.type) THEN 'text' ELSE 'real' END");
  }

  std::vector<std::string> result_columns() const {
    return texts(database_,
                 "SELECT name FROM pragma_table_info('points', 'other') WHERE name IN "
                 "(SELECT name FROM other.columns WHERE role = 'result')");
  }

  // Of points that both have, and that neither failed.
  void refuse_conflicts() {
    std::vector<std::string> tests{"ours.status IS NOT theirs.status"};
    for (const std::string& name : result_columns()) {
      tests.push_back(fmt::format("ours.{0} IS NOT theirs.{0}", sql_name(name)));
    }
    Diagnostics diagnostics;
    constexpr std::size_t kAtOnce = 200;  // SQLite nests them
    constexpr std::size_t kShown = 20;
    for (std::size_t begin = 0; begin < tests.size(); begin += kAtOnce) {
      const auto end = std::min(tests.size(), begin + kAtOnce);
      SQLite::Statement statement(
          database_,
          fmt::format(
              "SELECT ours.id, (SELECT command FROM other.provenance WHERE point = "
              "theirs.number) FROM other.points theirs JOIN main.ids i ON i.id = theirs.id "
              "JOIN main.points ours ON ours.number = i.number WHERE ours.status != 'failed' AND "
              "theirs.status != 'failed' AND ({}) LIMIT {}",
              fmt::join(tests.begin() + static_cast<std::ptrdiff_t>(begin),
                        tests.begin() + static_cast<std::ptrdiff_t>(end), " OR "),
              kShown));
      while (statement.executeStep()) {
        diagnostics.error(
            {file_.string(), 0, 0},
            fmt::format("point {} has other results than in the files before: {}",
                        statement.getColumn(0).getString(), statement.getColumn(1).getString()));
      }
    }
    if (!diagnostics.empty()) {
      diagnostics.error({"merge", 0, 0},
                        "where times are measured, or programs differ, --prefer first or last says "
                        "whose results stand");
    }
    diagnostics.throw_if_any();
  }

  void take_points() {
    std::vector<std::string> names = columns_of("other", "points");
    std::vector<std::string> into, from;
    for (const std::string& name : names) {
      into.push_back(sql_name(name));
      from.push_back(
          name == "number" ? "i.number"
          : name == "host"
              ? "(SELECT h.id FROM main.hosts h JOIN other.hosts o ON o.hash = h.hash WHERE "
                "o.id = theirs.host)"
              : "theirs." + sql_name(name));
    }
    database_.exec(
        "INSERT OR IGNORE INTO main.hosts(hash, name, description) SELECT hash, name, description "
        "FROM other.hosts");
    // What is taken: points that are not here, or only failed, or less preferred.
    const char* better = prefer_ == Prefer::Last ? "" : "ours.status = 'failed' AND ";
    database_.exec(fmt::format(
        "CREATE TEMP TABLE taken(theirs INTEGER PRIMARY KEY, ours INTEGER);"
        "INSERT INTO taken SELECT theirs.number, i.number FROM other.points theirs JOIN main.ids i "
        "ON i.id = theirs.id LEFT JOIN main.points ours ON ours.number = i.number WHERE "
        "ours.number IS NULL OR ({}theirs.status != 'failed');"
        "DELETE FROM main.point_files WHERE point IN (SELECT ours FROM taken);"
        "DELETE FROM main.points WHERE number IN (SELECT ours FROM taken);",
        better));
    database_.exec(
        fmt::format("INSERT INTO main.points({}) SELECT {} FROM other.points theirs JOIN taken ON "
                    "taken.theirs = "
                    "theirs.number JOIN main.ids i ON i.number = taken.ours",
                    fmt::join(into, ", "), fmt::join(from, ", ")));
    database_.exec(
        "INSERT OR REPLACE INTO main.provenance SELECT ours, command, configuration FROM "
        "other.provenance JOIN taken ON theirs = point;"
        "INSERT OR REPLACE INTO main.point_files SELECT ours, role, name, sha256 FROM "
        "other.point_files JOIN taken ON theirs = point;"
        "DROP TABLE taken;");
  }

  void take_sweeps() {
    std::vector<std::string> into, from;
    for (const std::string& name : columns_of("other", "places")) {
      into.push_back(sql_name(name));
      from.push_back(name == "sweep"   ? "new.id"
                     : name == "point" ? "i.number"
                                       : "p." + sql_name(name));
    }
    const std::vector<std::string> missing = texts(database_,
                                                   "SELECT hash FROM other.sweeps WHERE hash NOT "
                                                   "IN (SELECT hash FROM main.sweeps) ORDER BY id");
    for (const std::string& hash : missing) {
      SQLite::Statement sweep(
          database_,
          "INSERT INTO main.sweeps(name, question, verb, text, description, hash, points, created, "
          "version) SELECT name, question, verb, text, description, hash, points, created, version "
          "FROM other.sweeps WHERE hash = ?");
      sweep.bind(1, hash);
      sweep.exec();
      SQLite::Statement places(
          database_,
          fmt::format(
              "INSERT INTO main.places({}) SELECT {} FROM other.places p JOIN other.sweeps old "
              "ON old.id = p.sweep JOIN main.sweeps new ON new.hash = old.hash JOIN other.ids o "
              "ON o.number = p.point JOIN main.ids i ON i.id = o.id WHERE old.hash = ?",
              fmt::join(into, ", "), fmt::join(from, ", ")));
      places.bind(1, hash);
      places.exec();
    }
  }

  SQLite::Database& database_;
  fs::path file_;
  Prefer prefer_;
};

// The file under another name until it is whole.
class Part {
 public:
  explicit Part(const fs::path& file)
      : file_(file), path_(fmt::format("{}.{}.part", file.string(), getpid())) {
    remove();
  }
  ~Part() { remove(); }
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;

  const fs::path& path() const { return path_; }
  void finish() const {
    std::error_code why;
    fs::rename(path_, file_, why);
    if (why) throw Error(fmt::format("cannot write '{}': {}", file_.string(), why.message()));
  }

 private:
  void remove() const {
    std::error_code ignored;
    for (const char* end : {"", "-wal", "-shm"}) fs::remove(path_.string() + end, ignored);
  }

  fs::path file_, path_;
};

// Everything that `file` holds, or nothing. `told`: its name in messages.
void merge_into(SQLite::Database& database, const fs::path& into, const fs::path& file,
                const fs::path& told, Prefer prefer) {
  with_errors(into, [&] {
    SQLite::Statement attach(database, "ATTACH ? AS other");
    attach.bind(1, file.string());
    attach.exec();
    attach.reset();
    {
      SQLite::Transaction whole(database, SQLite::TransactionBehavior::IMMEDIATE);
      Merge(database, told, prefer).take();
      whole.commit();
    }
    database.exec("DETACH other");
  });
}

// Its views, and what it holds now.
Merged finished(const fs::path& file) {
  ResultStore store(file, ResultStore::Open::Existing);
  Merged merged;
  for (const SweepEntry& sweep : store.sweeps()) {
    store.make_view(sweep.id);
    ++merged.sweeps;
  }
  store.select("SELECT count(*) FROM points", {}, [&](const std::vector<Cell>& row) {
    merged.points = static_cast<std::size_t>(std::get<std::int64_t>(row.front()));
  });
  return merged;
}

}  // namespace

Merged merge_results(const std::vector<fs::path>& files, const fs::path& out, Prefer prefer) {
  for (const fs::path& file : files) {  // what is wrong with them, before anything is made
    const ResultStore store(file, ResultStore::Open::ToRead);
  }
  const bool is_there = fs::exists(out);
  if (is_there) const ResultStore store(out, ResultStore::Open::Existing);
  const Part part(out);
  {
    SQLite::Database database = open_results(part.path(), ResultStore::Open::OrNew);
    for (const fs::path& file : files) merge_into(database, part.path(), file, file, prefer);
  }
  if (!is_there) {
    const Merged merged = finished(part.path());
    part.finish();
    return merged;
  }
  // In place, at once: others may have it open.
  {
    SQLite::Database database = open_results(out, ResultStore::Open::Existing);
    merge_into(database, out, part.path(), files.back(), prefer);
  }
  return finished(out);
}

}  // namespace partita::command
