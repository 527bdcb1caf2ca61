// What it takes to send a tensor when nothing else is on the way.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "models/hardware/hardware.h"
#include "models/network/network.h"

namespace partita {

// Model: a given transfer time where the tensor has one, whatever the way; else for each leg of the
//   route set-up (of its engine, or of the processor that copies) + size / narrowest channel +
//   completion (of its engine) + latency.
// Nothing between a memory and itself. No copy is faster, whatever else happens (evaluate.h, 4 and
// 5). Least: where the tensor can be read in place, no more than the first access. Whatever is
// read in place or copied, no layer ends sooner than that and its time after all of its operands are
// made (evaluate.h, 10), so bounds take this.
// Left out: queues, shared channels, and that a processor without an engine is busy while it
//   copies.
// Keeps references: network and machine must outlive it.
class Delays {
 public:
  enum class Of : std::uint8_t { Copies, Least };
  Delays(const Network& network, const Hardware& hardware, Of of = Of::Copies);

  // Absent where there is no way.
  std::optional<Time> to_memory(TensorId tensor, ProcessorId producer, MemoryId dst) const;
  std::optional<Time> between(TensorId tensor, ProcessorId producer, ProcessorId consumer) const {
    return to_memory(tensor, producer, memory_[consumer]);
  }
  // Of a network input, to where it is read: nothing on a machine without a host.
  std::optional<Time> from_host(TensorId tensor, MemoryId dst) const;
  // Of a weight that is copied from one memory to another.
  std::optional<Time> of_constant(TensorId tensor, MemoryId src, MemoryId dst) const {
    return along(way(src, std::nullopt, dst), tensor);
  }
  // Of a network output, to where it is wanted: nothing on a machine without a host.
  std::optional<Time> to_host(TensorId tensor, ProcessorId producer) const;

 private:
  struct Stage {
    Time fixed{0};
    std::array<Bandwidth, kContents.size()> fastest{};
    const Leg* leg = nullptr;
    const EngineSpec* engine = nullptr;  // whose set-up grows with the size
  };
  using Way = std::optional<std::vector<Stage>>;

  Way way(MemoryId src, std::optional<ProcessorId> producer, MemoryId dst) const;
  static bool can_be_read_in_place(const std::vector<Stage>& way);
  std::optional<Time> along(const Way& way, TensorId tensor) const;

  // Many tensors are alike: what one of a kind takes on a way is worked out once. Not for two
  // threads at a time.
  std::optional<Time> known(std::size_t number, const Way& way, TensorId tensor) const;

  const Network& network_;
  const Hardware& hardware_;
  const Of of_;
  IdVector<TensorId, std::uint32_t> kind_;  // same size, content and given time; empty: too many
  mutable std::vector<std::vector<std::int64_t>> known_;  // [kind][number of a way]
  IdVector<ProcessorId, MemoryId> memory_;
  IdVector<ProcessorId, IdVector<MemoryId, Way>> from_processor_;
  IdVector<MemoryId, Way> from_host_;
};

}  // namespace partita
