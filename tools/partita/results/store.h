// Results of sweeps in a file that survives what happens to its writers (SQLite). Several processes
// may write at once; whoever else reads it sees whole points only. schema.h has its tables.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/partita/results/cell.h"

namespace partita::command {

struct AxisColumn {
  std::string name, unit;
};

// A sweep as it is asked for.
struct SweepHeader {
  std::string name, question, text, verb;
  std::string description;  // one line of JSON (models/sweep/describe.h)
  std::string hash;         // of its name and all its points
  std::string version;
  std::size_t places = 0;
  std::vector<AxisColumn> axes;
};

// Where a point stands in a sweep.
struct Place {
  std::size_t number = 0, repetition = 0;
  std::string id;
  std::vector<Cell> values;  // of the axes
};

// What is known of a place's point. Places with the same point have the same `point`.
struct PlaceState {
  enum class State : std::uint8_t { Missing, Done, No, Failed };
  std::int64_t point = 0;
  State state = State::Missing;
};

struct SweepEntry {
  std::int64_t id = 0;
  std::string name, question, verb, created, hash, description;
  std::size_t places = 0;
  std::size_t done = 0, no = 0, failed = 0;  // of its places
};

struct StoredFile {
  std::string role;  // an option's name
  std::string bytes;
};

// A point that was computed.
struct PointRecord {
  std::int64_t point = 0;
  std::string verb, status, reason, command, configuration;
  std::optional<std::int64_t> seed;
  double seconds = 0;
  std::string started;  // UTC, ISO 8601
  int attempts = 1;
  std::string host;  // JSON
  std::string version, build;
  NamedCells results;
  std::vector<StoredFile> artifacts;
};

// A file that points read, as their configurations name it: "@FOLDER/name".
struct InputRecord {
  std::string folder, name, sha256, path;  // path: where it was found
  std::optional<std::string> bytes;        // absent: too large to be kept
};

class ResultStore {
 public:
  enum class Open : std::uint8_t { Existing, OrNew, ToRead };

  // Throws ConfigError where the file is none of ours or of another version, or is missing and was
  // to be there; Error where it cannot be opened. Whatever fails later is an Error, too, and leaves
  // the file as it was before that call.
  ResultStore(const std::filesystem::path& file, Open how);
  ~ResultStore();
  ResultStore(const ResultStore&) = delete;
  ResultStore& operator=(const ResultStore&) = delete;

  // The sweep's number; `is_new`: nobody had asked for it yet, else its texts are these from now on.
  // `place` gives the places by number.
  struct Registered {
    std::int64_t sweep = 0;
    bool is_new = false;
  };
  // A sweep that was only the beginning of this one may be `replaced`: it goes, its points stay.
  Registered add(const SweepHeader& sweep, const std::function<Place(std::size_t)>& place,
                 std::optional<std::int64_t> replaced = std::nullopt);
  std::vector<PlaceState> places(std::int64_t sweep) const;  // by number
  void add(const std::vector<InputRecord>& inputs);

  // Takes points so that no other writer computes them. With `again`, failed ones are taken, too. A
  // claim that is past its time, or whose owner `is_gone`, counts for nothing.
  struct Claimed {
    std::vector<std::int64_t> taken;
    std::vector<std::int64_t> elsewhere;  // another writer has them; all others are there by now
  };
  Claimed claim(const std::vector<std::int64_t>& points, const std::string& owner, double seconds,
                bool again, const std::function<bool(const std::string&)>& is_gone);
  void keep_claims(const std::string& owner, double seconds);  // for so long from now on
  void drop_claims(const std::string& owner);

  // All or none. A point that is there already stays as it is, unless it failed.
  void record(const std::vector<PointRecord>& points, const std::string& owner);

  // Makes the sweep's view again: it shows the columns that there are by now.
  void make_view(std::int64_t sweep);

  std::vector<SweepEntry> sweeps() const;
  std::size_t count_there(const std::vector<std::string>& ids) const;  // with an answer

  // What SQLite answers, row by row.
  void select(const std::string& question, const std::vector<Cell>& values,
              const std::function<void(const std::vector<Cell>&)>& row) const;
  const std::filesystem::path& file() const;
  // The mean of what finished points of a verb took; absent: there are none.
  std::optional<double> mean_seconds(const std::string& verb) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace partita::command
