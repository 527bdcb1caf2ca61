// A crew as the coordinator sees it: a leader somewhere that answers requests, until it does not.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

#include "exec/worker/channel.h"
#include "exec/worker/crew_protocol.h"
#include "exec/worker/worker_failure.h"

namespace partita::exec {

// Why nothing can be reached by such a name; empty: something may.
std::string why_no_place(const std::string& where);

// The leader, and with it all workers, ends with this object at the latest.
class CrewLink {
 public:
  // `where`: "" is a leader of our own on this computer (partita-worker beside this program, or
  // $PARTITA_WORKER), "ssh:HOST" or "ssh:HOST:PROGRAM" one that ssh starts there, "unix:PATH" one
  // that listens at a local socket. Throws Error where it cannot be reached, or is of another build.
  CrewLink(const std::string& where, std::chrono::milliseconds patience);
  ~CrewLink();
  CrewLink(const CrewLink&) = delete;
  CrewLink& operator=(const CrewLink&) = delete;

  // All throw Error that names what failed (WorkerFailure: which worker); then this is good for
  // nothing else.
  std::vector<Opened> start(const std::vector<WorkerSpec>& specs);
  std::vector<std::vector<Gap>> load(const Model& model);
  std::vector<Prepared> prepare(const CrewOrder& order);
  void set_inputs(const std::vector<PlacedValues>& inputs);
  std::vector<Ran> run(const RunOrder& order);
  void results(std::vector<PlacedValues>& values);
  Surroundings surroundings();  // of the computer where the workers run

  pid_t leader() const { return process_; }  // -1: not started by us, or gone

 private:
  Reader ask(CrewRequest request, const Writer& content);
  void start_process(const std::vector<std::string>& words, bool by_stdio);
  void connect_to(const std::string& path);
  void end();

  std::string who_;
  std::chrono::milliseconds patience_;
  Channel channel_;
  pid_t process_ = -1;
  std::size_t workers_ = 0;
};

}  // namespace partita::exec
