// The files that points read, by what is in them: so that a point is the same wherever it is
// computed, and its id does not depend on where files lie.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tools/partita/sweep/protocol.h"

namespace partita::command {

// `argument` with each "@FOLDER/" (FOLDER: 64 hexadecimal digits) as "files/FOLDER/".
std::string with_folder(const std::string& argument, const std::string& files);

// The same file is called `name` where people read it.
std::string without_folders(std::string text, const std::string& files);

// A file as points name it, with all that it names itself.
struct InputFile {
  std::filesystem::path path;    // where it was found
  std::string shown;             // as people who work where this process does would write it
  std::string reference;         // "@FOLDER/name"
  std::vector<PointFile> files;  // itself and those that it names
};

// A folder for temporary files, gone with its owner.
class InputFolder {
 public:
  InputFolder();
  ~InputFolder();
  InputFolder(const InputFolder&) = delete;
  InputFolder& operator=(const InputFolder&) = delete;

  // Copies the file, and the files that it names where it is YAML: every text in it that is the
  // path of a file, seen from its folder. A file is copied once. Files of more than kMostCopied
  // bytes are linked to instead. Throws ConfigError where it cannot be read.
  const InputFile& add(const std::filesystem::path& file);

  // The file that "@FOLDER/name" stands for; nullptr: none of these.
  const InputFile* named(const std::string& reference) const;

  const std::filesystem::path& path() const { return path_; }
  // By their path.
  const std::map<std::string, InputFile>& files() const { return files_; }

  static constexpr std::uintmax_t kMostCopied = 16u << 20;

 private:
  std::filesystem::path path_;
  std::map<std::string, InputFile> files_;
};

}  // namespace partita::command
