// A process that somebody else started: whether it lives, and signals to it.
#pragma once

#include "exec/worker/channel.h"

namespace partita::exec {

// Holds the process itself (pidfd_open(2), Linux 5.3), not its number, which may come to mean
// another one. May be used by several threads at once.
class Process {
 public:
  // Throws Error where the system cannot hold processes; one that there is not has ended.
  explicit Process(int number);

  int number() const { return number_; }
  bool has_ended() const;         // also where nobody has asked yet how
  bool is_halted() const;         // by SIGSTOP: it lives, and does nothing
  void signal(int number) const;  // nothing where it has ended

 private:
  int number_;
  Descriptor held_;  // closed: it had ended
};

}  // namespace partita::exec
