// Answers a coordinator's requests with a crew.
#pragma once

#include <memory>

#include "exec/worker/crew.h"

namespace partita::exec {

class Leader {
 public:
  explicit Leader(Channel channel) : channel_(std::move(channel)) {}

  // Returns when the coordinator has hung up, or after a failure has been told.
  void serve();

 private:
  Writer answer(CrewRequest request, Reader& in);
  Crew& crew();
  void fail(const std::string& sentence, std::uint32_t worker, WorkerFailure::Kind kind);

  Channel channel_;
  std::unique_ptr<Crew> crew_;
  bool greeted_ = false;
};

}  // namespace partita::exec
