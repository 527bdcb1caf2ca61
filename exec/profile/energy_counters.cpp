#include "exec/profile/energy_counters.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace partita::exec {
namespace {

namespace fs = std::filesystem;

std::optional<std::int64_t> number_in(const fs::path& file) {
  std::ifstream in(file);
  std::int64_t number = 0;
  return in >> number ? std::optional(number) : std::nullopt;
}

}  // namespace

EnergyCounters::EnergyCounters(std::string root) {
  std::error_code failed;
  std::vector<fs::path> folders;
  for (fs::directory_iterator each(root, failed), end; !failed && each != end;
       each.increment(failed)) {
    if (each->path().filename().string().starts_with("intel-rapl:"))
      folders.push_back(each->path());
  }
  std::sort(folders.begin(), folders.end());
  for (const fs::path& folder : folders) {
    // Not their parts ("core", "uncore", "dram"), nor the whole computer ("psys").
    std::string name;
    std::ifstream(folder / "name") >> name;
    if (!name.starts_with("package")) continue;
    const auto range = number_in(folder / "max_energy_range_uj");
    if (!range || !number_in(folder / "energy_uj")) {
      absent_ = fmt::format("energy is not measured: '{}' may not be read",
                            (folder / "energy_uj").string());
      packages_.clear();
      return;
    }
    packages_.push_back({(folder / "energy_uj").string(), *range, {}});
  }
  if (packages_.empty()) {
    absent_ = fmt::format("energy is not measured: no counter of a package in '{}'", root);
  }
}

EnergyCounters EnergyCounters::elsewhere(const std::string& where) {
  return EnergyCounters(Absent{
      fmt::format("energy is not measured: counters at '{}' cannot be read from here", where)});
}

std::optional<std::int64_t> EnergyCounters::since_last() {
  std::int64_t sum = 0;
  bool all = !packages_.empty();
  for (Package& package : packages_) {
    const auto now = number_in(package.file);
    if (now && package.last) {
      sum += *now - *package.last + (*now < *package.last ? package.range : 0);
    } else {
      all = false;
    }
    package.last = now;
  }
  return all ? std::optional(sum) : std::nullopt;
}

}  // namespace partita::exec
