// The profile: what was measured of layers, copies and processors, one CSV row a measurement.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/base/interned.h"
#include "models/base/units.h"

namespace partita {

// What a row says, by its kind.
//
// layer: one layer of a network; signature: Network::signature, in which operator, data types and
//   shapes stand. subgraph: several, from the first one's start to the last one's end; signatures
//   joined by " + ". copy: one copy with no other beside it; "SRC_MEMORY>DST_MEMORY". copies: the
//   same while others copy; level: how many at once. interference: a layer while the processors
//   that `with` names compute; level: how many compute at once. overhead: what a processor takes
//   beside its layers; "launch" from one layer's end to the next one's start, "tiny layer" a layer
//   of one element, "start" from the start of a run to the first layer's, "run" what a whole
//   inference takes, as seen by who asks for it, beyond its layers and copies.
constexpr std::array<std::string_view, 6> kProfileKinds{"layer",  "subgraph",     "copy",
                                                        "copies", "interference", "overhead"};

// Counts up whenever numbers begin to mean something else: rows of another version are not compared.
constexpr int kProfileVersion = 1;

// What must be in the processor's memory while a layer or subgraph runs, by its shapes.
struct Footprint {
  Bytes weights;      // and constants
  Bytes activations;  // operands and results, the most that live at once
  Bytes workspace;
  Bytes peak;  // the most of all together
  friend bool operator==(const Footprint&, const Footprint&) = default;
};

struct ProfileRow {
  Interned kind, signature;
  Interned processor;  // that ran the layer or made the copy
  Bytes size;          // of a copy; of a layer: its traffic; of an overhead: nothing
  int samples = 0;     // clean ones, that the statistics are of
  int discarded = 0;   // contaminated ones (wall time above CPU time, involuntary switches)
  Time min{0}, p10{0}, median{0}, p90{0};
  Interned environment;  // hash of CPU model, kernel libraries, instruction-set cap

  int level = 1;                            // how many layers or copies went on at once
  Interned with{};                          // the other processors that computed, joined by "+"
  std::optional<Time> alone{};              // the median at level 1, where it is known
  std::optional<Footprint> footprint{};     // of layers and subgraphs
  std::optional<std::int64_t> energy_pj{};  // of the processor's package; absent: no counter
  std::optional<Flops> flops{};             // of layers and subgraphs
  // Whose clock the times are of: "host" of the computer that the worker runs on, "device" the
  // processor's own, laid beside the host's. "": from before this was written down.
  Interned clock{};
  int version = kProfileVersion;  // of the way to measure; 1 where a file does not say

  // Bytes asked for in the median time.
  Bandwidth bandwidth() const { return size / median; }
  // How many times as long as alone. Absent where that is not known, and below three samples: they
  // may be any disturbance.
  std::optional<double> slowdown() const;
};

// What is measured: rows of one measurement say the same, of other samples.
struct Measurement {
  Interned kind, signature, processor;
  int level = 1;
  Interned with{};
  Bytes size{};  // of copies, which are told apart by it; else nothing
  friend bool operator==(const Measurement&, const Measurement&) = default;
};
Measurement measurement_of(const ProfileRow& row);
// The same as one text that needs no row.
std::string measurement_key(const ProfileRow& row);

// CSV with a header line. Columns may come in any order; those of a row's first part
// (kind ... environment) must be there, the others (level ... version) may be missing, as from old
// files, or empty. Fields with commas or quotes are quoted (RFC 4180).
//
// One processor, one environment: rows of two of them cannot be compared. Rows without one, as
// people write them, go with any.
class Profile {
 public:
  // ConfigError with file:line:column for every bad row: wrong columns, no number, negative or zero
  // time, a doubled measurement (kind, signature, processor, level, with; of copies: size), two
  // environments of one processor, a version that is not known yet.
  static Profile load(const std::string& file);
  // Ordered by kind, processor, signature, size, so that two profiles can be compared line by line.
  // Written beside the file and renamed: never half a file.
  void save(const std::string& file) const;

  void add(ProfileRow row);  // replaces the row of the same measurement
  const std::vector<ProfileRow>& rows() const { return rows_; }
  // The row of the same measurement; nullptr: none.
  const ProfileRow* same(const ProfileRow& row) const;
  // The row of a layer's signature on a processor; O(1).
  const ProfileRow* layer(Interned signature, Interned processor) const;
  // Copies by one processor between two memories, alone, ascending size.
  std::vector<ProfileRow> copies(const std::string& signature, const std::string& processor) const;
  // What a processor takes beside its layers; nullptr: not known.
  const ProfileRow* overhead(Interned what, Interned processor) const;
  // Of the processor's rows; "": none says.
  std::string environment_of(const std::string& processor) const;

 private:
  // A hash table of open addresses (linear probing), at most half full: a million rows are found
  // by one look at memory each, and copies of a profile need nothing mended.
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t row = kNone;
    static constexpr std::uint32_t kNone = UINT32_MAX;
  };
  // Where `measurement`, whose hash is `hash`, is, or would be put.
  std::size_t slot_of(const Measurement& measurement, std::uint32_t hash) const;
  const ProfileRow* find(const Measurement& measurement) const;
  void make_room(std::size_t rows);
  // Makes rows_[row] be found, unless one of the same measurement is: that one; else nullptr.
  const ProfileRow* enter(std::size_t row);
  // Asks for the memory that enter(row) will look at.
  void fetch(std::size_t row) const;

  std::vector<ProfileRow> rows_;
  std::vector<Slot> slots_;
};

}  // namespace partita
