// What a sweep and the processes that evaluate its points say to each other: a JSON object a line.
//
//   to a worker:   {"point": ID, "arguments": ["partition", "--model", ...],
//                   "files": [{"folder", "name", "sha256"}], "keep": {"columns": [], "files": []},
//                   "limits": {"memory": bytes, "time": seconds}}
//   from a worker: {"point": ID, "status": "done" | "no" | "failed", "reason": text,
//                   "result": {column: number | text | null}, "seconds": number,
//                   "artifacts": [{"name", "path"} | {"name", "base64"}], "exhausted": true,
//                   "host": {...}}
//
// All keys but point and arguments, or point and status, may be left out. An argument that names a
// file says "@FOLDER/name"; the worker finds it at FOLDER/name in the folder that `--files` names.
// The folder of a file is its SHA-256; of files that name each other, one hash of all of them, with
// their places relative to each other as names. A worker answers in the order of the questions. It
// is "exhausted" when it has run out of memory: what it says of later points counts for nothing.
// "host" (cpu, cores, memory, os, name) is added by who runs points on other computers.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tools/partita/results/cell.h"

namespace partita::command {

// Parts of the results that would not be made or would not be columns.
struct Kept {
  std::vector<std::string> columns;  // paths in nested results: "analysis.processors.0.busy_ps"
  std::vector<std::string> files;    // options whose file is an artifact: "out"

  bool empty() const { return columns.empty() && files.empty(); }
};

struct PointFile {
  std::string folder, name, sha256;
};

struct PointQuestion {
  std::string point;
  std::vector<std::string> arguments;
  std::vector<PointFile> files;
  Kept keep;
  std::int64_t memory_limit = 0;  // bytes; 0: none
  double time_limit = 0;          // s, kept by who started the worker; 0: none
};

struct Artifact {
  std::string name;    // of the option
  std::string path;    // of the file, which whoever reads the answer removes
  std::string base64;  // instead, from elsewhere
};

enum class Status : std::uint8_t { Done, No, Failed };
std::string_view to_string(Status status);

struct PointAnswer {
  std::string point;
  Status status = Status::Done;
  std::string reason;
  NamedCells result;
  double seconds = 0;
  std::vector<Artifact> artifacts;
  bool is_exhausted = false;
  nlohmann::json host;  // null: this computer
};

// Of an object without objects in it.
NamedCells cells_of(const nlohmann::json& flat);

// Without the end of the line. Throw Error for lines that say something else.
std::string to_line(const PointQuestion& question);
std::string to_line(const PointAnswer& answer);
PointQuestion read_question(std::string_view line);
PointAnswer read_answer(std::string_view line);

}  // namespace partita::command
