#include "tools/partita/plotting.h"

#include <configured/source_dir.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "models/base/diagnostics.h"

namespace partita::command {
namespace {

std::filesystem::path python() {
  if (const char* chosen = std::getenv("PARTITA_PYTHON")) return chosen;
  const std::filesystem::path venv = std::filesystem::path(PARTITA_SOURCE_DIR) / ".venv/bin/python";
  return std::filesystem::exists(venv) ? venv : std::filesystem::path("python3");
}

}  // namespace

int draw(const std::vector<std::string>& arguments) {
  const std::filesystem::path script =
      std::filesystem::path(PARTITA_SOURCE_DIR) / "tools/plot/plot.py";
  if (!std::filesystem::exists(script)) {
    throw Error(fmt::format("'{}' is gone: figures need the source tree", script.string()));
  }
  std::vector<std::string> words{python().string(), script.string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  pid_t process = 0;
  const int failed = posix_spawnp(&process, argv.front(), nullptr, nullptr, argv.data(), environ);
  if (failed != 0) {
    throw Error(fmt::format("cannot run '{}' to draw ({}): tools/setup makes .venv", words.front(),
                            std::strerror(failed)));
  }
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 3;
}

}  // namespace partita::command
