// Ctrl-C as a wish, for work that has something to show when it is cut short.
#pragma once

namespace partita::command {

// While one lives, the first Ctrl-C (SIGINT) is noted; the second one ends the program as usual. One at a time.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  bool asked() const;
};

}  // namespace partita::command
