#include "tools/partita/results/export_csv.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <system_error>

#include "models/base/diagnostics.h"

namespace partita::command {
namespace {

namespace fs = std::filesystem;

void add_field(std::string_view text, std::string& line) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    line += text;
    return;
  }
  line += '"';
  for (const char c : text) {
    if (c == '"') line += '"';
    line += c;
  }
  line += '"';
}

// A file under another name until it is whole.
class Part {
 public:
  explicit Part(const fs::path& file)
      : file_(file), part_(fmt::format("{}.{}.part", file.string(), getpid())) {
    std::error_code ignored;
    if (file.has_parent_path()) fs::create_directories(file.parent_path(), ignored);
    out_ = std::fopen(part_.c_str(), "wb");
    if (out_ == nullptr) fail();
  }
  ~Part() {
    if (out_ != nullptr) std::fclose(out_);
    std::error_code ignored;
    fs::remove(part_, ignored);
  }
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;

  void write(const std::string& text) {
    if (std::fwrite(text.data(), 1, text.size(), out_) != text.size()) fail();
  }
  void finish() {
    const int failed = std::fclose(out_);
    out_ = nullptr;
    if (failed != 0) fail();
    std::error_code why;
    fs::rename(part_, file_, why);
    if (why) throw Error(fmt::format("cannot write '{}': {}", file_.string(), why.message()));
  }

 private:
  [[noreturn]] void fail() const {
    throw Error(fmt::format("cannot write '{}': {}", file_.string(), std::strerror(errno)));
  }

  fs::path file_, part_;
  std::FILE* out_ = nullptr;
};

}  // namespace

std::size_t export_csv(const SweepTable& table, const std::vector<TableColumn>& columns,
                       const RowChoice& choice, const fs::path& file) {
  Part part(file);
  std::string line;
  for (const TableColumn& column : columns) {
    if (!line.empty()) line += ',';
    add_field(column.name, line);
  }
  part.write(line + '\n');
  std::size_t count = 0;
  table.rows(columns, choice, [&](const std::vector<Cell>& row) {
    line.clear();
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) line += ',';
      add_field(to_text(row[i]), line);
    }
    line += '\n';
    part.write(line);
    ++count;
  });
  part.finish();
  return count;
}

}  // namespace partita::command
