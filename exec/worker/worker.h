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
  void leave();
  Writer share(Reader& in);
  Writer prepare(Message& message);
  // Of one seat.
  std::vector<Outside> outside(const PrepareOrder& order, std::size_t seat) const;
  // Throws Error where no plan has been prepared.
  Runner& runner();
  Writer run(Reader& in);

  Channel channel_;
  std::unique_ptr<Device> device_;
  std::unique_ptr<Model> model_;
  std::shared_ptr<WeightStore> weights_;
  std::vector<std::unique_ptr<Program>> programs_;  // of each seat; the first is always there
  SharedMemory shared_;
  SharedDeviceMemory arena_;  // of this worker's device, for others to reach
  Arenas arenas_;
  std::unique_ptr<Runner> runner_;
};

}  // namespace partita::exec
