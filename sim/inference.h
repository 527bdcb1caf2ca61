// One request on its way through the simulated machine: which copies of its tensors are where and
// who still reads them, its legs, and what is written down about it. A relocation is one that has
// legs only.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "models/evaluate/reads_in_place.h"
#include "models/plan/multicast.h"
#include "models/plan/plan.h"
#include "models/timeline/workload.h"
#include "sim/leg_job.h"
#include "sim/network_facts.h"

namespace partita::sim {

// Model: every copy of a tensor in a memory lives until the last layer there that reads it has
// ended and the last leg from it has arrived (evaluate.h, rule 6). Kept from one request to the
// next, so that its lists need no new memory; jobs stay where they are until it is done.
class Inference {
 public:
  // A tensor in a memory.
  struct Copy {
    MemoryId memory{};
    Bytes size;
    bool stays = false;                               // never released
    std::uint32_t needed_by = 0;                      // layers and legs that still have to read it
    std::uint32_t first_reader = 0, last_reader = 0;  // in readers_
    std::uint32_t next = kNone;                       // another copy of the same tensor
  };

  // Nothing has run of `plan`, and nothing of it is resident. `variant` is that of `facts`.
  void begin(std::uint32_t number, const NetworkFacts& facts, std::uint32_t variant,
             const Plan& plan);
  // Nothing has moved.
  void begin(std::uint32_t number, const NetworkFacts& facts, const Relocation& relocation);

  std::uint32_t number() const { return number_; }
  std::uint32_t variant() const { return variant_; }
  const NetworkFacts& facts() const { return *facts_; }
  bool relocates() const { return plan_ == nullptr; }
  const Plan& plan() const { return *plan_; }
  std::span<const Transfer> transfers() const { return transfers_; }  // or moves
  const Transfer& transfer(const LegJob& job) const { return transfers_[job.transfer]; }
  Timeline& timeline() { return timeline_; }
  const Timeline& timeline() const { return timeline_; }

  // Counts layers and transfers; true: that was the last one.
  bool one_less_left() { return --left_ == 0; }
  bool done() const { return left_ == 0; }
  void abandon() { left_ = 0; }
  void forget() {
    left_ = 0;
    number_ = kNone;
  }

  // Layers and legs that have started, and neither ended nor halted.
  void begin_work() { ++under_way_; }
  bool end_work() { return --under_way_ == 0; }  // true: that was the last one
  // From now on none of its layers is ready, and nothing of it is next.
  void cancel();
  bool cancelled() const { return cancelled_; }
  bool is_drained() const { return cancelled_ && under_way_ == 0; }
  // What it holds in memories, once it is drained; of a relocation: what has not come.
  template <class Visit>
  void for_held(Visit&& visit) const;
  // Of a relocation, whether a move has been made.
  bool has_come(std::uint32_t move) const;

  MemoryId memory_of(LayerId layer) const { return facts_->memory_of[plan_->processor(layer)]; }
  Copy& copy_in(TensorId tensor, MemoryId memory);
  // That a layer on `memory` reads.
  Copy& read_copy(TensorId tensor, MemoryId memory) {
    return copy_in(tensor, plan_->read_from(tensor, memory));
  }
  std::vector<ReadInPlace> reads_in_place(LayerId layer) const {
    return partita::reads_in_place(*facts_->network, hardware(), *plan_, layer);
  }
  // Where `tensor` is made, or given.
  Copy& home(TensorId tensor) { return copies_[index(tensor)]; }
  // Of an input of the network: where it is there from the start.
  template <class Visit>
  void for_given_copies(TensorId input, Visit&& visit) {
    for (auto id = static_cast<std::uint32_t>(index(input)); id != kNone; id = copies_[id].next) {
      if (is_given(copies_[id])) visit(copies_[id]);
    }
  }
  // For each layer whose last missing input this copy was.
  template <class Visit>
  void make_resident(const Copy& copy, Visit&& visit) {
    for (std::uint32_t i = copy.first_reader; i < copy.last_reader; ++i) {
      if (--missing_[readers_[i]] == 0) visit(readers_[i]);
    }
  }

  // The order of a processor: whether its next layer is this one; whether that could start.
  bool is_next(ProcessorId processor, LayerId layer) const {
    if (cancelled_) return false;
    const std::vector<LayerId>& order = plan_->order(processor);
    return next_[processor] < order.size() && order[next_[processor]] == layer;
  }
  bool ready(ProcessorId processor) const {
    if (cancelled_ || relocates()) return false;
    const std::vector<LayerId>& order = plan_->order(processor);
    return next_[processor] < order.size() && missing_[order[next_[processor]]] == 0;
  }
  // Whether layers of its order there have not started; then the first of them.
  bool has_layers_left(ProcessorId processor) const {
    return !done() && !cancelled_ && !relocates() &&
           next_[processor] < plan_->order(processor).size();
  }
  LayerId next(ProcessorId processor) const { return plan_->order(processor)[next_[processor]]; }
  LayerId take(ProcessorId processor) { return plan_->order(processor)[next_[processor]++]; }

  // Those that are one copy. `shared`: by transfer, whether another request brings it.
  void join_jobs(const std::vector<bool>& shared);
  LegJob& first_job(std::uint32_t transfer) { return jobs_[first_job_[transfer]]; }
  std::uint32_t number_of(const LegJob& job) const {  // in Timeline::legs
    return static_cast<std::uint32_t>(&job - jobs_.data());
  }
  bool is_last(const LegJob& job) const {
    return &job == &jobs_.back() || (&job)[1].transfer != job.transfer;
  }

  // From this one on, those of its transfer.
  template <class Visit>
  void for_legs(LegJob& first, Visit&& visit) {
    for (LegJob* job = &first;; ++job) {
      visit(*job);
      if (is_last(*job)) return;
    }
  }

  std::string waiting() const;  // who waits for whom, for a run that starved

 private:
  static constexpr std::uint32_t kNone = 0xffff'ffff;

  void make_copies();
  void make_jobs();
  void fill_copy(Copy& copy, TensorId tensor, MemoryId memory);
  void add_copy(TensorId tensor, MemoryId memory);
  std::uint32_t find_copy(TensorId tensor, MemoryId memory) const;  // kNone: there is none
  bool is_given(const Copy& copy) const {
    return !hardware().host() || copy.memory == *hardware().host();
  }
  std::string awaited(LayerId layer) const;  // which inputs a layer waits for, and whom
  void begin(std::uint32_t number, const NetworkFacts& facts);
  const Hardware& hardware() const { return *facts_->hardware; }
  bool has_ended(LayerId layer) const {
    return timeline_.layers[layer].finish > timeline_.layers[layer].start;
  }
  bool has_begun(LayerId layer) const;
  bool has_begun(const LegJob& job) const;

  const NetworkFacts* facts_ = nullptr;
  std::uint32_t number_ = 0;
  std::uint32_t variant_ = 0;
  const Plan* plan_ = nullptr;  // none: it relocates
  std::span<const Transfer> transfers_;
  std::vector<Transfer> moves_;  // of a relocation, as transfers
  Timeline timeline_;
  std::size_t left_ = 0;
  std::size_t under_way_ = 0;
  bool cancelled_ = false;
  IdVector<LayerId, std::uint32_t> missing_;
  IdVector<ProcessorId, std::uint32_t> next_;
  std::vector<Copy> copies_;  // the homes by tensor, then the others
  std::vector<LayerId> readers_;
  std::vector<LegJob> jobs_;  // as timeline_.legs
  Multicasts multicasts_;
  std::vector<std::uint32_t> first_job_;  // by transfer
};

template <class Visit>
void Inference::for_held(Visit&& visit) const {
  const auto hold = [&](const Copy& copy) {
    if (copy.needed_by > 0) visit(copy.memory, copy.size);
  };
  for (const LayerId layer : ids<LayerId>(timeline_.layers.size())) {
    if (!has_begun(layer)) continue;
    if (!has_ended(layer)) visit(memory_of(layer), facts_->layers[layer].workspace);
    for (const TensorId result : facts_->results[layer]) {
      const Copy& copy = copies_[index(result)];
      has_ended(layer) ? hold(copy) : visit(copy.memory, copy.size);
    }
  }
  if (!relocates()) {
    for (const TensorId input : facts_->network->inputs()) {
      for (auto id = static_cast<std::uint32_t>(index(input)); id != kNone; id = copies_[id].next) {
        if (is_given(copies_[id])) hold(copies_[id]);
      }
    }
  }
  for (const LegJob& job : jobs_) {
    const Transfer& sent = transfer(job);
    if (!has_begun(job)) continue;
    if (!is_last(job)) {
      const bool has_gone_on = (&job)[1].span->finish > Time{0};
      if (!has_gone_on) visit(job.leg->dst, job.size);
    } else if (!relocates()) {
      hold(copies_[find_copy(sent.tensor, sent.dst)]);
    } else if (job.span->finish == Time{0}) {
      visit(sent.dst, job.size);
    }
  }
}

}  // namespace partita::sim
