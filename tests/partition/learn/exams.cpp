#include "tests/partition/learn/exams.h"

#include <configured/source_dir.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "partition/learn/import_csv.h"

namespace partita::test {
namespace {

namespace fs = std::filesystem;
using learn::ColumnMap;
using learn::DeviceCatalogue;
using learn::Observation;
using learn::Observations;

const fs::path kMaps = PARTITA_SOURCE_DIR "/experiments/predict/maps";
const fs::path kDevices = PARTITA_SOURCE_DIR "/experiments/predict/devices";
constexpr double kFewTokens = 256;

std::vector<fs::path> files_below(const fs::path& folder, const std::string& name) {
  std::vector<fs::path> files;
  if (!fs::is_directory(folder)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const fs::path& path = entry.path();
    if (name.empty() ? path.extension() == ".csv" : path.filename() == name) files.push_back(path);
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Trains on all devices but one, which judges.
std::vector<Fold> leave_one_device_out(const Observations& all) {
  std::vector<Fold> folds;
  for (std::size_t device = 0; device < all.devices.size(); ++device) {
    folds.push_back({all.devices[device].name,
                     all.where([&](const Observation& row) { return row.device != device; }),
                     all.where([&](const Observation& row) { return row.device == device; })});
  }
  return folds;
}

// On each device, the smaller half of the work trains and the larger one judges.
std::vector<Fold> by_size(const Observations& all) {
  std::vector<Fold> folds;
  for (std::size_t device = 0; device < all.devices.size(); ++device) {
    const Observations own =
        all.where([&](const Observation& row) { return row.device == device; });
    std::vector<double> work;
    for (const Observation& row : own.rows) work.push_back(row.layer.flops);
    std::sort(work.begin(), work.end());
    const double half = work[(work.size() - 1) / 2];
    folds.push_back({all.devices[device].name,
                     own.where([&](const Observation& row) { return row.layer.flops <= half; }),
                     own.where([&](const Observation& row) { return row.layer.flops > half; })});
  }
  return folds;
}

// A fold for each model (group) on each device; neither device has seen the model.
std::vector<Fold> leave_one_group_out(const Observations& all, double most_rows) {
  std::vector<Fold> folds;
  std::set<std::pair<std::size_t, std::string>> pairs;
  for (const Observation& row : all.rows) pairs.emplace(row.device, row.group);
  for (const auto& [device, group] : pairs) {
    folds.push_back(
        {all.devices[device].name + " " + group,
         all.where([&, &group = group](const Observation& row) { return row.group != group; }),
         all.where([&, device = device, &group = group](const Observation& row) {
           return row.group == group && row.device == device && row.layer.rows <= most_rows;
         })});
  }
  return folds;
}

void add_neusight(const fs::path& folder, ExamList& list) {
  const fs::path train = folder / "train";
  if (!fs::is_directory(train)) {
    list.skipped.push_back(train.string() + ": no such folder");
    return;
  }
  const ColumnMap map = ColumnMap::load(kMaps / "neusight.yaml");
  const auto devices = DeviceCatalogue::load({folder / "device_configs"});
  const auto add = [&](const std::string& name, const std::vector<fs::path>& files, bool sizes) {
    if (files.empty()) {
      list.skipped.push_back(fmt::format("neusight_{}: no files in {}", name, train.string()));
      return;
    }
    const Observations all = learn::import_layers(files, map, devices);
    if (all.devices.size() > 1) {
      list.layers.push_back(
          {"neusight_" + name, "leave_one_gpu_out", {0, 5, 20}, leave_one_device_out(all)});
    }
    if (sizes) list.layers.push_back({"neusight_" + name, "size", {0}, by_size(all)});
  };
  add("linear", files_below(train / "linear", ""), true);
  add("bmm", files_below(train / "bmm", ""), true);
  for (const std::string name : {"elem", "ln", "softmax"}) {
    add(name, files_below(train, name + ".csv"), false);
  }
}

void add_vidur_compute(const fs::path& folder, ExamList& list) {
  const auto files = files_below(folder, "mlp.csv");
  if (files.empty()) {
    list.skipped.push_back(folder.string() + ": no mlp.csv below it");
    return;
  }
  const ColumnMap map = ColumnMap::load(kMaps / "vidur_compute.yaml");
  const Observations all = learn::import_layers(files, map, DeviceCatalogue::load({kDevices}));
  for (std::size_t from = 0; from < all.devices.size(); ++from) {
    for (std::size_t to = 0; to < all.devices.size(); ++to) {
      if (from == to) continue;
      const auto only = [&](std::size_t device) {
        return all.where([=](const Observation& row) { return row.device == device; });
      };
      const std::string &source = all.devices[from].name, &target = all.devices[to].name;
      list.layers.push_back({"vidur_compute",
                             fmt::format("{}_to_{}", source, target),
                             {0, 5, 20},
                             {{target, only(from), only(to)}}});
    }
  }
  list.layers.push_back(
      {"vidur_compute", "leave_one_model_out", {0}, leave_one_group_out(all, 1e300)});
  list.layers.push_back(
      {"vidur_compute", "leave_one_model_out_256", {0}, leave_one_group_out(all, kFewTokens)});
}

void add_vidur_links(const fs::path& folder, ExamList& list) {
  const ColumnMap map = ColumnMap::load(kMaps / "vidur_send_recv.yaml");
  const auto files = files_below(folder, "send_recv.csv");
  if (files.empty()) list.skipped.push_back(folder.string() + ": no send_recv.csv below it");
  for (const fs::path& file : files) {
    // The exam is that of the A100; other machines are named.
    const std::string machine = file.parent_path().filename().string();
    const std::string name =
        "vidur_send_recv" + (machine == "a100_dgx" ? std::string{} : "_" + machine);
    const auto copies = learn::import_copies(file, map);
    list.links.push_back({name, "every_second", 0, copies});
    list.links.push_back({name, "eight_points", 8, copies});
  }
}

// The map that knows the rows of a file: the first that reads it without complaint.
Observations import_any(const fs::path& file, const DeviceCatalogue& devices) {
  std::vector<Diagnostic> complaints;
  for (const std::string name : {"vidur_compute.yaml", "neusight.yaml"}) {
    const ColumnMap map = ColumnMap::load(kMaps / name);
    if (!map.from_path(file)) continue;
    try {
      return learn::import_layers({file}, map, devices);
    } catch (const ConfigError& error) {
      complaints.insert(complaints.end(), error.diagnostics().begin(), error.diagnostics().end());
    }
  }
  if (complaints.empty()) complaints.push_back({{file.string()}, "no map knows its rows"});
  throw ConfigError(complaints);
}

}  // namespace

ExamList find_exams(const fs::path& folder) {
  ExamList list;
  const fs::path measured = fs::is_directory(folder / "measured") ? folder / "measured" : folder;
  add_neusight(measured / "neusight", list);
  add_vidur_compute(measured / "vidur" / "compute", list);
  add_vidur_links(measured / "vidur" / "network", list);
  return list;
}

Exam exam_of(const std::vector<fs::path>& train, const std::vector<fs::path>& test,
             const std::vector<fs::path>& device_folders, std::size_t points) {
  std::vector<fs::path> folders = device_folders;
  folders.push_back(kDevices);
  const auto devices = DeviceCatalogue::load(folders);
  Observations learned, judging;
  for (const fs::path& file : train) learned.add(import_any(file, devices));
  for (const fs::path& file : test) judging.add(import_any(file, devices));
  Exam exam{"files", "train_test", {points}, {}};
  // A fold for each kind of layers, too: points are chosen for each.
  std::set<std::pair<std::size_t, std::string>> kinds;
  const auto kind_of = [](const Observation& row) {
    return std::pair{row.device, fmt::format("{} {}", to_string(row.layer.family),
                                             row.layer.weights > 0 ? "weight" : "")};
  };
  for (const Observation& row : judging.rows) kinds.insert(kind_of(row));
  for (const auto& kind : kinds) {
    exam.folds.push_back(
        {judging.devices[kind.first].name + " " + kind.second, learned,
         judging.where([&](const Observation& row) { return kind_of(row) == kind; })});
  }
  return exam;
}

}  // namespace partita::test
