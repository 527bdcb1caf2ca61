#include "exec/devices/fake/shared_blocks.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "exec/device/plugin_device.h"

namespace partita::exec {
namespace {

struct Where {
  std::int32_t process, file;
  std::uint64_t bytes;
  void* address;
};
static_assert(sizeof(Where) <= sizeof(partita_handle));

// Closed, unless somebody keeps it.
class File {
 public:
  explicit File(int number) : number_(number) {}
  ~File() {
    if (number_ >= 0) close(number_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  int number() const { return number_; }
  int keep() { return std::exchange(number_, -1); }

 private:
  int number_;
};

[[noreturn]] void fail(partita_status status, const char* doing) {
  throw DeviceError(status, fmt::format("{}: {}", doing, std::strerror(errno)));
}

void* map(const File& file, std::uint64_t bytes) {
  void* const at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.number(), 0);
  if (at == MAP_FAILED) fail(PARTITA_NO_MEMORY, "cannot map memory that devices share");
  return at;
}

}  // namespace

SharedBlocks::~SharedBlocks() {
  while (!blocks_.empty()) end(blocks_.begin()->first);
}

void* SharedBlocks::make(std::uint64_t bytes, partita_handle& handle) {
  File file(memfd_create("partita-fake", MFD_CLOEXEC));
  if (file.number() < 0 || ftruncate(file.number(), static_cast<off_t>(bytes)) != 0) {
    fail(PARTITA_NO_MEMORY, "cannot make memory that devices share");
  }
  void* const address = map(file, bytes);
  const Where where{getpid(), file.number(), bytes, address};
  blocks_[address] = {bytes, file.keep(), 1};
  handle = {};
  std::memcpy(handle.bytes, &where, sizeof where);
  return address;
}

void* SharedBlocks::open(const partita_handle& handle) {
  Where where{};
  std::memcpy(&where, handle.bytes, sizeof where);
  if (where.process == getpid()) {
    // Mapped by who made it; nothing to end.
    ++blocks_[where.address].users;
    return where.address;
  }
  const std::string name = fmt::format("/proc/{}/fd/{}", where.process, where.file);
  File file(::open(name.c_str(), O_RDWR | O_CLOEXEC));
  if (file.number() < 0) fail(PARTITA_UNSUPPORTED, "cannot reach the memory of another process");
  void* const address = map(file, where.bytes);
  blocks_[address] = {where.bytes, file.keep(), 1};
  return address;
}

void SharedBlocks::end(const void* address) {
  const auto block = blocks_.find(address);
  if (block == blocks_.end() || --block->second.users > 0) return;
  if (block->second.file >= 0) {
    munmap(const_cast<void*>(address), block->second.bytes);
    close(block->second.file);
  }
  blocks_.erase(block);
}

}  // namespace partita::exec
