#include "tests/support/random_collectives.h"

#include <algorithm>

#include "models/base/random.h"
#include "models/collectives/participants.h"
#include "models/network/collective_kind.h"

namespace partita::test {
namespace {

class RandomRanks {
 public:
  RandomRanks(std::uint64_t seed, const CaseOptions& options)
      : random_(seed), options_(options), ranks_(2 + random_.below(4)), builder_("ranks") {}

  Network build() {
    held_.resize(ranks_);
    for (std::size_t rank = 0; rank < ranks_; ++rank) {
      held_[rank].push_back(add_tensor(size(), TensorKind::Input));
    }
    for (std::size_t left = 1 + random_.below(4); left > 0; --left) {
      add_collective(collective_at(random_.below(kCollectiveNames.size())));
    }
    for (std::size_t rank = 0; rank < ranks_; ++rank) add_layer(rank, size());
    return builder_.build({"ranks", 0, 0});
  }

 private:
  std::int64_t size() {
    if (options_.ties) return 4'000;
    return static_cast<std::int64_t>(random_.below(random_.one_in(4) ? 8 : 20'000));
  }

  TensorId add_tensor(std::int64_t bytes, TensorKind kind) {
    Tensor tensor;
    tensor.name = "t" + std::to_string(tensors_++);
    tensor.kind = kind;
    tensor.type = DataType::U8;
    tensor.size = Bytes{bytes};
    if (bytes > 0) tensor.shape = {bytes};
    return builder_.add_tensor(std::move(tensor));
  }

  TensorId add_layer(std::size_t rank, std::int64_t bytes) {
    Layer layer;
    layer.name = "layer" + std::to_string(layers_++);
    layer.inputs = {held_[rank].back()};
    // A neighbour's, too: ranks meet outside of collectives as well.
    if (random_.one_in(5)) layer.inputs.push_back(held_[(rank + 1) % ranks_].front());
    const TensorId made = add_tensor(bytes, TensorKind::Activation);
    layer.outputs = {made};
    if (random_.one_in(8)) builder_.add_output(made);
    builder_.add_layer(std::move(layer));
    held_[rank].push_back(made);
    return made;
  }

  void add_collective(OpKind kind) {
    const std::int64_t bytes = size();
    Layer collective;
    collective.name = "collective" + std::to_string(layers_++);
    collective.attributes.set(kCollectiveAttribute, std::string{collective_name(kind)});
    for (std::size_t rank = 0; rank < (comes_from_one(kind) ? 1 : ranks_); ++rank) {
      collective.inputs.push_back(add_layer(rank, bytes));
    }
    const auto count = static_cast<std::int64_t>(ranks_);
    const bool joins = kind == OpKind::AllGather || kind == OpKind::GatherToOne;
    const bool cuts = kind == OpKind::ReduceScatter || kind == OpKind::ScatterFromOne;
    for (std::int64_t rank = 0; rank < (goes_to_one(kind) ? 1 : count); ++rank) {
      const std::int64_t part = bytes / count + (rank < bytes % count ? 1 : 0);
      const std::int64_t own = joins ? bytes * count : cuts ? part : bytes;
      const TensorId made = add_tensor(own, TensorKind::Activation);
      if (random_.one_in(8)) builder_.add_output(made);
      collective.outputs.push_back(made);
      held_[static_cast<std::size_t>(rank)].push_back(made);
    }
    builder_.add_layer(std::move(collective));
  }

  Random random_;
  const CaseOptions& options_;
  const std::size_t ranks_;
  NetworkBuilder builder_;
  std::vector<std::vector<TensorId>> held_;  // of each rank, the newest last
  std::size_t tensors_ = 0, layers_ = 0;
};

}  // namespace

Network random_collectives(std::uint64_t seed, const CaseOptions& options) {
  return RandomRanks(seed, options).build();
}

Plan with_random_choices(std::uint64_t seed, const Network& network, const Hardware& hardware,
                         Plan plan) {
  Random random(seed);
  Plan::Collectives choices;
  for (const LayerId layer : network.layers()) {
    const auto kind = collective_of(network.layer(layer));
    if (!kind) continue;
    CollectiveChoice choice{
        static_cast<CollectiveAlgorithm>(random.below(kCollectiveAlgorithms.size())),
        1 + static_cast<int>(random.below(3))};
    const bool adds = kind == OpKind::AllReduce || kind == OpKind::ReduceScatter;
    const auto participants = participants_of(network, hardware, plan, layer).ring;
    if (choice.algorithm == CollectiveAlgorithm::InSwitch &&
        (!adds || !reducing_switch(hardware, participants))) {
      choice.algorithm = CollectiveAlgorithm::Ring;
    }
    choices[layer] = choice;
  }
  return with_choices(std::move(plan), choices);
}

}  // namespace partita::test
