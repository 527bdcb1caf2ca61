#include "models/plan/plan_pack.h"

#include "models/base/assert.h"

namespace partita {
namespace {

template <class Items>
void pack_list(const Items& items, std::vector<std::uint32_t>& words) {
  words.push_back(static_cast<std::uint32_t>(items.size()));
  for (const auto item : items) words.push_back(static_cast<std::uint32_t>(item));
}

std::uint32_t take(std::span<const std::uint32_t>& words) {
  PARTITA_ASSERT(!words.empty(), "a packed plan breaks off");
  const std::uint32_t word = words.front();
  words = words.subspan(1);
  return word;
}

template <class Items>
void unpack_list(std::span<const std::uint32_t>& words, Items& items) {
  for (std::uint32_t left = take(words); left > 0; --left) {
    items.push_back(static_cast<typename Items::value_type>(take(words)));
  }
}

Plan::Range take_range(std::span<const std::uint32_t>& words) {
  const std::uint32_t first = take(words);
  return {first, take(words)};
}

}  // namespace

void pack(const Plan& plan, std::vector<std::uint32_t>& words) {
  const Placement& placement = plan.placement();
  pack_list(plan.method(), words);
  pack_list(placement.processor, words);
  words.push_back(static_cast<std::uint32_t>(placement.order.size()));
  for (const std::vector<LayerId>& order : placement.order) pack_list(order, words);
  words.push_back(static_cast<std::uint32_t>(plan.transfers().size()));
  for (const Transfer& transfer : plan.transfers()) {
    for (const std::size_t word :
         {index(transfer.tensor), index(transfer.src), index(transfer.dst)}) {
      words.push_back(static_cast<std::uint32_t>(word));
    }
    words.push_back(static_cast<std::uint32_t>(transfer.priority));
  }
  const auto pack_range = [&](Plan::Range range) {
    words.push_back(range.first);
    words.push_back(range.last);
  };
  pack_range(plan.input_transfers());
  for (const LayerId layer : ids<LayerId>(placement.processor.size())) {
    pack_range(plan.transfers_of(layer));
  }
  words.push_back(static_cast<std::uint32_t>(plan.in_place().size()));
  for (const InPlace& each : plan.in_place()) {
    for (const std::size_t word : {index(each.tensor), index(each.memory), index(each.home)}) {
      words.push_back(static_cast<std::uint32_t>(word));
    }
  }
  words.push_back(static_cast<std::uint32_t>(plan.collectives().size()));
  for (const auto& [layer, choice] : plan.collectives()) {
    words.push_back(static_cast<std::uint32_t>(index(layer)));
    words.push_back(static_cast<std::uint32_t>(choice.algorithm));
    words.push_back(static_cast<std::uint32_t>(choice.pieces));
  }
}

Plan unpack_plan(std::span<const std::uint32_t>& words) {
  Plan plan;
  unpack_list(words, plan.method_);
  unpack_list(words, plan.placement_.processor);
  for (std::uint32_t left = take(words); left > 0; --left) {
    std::vector<LayerId> order;
    unpack_list(words, order);
    plan.placement_.order.push_back(std::move(order));
  }
  for (std::uint32_t left = take(words); left > 0; --left) {
    Transfer transfer;
    transfer.tensor = static_cast<TensorId>(take(words));
    transfer.src = static_cast<MemoryId>(take(words));
    transfer.dst = static_cast<MemoryId>(take(words));
    transfer.priority = static_cast<std::int32_t>(take(words));
    plan.transfers_.push_back(transfer);
  }
  plan.of_inputs_ = take_range(words);
  for (std::size_t i = 0; i < plan.placement_.processor.size(); ++i) {
    plan.of_layer_.push_back(take_range(words));
  }
  for (std::uint32_t left = take(words); left > 0; --left) {
    InPlace read;
    read.tensor = static_cast<TensorId>(take(words));
    read.memory = static_cast<MemoryId>(take(words));
    read.home = static_cast<MemoryId>(take(words));
    plan.in_place_.push_back(read);
  }
  for (std::uint32_t left = take(words); left > 0; --left) {
    const auto layer = static_cast<LayerId>(take(words));
    const auto algorithm = static_cast<CollectiveAlgorithm>(take(words));
    plan.collectives_[layer] = {algorithm, static_cast<int>(take(words))};
  }
  return plan;
}

}  // namespace partita
