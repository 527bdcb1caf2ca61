#include "tools/partita/sweep/owner.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

namespace partita::command {
namespace {

// "BOOT/NAMESPACE/": process numbers mean the same where these are the same.
std::string here() {
  std::ifstream in("/proc/sys/kernel/random/boot_id");
  std::string boot;
  in >> boot;
  std::error_code failed;
  const auto space = std::filesystem::read_symlink("/proc/self/ns/pid", failed);
  return fmt::format("{}/{}/", boot.empty() ? "?" : boot, failed ? "?" : space.string());
}

// When a process began, in ticks since the boot; "": there is none.
std::string start_of(const std::string& process) {
  std::ifstream in("/proc/" + process + "/stat");
  std::string text;
  std::getline(in, text);
  // Its name stands in brackets and may have anything in it; the start is the 20th word after it.
  const auto end = text.rfind(')');
  if (end == std::string::npos) return {};
  std::istringstream words(text.substr(end + 1));
  std::string word;
  constexpr int kStart = 20;
  for (int i = 0; i < kStart && words >> word; ++i) {
    if (i == 0 && word == "Z") return {};  // it has ended, and only its parent has not noticed
  }
  return word;
}

}  // namespace

std::string this_owner() {
  const std::string process = std::to_string(getpid());
  return fmt::format("{}{}/{}", here(), process, start_of(process));
}

bool is_gone(const std::string& owner) {
  const std::string prefix = here();
  if (!owner.starts_with(prefix) || prefix.find('?') != std::string::npos) return false;
  const std::string rest = owner.substr(prefix.size());
  const auto slash = rest.find('/');
  return slash != std::string::npos && start_of(rest.substr(0, slash)) != rest.substr(slash + 1);
}

}  // namespace partita::command
