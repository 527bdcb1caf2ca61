#include "models/analysis/owners.h"

#include <string>
#include <unordered_map>

namespace partita {

// Names of memories and links are unique together, and channels are named after them.
ChannelOwners owners_of(const Hardware& hardware) {
  std::unordered_map<std::string, LinkId> links;
  for (const LinkId id : ids<LinkId>(hardware.links().size())) {
    links.emplace(hardware.links()[id].name, id);
  }
  ChannelOwners owners(hardware.channels().size());
  for (const ChannelId id : ids<ChannelId>(hardware.channels().size())) {
    std::string name = hardware.channels()[id].name;
    auto link = links.find(name);
    if (link == links.end() && !name.empty() && (name.back() == '>' || name.back() == '<')) {
      name.pop_back();
      link = links.find(name);
    }
    if (link != links.end()) owners[id] = link->second;
  }
  for (const MemoryId id : ids<MemoryId>(hardware.memories().size())) {
    if (!hardware.memories()[id].part_of) owners[hardware.channel_of(id)] = id;
  }
  return owners;
}

}  // namespace partita
