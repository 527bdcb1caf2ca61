#include "tools/partita/demo/job.h"

#include <algorithm>

#include "models/base/file.h"

namespace partita::command {

bool is_here(const Hardware& hardware) {
  const auto& processors = hardware.processors();
  return std::all_of(processors.begin(), processors.end(), [](const ProcessorSpec& processor) {
    return processor.execution.has_value();
  });
}

void Job::write(const std::filesystem::path& relative, std::string_view text) {
  const std::filesystem::path file = options.out / relative;
  write_file(file, text);
  files.push_back(file);
}

}  // namespace partita::command
