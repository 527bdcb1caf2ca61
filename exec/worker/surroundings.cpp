#include "exec/worker/surroundings.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string_view>

namespace partita::exec {
namespace {

constexpr const char* kClock = "/sys/devices/system/cpu/cpu0/cpufreq/";

std::string word_in(const std::string& file) {
  std::ifstream in(file);
  std::string word;
  in >> word;
  return word;
}

std::int64_t number_in(const std::string& file) {
  std::ifstream in(file);
  std::int64_t number = 0;
  return in >> number ? number : 0;
}

// Behind the colon of the first line that starts so.
std::string value_of(const char* file, std::string_view key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with(key) && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "";
}

}  // namespace

Surroundings surroundings() {
  Surroundings it;
  it.cpu = value_of("/proc/cpuinfo", "model name");
  utsname names{};
  if (uname(&names) == 0) {
    it.kernel = std::string(names.sysname) + " " + names.release + " " + names.machine;
  }
  const std::string clock = kClock;
  it.governor = word_in(clock + "scaling_governor");
  it.clock_driver = word_in(clock + "scaling_driver");
  it.least_khz = number_in(clock + "scaling_min_freq");
  it.most_khz = number_in(clock + "scaling_max_freq");
  it.cores = static_cast<std::int32_t>(sysconf(_SC_NPROCESSORS_ONLN));
  it.virtual_machine =
      (value_of("/proc/cpuinfo", "flags") + " ").find(" hypervisor ") != std::string::npos;
  getloadavg(it.load.data(), static_cast<int>(it.load.size()));
  return it;
}

}  // namespace partita::exec
