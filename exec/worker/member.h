// Workers as the leader of a crew sees them: processes that answer requests, until they do not.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "exec/worker/channel.h"
#include "exec/worker/worker_failure.h"
#include "exec/worker/worker_protocol.h"

namespace partita::exec {

// A process with one worker or several, each behind a socket and a thread of its own. Runs from
// construction to destruction.
class MemberProcess {
 public:
  // Starts this program again, with the instruction-set cap of the first spec and one OpenMP thread
  // a worker. `sockets`: the workers' ends. Throws Error where it cannot be started.
  MemberProcess(const std::vector<WorkerSpec>& specs, const std::vector<Descriptor>& sockets);
  ~MemberProcess();
  MemberProcess(const MemberProcess&) = delete;
  MemberProcess& operator=(const MemberProcess&) = delete;

  pid_t number() const { return number_; }
  // Makes sure that it has ended, and says how: "was ended by signal 9 (Killed)".
  std::string end();

 private:
  pid_t number_ = -1;
  std::string how_it_ended_;
};

// One worker.
class Member {
 public:
  Member(std::uint32_t number, std::string name, Channel channel,
         std::shared_ptr<MemberProcess> process, std::chrono::milliseconds patience)
      : number_(number),
        name_(std::move(name)),
        channel_(std::move(channel)),
        process_(std::move(process)),
        patience_(patience) {}

  // Both throw WorkerFailure when the worker has died, or reads or says nothing within the patience.
  void send(Request request, const Writer& content, const std::vector<int>& descriptors = {});
  // The content of the next answer. Throws it when that is Failed, too.
  Reader answer();

  const std::string& name() const { return name_; }
  int descriptor() const { return channel_.descriptor(); }
  pid_t process() const { return process_->number(); }
  // `last_seen`: what is known of it, as the rest of the sentence.
  [[noreturn]] void fail_as_hung(std::chrono::milliseconds waited,
                                 const std::string& last_seen = "") const;

 private:
  [[noreturn]] void fail_as_dead();

  std::uint32_t number_;
  std::string name_;
  Channel channel_;
  std::shared_ptr<MemberProcess> process_;
  std::chrono::milliseconds patience_;
};

// Starts the processes of all workers, those of one `process` together.
std::vector<std::unique_ptr<Member>> start_members(const std::vector<WorkerSpec>& specs,
                                                   std::chrono::milliseconds patience);

}  // namespace partita::exec
