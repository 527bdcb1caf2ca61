// What processor a plugin that computes by itself runs on.
#pragma once

#include <fstream>
#include <string>

namespace partita::exec {

// As Linux calls it: "Intel(R) Xeon(R) Processor @ 2.60GHz".
inline std::string cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "a processor";
}

}  // namespace partita::exec
