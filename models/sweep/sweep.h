// What a researcher wants computed: one verb of the command, and the values that its options take.
// Every point of a sweep is a command line. experiments/README.md describes the file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "models/base/diagnostics.h"
#include "models/base/units.h"

namespace partita {

// A number that an axis takes, as it was written ("10 GB/s") and in base units (1e10, "B/s").
struct SweepValue {
  std::string text;
  std::optional<double> number;  // of quantities and plain numbers
  SourceLoc where;
};

// All values between two.
struct SweepRange {
  double from = 0, to = 0;  // in base units
  bool logarithmic = false, integer = false;
  std::optional<std::size_t> points;  // where the range is walked through; absent: it is sampled
};

// What changes from point to point: an option of the verb ("method"), a value of the machine
// ("machine.links.pcie0.latency"), a parameter of the network ("model.batch"), a free dimension
// ("bind.N"), a value of the scenario ("scenario.requests").
struct Axis {
  std::string name;
  std::string unit;  // of numbers, in base units: "B/s", "FLOP/s", "s", "B", "W", ...; "": none
  std::optional<SweepRange> range;
  std::vector<SweepValue> values;  // of a list, or the points of a walked range
  std::size_t group = 0;           // axes of one group step together (zip)
  SourceLoc where;

  // The value at a position in [0, 1]: of a range between its ends (on its scale, integers rounded),
  // of a list the floor(position x count)-th. Written so that reading it gives the same number.
  SweepValue at(double position) const;
};

enum class Sampling : std::uint8_t { Product, Random, LatinHypercube, Sobol };

// Options of the verb that all points share, in file order; several values where the option repeats;
// none for a flag.
struct FixedOption {
  std::string name;
  std::vector<std::string> values;
  SourceLoc where;
};

// One condition of `exclude` or `only`: what an axis has to be.
struct AxisTest {
  enum class Kind : std::uint8_t { Glob, Less, LessOrEqual, Greater, GreaterOrEqual, Equal };
  struct Alternative {
    Kind kind = Kind::Glob;
    std::string glob;
    double number = 0;
  };
  std::size_t axis = 0;
  std::vector<Alternative> any_of;
};
using AxisTests = std::vector<AxisTest>;  // all of them

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
  std::vector<AxisTests> exclude, only;
  std::size_t repeat = 1;
  std::uint64_t seed = 1;
  std::optional<Time> time_limit;     // of one point
  std::optional<Bytes> memory_limit;  // of one point
  std::vector<std::string> kept_columns, kept_files;
  std::optional<Answer> answer;
};

// Reads a sweep file. Whether the verb knows the options is not judged here: models know no
// command. Throws ConfigError with all mistakes.
Sweep load_sweep(const std::filesystem::path& file);

// One value for each axis of the sweep, in the order of the axes.
struct SweepPoint {
  std::size_t number = 0;      // its place in the sweep
  std::size_t repetition = 0;  // from 0
  std::uint64_t seed = 0;      // derived from the sweep's seed, the values and the repetition
  std::vector<SweepValue> values;
};

// All points of a sweep, in order: product or samples, less what is excluded, repeated. Same file,
// same points.
std::vector<SweepPoint> points_of(const Sweep& sweep);

// The points at given positions (rows of a value in [0, 1] for each axis), each repeated as the
// sweep says; nothing is excluded.
std::vector<SweepPoint> points_at(const Sweep& sweep,
                                  const std::vector<std::vector<double>>& positions);

}  // namespace partita
