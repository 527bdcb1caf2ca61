#include "tools/partita/results/store.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <array>
#include <chrono>
#include <nlohmann/json.hpp>
#include <set>
#include <unordered_map>

#include "models/base/ascii.h"
#include "models/base/diagnostics.h"
#include "tools/partita/results/database.h"
#include "tools/partita/results/hash.h"
#include "tools/partita/results/schema.h"

namespace partita::command {
namespace {

constexpr const char* kOption = "option";
constexpr const char* kResult = "result";

// What no axis or result can be called in their tables and in views.
const std::set<std::string, std::less<>>& fixed_names() {
  static const std::set<std::string, std::less<>> names{
      "number", "repetition", "point",   "sweep",    "id",   "verb",    "status",
      "reason", "seconds",    "started", "attempts", "host", "version", "build"};
  return names;
}

const std::set<std::string, std::less<>>& fixed_results() {
  static const auto names = [] {
    auto all = fixed_names();
    all.insert("seed");
    return all;
  }();
  return names;
}

std::vector<std::string> axes_in(const std::string& description) {
  std::vector<std::string> names;
  const auto json = nlohmann::json::parse(description, nullptr, false);
  if (!json.is_object() || !json.contains("axes")) return names;
  for (const auto& axis : json["axes"]) names.push_back(axis.value("name", ""));
  return names;
}

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string view_name(const std::string& sweep) {
  static const std::set<std::string> kTables{"sweeps",      "ids",    "places",    "points",
                                             "columns",     "hosts",  "files",     "inputs",
                                             "point_files", "claims", "provenance"};
  const std::string folded = lower(sweep);
  return kTables.contains(folded) || folded.starts_with("sqlite_") ? "sweep_" + sweep : sweep;
}

std::string_view type_of(const Cell& cell) {
  constexpr std::array<std::string_view, 4> kTypes{"", "integer", "real", "text"};
  return kTypes[cell.index()];
}

// What a column holds that held `before` and gets `more`.
std::string_view merged(std::string_view before, std::string_view more) {
  if (before == more || more.empty()) return before;
  if (before.empty()) return more;
  return before == "text" || more == "text" ? "text" : "real";
}

}  // namespace

struct ResultStore::State {
  State(const std::filesystem::path& path, Open how)
      : file(path), database(open_results(path, how)) {
    read_columns();
  }

  void read_columns() {
    for (const char* table : {"places", "points"}) {
      auto& names = table == std::string_view("places") ? place_columns : point_columns;
      names.clear();
      SQLite::Statement statement(database, fmt::format("PRAGMA table_info({})", table));
      while (statement.executeStep()) names.insert(lower(statement.getColumn(1).getString()));
    }
    types.clear();
    SQLite::Statement statement(database, "SELECT role, verb, name, type FROM columns");
    while (statement.executeStep()) {
      types[{statement.getColumn(0).getString(), statement.getColumn(1).getString(),
             statement.getColumn(2).getString()}] = statement.getColumn(3).getString();
    }
  }

  // Within a transaction: another writer may have added it since.
  void require_column(const char* table, std::set<std::string>& known, const std::string& name) {
    const std::string folded = lower(name);
    if (known.contains(folded)) return;
    SQLite::Statement there(database, "SELECT 1 FROM pragma_table_info(?) WHERE lower(name) = ?");
    there.bind(1, table);
    there.bind(2, folded);
    if (!there.executeStep()) {
      database.exec(fmt::format("ALTER TABLE {} ADD COLUMN {}", table, sql_name(name)));
      statements.clear();
    }
    known.insert(folded);
  }

  void require_type(const char* role, const std::string& verb, const std::string& name,
                    std::string_view type, const std::string& unit) {
    std::string& known = types[{role, verb, name}];
    const std::string_view wanted = merged(known, type);
    if (known == wanted) return;
    known = wanted;
    SQLite::Statement statement(
        database,
        "INSERT INTO columns(role, verb, name, type, unit) VALUES(?,?,?,?,?) "
        "ON CONFLICT DO UPDATE SET type = CASE WHEN type = excluded.type THEN type "
        "WHEN 'text' IN (type, excluded.type) THEN 'text' ELSE 'real' END");
    statement.bind(1, role);
    statement.bind(2, verb);
    statement.bind(3, name);
    statement.bind(4, std::string(wanted));
    statement.bind(5, unit);
    statement.exec();
  }

  SQLite::Statement& statement(const std::string& text) {
    auto& made = statements[text];
    if (!made) made = std::make_unique<SQLite::Statement>(database, text);
    made->reset();
    return *made;
  }

  void make_view(std::int64_t sweep);
  void remove_sweep(std::int64_t sweep, const std::string& name);
  void note_texts(std::int64_t id, const SweepHeader& sweep);
  void put_file(const std::string& hash, const std::string& bytes);
  void put(const PointRecord& point, const std::string& owner);
  SQLite::Statement& insert_for(const PointRecord& point);
  std::int64_t host_number(const std::string& description);

  std::filesystem::path file;
  mutable SQLite::Database database;
  std::set<std::string> place_columns, point_columns;                              // in lower case
  std::map<std::tuple<std::string, std::string, std::string>, std::string> types;  // "": unknown
  std::unordered_map<std::string, std::unique_ptr<SQLite::Statement>> statements;
  std::map<std::string, std::int64_t> hosts;

  // Results of a point, and the statement that writes them: by the place of each, its parameter (0:
  // it is not written) and the type of its column.
  struct Shape {
    std::string verb, insert;
    std::vector<std::string> names, types;
    std::vector<int> at;
    std::vector<bool> is_fixed;

    bool fits(const PointRecord& point) const;
  };
  Shape shape;
};

ResultStore::ResultStore(const std::filesystem::path& file, Open how)
    : state_(std::make_unique<State>(file, how)) {}
ResultStore::~ResultStore() = default;

ResultStore::Registered ResultStore::add(const SweepHeader& sweep,
                                         const std::function<Place(std::size_t)>& place,
                                         std::optional<std::int64_t> replaced) {
  return with_errors(state_->file, [&] {
    SQLite::Database& database = state_->database;
    SQLite::Transaction all(database, SQLite::TransactionBehavior::IMMEDIATE);
    SQLite::Statement find(database, "SELECT id FROM sweeps WHERE hash = ?");
    find.bind(1, sweep.hash);
    if (find.executeStep()) {
      const std::int64_t id = find.getColumn(0).getInt64();
      find.reset();
      state_->note_texts(id, sweep);
      if (replaced && *replaced != id) state_->remove_sweep(*replaced, sweep.name);
      state_->make_view(id);
      all.commit();
      return Registered{id, false};
    }

    SQLite::Statement insert(database,
                             "INSERT INTO sweeps(name, question, verb, text, description, hash, "
                             "points, created, version) VALUES(?,?,?,?,?,?,?,"
                             "strftime('%Y-%m-%dT%H:%M:%SZ', 'now'),?)");
    insert.bind(1, sweep.name);
    insert.bind(2, sweep.question);
    insert.bind(3, sweep.verb);
    insert.bind(4, sweep.text);
    insert.bind(5, sweep.description);
    insert.bind(6, sweep.hash);
    insert.bind(7, static_cast<std::int64_t>(sweep.places));
    insert.bind(8, sweep.version);
    insert.exec();
    const std::int64_t id = database.getLastInsertRowid();

    std::string names = "sweep, number, repetition, point", marks = "?,?,?,?";
    for (const AxisColumn& axis : sweep.axes) {
      state_->require_column("places", state_->place_columns, axis.name);
      names += ", " + sql_name(axis.name);
      marks += ",?";
    }
    SQLite::Statement known(database, "SELECT number FROM ids WHERE id = ?");
    SQLite::Statement make(database, "INSERT INTO ids(id) VALUES(?)");
    SQLite::Statement put(database, fmt::format("INSERT INTO places({}) VALUES({})", names, marks));
    std::vector<std::string_view> types(sweep.axes.size());
    put.bind(1, id);
    for (std::size_t i = 0; i < sweep.places; ++i) {
      const Place each = place(i);
      std::int64_t point = 0;
      known.reset();
      known.bindNoCopy(1, each.id);
      if (known.executeStep()) {
        point = known.getColumn(0).getInt64();
      } else {
        make.reset();
        make.bindNoCopy(1, each.id);
        make.exec();
        point = database.getLastInsertRowid();
      }
      put.reset();
      put.bind(2, static_cast<std::int64_t>(each.number));
      put.bind(3, static_cast<std::int64_t>(each.repetition));
      put.bind(4, point);
      for (std::size_t axis = 0; axis < each.values.size(); ++axis) {
        bind_cell(put, static_cast<int>(axis) + 5, each.values[axis]);
        types[axis] = merged(types[axis], type_of(each.values[axis]));
      }
      put.exec();
    }
    for (std::size_t axis = 0; axis < sweep.axes.size(); ++axis) {
      state_->require_type(kOption, sweep.verb, sweep.axes[axis].name, types[axis],
                           sweep.axes[axis].unit);
    }
    if (replaced) state_->remove_sweep(*replaced, sweep.name);
    state_->make_view(id);
    all.commit();
    return Registered{id, true};
  });
}

void ResultStore::make_view(std::int64_t sweep) {
  with_errors(state_->file, [&] {
    SQLite::Transaction all(state_->database, SQLite::TransactionBehavior::IMMEDIATE);
    state_->make_view(sweep);
    all.commit();
  });
}

// What is asked of the same points may be another thing by now: question, answer, prices, goals.
void ResultStore::State::note_texts(std::int64_t id, const SweepHeader& sweep) {
  SQLite::Statement update(
      database, "UPDATE sweeps SET question = ?, text = ?, description = ? WHERE id = ?");
  update.bind(1, sweep.question);
  update.bind(2, sweep.text);
  update.bind(3, sweep.description);
  update.bind(4, id);
  update.exec();
}

// Numbers of others are left alone.
void ResultStore::State::remove_sweep(std::int64_t sweep, const std::string& name) {
  SQLite::Statement entry(database, "DELETE FROM sweeps WHERE id = ? AND name = ?");
  entry.bind(1, sweep);
  entry.bind(2, name);
  if (entry.exec() == 0) return;
  SQLite::Statement places(database, "DELETE FROM places WHERE sweep = ?");
  places.bind(1, sweep);
  places.exec();
}

// Only the latest sweep of a name has a view.
void ResultStore::State::make_view(std::int64_t sweep) {
  SQLite::Statement header(database, "SELECT name, verb, description FROM sweeps WHERE id = ?");
  header.bind(1, sweep);
  if (!header.executeStep()) return;
  const std::string name = header.getColumn(0).getString();
  const std::string verb = header.getColumn(1).getString();
  // Views of names that differ in case only are one to SQLite.
  SQLite::Statement latest(database, "SELECT max(id) FROM sweeps WHERE lower(name) = lower(?)");
  latest.bind(1, name);
  latest.executeStep();
  if (latest.getColumn(0).getInt64() != sweep) return;

  std::string columns = "p.number, p.repetition, p.point, q.status, q.reason, q.seconds";
  std::set<std::string> taken;
  for (const std::string& axis : axes_in(header.getColumn(2).getString())) {
    columns += fmt::format(", p.{}", sql_name(axis));
    taken.insert(lower(axis));
  }
  SQLite::Statement results(
      database, "SELECT name FROM columns WHERE role = 'result' AND verb = ? ORDER BY name");
  results.bind(1, verb);
  while (results.executeStep()) {
    const std::string result = results.getColumn(0).getString();
    if (!taken.contains(lower(result))) columns += fmt::format(", q.{}", sql_name(result));
  }
  const std::string view = sql_name(view_name(name));
  database.exec(fmt::format("DROP VIEW IF EXISTS {}", view));
  database.exec(
      fmt::format("CREATE VIEW {} AS SELECT {} FROM places p JOIN points q ON "
                  "q.number = p.point WHERE p.sweep = {}",
                  view, columns, sweep));
}

std::vector<PlaceState> ResultStore::places(std::int64_t sweep) const {
  return with_errors(state_->file, [&] {
    SQLite::Statement statement(state_->database,
                                "SELECT p.point, q.status FROM places p LEFT JOIN points q ON "
                                "q.number = p.point WHERE p.sweep = ? ORDER BY p.number");
    statement.bind(1, sweep);
    std::vector<PlaceState> states;
    while (statement.executeStep()) {
      const std::string status = statement.getColumn(1).getString();
      const auto state = status.empty()     ? PlaceState::State::Missing
                         : status == "done" ? PlaceState::State::Done
                         : status == "no"   ? PlaceState::State::No
                                            : PlaceState::State::Failed;
      states.push_back({statement.getColumn(0).getInt64(), state});
    }
    return states;
  });
}

void ResultStore::add(const std::vector<InputRecord>& inputs) {
  with_errors(state_->file, [&] {
    SQLite::Transaction all(state_->database, SQLite::TransactionBehavior::IMMEDIATE);
    SQLite::Statement input(
        state_->database,
        "INSERT OR IGNORE INTO inputs(folder, name, sha256, path) VALUES(?,?,?,?)");
    for (const InputRecord& each : inputs) {
      input.reset();
      input.bind(1, each.folder);
      input.bind(2, each.name);
      input.bind(3, each.sha256);
      input.bind(4, each.path);
      input.exec();
      if (each.bytes) state_->put_file(each.sha256, *each.bytes);
    }
    all.commit();
  });
}

void ResultStore::State::put_file(const std::string& hash, const std::string& bytes) {
  SQLite::Statement& put =
      statement("INSERT OR IGNORE INTO files(sha256, size, bytes) VALUES(?,?,?)");
  put.bind(1, hash);
  put.bind(2, static_cast<std::int64_t>(bytes.size()));
  put.bind(3, bytes.data(), static_cast<int>(bytes.size()));
  put.exec();
}

ResultStore::Claimed ResultStore::claim(const std::vector<std::int64_t>& points,
                                        const std::string& owner, double seconds, bool again,
                                        const std::function<bool(const std::string&)>& is_gone) {
  return with_errors(state_->file, [&] {
    SQLite::Transaction all(state_->database, SQLite::TransactionBehavior::IMMEDIATE);
    SQLite::Statement& there = state_->statement("SELECT status FROM points WHERE number = ?");
    SQLite::Statement& holder =
        state_->statement("SELECT owner, until FROM claims WHERE point = ?");
    SQLite::Statement& take =
        state_->statement("INSERT OR REPLACE INTO claims(point, owner, until) VALUES(?,?,?)");
    const double time = now();
    std::map<std::string, bool> gone;
    Claimed claimed;
    for (const std::int64_t point : points) {
      there.reset();
      there.bind(1, point);
      if (there.executeStep() && !(again && there.getColumn(0).getString() == "failed")) continue;
      holder.reset();
      holder.bind(1, point);
      if (holder.executeStep() && holder.getColumn(1).getDouble() > time) {
        const std::string other = holder.getColumn(0).getString();
        if (!gone.contains(other)) gone[other] = other == owner || is_gone(other);
        if (!gone[other]) {
          claimed.elsewhere.push_back(point);
          continue;
        }
      }
      take.reset();
      take.bind(1, point);
      take.bind(2, owner);
      take.bind(3, time + seconds);
      take.exec();
      claimed.taken.push_back(point);
    }
    there.reset();
    holder.reset();
    all.commit();
    return claimed;
  });
}

void ResultStore::keep_claims(const std::string& owner, double seconds) {
  with_errors(state_->file, [&] {
    SQLite::Statement& statement = state_->statement("UPDATE claims SET until = ? WHERE owner = ?");
    statement.bind(1, now() + seconds);
    statement.bind(2, owner);
    statement.exec();
  });
}

void ResultStore::drop_claims(const std::string& owner) {
  with_errors(state_->file, [&] {
    SQLite::Statement& statement = state_->statement("DELETE FROM claims WHERE owner = ?");
    statement.bind(1, owner);
    statement.exec();
  });
}

void ResultStore::record(const std::vector<PointRecord>& points, const std::string& owner) {
  if (points.empty()) return;
  with_errors(state_->file, [&] {
    SQLite::Transaction all(state_->database, SQLite::TransactionBehavior::IMMEDIATE);
    for (const PointRecord& point : points) state_->put(point, owner);
    all.commit();
  });
}

// Whether a point has the results of the last one, of types that its columns have already.
bool ResultStore::State::Shape::fits(const PointRecord& point) const {
  if (point.verb != verb || point.results.size() != names.size()) return false;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto& [name, cell] = point.results[i];
    if (name != names[i] || (at[i] > 0 && merged(types[i], type_of(cell)) != types[i]))
      return false;
    if (at[i] == 0 && !std::holds_alternative<std::monostate>(cell) && !is_fixed[i]) return false;
  }
  return true;
}

// Most points are like the one before.
SQLite::Statement& ResultStore::State::insert_for(const PointRecord& point) {
  if (!shape.fits(point)) {
    shape = {};
    shape.verb = point.verb;
    std::string names =
        "number, id, verb, status, reason, seed, seconds, started, attempts, host, version, build";
    std::string marks = "?,(SELECT id FROM ids WHERE number = ?1),?,?,?,?,?,?,?,?,?,?";
    constexpr int kFixed = 11;
    int next = kFixed;
    for (const auto& [name, cell] : point.results) {
      const bool is_fixed = fixed_results().contains(lower(name));
      const bool is_kept = !is_fixed && !std::holds_alternative<std::monostate>(cell);
      shape.names.push_back(name);
      shape.is_fixed.push_back(is_fixed);
      shape.at.push_back(is_kept ? ++next : 0);
      shape.types.emplace_back();
      if (!is_kept) continue;
      require_column("points", point_columns, name);
      require_type(kResult, point.verb, name, type_of(cell), "");
      shape.types.back() = types[{kResult, point.verb, name}];
      names += ", " + sql_name(name);
      marks += ",?";
    }
    shape.insert = fmt::format("INSERT INTO points({}) VALUES({})", names, marks);
  }
  return statement(shape.insert);
}

void ResultStore::State::put(const PointRecord& point, const std::string& owner) {
  SQLite::Statement& release = statement("DELETE FROM claims WHERE point = ? AND owner = ?");
  release.bind(1, point.point);
  release.bind(2, owner);
  release.exec();
  SQLite::Statement& before = statement("SELECT status, attempts FROM points WHERE number = ?");
  before.bind(1, point.point);
  int attempts = point.attempts;
  if (before.executeStep()) {
    if (before.getColumn(0).getString() != "failed") return before.reset();
    attempts += before.getColumn(1).getInt();
    before.reset();
    SQLite::Statement& remove = statement("DELETE FROM points WHERE number = ?");
    remove.bind(1, point.point);
    remove.exec();
  }
  before.reset();

  SQLite::Statement& insert = insert_for(point);
  insert.bind(1, point.point);
  insert.bind(2, point.verb);
  insert.bind(3, point.status);
  bind_cell(insert, 4, point.reason.empty() ? Cell{} : Cell{point.reason});
  bind_cell(insert, 5, point.seed ? Cell{*point.seed} : Cell{});
  insert.bind(6, point.seconds);
  insert.bind(7, point.started);
  insert.bind(8, attempts);
  insert.bind(9, host_number(point.host));
  insert.bind(10, point.version);
  insert.bind(11, point.build);
  for (std::size_t i = 0; i < point.results.size(); ++i) {
    if (shape.at[i] > 0) bind_cell(insert, shape.at[i], point.results[i].second);
  }
  insert.exec();

  SQLite::Statement& provenance =
      statement("INSERT OR REPLACE INTO provenance(point, command, configuration) VALUES(?,?,?)");
  provenance.bind(1, point.point);
  provenance.bind(2, point.command);
  provenance.bind(3, point.configuration);
  provenance.exec();
  for (const StoredFile& artifact : point.artifacts) {
    const std::string hash = sha256(artifact.bytes);
    put_file(hash, artifact.bytes);
    SQLite::Statement& link = statement(
        "INSERT OR REPLACE INTO point_files(point, role, name, sha256) VALUES(?,'artifact',?,?)");
    link.bind(1, point.point);
    link.bind(2, artifact.role);
    link.bind(3, hash);
    link.exec();
  }
}

std::int64_t ResultStore::State::host_number(const std::string& description) {
  if (const auto known = hosts.find(description); known != hosts.end()) return known->second;
  const std::string hash = sha256(description).substr(0, 32);
  const auto json = nlohmann::json::parse(description, nullptr, false);
  SQLite::Statement insert(database,
                           "INSERT OR IGNORE INTO hosts(hash, name, description) VALUES(?,?,?)");
  insert.bind(1, hash);
  insert.bind(2, json.is_object() ? json.value("name", "") : "");
  insert.bind(3, description);
  insert.exec();
  SQLite::Statement find(database, "SELECT id FROM hosts WHERE hash = ?");
  find.bind(1, hash);
  find.executeStep();
  return hosts[description] = find.getColumn(0).getInt64();
}

std::vector<SweepEntry> ResultStore::sweeps() const {
  return with_errors(state_->file, [&] {
    SQLite::Statement statement(
        state_->database,
        "SELECT s.id, s.name, s.question, s.verb, s.created, s.hash, s.description, s.points, "
        "count(q.status) FILTER (WHERE q.status = 'done'), count(q.status) FILTER (WHERE q.status "
        "= 'no'), count(q.status) FILTER (WHERE q.status = 'failed') FROM sweeps s LEFT JOIN "
        "places p ON p.sweep = s.id LEFT JOIN points q ON q.number = p.point GROUP BY s.id ORDER "
        "BY s.id");
    std::vector<SweepEntry> all;
    while (statement.executeStep()) {
      SweepEntry entry;
      entry.id = statement.getColumn(0).getInt64();
      entry.name = statement.getColumn(1).getString();
      entry.question = statement.getColumn(2).getString();
      entry.verb = statement.getColumn(3).getString();
      entry.created = statement.getColumn(4).getString();
      entry.hash = statement.getColumn(5).getString();
      entry.description = statement.getColumn(6).getString();
      entry.places = static_cast<std::size_t>(statement.getColumn(7).getInt64());
      entry.done = static_cast<std::size_t>(statement.getColumn(8).getInt64());
      entry.no = static_cast<std::size_t>(statement.getColumn(9).getInt64());
      entry.failed = static_cast<std::size_t>(statement.getColumn(10).getInt64());
      all.push_back(std::move(entry));
    }
    return all;
  });
}

std::size_t ResultStore::count_there(const std::vector<std::string>& ids) const {
  return with_errors(state_->file, [&] {
    SQLite::Statement find(
        state_->database,
        "SELECT 1 FROM ids i JOIN points p ON p.number = i.number WHERE i.id = ?");
    std::size_t there = 0;
    for (const std::string& id : ids) {
      find.reset();
      find.bindNoCopy(1, id);
      there += find.executeStep();
    }
    return there;
  });
}

const std::filesystem::path& ResultStore::file() const { return state_->file; }

void ResultStore::select(const std::string& question, const std::vector<Cell>& values,
                         const std::function<void(const std::vector<Cell>&)>& row) const {
  with_errors(state_->file, [&] {
    SQLite::Statement statement(state_->database, question);
    for (std::size_t i = 0; i < values.size(); ++i) {
      bind_cell(statement, static_cast<int>(i) + 1, values[i]);
    }
    std::vector<Cell> cells(static_cast<std::size_t>(statement.getColumnCount()));
    while (statement.executeStep()) {
      for (std::size_t i = 0; i < cells.size(); ++i) {
        cells[i] = cell_at(statement, static_cast<int>(i));
      }
      row(cells);
    }
  });
}

std::optional<double> ResultStore::mean_seconds(const std::string& verb) const {
  return with_errors(state_->file, [&]() -> std::optional<double> {
    SQLite::Statement statement(
        state_->database, "SELECT avg(seconds) FROM points WHERE verb = ? AND status != 'failed'");
    statement.bind(1, verb);
    if (!statement.executeStep() || statement.getColumn(0).isNull()) return std::nullopt;
    return statement.getColumn(0).getDouble();
  });
}

}  // namespace partita::command
