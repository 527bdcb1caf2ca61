// Memory of a fake device that other fake devices reach, also from other processes.
#pragma once

#include <cstdint>
#include <map>

#include "exec/device/abi.h"

namespace partita::exec {

// Anonymous files; a handle says which file of which process. All throw DeviceError.
class SharedBlocks {
 public:
  SharedBlocks() = default;
  ~SharedBlocks();
  SharedBlocks(const SharedBlocks&) = delete;
  SharedBlocks& operator=(const SharedBlocks&) = delete;

  void* make(std::uint64_t bytes, partita_handle& handle);
  void* open(const partita_handle& handle);
  bool has(const void* address) const { return blocks_.count(address) != 0; }
  // Of either kind.
  void end(const void* address);

 private:
  struct Block {
    std::uint64_t bytes = 0;  // mapped here
    int file = -1;
    int users = 0;
  };

  std::map<const void*, Block> blocks_;
};

}  // namespace partita::exec
