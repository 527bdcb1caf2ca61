// What is wrong with the user's input: every mistake at once, each with its place.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace partita {

// A place in a file; line and column count from 1, 0 means "the file as a whole".
struct SourceLoc {
  std::string file;
  int line = 0;
  int column = 0;
};
std::string to_string(const SourceLoc& where);  // "file:line:column", "file:line" or "file"

struct Diagnostic {
  SourceLoc where;
  std::string message;  // what is wrong, with the text that was written, and what is allowed
};
std::string to_string(const Diagnostic& diagnostic);  // "file:line:column: error: message"

// The user's input is wrong (exit code 2). what() lists all diagnostics, one a line, in file order.
class ConfigError : public std::runtime_error {
 public:
  explicit ConfigError(std::vector<Diagnostic> diagnostics);
  ConfigError(SourceLoc where, std::string message)
      : ConfigError({{std::move(where), std::move(message)}}) {}
  const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }

 private:
  std::vector<Diagnostic> diagnostics_;
};

// The environment failed (exit code 3): a file that cannot be written, a process that cannot start.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Collects mistakes while reading goes on.
class Diagnostics {
 public:
  void error(SourceLoc where, std::string message) {
    found_.push_back({std::move(where), std::move(message)});
  }
  bool empty() const { return found_.empty(); }
  const std::vector<Diagnostic>& found() const { return found_; }
  void throw_if_any() const {
    if (!found_.empty()) throw ConfigError(found_);
  }

 private:
  std::vector<Diagnostic> found_;
};

// The candidate closest to `written` by edit distance (the first of equals) if it is close enough
// to be a slip of the keyboard, else "".
std::string closest(const std::string& written, const std::vector<std::string>& candidates);

}  // namespace partita
