#include "exec/worker/shared_memory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>
#include <ctime>
#include <fstream>
#include <limits>
#include <optional>
#include <string>

namespace partita::exec {

std::optional<std::uint64_t> bytes_available() {
  std::ifstream in("/proc/meminfo");
  for (std::string key; in >> key;) {
    std::uint64_t kilobytes = 0;
    if (key == "MemAvailable:" && in >> kilobytes) return kilobytes * 1024;
    in.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return std::nullopt;
}

SharedMemory::SharedMemory(std::size_t bytes) : size_(bytes) {
  // The kernel would hand out pages until there are none, and then kill whoever is large.
  if (const auto available = bytes_available(); available && bytes > *available) {
    throw Error(fmt::format("cannot make {} B of shared memory: this computer has {} B left", bytes,
                            *available));
  }
  file_ = Descriptor(memfd_create("partita", MFD_CLOEXEC));
  const auto size = static_cast<off_t>(bytes);
  // Pages are there before anybody's time is measured; a limit on files is an error here.
  if (!file_.open() || ftruncate(file_.number(), size) != 0 ||
      fallocate(file_.number(), 0, 0, size) != 0) {
    throw Error(fmt::format("cannot make {} B of shared memory: {}", bytes, std::strerror(errno)));
  }
  map();
}

SharedMemory::SharedMemory(Descriptor file, std::size_t bytes)
    : file_(std::move(file)), size_(bytes) {
  // Touching what lies behind the end of a file ends the process.
  struct stat file_is {};
  if (fstat(file_.number(), &file_is) != 0 || static_cast<std::uint64_t>(file_is.st_size) < bytes) {
    throw Error(fmt::format("a shared memory has less than the {} B that were told", bytes));
  }
  map();
}

void SharedMemory::map() {
  void* const at =
      mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file_.number(), 0);
  if (at == MAP_FAILED) {
    throw Error(fmt::format("cannot map {} B of shared memory: {}", size_, std::strerror(errno)));
  }
  data_ = static_cast<std::byte*>(at);
}

SharedMemory::SharedMemory(SharedMemory&& other) noexcept
    : file_(std::move(other.file_)),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

SharedMemory& SharedMemory::operator=(SharedMemory&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

SharedMemory::~SharedMemory() {
  if (data_ != nullptr) munmap(data_, size_);
}

void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t value,
                std::chrono::nanoseconds patience) {
  const timespec limit{patience.count() / 1'000'000'000, patience.count() % 1'000'000'000};
  syscall(SYS_futex, &word, FUTEX_WAIT, value, &limit, nullptr, 0);
}

void futex_wake_all(std::atomic<std::uint32_t>& word) {
  syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

std::int64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

}  // namespace partita::exec
