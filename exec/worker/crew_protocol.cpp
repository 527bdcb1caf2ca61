#include "exec/worker/crew_protocol.h"

#include <string_view>

#include "exec/device/abi.h"

namespace partita::exec {
namespace {

constexpr std::uint64_t kProtocol = 8;

// FNV-1a (Fowler, Noll, Vo; RFC 9923).
constexpr std::uint64_t mixed(std::uint64_t hash, std::string_view text) {
  for (const char letter : text) {
    hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3ull;
  }
  return hash;
}

}  // namespace

std::uint64_t build_number() {
  std::uint64_t hash = 0xcbf29ce484222325ull;
  for (const OpInfo& op : kOperators) hash = mixed(mixed(hash, op.name), op.form);
  for (const std::uint64_t number :
       {kProtocol, std::uint64_t{PARTITA_DEVICE_ABI}, std::uint64_t{sizeof(Recipe)},
        std::uint64_t{sizeof(Record)}, std::uint64_t{sizeof(CopyOrder)},
        std::uint64_t{sizeof(Handover)}, std::uint64_t{sizeof(ArenaOrder)}}) {
    hash = (hash ^ number) * 0x100000001b3ull;
  }
  return hash;
}

void write(Writer& out, const std::vector<PlacedValues>& values) {
  out.put(values.size());
  for (const PlacedValues& one : values) {
    out.put(one.offset);
    out.put(one.values);
  }
}

void read(Reader& in, std::vector<PlacedValues>& values) {
  values.resize(in.get_count());
  for (PlacedValues& one : values) {
    in.read(one.offset);
    in.read(one.values);
  }
}

void write(Writer& out, const CrewOrder& order) {
  out.put(order.orders.size());
  for (const PrepareOrder& one : order.orders) write(out, one);
  out.put(order.shared_bytes);
  write(out, order.inputs);
  for (const std::vector<Placed>& gives : order.gives) out.put(gives);
  out.put(order.weight_bytes);
}

void read(Reader& in, CrewOrder& order) {
  order.orders.resize(in.get_count());
  for (PrepareOrder& one : order.orders) read(in, one);
  in.read(order.shared_bytes);
  read(in, order.inputs);
  order.gives.resize(order.orders.size());
  for (std::vector<Placed>& gives : order.gives) in.read(gives);
  in.read(order.weight_bytes);
}

void write(Writer& out, const Surroundings& it) {
  out.put(it.cpu);
  out.put(it.kernel);
  out.put(it.governor);
  out.put(it.clock_driver);
  out.put(it.least_khz);
  out.put(it.most_khz);
  out.put(it.cores);
  out.put(it.virtual_machine);
  out.put(it.load);
}

void read(Reader& in, Surroundings& it) {
  in.read(it.cpu);
  in.read(it.kernel);
  in.read(it.governor);
  in.read(it.clock_driver);
  in.read(it.least_khz);
  in.read(it.most_khz);
  in.read(it.cores);
  in.read(it.virtual_machine);
  in.read(it.load);
}

}  // namespace partita::exec
