// A worker process: answers the coordinator's requests until it hangs up.
#pragma once

#include <memory>
#include <optional>

#include "exec/worker/protocol.h"
#include "exec/worker/runner.h"

namespace partita::exec {

class Worker {
 public:
  explicit Worker(Channel channel) : channel_(std::move(channel)) {}

  // Returns when the coordinator has hung up.
  void serve();

 private:
  Writer answer(Request request, Message& message);
  void load(Reader& in);
  void give(Message& message);
  Writer prepare(Message& message);
  Writer run(Reader& in);

  Channel channel_;
  std::unique_ptr<Model> model_;
  std::unique_ptr<Program> program_;
  SharedMemory shared_;
  std::optional<Runner> runner_;
};

}  // namespace partita::exec
