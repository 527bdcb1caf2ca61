// Which part of a machine a channel belongs to.
#pragma once

#include <variant>

#include "models/hardware/hardware.h"

namespace partita {

using ChannelOwners = IdVector<ChannelId, std::variant<MemoryId, LinkId>>;
ChannelOwners owners_of(const Hardware& hardware);

}  // namespace partita
