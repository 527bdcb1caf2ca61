// Memory of devices that several workers reach: of this worker's own device, and of others'.
#pragma once

#include <cstdint>
#include <map>

#include "exec/device/device.h"
#include "exec/worker/worker_protocol.h"

namespace partita::exec {

class Arenas {
 public:
  // Those that the order names. `own`: the memory of this worker's device that it shares.
  void enter(Device& device, const PrepareOrder& order, std::byte* own);
  void leave() { all_.clear(); }

  // Of the arena of that worker. Precondition: the order named it.
  std::byte* at(std::uint32_t owner, std::size_t seat, std::uint64_t offset) const {
    const Arena& arena = all_.at(owner);
    return arena.data + seat * arena.seat_bytes + offset;
  }

 private:
  struct Arena {
    std::uint64_t seat_bytes = 0;
    OpenedMemory opened;
    std::byte* data = nullptr;
  };
  std::map<std::uint32_t, Arena> all_;  // by owner
};

}  // namespace partita::exec
