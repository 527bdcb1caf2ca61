#include "models/base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <system_error>

#include "models/base/diagnostics.h"

namespace partita {

void write_file(const std::filesystem::path& file, std::string_view text) {
  std::error_code failed;
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path(), failed);
  if (failed) {
    throw Error(fmt::format("cannot create the folder '{}': {}", file.parent_path().string(),
                            failed.message()));
  }
  // The process id keeps two runs that write the same file from mixing their halves.
  const std::filesystem::path part = file.string() + fmt::format(".{}.part", getpid());
  errno = 0;
  std::ofstream out(part, std::ios::binary | std::ios::trunc);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.close();
  if (!out) {
    const std::string reason = errno != 0 ? std::strerror(errno) : "the stream failed";
    std::filesystem::remove(part, failed);
    throw Error(fmt::format("cannot write '{}': {}", file.string(), reason));
  }
  std::filesystem::rename(part, file, failed);
  if (failed) {
    const std::string reason = failed.message();
    std::filesystem::remove(part, failed);
    throw Error(fmt::format("cannot write '{}': {}", file.string(), reason));
  }
}

std::filesystem::path temporary_folder() {
  std::error_code failed;
  std::filesystem::path folder = std::filesystem::temp_directory_path(failed);
  if (!failed) return folder;
  const char* chosen = std::getenv("TMPDIR");
  throw Error(fmt::format("there is no folder for temporary files: {}",
                          chosen == nullptr ? "/tmp cannot be used (TMPDIR=FOLDER names another)"
                                            : fmt::format("TMPDIR is '{}'", chosen)));
}

FileText::FileText(const std::filesystem::path& file) {
  // A pipe is not even opened here: whoever writes to it would see it closed again.
  std::error_code failed;
  const bool regular = std::filesystem::is_regular_file(file, failed);
  const int descriptor = regular ? open(file.c_str(), O_RDONLY | O_CLOEXEC) : -1;
  struct stat status {};
  if (descriptor >= 0 && fstat(descriptor, &status) == 0 && status.st_size > 0) {
    const auto size = static_cast<std::size_t>(status.st_size);
    mapped_ = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (mapped_ == MAP_FAILED) {
      mapped_ = nullptr;
    } else {
      text_ = {static_cast<const char*>(mapped_), size};
    }
  }
  if (descriptor >= 0) close(descriptor);
  if (mapped_ != nullptr) return;
  // Which also says what is wrong.
  read_ = read_file(file);
  text_ = read_;
}

FileText::~FileText() {
  if (mapped_ != nullptr) munmap(mapped_, text_.size());
}

std::string read_file(const std::filesystem::path& file) {
  const SourceLoc whole{file.string(), 0, 0};
  std::error_code failed;
  if (!std::filesystem::exists(file, failed)) throw ConfigError(whole, "no such file");
  if (std::filesystem::is_directory(file, failed)) {
    throw ConfigError(whole, "is a folder, not a file");
  }
  std::ifstream in(file, std::ios::binary);
  if (!in.is_open()) throw ConfigError(whole, "cannot be read");
  // In one piece where the size is known; pipes and devices say nothing, or 0.
  std::string text;
  const std::uintmax_t size = std::filesystem::file_size(file, failed);
  if (!failed && size > 0) {
    text.resize(size);
    in.read(text.data(), static_cast<std::streamsize>(size));
    text.resize(static_cast<std::size_t>(in.gcount()));
  }
  for (char piece[4096]; in.read(piece, sizeof piece), in.gcount() > 0;) {
    text.append(piece, static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad()) throw ConfigError(whole, "cannot be read");
  return text;
}

}  // namespace partita
