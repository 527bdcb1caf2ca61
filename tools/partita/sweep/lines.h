// Lines over pipes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace partita::command {

// Reads whole lines; blocks.
class LineReader {
 public:
  explicit LineReader(int file) : file_(file) {}
  // Absent: the end. Throws Error where reading fails.
  std::optional<std::string> next();

 private:
  int file_;
  std::string buffer_;
  std::size_t begin_ = 0;
};

// Writes all of it; false: nobody reads any more.
bool write_all(int file, std::string_view text);

}  // namespace partita::command
