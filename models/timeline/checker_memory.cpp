// What memories held.
#include <algorithm>
#include <set>

#include "models/timeline/checker.h"

namespace partita::checking {

void Checker::check_memory(const IdVector<MemoryId, Bytes>& said) {
  MemoryChanges changes(hardware_.memories().size());
  std::set<std::pair<TensorId, MemoryId>> weights;
  Stays stays;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    look_at(i);
    hold_tensors(changes, stays);
    for (const LayerId id : network_.layers()) {
      const LayerSpan& span = timeline().layers[id];
      hold(changes, memory_of(id), network_.layer(id).work.workspace, first_start(id), span.finish);
      for (const TensorId input : network_.layer(id).inputs) {
        if (moves(network_.tensor(input))) continue;
        weights.emplace(input, plan().read_from(input, memory_of(id)));
      }
    }
  }
  for (const auto& [id, memory] : weights) {
    hold(changes, memory, network_.tensor(id).size, Time{0}, std::nullopt);
  }
  for (const auto& [place, since] : stays) {
    hold(changes, place.second, network_.tensor(place.first).size, since, std::nullopt);
  }

  for (const MemoryId memory : ids<MemoryId>(hardware_.memories().size())) {
    Bytes held, peak;
    for (const auto& [time, change] : changes[memory]) {
      held += change.allocated - change.released;
      peak = std::max(peak, held);
    }
    const Bytes capacity = hardware_.memories()[memory].capacity;
    if (peak > capacity) {
      found("memory {} holds {}, {} more than its capacity", name(memory), to_string(peak),
            to_string(peak - capacity));
    }
    if (!said.empty() && said[memory] != peak) {
      found("memory {} is said to hold {} B at its fullest, the account says {} B", name(memory),
            said[memory].value, peak.value);
    }
  }
}

void Checker::hold_tensors(MemoryChanges& changes, Stays& stays) const {
  // Legs of each tensor by the memory that they leave; staging copies are held apart, for one
  // transfer each.
  std::map<std::pair<TensorId, MemoryId>, std::vector<const LegSpan*>> leaving;
  std::map<std::pair<TensorId, MemoryId>, Time>
      arriving;  // start of the last leg to its destination
  for (std::size_t i = 0; i < timeline().legs.size(); ++i) {
    const LegSpan& span = timeline().legs[i];
    const Transfer& transfer = plan().transfers()[span.transfer];
    const bool last =
        i + 1 == timeline().legs.size() || timeline().legs[i + 1].transfer != span.transfer;
    if (span.leg == 0) leaving[{transfer.tensor, transfer.src}].push_back(&span);
    if (last) {
      arriving[{transfer.tensor, transfer.dst}] = first_start(span);
    } else {
      hold(changes, leg_of(span).dst, tensor_of(span).size, first_start(span),
           timeline().legs[i + 1].finish);
    }
  }
  for (const TensorId id : ids<TensorId>(network_.tensors().size())) {
    const Tensor& tensor = network_.tensor(id);
    if (!moves(tensor)) continue;
    for (const MemoryId memory : ids<MemoryId>(hardware_.memories().size())) {
      std::optional<Time> from, until;
      const bool made =
          tensor.producer ? memory_of(*tensor.producer) == memory : hardware_.host() == memory;
      if (tensor.producer && made) {
        from = first_start(*tensor.producer);
        until = timeline().layers[*tensor.producer].finish;
      }
      if (const auto copy = arriving.find({id, memory}); copy != arriving.end()) {
        from = copy->second;
      }
      for (const LayerId consumer : tensor.consumers) {
        if (plan().read_from(id, memory_of(consumer)) != memory) continue;
        if (!from) from = at_->admitted;  // an input that is there from the start
        until = std::max(until.value_or(Time{0}), timeline().layers[consumer].finish);
      }
      if (const auto legs = leaving.find({id, memory}); legs != leaving.end()) {
        if (!from) from = at_->admitted;
        for (const LegSpan* leg : legs->second) {
          until = std::max(until.value_or(Time{0}), leg->finish);
        }
      }
      const bool kept = hardware_.host() ? hardware_.host() == memory : made;
      if (tensor.is_output && kept) until = timeline().makespan;
      if (from && tensor.stays) {
        Time& since = stays.try_emplace({id, memory}, *from).first->second;
        since = std::min(since, *from);
      } else if (from) {
        hold(changes, memory, tensor.size, *from, until);
      }
    }
  }
}

}  // namespace partita::checking
