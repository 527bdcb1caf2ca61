#include "tools/partita/plotting.h"

#include <configured/source_dir.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "models/base/diagnostics.h"
#include "tools/partita/python.h"

namespace partita::command {

int draw(const std::vector<std::string>& arguments) {
  std::vector<std::string> words = python_command("plot/plot.py");
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
