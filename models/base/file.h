// Whole files, written or not at all.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace partita {

// Writes beside `file` and renames, so that nobody ever sees half of it. Creates missing folders.
// Throws Error naming the file and the system's reason.
void write_file(const std::filesystem::path& file, std::string_view text);

// Where files go that are soon gone: $TMPDIR, else /tmp. Throws Error where that is no folder.
std::filesystem::path temporary_folder();

// What read_file() gives, without a copy where the system can map the file: for large ones. Until
// this is gone the file may be replaced (as write_file() does), but must not become shorter.
class FileText {
 public:
  explicit FileText(const std::filesystem::path& file);
  ~FileText();
  FileText(const FileText&) = delete;
  FileText& operator=(const FileText&) = delete;

  std::string_view text() const { return text_; }

 private:
  std::string read_;  // of pipes and devices
  void* mapped_ = nullptr;
  std::string_view text_;
};

// All of a file that the user named. Throws ConfigError where it is none or cannot be read.
std::string read_file(const std::filesystem::path& file);

}  // namespace partita
