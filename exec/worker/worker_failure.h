// Whose fault it is that a crew cannot go on.
#pragma once

#include <cstdint>
#include <string>

#include "models/base/diagnostics.h"

namespace partita::exec {

// One worker is to blame; its crew has ended with it.
class WorkerFailure : public Error {
 public:
  enum class Kind : std::uint32_t {
    Died,    // its process is gone
    Hung,    // has not answered in time
    Refused  // said itself that it cannot go on
  };
  WorkerFailure(std::uint32_t worker, Kind kind, const std::string& sentence)
      : Error(sentence), worker_(worker), kind_(kind) {}

  std::uint32_t worker() const { return worker_; }  // its number: that of the processor
  Kind kind() const { return kind_; }

 private:
  std::uint32_t worker_;
  Kind kind_;
};

}  // namespace partita::exec
