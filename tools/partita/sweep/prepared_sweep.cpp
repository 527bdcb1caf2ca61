#include "tools/partita/sweep/prepared_sweep.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <system_error>

#include "models/base/file.h"
#include "models/sweep/describe.h"
#include "tools/partita/results/hash.h"
#include "tools/partita/sweep/check.h"
#include "tools/partita/sweep/positions.h"
#include "tools/partita/sweep/program.h"

namespace partita::command {
namespace {

namespace fs = std::filesystem;

std::vector<InputRecord> inputs_of(const InputFolder& folder) {
  std::vector<InputRecord> inputs;
  for (const auto& [path, input] : folder.files()) {
    for (const PointFile& file : input.files) {
      InputRecord record{file.folder, file.name, file.sha256, "", std::nullopt};
      if (&file == &input.files.front()) record.path = input.path.string();
      const fs::path copy = folder.path() / file.folder / file.name;
      if (fs::file_size(copy) <= InputFolder::kMostCopied) record.bytes = read_file(copy);
      inputs.push_back(std::move(record));
    }
  }
  return inputs;
}

Place place_of(const SweepPoint& point, const std::string& id) {
  Place place{point.number, point.repetition, id, {}};
  for (const SweepValue& value : point.values) {
    place.values.push_back(value.number ? cell_of(*value.number) : Cell{value.text});
  }
  return place;
}

const Command& body_of(const Sweep& sweep) {
  const std::vector<std::string>& verbs = swept_verbs();
  if (std::find(verbs.begin(), verbs.end(), sweep.verb) == verbs.end()) {
    throw ConfigError(sweep.verb_where,
                      fmt::format("body: '{}' is no verb that can be swept (one of {})", sweep.verb,
                                  fmt::join(verbs, ", ")));
  }
  return *command_named(sweep.verb);
}

}  // namespace

PreparedSweep::PreparedSweep(const fs::path& file, const fs::path& positions)
    : sweep_(load_sweep(file)),
      line_(body_of(sweep_)),
      commands_(sweep_, line_.verb(sweep_.verb), files_),
      points_(positions.empty() ? points_of(sweep_)
                                : points_at(sweep_, read_positions(positions, sweep_))) {
  if (!points_.empty()) check_points(sweep_, points_, commands_, files_);
  ids_.reserve(points_.size());
  for (const SweepPoint& point : points_) ids_.push_back(commands_.id_of(point));
}

PointLimits PreparedSweep::limits() const {
  PointLimits limits;
  if (sweep_.time_limit) {
    limits.time = std::chrono::duration_cast<std::chrono::nanoseconds>(*sweep_.time_limit);
  }
  if (sweep_.memory_limit) limits.memory = sweep_.memory_limit->value;
  return limits;
}

ResultStore::Registered PreparedSweep::add_to(ResultStore& store,
                                              std::optional<std::int64_t> replaced) const {
  SweepHeader header;
  header.name = sweep_.name;
  header.question = sweep_.question;
  header.text = sweep_.text;
  header.verb = sweep_.verb;
  header.description = description(sweep_);
  header.version = program_version();
  header.places = points_.size();
  for (const Axis& axis : sweep_.axes) header.axes.push_back({axis.name, axis.unit});
  Hash hash;
  hash.add(sweep_.name);
  for (const Axis& axis : sweep_.axes) hash.add("\n" + axis.name);
  for (const std::string& id : ids_) hash.add("\n" + id);
  header.hash = hash.digits();
  const auto registered = store.add(
      header, [&](std::size_t number) { return place_of(points_[number], ids_[number]); },
      replaced);
  store.add(inputs_of(files_));
  return registered;
}

}  // namespace partita::command
