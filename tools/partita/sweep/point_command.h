// A point of a sweep as a command line.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/sweep/points.h"
#include "models/sweep/sweep.h"
#include "tools/partita/command_app.h"
#include "tools/partita/sweep/input_folder.h"
#include "tools/partita/sweep/point.h"

namespace partita::command {

// Verbs that a sweep can have as its body.
const std::vector<std::string>& swept_verbs();

constexpr std::size_t kIdDigits = 32;  // of a SHA-256

class PointCommands {
 public:
  // `verb`: its options (an application that has not parsed anything). Files that options name are
  // put into `files`. All must outlive it.
  // Throws ConfigError with all mistakes: options that the verb does not have, are given twice, or
  // say where something is written.
  PointCommands(const Sweep& sweep, const CLI::App& verb, InputFolder& files);

  PointCommand of(const SweepPoint& point) const { return of(point, id_of(point)); }
  PointCommand of(const SweepPoint& point, std::string id) const;  // whose id is known
  std::string id_of(const SweepPoint& point) const;
  // Times of this body are measured: one point at a time, and only for this computer.
  bool is_measured() const { return is_measured_; }

 private:
  enum class Kind : std::uint8_t { Option, Flag, Setting, ModelParameter };
  struct Target {
    Kind kind = Kind::Option;
    std::string option;  // "set"
    std::string path;    // of a setting ("links.nvlink.bandwidth") or parameter ("batch")
    bool is_file = false;
  };
  struct Words {
    // By option, in file order, what was said of it.
    std::vector<std::pair<std::string, std::vector<std::string>>> options;
    std::vector<std::pair<std::string, std::string>> parameters;  // of the network
    std::vector<std::string>& of(const std::string& option);
  };

  // Values that are set (--set, --bind, --scenario-set), so that none is set twice.
  class Settings {
   public:
    void add(const std::string& option, const std::string& path, const SourceLoc& where,
             Diagnostics& diagnostics);

   private:
    std::map<std::string, int> lines_;
  };

  void read_fixed(const FixedOption& option, Settings& settings, Diagnostics& diagnostics);
  void read_axis(const Axis& axis, Settings& settings, Diagnostics& diagnostics);
  static void judge_flag(const Target& target, const std::string& text, const SourceLoc& where,
                         Diagnostics& diagnostics);
  void check_kept(Diagnostics& diagnostics) const;
  void write_around();
  Target target(const std::string& name, const SourceLoc& where, Diagnostics& diagnostics) const;
  std::string value(const Target& target, const std::string& text) const;
  Words words_of(const SweepPoint& point) const;
  static std::optional<std::int64_t> seed_of(const Words& words);
  // With names of files, or with hashes of what is in them only.
  std::string configuration(const Words& words, bool with_names) const;
  void add(const Target& target, const std::string& text, Words& words) const;

  const Sweep& sweep_;
  const CLI::App& verb_;
  InputFolder& files_;
  std::vector<Target> axes_;
  Words fixed_;
  bool is_measured_ = false;
  bool gives_seeds_ = false;
  std::string before_, after_;                             // options, in configurations
  mutable std::map<std::string, std::string> references_;  // of files, by what the sweep calls them
};

std::string for_shell(const std::string& word);

}  // namespace partita::command
