// What verbs print, kept in memory.
#pragma once

#include <string>
#include <utility>

namespace partita::command {

// Two files in memory that stand for stdout and stderr of a process, readable by its parent, too.
class Console {
 public:
  Console();
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  int out() const { return out_; }
  int err() const { return err_; }
  // What is in them, at most the last megabytes of each.
  std::pair<std::string, std::string> text() const;
  void clear();

 private:
  int out_ = -1, err_ = -1;
};

// While one lives, stdout and stderr of this process go to a console.
class Capture {
 public:
  explicit Capture(Console& console);
  ~Capture();
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  // Where stdout went before.
  int before() const { return out_; }

 private:
  int out_ = -1, err_ = -1;
};

}  // namespace partita::command
