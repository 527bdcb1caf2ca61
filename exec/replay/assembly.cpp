#include "exec/replay/assembly.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "exec/device/lowering.h"
#include "exec/worker/shared_memory.h"

namespace partita::exec {
namespace {

class Assembler {
 public:
  Assembler(const Network& network, const Hardware& hardware,
            const IdVector<ProcessorId, Opened>& opened, const Plan& plan, Room room)
      : network_(network),
        hardware_(hardware),
        opened_(opened),
        plan_(plan),
        room_(room),
        workers_on_(hardware.memories().size()),
        arena_bytes_(hardware.processors().size()) {
    for (const ProcessorId id : ids<ProcessorId>(hardware.processors().size())) {
      workers_on_[memory_of(id)].push_back(id);
    }
  }

  Assembly assemble() {
    const std::size_t workers = hardware_.processors().size();
    all_.orders.resize(workers);
    reserve(seat_offset(static_cast<std::uint32_t>(workers), room_.seats));
    for (const Transfer& transfer : plan_.transfers()) {
      if (is_weight(transfer)) all_.weights[transfer.tensor] = 0;
    }
    for (auto& [tensor, at] : all_.weights) at = reserve_for(tensor);
    const std::uint64_t first_seat = all_.shared_bytes;
    for (const ProcessorId id : ids<ProcessorId>(workers)) {
      PrepareOrder& order = all_.orders[id];
      order.worker = number(id);
      order.workers = static_cast<std::uint32_t>(workers);
      order.part.order = plan_.order(id);
    }
    for (const TensorId input : network_.inputs()) place_input(input);
    all_.results_at = all_.shared_bytes;
    for (const TensorId output : network_.outputs()) place_output(output);
    all_.results_bytes = all_.shared_bytes - all_.results_at;
    for (const LayerId layer : network_.layers()) share_results(layer);
    for (std::uint32_t i = 0; i < plan_.transfers().size(); ++i) add_transfer(i);
    all_.seats = room_.seats;
    all_.seat_bytes = all_.shared_bytes - first_seat;
    reserve((room_.seats - 1) * all_.seat_bytes);
    all_.kept_at = reserve(room_.kept * all_.results_bytes);
    const auto takes_part = [](const PrepareOrder& order) {
      return !order.part.order.empty() || !order.packs.empty() || !order.unpacks.empty();
    };
    const auto taking_part = std::count_if(all_.orders.begin(), all_.orders.end(), takes_part);
    for (PrepareOrder& order : all_.orders) {
      order.taking_part = static_cast<std::uint32_t>(taking_part);
      order.seats = room_.seats;
      order.seat_bytes = all_.seat_bytes;
      order.results_at = all_.results_at;
      order.results_bytes = all_.results_bytes;
      order.kept_at = all_.kept_at;
      order.kept = room_.kept;
      order.shared_bytes = all_.shared_bytes;
    }
    for (const auto& [user, owner] : arena_uses_) {
      all_.orders[user].arenas.push_back({number(owner), arena_bytes_[owner], {}});
    }
    return std::move(all_);
  }

 private:
  static std::uint32_t number(ProcessorId id) { return static_cast<std::uint32_t>(id); }
  MemoryId memory_of(ProcessorId id) const { return hardware_.processors()[id].memory; }

  // Every reservation starts a cache line, so that nobody waits for a neighbour's writes.
  static std::uint64_t reserve_in(std::uint64_t& all, std::uint64_t bytes) {
    const std::uint64_t at = all;
    all += (bytes + kCacheLine - 1) / kCacheLine * kCacheLine;
    return at;
  }
  std::uint64_t reserve(std::uint64_t bytes) { return reserve_in(all_.shared_bytes, bytes); }
  std::uint64_t reserve_slot() { return reserve(sizeof(Slot)); }
  std::uint64_t bytes_of(TensorId tensor) const {
    return static_cast<std::uint64_t>(network_.tensor(tensor).size.value);
  }
  std::uint64_t reserve_for(TensorId tensor) { return reserve(bytes_of(tensor)); }

  // The processors on this memory that have consumers of the tensor, ascending.
  std::set<ProcessorId> readers(TensorId tensor, MemoryId memory) const {
    std::set<ProcessorId> readers;
    for (const LayerId consumer : network_.tensor(tensor).consumers) {
      const ProcessorId reader = plan_.processor(consumer);
      if (memory_of(reader) == memory) readers.insert(reader);
    }
    return readers;
  }

  void place_input(TensorId input) {
    const std::uint64_t at = all_.inputs[input] = reserve_for(input);
    for (const MemoryId memory : ids<MemoryId>(hardware_.memories().size())) {
      if (hardware_.host() && memory != *hardware_.host()) continue;
      for (const ProcessorId reader : readers(input, memory)) {
        all_.orders[reader].part.inputs.push_back(input);
        all_.orders[reader].inputs.push_back({input, at});
      }
    }
  }

  void place_output(TensorId output) {
    const auto producer = network_.tensor(output).producer;
    if (!producer) return;
    const std::uint64_t at = all_.results[output] = reserve_for(output);
    PrepareOrder& order = all_.orders[plan_.processor(*producer)];
    order.part.kept.push_back(output);
    order.results.push_back({output, at});
  }

  // --- what several workers reach where it lies ---------------------------------------------------

  // Workers on it compute in the host's memory, if there are any.
  bool is_hosts(MemoryId memory) const {
    const auto& workers = workers_on_[memory];
    return std::all_of(workers.begin(), workers.end(),
                       [this](ProcessorId id) { return opened_[id].memory_space == 0; });
  }

  const OutsideOrder& place_of(TensorId tensor, MemoryId memory) {
    const auto [place, is_new] = places_.try_emplace({tensor, memory}, OutsideOrder{tensor});
    if (!is_new) return place->second;
    if (is_hosts(memory)) {
      place->second.data = reserve_for(tensor);
    } else {
      const ProcessorId owner = workers_on_[memory].front();
      place->second.arena = number(owner);
      place->second.data = reserve_in(arena_bytes_[owner], bytes_of(tensor));
    }
    return place->second;
  }
  void use_arena(ProcessorId user, const OutsideOrder& place) {
    if (place.arena != kNobody) arena_uses_.insert({user, ProcessorId{place.arena}});
  }
  // For this worker it lies there.
  void put_outside(ProcessorId worker, TensorId tensor) {
    const OutsideOrder& place = place_of(tensor, memory_of(worker));
    if (!outside_.insert({worker, tensor}).second) return;
    all_.orders[worker].outside.push_back(place);
    use_arena(worker, place);
    use_arena(ProcessorId{place.arena == kNobody ? number(worker) : place.arena}, place);
  }

  // The receiver learns when it is there; as the number of an unpack of its own.
  std::uint32_t tell(ProcessorId teller, Handover::After after, std::uint32_t which,
                     ProcessorId receiver, TensorId tensor) {
    std::vector<CopyOrder>& unpacks = all_.orders[receiver].unpacks;
    const auto [heard, is_new] =
        heard_.try_emplace({receiver, tensor}, static_cast<std::uint32_t>(unpacks.size()));
    if (!is_new) return heard->second;
    put_outside(receiver, tensor);
    CopyOrder unpack;
    unpack.tensor = tensor;
    unpack.slot = reserve_slot();
    unpack.in_place = true;
    unpacks.push_back(unpack);
    all_.orders[teller].handovers.push_back({after, which, unpack.slot, number(receiver)});
    return heard->second;
  }
  std::uint32_t tell_of_layer(LayerId layer, ProcessorId receiver, TensorId tensor) {
    const ProcessorId teller = plan_.processor(layer);
    put_outside(teller, tensor);
    return tell(teller, Handover::After::Layer, static_cast<std::uint32_t>(layer), receiver,
                tensor);
  }

  // With those that compute in the same memory.
  void share_results(LayerId layer) {
    const ProcessorId maker = plan_.processor(layer);
    for (const TensorId tensor : network_.layer(layer).outputs) {
      for (const ProcessorId reader : readers(tensor, memory_of(maker))) {
        if (reader != maker) tell_of_layer(layer, reader, tensor);
      }
    }
  }

  // --- transfers ----------------------------------------------------------------------------------

  // Who makes the copy: an engine's memory has a first worker.
  ProcessorId performer(const Transfer& transfer, const Leg& leg) const {
    if (leg.engine) {
      const auto& workers = workers_on_[hardware_.engines()[*leg.engine].memory];
      if (workers.empty()) {
        refuse(transfer,
               fmt::format("no worker has DMA engine '{}'", hardware_.engines()[*leg.engine].name));
      }
      return workers.front();
    }
    const auto producer = network_.tensor(transfer.tensor).producer;
    if (producer && memory_of(plan_.processor(*producer)) == leg.src) {
      return plan_.processor(*producer);
    }
    return *leg.copier;
  }

  void add_transfer(std::uint32_t number) {
    const Transfer& transfer = plan_.transfers()[number];
    const Route& route = *hardware_.route(transfer.src, transfer.dst);
    const ProcessorId first = performer(transfer, route.front());
    CopyOrder copy{.transfer = number, .leg = 0, .tensor = transfer.tensor};
    if (route.size() == 1 && memory_of(first) == transfer.dst) {
      fetch(transfer, copy, first);
    } else if (memory_of(first) != transfer.src) {
      refuse(transfer, "the worker that would copy it is at neither end");
    } else if (route.size() == 1) {
      send(transfer, copy, first);
    } else if (route.size() == 2 && is_hosts(route[0].dst)) {
      const ProcessorId second = performer(transfer, route[1]);
      if (memory_of(second) != transfer.dst) {
        refuse(transfer, "the worker that would take it from where it is staged is elsewhere");
      }
      copy.data = reserve_for(transfer.tensor);
      copy.slot = reserve_slot();
      copy.receiver = this->number(second);
      add_pack(transfer, copy, first);
      ++copy.leg;
      receive(transfer, copy, second);
    } else {
      refuse(transfer, "it must be staged through one memory of the host's");
    }
  }

  // Straight from the other memory.
  void fetch(const Transfer& transfer, CopyOrder copy, ProcessorId worker) {
    const auto producer = network_.tensor(transfer.tensor).producer;
    if (!producer) {
      // From the host, where the network's inputs lie.
      copy.is_weight = is_weight(transfer);
      copy.data = (copy.is_weight ? all_.weights : all_.inputs).at(transfer.tensor);
      copy.from_start = true;
    } else {
      if (!is_hosts(transfer.src)) refuse(transfer, "only its own device reaches where it is made");
      const ProcessorId maker = plan_.processor(*producer);
      put_outside(maker, transfer.tensor);
      copy.data = place_of(transfer.tensor, transfer.src).data;
      copy.slot = reserve_slot();
      all_.orders[maker].handovers.push_back({Handover::After::Layer,
                                              static_cast<std::uint32_t>(*producer), copy.slot,
                                              number(worker)});
    }
    receive(transfer, copy, worker);
  }

  // Straight to the other memory.
  void send(const Transfer& transfer, CopyOrder copy, ProcessorId worker) {
    const std::set<ProcessorId> there = readers(transfer.tensor, transfer.dst);
    copy.slot = reserve_slot();
    copy.receiver = kNobody;
    if (there.empty()) {
      copy.data = reserve_for(transfer.tensor);
    } else {
      const OutsideOrder& place = place_of(transfer.tensor, transfer.dst);
      if (place.arena != kNobody && opened_[worker].memory_space == 0) {
        refuse(transfer, "the worker that would copy it does not reach that device's memory");
      }
      copy.data = place.data;
      copy.arena = place.arena;
      use_arena(worker, place);
      if (place.arena != kNobody) use_arena(ProcessorId{place.arena}, place);
    }
    const std::uint32_t pack = add_pack(transfer, copy, worker);
    for (const ProcessorId reader : there) {
      tell(worker, Handover::After::Pack, pack, reader, transfer.tensor);
    }
  }

  std::uint32_t add_pack(const Transfer& transfer, CopyOrder copy, ProcessorId worker) {
    const auto producer = network_.tensor(transfer.tensor).producer;
    if (!producer) refuse(transfer, "a worker would have to send what no layer has made");
    copy.producer = *producer;
    if (plan_.processor(*producer) != worker) {
      copy.after_unpack = tell_of_layer(*producer, worker, transfer.tensor);
    }
    all_.orders[worker].packs.push_back(copy);
    return static_cast<std::uint32_t>(all_.orders[worker].packs.size() - 1);
  }

  void receive(const Transfer& transfer, CopyOrder copy, ProcessorId worker) {
    copy.receiver = 0;
    PrepareOrder& order = all_.orders[worker];
    const auto unpack = static_cast<std::uint32_t>(order.unpacks.size());
    order.unpacks.push_back(copy);
    const std::set<ProcessorId> there = readers(transfer.tensor, transfer.dst);
    const bool alone = there.size() == 1 && *there.begin() == worker;
    if (copy.is_weight) {
      if (!alone) refuse(transfer, "weights of a cold start come to one processor of a memory");
    } else if (alone) {
      order.part.arrivals.push_back(transfer.tensor);
    } else {
      put_outside(worker, transfer.tensor);
      for (const ProcessorId reader : there) {
        if (reader == worker) continue;
        tell(worker, Handover::After::Unpack, unpack, reader, transfer.tensor);
      }
    }
  }

  // Of a cold start.
  bool is_weight(const Transfer& transfer) const {
    return is_constant(network_.tensor(transfer.tensor));
  }

  [[noreturn]] void refuse(const Transfer& transfer, std::string_view why) const {
    throw Error(fmt::format("workers cannot copy tensor '{}' from '{}' to '{}': {}",
                            network_.tensor(transfer.tensor).name,
                            hardware_.memories()[transfer.src].name,
                            hardware_.memories()[transfer.dst].name, why));
  }

  const Network& network_;
  const Hardware& hardware_;
  const IdVector<ProcessorId, Opened>& opened_;
  const Plan& plan_;
  const Room room_;
  IdVector<MemoryId, std::vector<ProcessorId>> workers_on_;  // ascending
  IdVector<ProcessorId, std::uint64_t> arena_bytes_;         // of a seat
  std::map<std::pair<TensorId, MemoryId>, OutsideOrder> places_;
  std::set<std::pair<ProcessorId, TensorId>> outside_;
  std::map<std::pair<ProcessorId, TensorId>, std::uint32_t> heard_;
  std::set<std::pair<ProcessorId, ProcessorId>> arena_uses_;  // who uses whose
  Assembly all_;
};

}  // namespace

Assembly assemble(const Network& network, const Hardware& hardware,
                  const IdVector<ProcessorId, Opened>& opened, const Plan& plan, Room room) {
  return Assembler(network, hardware, opened, plan, room).assemble();
}

WeightMoves weight_moves(const Network& network, const Plan& plan,
                         const IdVector<ProcessorId, std::vector<TensorId>>& held) {
  WeightMoves moves;
  moves.gives.resize(held.size());
  moves.takes.resize(held.size());
  const auto holds = [&](ProcessorId worker, TensorId weight) {
    return std::binary_search(held[worker].begin(), held[worker].end(), weight);
  };
  for (const ProcessorId to : ids<ProcessorId>(held.size())) {
    std::set<TensorId> wanted;
    for (const LayerId layer : plan.order(to)) {
      for (const TensorId input : network.layer(layer).inputs) {
        if (network.tensor(input).kind == TensorKind::Weight) wanted.insert(input);
      }
    }
    for (const TensorId weight : wanted) {
      if (holds(to, weight)) continue;
      for (const ProcessorId from : ids<ProcessorId>(held.size())) {
        if (!holds(from, weight)) continue;
        const Bytes size = network.tensor(weight).size;
        moves.gives[from].push_back({weight, moves.memory_bytes});
        moves.takes[to].push_back({weight, moves.memory_bytes});
        moves.memory_bytes += static_cast<std::uint64_t>(size.value + 63) / 64 * 64;
        moves.moved += size;
        break;
      }
    }
  }
  return moves;
}

}  // namespace partita::exec
