// What a service does just now, on a terminal.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "partition/runtime/service.h"
#include "tools/partita/runtime/service_case.h"

namespace partita::command {

// A few lines that are drawn over each other, at most ten times a second; nothing where the output
// is no terminal. They are gone with the view.
class LiveView {
 public:
  LiveView(const ServiceCase& of, std::string policy);
  ~LiveView();
  LiveView(const LiveView&) = delete;
  LiveView& operator=(const LiveView&) = delete;

  void show(Time now, const Service& service);

 private:
  void draw(Time now, const Service& service);
  void clear();

  const ServiceCase& of_;
  const std::string policy_;
  const bool on_terminal_;
  std::size_t lines_ = 0;  // that stand there
  std::chrono::steady_clock::time_point drawn_{};
};

}  // namespace partita::command
