#include "tests/partition/instances/instances.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

#include "models/base/csv.h"
#include "models/base/file.h"

namespace partita::test {
namespace {

namespace fs = std::filesystem;
using References = std::map<std::string, std::vector<Instance::Reference>>;

constexpr std::string_view kTimes = "_task_exe_time.csv";
constexpr int kLevelsAbove = 3;  // of the folder that was asked for

References read_references(const fs::path& file, std::vector<std::string>& skipped) {
  References found;
  Diagnostics diagnostics;
  const std::vector<CsvRecord> records = parse_csv(read_file(file), file.string(), diagnostics);
  for (std::size_t i = 1; i < records.size(); ++i) {
    const auto& fields = records[i].fields;
    try {
      found[fields.at(0).text].push_back({fields.at(1).text, std::stod(fields.at(2).text)});
    } catch (const std::exception&) {
      skipped.push_back(file.string() + ": a line that is no instance, objective, value, ...");
    }
  }
  return found;
}

bool is_listing(const fs::path& file) {
  std::ifstream in(file);
  bool tasks = false, edges = false;
  for (std::string line; std::getline(in, line) && !(tasks && edges);) {
    tasks = tasks || line.starts_with("#tasks");
    edges = edges || line.starts_with("#edges");
  }
  return tasks && edges;
}

bool is_table(const fs::path& file) { return file.filename().string().ends_with(kTimes); }

class Finder {
 public:
  Finder(fs::path root, std::vector<std::string>& skipped)
      : root_(std::move(root)), skipped_(skipped) {}

  std::vector<Instance> run() {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(root_)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) {
      try {
        if (is_operator_graph(file)) {
          add(file, read_operator_graph(file));
        } else if (is_table(file)) {
          add(file.parent_path(), read_tables(file.parent_path()));
        } else if (file.extension() == ".txt" && is_stage_graph(file)) {
          add(file, read_stage_graph(file));
        } else if (file.extension() == ".txt" && is_listing(file)) {
          add(file, read_listing(file));
        }
      } catch (const std::exception& error) {
        skipped_.push_back(error.what());
      }
    }
    return std::move(found_);
  }

 private:
  template <class Graph>
  void add(const fs::path& file, Graph graph) {
    const fs::path base = base_of(file.parent_path());
    Instance instance{.name = fs::relative(file, base).generic_string(),
                      .file = file,
                      .graph = std::move(graph),
                      .references = {}};
    const References& known = references_[base];
    if (const auto at = known.find(instance.name); at != known.end())
      instance.references = at->second;
    found_.push_back(std::move(instance));
  }

  // The next folder above with references, else the one that was asked for.
  fs::path base_of(const fs::path& folder) {
    int above = 0;
    for (fs::path at = folder; above <= kLevelsAbove; at = at.parent_path()) {
      if (fs::exists(at / "references.csv")) {
        if (!references_.contains(at))
          references_[at] = read_references(at / "references.csv", skipped_);
        return at;
      }
      if (above > 0 || at == root_) ++above;
      if (at == at.parent_path()) break;
    }
    return root_;
  }

  const fs::path root_;
  std::vector<std::string>& skipped_;
  std::map<fs::path, References> references_;
  std::vector<Instance> found_;
};

}  // namespace

std::vector<Instance> find_instances(const fs::path& folder, std::vector<std::string>& skipped) {
  return Finder(fs::canonical(folder), skipped).run();
}

}  // namespace partita::test
