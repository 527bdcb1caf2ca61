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

  PointCommand of(const SweepPoint& point) const;
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

  Target target(const std::string& name, const SourceLoc& where, Diagnostics& diagnostics) const;
  std::string value(const Target& target, const std::string& text) const;
  void add(const Target& target, const std::string& text, Words& words) const;

  const Sweep& sweep_;
  const CLI::App& verb_;
  InputFolder& files_;
  std::vector<Target> axes_;
  Words fixed_;
  bool is_measured_ = false;
  bool gives_seeds_ = false;
  std::string host_;  // hash of this computer, of measured bodies
};

std::string for_shell(const std::string& word);

}  // namespace partita::command
