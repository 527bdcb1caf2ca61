#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <memory>

#include "models/base/diagnostics.h"
#include "tools/partita/commands.h"
#include "tools/partita/sweep/lines.h"
#include "tools/partita/sweep/program.h"
#include "tools/partita/sweep/serve.h"

namespace partita::command {
namespace {

struct Options {
  std::string files;
  bool who = false;
};

int evaluate(const Options& options) {
  const int out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  if (out < 0) throw Error(fmt::format("cannot keep stdout: {}", std::strerror(errno)));
  if (options.who) {
    write_all(out, this_program().dump() + "\n");
    return kDone;
  }
  Console console;
  return serve(STDIN_FILENO, out, console, options.files);
}

}  // namespace

Run add_evaluate(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("--files", options->files, "where the files of points are, by their hash")
      ->type_name("DIR");
  app.add_flag("--who", options->who,
               "only say which program this is and where it runs, as one line of JSON");
  return [options] { return evaluate(*options); };
}

}  // namespace partita::command
