// The profile: measured times of layers and copies on processors, one CSV row a measurement.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "models/base/units.h"

namespace partita {

struct ProfileRow {
  // What was measured: "layer" (signature: Network::signature) or "copy" (signature:
  // "SRC_MEMORY>DST_MEMORY").
  std::string kind, signature;
  std::string processor;  // that ran the layer or made the copy
  Bytes size;             // of a copy; of a layer: its traffic
  int samples = 0;        // clean ones, that the statistics are of
  int discarded = 0;      // contaminated ones (wall time above CPU time, involuntary switches)
  Time min{0}, p10{0}, median{0}, p90{0};
  std::string environment;  // hash of CPU model, kernel libraries, instruction-set cap
};

// CSV with a header line:
// kind,signature,processor,size_bytes,samples,discarded,min_ps,p10_ps,median_ps,p90_ps,environment.
// Fields with commas or quotes are quoted (RFC 4180).
class Profile {
 public:
  // ConfigError with file:line:column for every bad row: wrong columns, no number, negative or zero
  // time, doubled (kind, signature, processor) of a layer or (kind, signature, processor, size) of
  // a copy.
  static Profile load(const std::string& file);
  void save(const std::string& file) const;  // written beside it and renamed: never half a file

  void add(ProfileRow row);  // replaces the row with the same key
  const std::vector<ProfileRow>& rows() const { return rows_; }
  // The row of a layer's signature on a processor; O(1).
  const ProfileRow* layer(const std::string& signature, const std::string& processor) const;
  // Copies by one processor between two memories, ascending size.
  std::vector<ProfileRow> copies(const std::string& signature, const std::string& processor) const;

 private:
  std::vector<ProfileRow> rows_;
  std::unordered_map<std::string, std::size_t> by_key_;
};

}  // namespace partita
