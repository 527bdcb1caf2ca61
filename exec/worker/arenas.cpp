#include "exec/worker/arenas.h"

namespace partita::exec {

void Arenas::enter(Device& device, const PrepareOrder& order, std::byte* own) {
  leave();
  for (const ArenaOrder& each : order.arenas) {
    Arena& arena = all_[each.owner];
    arena.seat_bytes = each.seat_bytes;
    if (each.owner == order.worker) {
      arena.data = own;
    } else {
      arena.opened = device.open_shared(each.handle);
      arena.data = arena.opened.data();
    }
  }
}

}  // namespace partita::exec
