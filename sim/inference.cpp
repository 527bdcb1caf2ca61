#include "sim/inference.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "models/base/assert.h"

namespace partita::sim {
namespace {

constexpr MemoryId kNowhere{0xffff'ffff};

}  // namespace

void Inference::begin(std::uint32_t number, const NetworkFacts& facts, std::uint32_t variant,
                      const Plan& plan) {
  begin(number, facts);
  variant_ = variant;
  plan_ = &plan;
  transfers_ = plan.transfers();
  left_ = facts_->layers.size() + plan.transfers().size();
  missing_.assign(facts_->layers.size(), 0);
  next_.assign(facts_->memory_of.size(), 0);
  timeline_.layers.assign(facts_->layers.size(), LayerSpan{});
  make_copies();
  make_jobs();
}

// In queues, weights give way to whatever requests wait for.
void Inference::begin(std::uint32_t number, const NetworkFacts& facts,
                      const Relocation& relocation) {
  constexpr std::int32_t kBelowAll = -1;
  begin(number, facts);
  variant_ = 0;
  plan_ = nullptr;
  moves_.clear();
  for (const Relocation::Move& move : relocation.moves) {
    moves_.push_back({move.weight, move.src, move.dst, kBelowAll});
  }
  transfers_ = moves_;
  left_ = moves_.size();
  timeline_.layers.clear();
  copies_.clear();
  readers_.clear();
  multicasts_ = {};
  make_jobs();
}

void Inference::begin(std::uint32_t number, const NetworkFacts& facts) {
  number_ = number;
  facts_ = &facts;
  under_way_ = 0;
  cancelled_ = false;
  timeline_.origin = Origin::Simulated;
  timeline_.makespan = Time{0};
  timeline_.interrupted.clear();
  timeline_.unfinished.reset();
  timeline_.memory_peak.clear();
}

void Inference::cancel() { cancelled_ = true; }

bool Inference::has_begun(LayerId layer) const {
  const std::vector<Interruption>& lost = timeline_.interrupted;
  return has_ended(layer) || std::any_of(lost.begin(), lost.end(), [&](const Interruption& each) {
           return each.layer == layer;
         });
}

// Copies of given time are posted, and come.
bool Inference::has_begun(const LegJob& job) const {
  if (job.span->finish > Time{0}) return true;
  if (job.leg == nullptr) {
    return !facts_->tensors[transfer(job).tensor].producer || job.span->queued > Time{0};
  }
  const std::vector<Interruption>& lost = timeline_.interrupted;
  return std::any_of(lost.begin(), lost.end(),
                     [&](const Interruption& each) { return each.leg == number_of(job); });
}

bool Inference::has_come(std::uint32_t move) const {
  const LegJob* job = &jobs_[first_job_[move]];
  while (!is_last(*job)) ++job;
  return job->span->finish > Time{0};
}

void Inference::fill_copy(Copy& copy, TensorId tensor, MemoryId memory) {
  copy.memory = memory;
  copy.size = facts_->tensors[tensor].size;
  copy.stays = facts_->tensors[tensor].stays;
  copy.first_reader = static_cast<std::uint32_t>(readers_.size());
  for (const LayerId consumer : facts_->consumers[tensor]) {
    if (plan_->read_from(tensor, memory_of(consumer)) != memory) continue;
    readers_.push_back(consumer);
    ++missing_[consumer];
  }
  copy.last_reader = static_cast<std::uint32_t>(readers_.size());
  copy.needed_by = copy.last_reader - copy.first_reader;
}

void Inference::add_copy(TensorId tensor, MemoryId memory) {
  Copy copy;
  fill_copy(copy, tensor, memory);
  copy.next = std::exchange(home(tensor).next, static_cast<std::uint32_t>(copies_.size()));
  copies_.push_back(copy);
}

std::uint32_t Inference::find_copy(TensorId tensor, MemoryId memory) const {
  auto id = static_cast<std::uint32_t>(index(tensor));
  while (id != kNone && copies_[id].memory != memory) id = copies_[id].next;
  return id;
}

Inference::Copy& Inference::copy_in(TensorId tensor, MemoryId memory) {
  const std::uint32_t id = find_copy(tensor, memory);
  PARTITA_ASSERT(id != kNone, "a tensor is read where it never comes");
  return copies_[id];
}

// One copy where the tensor is made or given, and one for each transfer.
void Inference::make_copies() {
  readers_.clear();
  Copy nowhere;
  nowhere.memory = kNowhere;
  copies_.assign(facts_->tensors.size(), nowhere);
  for (const TensorId id : ids<TensorId>(facts_->tensors.size())) {
    const NetworkFacts::TensorFact& tensor = facts_->tensors[id];
    if (!tensor.producer) continue;
    fill_copy(home(id), id, memory_of(*tensor.producer));
    if (tensor.is_output && !hardware().host()) ++home(id).needed_by;
  }
  for (const TensorId input : facts_->network->inputs()) {
    if (hardware().host()) {
      fill_copy(home(input), input, *hardware().host());
      continue;
    }
    for (const LayerId consumer : facts_->consumers[input]) {
      if (home(input).memory == kNowhere) {
        fill_copy(home(input), input, memory_of(consumer));
      } else if (find_copy(input, memory_of(consumer)) == kNone) {
        add_copy(input, memory_of(consumer));
      }
    }
  }
  for (const Transfer& transfer : plan_->transfers()) add_copy(transfer.tensor, transfer.dst);
  for (const Transfer& transfer : plan_->transfers()) {
    ++copy_in(transfer.tensor, transfer.src).needed_by;
  }
  if (hardware().host()) {
    // The user reads the outputs there, and is never done.
    for (const TensorId output : facts_->network->outputs()) {
      ++copy_in(output, *hardware().host()).needed_by;
    }
  }
}

void Inference::make_jobs() {
  std::vector<LegSpan>& legs = timeline_.legs;
  legs.clear();
  jobs_.clear();
  first_job_.clear();
  for (std::uint32_t i = 0; i < transfers_.size(); ++i) {
    const Transfer& transfer = transfers_[i];
    const NetworkFacts::TensorFact& tensor = facts_->tensors[transfer.tensor];
    first_job_.push_back(static_cast<std::uint32_t>(jobs_.size()));
    const auto add = [&](const Leg* leg) -> LegSpan& {
      LegJob& job = jobs_.emplace_back();
      job.transfer = i;
      job.leg = job.way = leg;
      job.size = tensor.size;
      job.inference = this;
      job.request = number_;
      job.priority = transfer.priority;
      job.content = relocates() ? Content::Weight : tensor.content;
      LegSpan& span = legs.emplace_back();
      span.transfer = i;
      return span;
    };
    if (tensor.transfer_time) {
      add(nullptr);
      continue;
    }
    std::uint32_t place = 0;
    for (const Leg& leg : *hardware().route(transfer.src, transfer.dst)) {
      LegSpan& span = add(&leg);
      span.leg = place++;
      span.engine = leg.engine;
      if (!leg.engine && tensor.producer && memory_of(*tensor.producer) == leg.src) {
        span.copier = plan_->processor(*tensor.producer);
      } else if (!leg.engine) {
        span.copier = leg.copier;
      }
    }
  }
  for (std::size_t i = 0; i < jobs_.size(); ++i) {
    jobs_[i].span = &legs[i];
    jobs_[i].first = &jobs_[i];
  }
}

void Inference::join_jobs(const std::vector<bool>& shared) {
  multicasts_ = Multicasts(*facts_->network, hardware(), *plan_, shared);
  for (const Multicast& all : multicasts_.all()) {
    LegJob& first = first_job(all.first());
    first.way = &all.way;
    first.to_arrive = all.branches.size();
    for (std::size_t i = 1; i < all.branches.size(); ++i) {
      LegJob& job = first_job(all.branches[i].transfer);
      job.first = &first;
      first_job(all.branches[i - 1].transfer).next = &job;
    }
  }
}

std::string Inference::awaited(LayerId layer) const {
  if (missing_[layer] == 0) return "has all its inputs";
  std::vector<std::string> all;
  for (const TensorId id : facts_->read_by[layer]) {
    const Tensor& tensor = facts_->network->tensor(id);
    if (tensor.producer && timeline_.layers[*tensor.producer].finish == Time{0}) {
      all.push_back(fmt::format("layer {} on {}", facts_->network->layer(*tensor.producer).name,
                                hardware().processors()[plan_->processor(*tensor.producer)].name));
      continue;
    }
    for (const LegJob& job : jobs_) {
      const Transfer& transfer = transfers_[job.transfer];
      if (transfer.tensor != id || transfer.dst != memory_of(layer)) continue;
      if (!is_last(job) || job.span->finish > Time{0}) continue;
      all.push_back(fmt::format("tensor {} on its way to {}", tensor.name,
                                hardware().memories()[transfer.dst].name));
    }
  }
  return fmt::format("waits for {}", fmt::join(all, " and "));
}

std::string Inference::waiting() const {
  std::string text = fmt::format("; request {} has {} layers and transfers left", number_, left_);
  if (relocates()) return text;
  for (const ProcessorId id : ids<ProcessorId>(next_.size())) {
    for (const LayerId layer : plan_->order(id)) {
      const LayerSpan& span = timeline_.layers[layer];
      if (span.finish > Time{0}) continue;
      text += fmt::format("; {}: layer {} {}", hardware().processors()[id].name,
                          facts_->network->layer(layer).name, awaited(layer));
      break;
    }
  }
  return text;
}

}  // namespace partita::sim
