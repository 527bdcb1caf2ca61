#include "tools/partita/python.h"

#include <configured/source_dir.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "models/base/diagnostics.h"

namespace partita::command {
namespace {

namespace fs = std::filesystem;

fs::path python() {
  if (const char* chosen = std::getenv("PARTITA_PYTHON")) return chosen;
  const fs::path venv = fs::path(PARTITA_SOURCE_DIR) / ".venv/bin/python";
  return fs::exists(venv) ? venv : fs::path("python3");
}

}  // namespace

std::vector<std::string> python_command(const std::string& script) {
  const fs::path file = fs::path(PARTITA_SOURCE_DIR) / "tools" / script;
  if (!fs::exists(file)) {
    throw Error(fmt::format("'{}' is gone: this needs the source tree", file.string()));
  }
  return {python().string(), file.string()};
}

void become_python(const std::string& script, const std::vector<std::string>& arguments) {
  std::vector<std::string> words = python_command(script);
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::fflush(nullptr);
  execvp(argv.front(), argv.data());
  throw Error(fmt::format("cannot run '{}' ({}): tools/setup makes .venv", words.front(),
                          std::strerror(errno)));
}

}  // namespace partita::command
