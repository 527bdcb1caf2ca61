// A file that lives as long as a test.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>

#include "models/base/diagnostics.h"
#include "models/base/file.h"

namespace partita::test {

class TextFile {
 public:
  TextFile(const std::string& name, const std::string& text)
      : folder_(std::filesystem::temp_directory_path() /
                ("partita-test-" + std::to_string(getpid()))),
        path_((folder_ / name).string()) {
    write_file(path_, text);
  }
  ~TextFile() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  TextFile(const TextFile&) = delete;
  TextFile& operator=(const TextFile&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::filesystem::path folder_;
  std::string path_;
};

// What a ConfigError says, without the folder of the file; "" if `load` throws none.
template <class Load>
std::string complaint(const TextFile& file, Load&& load) {
  try {
    load(file.path());
  } catch (const ConfigError& error) {
    std::string text = error.what();
    const std::string folder = std::filesystem::path(file.path()).parent_path().string() + "/";
    for (auto at = text.find(folder); at != std::string::npos; at = text.find(folder)) {
      text.erase(at, folder.size());
    }
    return text;
  }
  return "";
}

}  // namespace partita::test
