#include "models/evaluate/evaluate.h"

#include <fmt/format.h>

#include "models/evaluate/event_loop.h"

namespace partita {

Evaluator::Evaluator(const Network& network, const Hardware& hardware, const CostTable& costs)
    : loop_(std::make_unique<plain::EventLoop>(network, hardware, costs)) {}
Evaluator::~Evaluator() = default;
Evaluator::Evaluator(Evaluator&&) noexcept = default;

const Timeline& Evaluator::run(const Plan& plan) { return loop_->run(plan); }

const WorkloadTimeline& Evaluator::run(const Workload& workload, const RequestDone& done) {
  return loop_->run(workload, done);
}

std::string exceeded_capacity(const Timeline& timeline, const Hardware& hardware) {
  return exceeded_capacity(timeline.memory_peak, hardware);
}

std::string exceeded_capacity(const IdVector<MemoryId, Bytes>& peaks, const Hardware& hardware) {
  for (const MemoryId id : ids<MemoryId>(peaks.size())) {
    const MemorySpec& memory = hardware.memories()[id];
    const Bytes peak = peaks[id];
    if (peak <= memory.capacity) continue;
    return fmt::format("memory {} would hold {} at its fullest, {} more than its {}", memory.name,
                       to_string(peak), to_string(peak - memory.capacity),
                       to_string(memory.capacity));
  }
  return {};
}

}  // namespace partita
