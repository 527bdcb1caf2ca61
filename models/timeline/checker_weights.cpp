// Weights that move: where they are when, and who needs them there.
#include <algorithm>

#include "models/timeline/checker.h"

namespace partita::checking {

// Those of the beginning stay until they are dropped, and so does what relocations bring.
void Checker::follow_weights(const Workload& workload) {
  if (!workload.resident) {
    for (const Part& part : parts_) {
      if (part.relocation == nullptr) continue;
      found("weights move, and nobody says where they are");
      return;
    }
    return;
  }
  std::map<WeightPlace, std::vector<Stay>>& all = weights_.emplace();
  for (const WeightPlace& place : *workload.resident) all[place].push_back({});
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    look_at(i);
    for (const LegSpan& span : timeline().legs) {
      const Transfer& move = transfer_of(span);
      const bool is_last = &span == &timeline().legs.back() || (&span)[1].leg == 0;
      if (!relocates() || !is_last || span.finish == Time{0}) continue;
      all[{move.tensor, move.dst}].push_back({span.finish, std::nullopt});
    }
  }
  for (auto& [place, stays] : all) {
    std::sort(stays.begin(), stays.end(),
              [](const Stay& a, const Stay& b) { return a.since < b.since; });
  }
  for (const Part& part : parts_) {
    if (part.relocation == nullptr) continue;
    for (const WeightPlace& place : part.relocation->drops) {
      std::vector<Stay>& stays = all[place];
      const auto held = std::find_if(stays.begin(), stays.end(), [&](const Stay& each) {
        return each.since <= part.admitted && !each.until;
      });
      if (held != stays.end()) {
        held->until = part.admitted;
        continue;
      }
      found("weight {} is dropped from {} at {} ps, where it is not",
            network_.tensor(place.weight).name, name(place.memory), part.admitted.count());
    }
  }
}

const Checker::Stay* Checker::stay(TensorId weight, MemoryId memory, Time at) const {
  const auto found = weights_->find({weight, memory});
  if (found == weights_->end()) return nullptr;
  for (const Stay& each : found->second) {
    if (each.since <= at && (!each.until || *each.until > at)) return &each;
  }
  return nullptr;
}

std::optional<Time> Checker::leaves(TensorId weight, MemoryId memory, Time came) const {
  if (!weights_) return std::nullopt;
  for (const Stay& each : weights_->at({weight, memory})) {
    if (each.since == came) return each.until;
  }
  return std::nullopt;
}

// No layer begins, or begins again, where a weight of it is not; none goes while it is read.
void Checker::check_weights() {
  if (!weights_) return;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    look_at(i);
    if (relocates()) {
      check_relocation();
      continue;
    }
    for (const LayerId id : layers()) {
      std::vector<Time> starts;
      if (has_ended(id)) starts.push_back(timeline().layers[id].start);
      for (const Interruption& each : timeline().interrupted) {
        if (each.layer == id) starts.push_back(each.start);
      }
      for (const TensorId input : network().layer(id).inputs) {
        if (moves(network().tensor(input))) continue;
        const MemoryId there = plan().read_from(input, memory_of(id));
        for (const Time start : starts) {
          if (stay(input, there, start) != nullptr) continue;
          found("layer {} starts at {} ps, its weight {} is not in {} then", name(id),
                start.count(), network().tensor(input).name, name(there));
        }
      }
    }
  }
}

void Checker::check_relocation() {
  const Relocation& relocation = *at_->relocation;
  const Time admitted = at_->admitted;
  for (const WeightPlace& place : relocation.drops) check_drop(place, admitted);
  for (const LegSpan& span : timeline().legs) {
    if (span.leg > 0) continue;
    const Transfer& move = transfer_of(span);
    const std::string& what = tensor_of(span).name;
    // It stays until it has left; what was cancelled at once may be dropped at once.
    const Time left = span.finish > Time{0} ? span.finish : admitted;
    const auto from = weights_->find({move.tensor, move.src});
    const bool is_there =
        from != weights_->end() &&
        std::any_of(from->second.begin(), from->second.end(), [&](const Stay& each) {
          return each.since <= admitted && (!each.until || *each.until >= left);
        });
    if (!is_there) {
      found("weight {} is sent from {} at {} ps, where it is not or does not stay", what,
            name(move.src), admitted.count());
    }
    if (stay(move.tensor, move.dst, admitted) != nullptr) {
      found("weight {} is sent to {} at {} ps, where it is", what, name(move.dst),
            admitted.count());
    }
    const auto stays = weights_->find({move.tensor, move.dst});
    const auto count =
        stays == weights_->end()
            ? 0
            : std::count_if(stays->second.begin(), stays->second.end(), [&](const Stay& each) {
                return each.since > admitted && each.since <= timeline().makespan;
              });
    if (count > 1) found("weight {} comes to {} more than once", what, name(move.dst));
  }
}

void Checker::check_drop(const WeightPlace& place, Time at) {
  const Part* relocation = at_;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    look_at(i);
    if (relocates() || at_->admitted > at || timeline().makespan <= at) continue;
    const std::vector<LayerId>& readers = network().tensor(place.weight).consumers;
    const bool reads = std::any_of(readers.begin(), readers.end(), [&](LayerId id) {
      return plan().read_from(place.weight, memory_of(id)) == place.memory;
    });
    if (!reads) continue;
    found("weight {} is dropped from {} at {} ps, while request {} reads it there",
          network_.tensor(place.weight).name, name(place.memory), at.count(), i);
  }
  at_ = relocation;
}

}  // namespace partita::checking
