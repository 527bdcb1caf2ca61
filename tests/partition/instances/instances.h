// Published instances of partition problems in a folder, whatever their names: told apart by what is in
// the files.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tests/partition/instances/operator_graph.h"
#include "tests/partition/instances/stage_graph.h"
#include "tests/partition/task_graph.h"

namespace partita::test {

struct Instance {
  std::string name;            // its path from the folder of the references
  std::filesystem::path file;  // or the folder of its files
  std::variant<OperatorGraph, StageGraph, TaskGraph> graph;
  struct Reference {
    std::string objective;
    double value = 0;
  };
  std::vector<Reference> references;  // in file order; none: nobody says what to expect
};

// All below `folder`, by name. References stand in the next references.csv above an instance. Files that have the
// structure of a format and cannot be read are told in `skipped`.
std::vector<Instance> find_instances(const std::filesystem::path& folder,
                                     std::vector<std::string>& skipped);

}  // namespace partita::test
