// A sweep file with all that running it needs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "models/sweep/points.h"
#include "models/sweep/sweep.h"
#include "tools/partita/command_line.h"
#include "tools/partita/results/store.h"
#include "tools/partita/sweep/engine.h"
#include "tools/partita/sweep/input_folder.h"
#include "tools/partita/sweep/point_command.h"

namespace partita::command {

class PreparedSweep {
 public:
  // Of the sweep's own points, or of those that a file of positions asks for. Throws ConfigError with
  // all that is wrong: with the file, its options, and what they name.
  PreparedSweep(const std::filesystem::path& file, const std::filesystem::path& positions);
  PreparedSweep(const PreparedSweep&) = delete;
  PreparedSweep& operator=(const PreparedSweep&) = delete;

  const Sweep& sweep() const { return sweep_; }
  std::size_t size() const { return points_.size(); }
  std::vector<std::size_t> left_out() const { return points_.left_out(); }  // rows of positions
  PointCommand command(std::size_t number) const {
    return commands_.of(points_[number], ids_[number]);
  }
  bool is_measured() const { return commands_.is_measured(); }
  const std::filesystem::path& folder() const { return files_.path(); }
  const std::vector<std::string>& ids() const { return ids_; }  // of points, by number
  PointLimits limits() const;

  // Puts the sweep, its places and its inputs into the store, in the place of a sweep that was only
  // its beginning.
  ResultStore::Registered add_to(ResultStore& store, std::optional<std::int64_t> replaced) const;

 private:
  Sweep sweep_;
  CommandLine line_;
  InputFolder files_;
  PointCommands commands_;
  SweepPoints points_;
  std::vector<std::string> ids_;
};

}  // namespace partita::command
