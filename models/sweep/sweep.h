// What a researcher wants computed: one verb of the command, and the values that its options take.
// Every point of a sweep is a command line. experiments/README.md describes the file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "models/base/diagnostics.h"
#include "models/base/units.h"
#include "models/sweep/axis.h"
#include "models/sweep/conditions.h"
#include "models/sweep/design.h"

namespace partita {

enum class Sampling : std::uint8_t { Product, Random, LatinHypercube, Sobol };

// Options of the verb that all points share, in file order; several values where the option repeats;
// none for a flag. Named as axes are.
struct FixedOption {
  std::string name;
  std::vector<std::string> values;
  SourceLoc where;
};

struct Answer {
  std::string column;
  bool smaller_is_better = true;
};

struct Sweep {
  std::string name, question, verb;
  std::filesystem::path file;
  std::string text;  // of the file
  std::vector<FixedOption> fixed;
  std::vector<Axis> axes;
  Sampling sampling = Sampling::Product;
  std::size_t samples = 0;  // of other samplings
  std::uint64_t sampling_seed = 1;
  std::vector<Condition> exclude, only;
  std::size_t repeat = 1;
  std::uint64_t seed = 1;
  std::optional<Time> time_limit;     // of one point
  std::optional<Bytes> memory_limit;  // of one point
  std::vector<std::string> kept_columns, kept_files;
  SourceLoc kept_where;
  std::optional<Answer> answer;
  DesignTask design;  // prices and goals, where there are any
  SourceLoc verb_where;
};

// At most so many places of a sweep, repetitions counted.
inline constexpr std::size_t kMostPlaces = 10'000'000;

// Reads a sweep file. Whether the verb knows the options is not judged here: models know no
// command. Throws ConfigError with all mistakes.
Sweep load_sweep(const std::filesystem::path& file);

}  // namespace partita
