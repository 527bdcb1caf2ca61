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
    hold_staged(changes);
    if (!relocates()) hold_tensors(changes, stays);
    for (const LayerId id : layers()) {
      if (has_begun(id)) {
        const Time until = has_ended(id) ? timeline().layers[id].finish : timeline().makespan;
        hold(changes, memory_of(id), network().layer(id).work.workspace, first_start(id), until);
      }
      if (weights_) continue;
      for (const TensorId input : network().layer(id).inputs) {
        if (moves(network().tensor(input))) continue;
        weights.emplace(input, plan().read_from(input, memory_of(id)));
      }
    }
  }
  for (const auto& [id, memory] : weights) {
    hold(changes, memory, network().tensor(id).size, Time{0}, std::nullopt);
  }
  if (weights_) {
    for (const auto& [place, held] : *weights_) {
      for (const Stay& each : held) {
        if (each.since > Time{0}) continue;  // it came with a relocation, which has held it so far
        hold(changes, place.memory, network_.tensor(place.weight).size, Time{0}, each.until);
      }
    }
  }
  for (const auto& [place, since] : stays) {
    hold(changes, place.second, network().tensor(place.first).size, since, std::nullopt);
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

// On its way, a copy lies in memories that serve it alone; a weight that moves, in the last one until
// it is dropped.
void Checker::hold_staged(MemoryChanges& changes) const {
  for (std::size_t i = 0; i < timeline().legs.size(); ++i) {
    const LegSpan& span = timeline().legs[i];
    if (!has_begun(span)) continue;
    const Transfer& transfer = transfer_of(span);
    const Bytes size = tensor_of(span).size;
    const bool last =
        i + 1 == timeline().legs.size() || timeline().legs[i + 1].transfer != span.transfer;
    if (!last) {
      const LegSpan& next = timeline().legs[i + 1];
      const Time until = has_ended(next) ? next.finish : timeline().makespan;
      hold(changes, leg_of(span).dst, size, first_start(span), until);
    } else if (relocates()) {
      std::optional<Time> until = timeline().makespan;
      if (has_ended(span)) until = leaves(transfer.tensor, transfer.dst, span.finish);
      hold(changes, transfer.dst, size, first_start(span), until);
    }
  }
}

void Checker::hold_tensors(MemoryChanges& changes, Stays& stays) const {
  // Legs of each tensor by the memory that they leave; staging copies are held apart, for one
  // transfer each.
  std::map<std::pair<TensorId, MemoryId>, std::vector<const LegSpan*>> leaving;
  std::map<std::pair<TensorId, MemoryId>, const LegSpan*> arriving;  // the last leg there
  for (std::size_t i = 0; i < timeline().legs.size(); ++i) {
    const LegSpan& span = timeline().legs[i];
    const Transfer& transfer = transfer_of(span);
    const bool last =
        i + 1 == timeline().legs.size() || timeline().legs[i + 1].transfer != span.transfer;
    if (span.leg == 0) leaving[{transfer.tensor, transfer.src}].push_back(&span);
    if (last) arriving[{transfer.tensor, transfer.dst}] = &span;
  }
  for (const TensorId id : ids<TensorId>(network_.tensors().size())) {
    const Tensor& tensor = network().tensor(id);
    if (!moves(tensor)) continue;
    for (const MemoryId memory : ids<MemoryId>(hardware_.memories().size())) {
      std::optional<Time> from, until;
      bool cut = false;  // somebody never reads it: it goes when all of the request does
      const bool made =
          tensor.producer ? memory_of(*tensor.producer) == memory : hardware_.host() == memory;
      if (tensor.producer && made) {
        from = first_start(*tensor.producer);
        until = timeline().layers[*tensor.producer].finish;
        cut = !has_ended(*tensor.producer);
      }
      if (const auto copy = arriving.find({id, memory}); copy != arriving.end()) {
        from = first_start(*copy->second);
        cut = !has_ended(*copy->second);
      }
      if (from == Time::max()) continue;  // it has not come
      for (const LayerId consumer : tensor.consumers) {
        if (plan().read_from(id, memory_of(consumer)) != memory) continue;
        if (!from) from = at_->admitted;  // an input that is there from the start
        until = std::max(until.value_or(Time{0}), timeline().layers[consumer].finish);
        cut = cut || !has_ended(consumer);
      }
      if (const auto legs = leaving.find({id, memory}); legs != leaving.end()) {
        if (!from) from = at_->admitted;
        for (const LegSpan* leg : legs->second) {
          until = std::max(until.value_or(Time{0}), leg->finish);
          cut = cut || !has_ended(*leg);
        }
      }
      const bool kept = hardware_.host() ? hardware_.host() == memory : made;
      if ((tensor.is_output && kept) || cut) until = timeline().makespan;
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
