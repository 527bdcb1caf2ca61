// What else decides how fast this computer is: what must be known to compare measurements.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace partita::exec {

// As the system tells it; "" and 0 where it does not.
struct Surroundings {
  std::string cpu;           // model name
  std::string kernel;        // "Linux 6.1.0-18-amd64 x86_64"
  std::string governor;      // who chooses the clock: "performance"
  std::string clock_driver;  // "intel_pstate"
  std::int64_t least_khz = 0, most_khz = 0;
  std::int32_t cores = 0;        // online
  bool virtual_machine = false;  // others may be on the same cores, unseen
  std::array<double, 3> load{};  // runnable threads, averages of 1, 5 and 15 minutes
};

// Of this computer, now.
Surroundings surroundings();

}  // namespace partita::exec
