// A file's bytes, without copying them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "models/base/diagnostics.h"

namespace partita::analyze {

class MappedFile {
 public:
  // Throws ConfigError where `file` is no file, is empty, or cannot be read.
  static std::shared_ptr<const MappedFile> open(const std::filesystem::path& file);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const std::string& name() const { return name_; }
  std::span<const std::byte> bytes() const { return bytes_; }
  std::string_view text() const {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
  }
  // Of the file as a whole.
  [[noreturn]] void refuse(const std::string& message) const {
    throw ConfigError({name_, 0, 0}, message);
  }

 private:
  MappedFile(std::string name, std::span<const std::byte> bytes)
      : name_(std::move(name)), bytes_(bytes) {}

  std::string name_;
  std::span<const std::byte> bytes_;
};

}  // namespace partita::analyze
