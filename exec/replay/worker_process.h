// A worker as the coordinator sees it: a process that answers requests, until it does not.
#pragma once

#include <sys/types.h>

#include <string>

#include "exec/worker/channel.h"
#include "exec/worker/protocol.h"
#include "models/hardware/hardware.h"

namespace partita::exec {

// Runs from construction to destruction. Whoever waits for it learns when it is gone.
class WorkerProcess {
 public:
  // Starts partita-worker beside this program (or $PARTITA_WORKER), with the processor's
  // instruction-set cap, one OpenMP thread, on its core. Precondition: processor.execution is there
  // and has been checked.
  explicit WorkerProcess(const ProcessorSpec& processor);
  ~WorkerProcess();
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  void send(Request request, const Writer& content, const std::vector<int>& descriptors = {});
  // The content of the next answer. Throws Error that names the worker when it answers Failed, has
  // died, or does not answer within the patience.
  Reader answer(std::chrono::milliseconds patience);

  int descriptor() const { return channel_.descriptor(); }
  pid_t process() const { return process_; }
  const std::string& name() const { return name_; }
  [[noreturn]] void fail_as_hung(std::chrono::milliseconds patience) const;

 private:
  [[noreturn]] void fail_as_dead();

  std::string name_;
  Channel channel_;
  pid_t process_ = -1;
};

}  // namespace partita::exec
