// One worker: drives one processor, and answers the leader's requests until that hangs up.
#pragma once

#include <memory>
#include <vector>

#include "exec/device/device.h"
#include "exec/worker/runner.h"
#include "exec/worker/worker_protocol.h"

namespace partita::exec {

class Worker {
 public:
  explicit Worker(Channel channel) : channel_(std::move(channel)) {}

  // Returns when the leader has hung up.
  void serve();

 private:
  Writer answer(Request request, Message& message);
  Writer open(Reader& in);
  Writer load(Reader& in);
  void give(Message& message);
  Writer prepare(Message& message);
  Writer run(Reader& in);

  Channel channel_;
  std::unique_ptr<Device> device_;
  std::unique_ptr<Model> model_;
  std::shared_ptr<WeightStore> weights_;
  std::vector<std::unique_ptr<Program>> programs_;  // of each seat; the first is always there
  SharedMemory shared_;
  std::unique_ptr<Runner> runner_;
};

}  // namespace partita::exec
