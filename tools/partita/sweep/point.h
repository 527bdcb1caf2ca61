// A point of a sweep as it is computed and kept.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/partita/sweep/protocol.h"

namespace partita::command {

struct PointCommand {
  std::string id;
  std::vector<std::string> arguments;  // the verb first; files as "@FOLDER/name"
  std::string command;                 // for a shell
  std::string configuration;           // JSON: what the id is the hash of, with names of files
  std::vector<PointFile> files;
  std::optional<std::int64_t> seed;  // that the verb is given, by the sweep or as an option
};

}  // namespace partita::command
