#include "partition/analyze/mapped_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace partita::analyze {

std::shared_ptr<const MappedFile> MappedFile::open(const std::filesystem::path& file) {
  const SourceLoc whole{file.string(), 0, 0};
  // A pipe would wait for somebody to write.
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    throw ConfigError(whole, errno == ENOENT
                                 ? "no such file"
                                 : fmt::format("cannot be read: {}", std::strerror(errno)));
  }
  struct stat status {};
  const bool known = fstat(descriptor, &status) == 0;
  const auto size = static_cast<std::size_t>(status.st_size);
  void* memory = nullptr;
  int failed = 0;
  if (known && S_ISREG(status.st_mode) && size > 0) {
    memory = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    failed = memory == MAP_FAILED ? errno : 0;
  }
  close(descriptor);
  if (!known || !S_ISREG(status.st_mode)) {
    throw ConfigError(whole, S_ISDIR(status.st_mode) ? "is a folder, not a file" : "is no file");
  }
  if (size == 0) throw ConfigError(whole, "is empty");
  if (failed != 0) {
    throw ConfigError(whole, fmt::format("cannot be read: {}", std::strerror(failed)));
  }
  return std::shared_ptr<const MappedFile>(
      new MappedFile(file.string(), {static_cast<const std::byte*>(memory), size}));
}

MappedFile::~MappedFile() { munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size()); }

}  // namespace partita::analyze
