#include "tools/partita/sweep/program.h"

#include <configured/git_revision.h>
#include <sys/utsname.h>

#include "exec/host/computer.h"

namespace partita::command {

std::string program_version() { return PARTITA_VERSION; }

std::string program_build() { return PARTITA_REVISION ", " PARTITA_BUILD; }

nlohmann::json this_host() {
  const exec::Computer computer = exec::this_computer();
  utsname system{};
  uname(&system);
  return {{"name", system.nodename},
          {"cpu", computer.cpu},
          {"cores", computer.cores.size()},
          {"memory", computer.memory.value},
          {"os", std::string(system.sysname) + " " + system.release}};
}

nlohmann::json this_program() {
  return {{"version", program_version()}, {"build", program_build()}, {"host", this_host()}};
}

}  // namespace partita::command
