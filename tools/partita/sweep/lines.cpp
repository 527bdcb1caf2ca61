#include "tools/partita/sweep/lines.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "models/base/diagnostics.h"

namespace partita::command {

std::optional<std::string> LineReader::next() {
  std::size_t searched = begin_;
  for (;;) {
    const auto end = buffer_.find('\n', searched);
    if (end != std::string::npos) {
      std::string line = buffer_.substr(begin_, end - begin_);
      begin_ = end + 1;
      return line;
    }
    buffer_.erase(0, begin_);
    begin_ = 0;
    searched = buffer_.size();
    std::array<char, 1 << 16> block;
    const ssize_t got = read(file_, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error(fmt::format("cannot read points: {}", std::strerror(errno)));
    if (got == 0) return std::nullopt;  // half a line is of somebody who was stopped
    buffer_.append(block.data(), static_cast<std::size_t>(got));
  }
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EPIPE) return false;
    if (written < 0) throw Error(fmt::format("cannot write answers: {}", std::strerror(errno)));
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace partita::command
