// A process that answers questions over two pipes.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/partita/sweep/capture.h"

namespace partita::command {

// What the child does with its ends of the pipes; its exit code.
using ServePoints = std::function<int(int in, int out, Console& console)>;

// Forked from this one, and gone with it: with all that it starts, at the latest when this one ends.
class WorkerProcess {
 public:
  // Throws Error where no process can be made.
  explicit WorkerProcess(const ServePoints& serve);
  // A program instead, which has no console: its stderr is ours.
  explicit WorkerProcess(const std::vector<std::string>& words);
  ~WorkerProcess();  // kills what is left
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  pid_t pid() const { return pid_; }
  // For poll(): what it says, and whether something waits to be sent to it.
  int out() const { return out_; }
  int in() const { return in_; }
  bool has_unsent() const { return sent_ < unsent_.size(); }

  void send(const std::string& line);  // with the next flush()
  void flush();                        // as much as it takes now
  // Whole lines that it has said by now; `has_ended` once it will say no more.
  std::vector<std::string> receive();
  bool has_ended() const { return has_ended_; }

  void close_input();  // it ends when it has answered
  void kill();         // now, with its children
  // How it ended, once it has: "signal 11 (SIGSEGV)", "exit code 3"; waits for it. With what it had
  // printed on stderr.
  struct End {
    int signal = 0, code = 0;
    std::string in_words, printed;
  };
  End end();

  std::int64_t resident_bytes() const;  // of the process alone; 0: unknown

 private:
  void start(const std::function<void(int in, int out)>& child);

  std::unique_ptr<Console> console_;
  pid_t pid_ = -1;
  int in_ = -1, out_ = -1;
  std::string unsent_, received_;
  std::size_t sent_ = 0;
  bool has_ended_ = false;
  std::optional<End> end_;
};

}  // namespace partita::command
