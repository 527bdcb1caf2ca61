#include "exec/replay/assembly.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "exec/device/lowering.h"
#include "exec/worker/shared_memory.h"

namespace partita::exec {
namespace {

class Assembler {
 public:
  Assembler(const Network& network, const Hardware& hardware, const Plan& plan, Room room)
      : network_(network),
        hardware_(hardware),
        plan_(plan),
        room_(room),
        worker_of_(hardware.memories().size()) {
    for (const ProcessorId id : ids<ProcessorId>(hardware.processors().size())) {
      worker_of_[hardware.processors()[id].memory] = id;
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
    std::uint32_t taking_part = 0;
    for (const ProcessorId id : ids<ProcessorId>(workers)) {
      PrepareOrder& order = all_.orders[id];
      order.worker = static_cast<std::uint32_t>(id);
      order.workers = static_cast<std::uint32_t>(workers);
      order.part.order = plan_.order(id);
      if (!order.part.order.empty()) ++taking_part;
    }
    for (const TensorId input : network_.inputs()) place_input(input);
    all_.results_at = all_.shared_bytes;
    for (const TensorId output : network_.outputs()) place_output(output);
    all_.results_bytes = all_.shared_bytes - all_.results_at;
    for (std::uint32_t i = 0; i < plan_.transfers().size(); ++i) add_transfer(i);
    all_.seats = room_.seats;
    all_.seat_bytes = all_.shared_bytes - first_seat;
    reserve((room_.seats - 1) * all_.seat_bytes);
    all_.kept_at = reserve(room_.kept * all_.results_bytes);
    for (PrepareOrder& order : all_.orders) {
      order.taking_part = taking_part;
      order.seats = room_.seats;
      order.seat_bytes = all_.seat_bytes;
      order.results_at = all_.results_at;
      order.results_bytes = all_.results_bytes;
      order.kept_at = all_.kept_at;
      order.kept = room_.kept;
      order.shared_bytes = all_.shared_bytes;
    }
    return std::move(all_);
  }

 private:
  // Every reservation starts a cache line, so that nobody waits for a neighbour's writes.
  std::uint64_t reserve(std::uint64_t bytes) {
    const std::uint64_t at = all_.shared_bytes;
    all_.shared_bytes += (bytes + kCacheLine - 1) / kCacheLine * kCacheLine;
    return at;
  }
  std::uint64_t reserve_for(TensorId tensor) {
    return reserve(static_cast<std::uint64_t>(network_.tensor(tensor).size.value));
  }

  void place_input(TensorId input) {
    const std::uint64_t at = all_.inputs[input] = reserve_for(input);
    if (hardware_.host()) return;
    std::set<ProcessorId> readers;
    for (const LayerId consumer : network_.tensor(input).consumers) {
      readers.insert(plan_.processor(consumer));
    }
    for (const ProcessorId reader : readers) {
      all_.orders[reader].part.inputs.push_back(input);
      all_.orders[reader].inputs.push_back({input, at});
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

  void add_transfer(std::uint32_t number) {
    const Transfer& transfer = plan_.transfers()[number];
    const Route& route = *hardware_.route(transfer.src, transfer.dst);
    const auto from = worker_of_[transfer.src], to = worker_of_[transfer.dst];
    if (!from && !to) refuse(transfer, "no worker has either end");
    if (route.size() != (from && to ? 2 : 1)) {
      refuse(transfer, "it must be staged through one memory that no worker owns");
    }
    if (from && to && worker_of_[route[0].dst])
      refuse(transfer, "it is staged in a worker's memory");

    CopyOrder copy{.transfer = number, .leg = 0, .tensor = transfer.tensor};
    if (from) {
      const LayerId producer = *network_.tensor(transfer.tensor).producer;
      copy.producer = producer;
      copy.data = reserve_for(transfer.tensor);
      copy.slot = reserve(sizeof(Slot));
      copy.receiver = to ? static_cast<std::uint32_t>(*to) : kNobody;
      all_.orders[plan_.processor(producer)].packs.push_back(copy);
      ++copy.leg;
    } else {
      // From the host, where the network's inputs lie.
      copy.is_weight = is_weight(transfer);
      copy.data = (copy.is_weight ? all_.weights : all_.inputs).at(transfer.tensor);
      copy.from_start = true;
    }
    if (!to) return;
    PrepareOrder& order = all_.orders[*to];
    order.unpacks.push_back(copy);
    if (!copy.is_weight) order.part.arrivals.push_back(transfer.tensor);
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
  const Plan& plan_;
  const Room room_;
  IdVector<MemoryId, std::optional<ProcessorId>> worker_of_;
  Assembly all_;
};

}  // namespace

Assembly assemble(const Network& network, const Hardware& hardware, const Plan& plan, Room room) {
  return Assembler(network, hardware, plan, room).assemble();
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
