#include "models/evaluate/evaluate.h"

#include <fmt/format.h>

#include "models/evaluate/event_loop.h"
#include "models/timeline/absence.h"

namespace partita {

Evaluator::Evaluator(const Network& network, const Hardware& hardware, const CostTable& costs)
    : Evaluator({{&network, &costs}}, hardware) {}
Evaluator::Evaluator(const std::vector<Variant>& variants, const Hardware& hardware)
    : loop_(std::make_unique<plain::EventLoop>(variants, hardware)) {}
Evaluator::~Evaluator() = default;
Evaluator::Evaluator(Evaluator&&) noexcept = default;

const Timeline& Evaluator::run(const Plan& plan) { return loop_->run(plan); }

const WorkloadTimeline& Evaluator::run(const Workload& workload, const RequestDone& done) {
  return loop_->run(workload, done);
}

namespace {

std::string sentence(const Unfinished& why, const Network& network, const Hardware& hardware) {
  const std::string waits =
      why.layer ? fmt::format("layer {}", network.layer(*why.layer).name) : "a copy of its own";
  const std::string& name = hardware.processors()[why.processor].name;
  if (Absence(hardware).end(why.processor, why.lost)) {
    return fmt::format(
        "processor {} is lost so often that it never finishes {} (the last time "
        "after {})",
        name, waits, to_string(why.lost));
  }
  return fmt::format("processor {} is lost after {} and never comes back, so {} waits for ever",
                     name, to_string(why.lost), waits);
}

}  // namespace

std::string why_infeasible(const Timeline& timeline, const Network& network,
                           const Hardware& hardware) {
  if (timeline.unfinished) return sentence(*timeline.unfinished, network, hardware);
  return exceeded_capacity(timeline, hardware);
}

std::string why_infeasible(const WorkloadTimeline& record, const Network& network,
                           const Hardware& hardware) {
  if (!record.unfinished) return exceeded_capacity(record.memory_peak, hardware);
  return fmt::format("{} (request {})", sentence(*record.unfinished, network, hardware),
                     record.unfinished->request);
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
