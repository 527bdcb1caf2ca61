#include "models/collectives/steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "models/network/collective_kind.h"

namespace partita {
namespace {

// `elements` in `count` parts that differ by at most one.
std::vector<std::int64_t> parts_of(std::int64_t elements, std::size_t count) {
  const auto parts = static_cast<std::int64_t>(count);
  std::vector<std::int64_t> sizes;
  for (std::int64_t i = 0; i < parts; ++i) {
    sizes.push_back(elements / parts + (i < elements % parts ? 1 : 0));
  }
  return sizes;
}

class Maker {
 public:
  Maker(const Network& network, const Hardware& hardware, LayerId collective,
        Participants participants, const HowToCollect& how, std::size_t first_tensor)
      : network_(network),
        hardware_(hardware),
        layer_(network.layer(collective)),
        operands_(collective_operands(network, layer_)),
        how_(how),
        first_tensor_(first_tensor),
        size_(participants.ring.size()),
        handed_out_(size_),
        read_at_end_(layer_.outputs.size()) {
    made_.participants = std::move(participants);
  }

  CollectiveSteps steps() {
    switch (how_.what) {
      case OpKind::AllReduce: all_reduce(); break;
      case OpKind::ReduceScatter: reduce_scatter(); break;
      case OpKind::AllToAll: all_to_all(); break;
      case OpKind::GatherToOne: gather(); break;
      case OpKind::ScatterFromOne: scatter(); break;
      default: spread_operands(); break;
    }
    for (std::size_t place = 0; place < size_; ++place) end(place);
    return std::move(made_);
  }

 private:
  CollectiveAlgorithm algorithm() const { return how_.choice.algorithm; }
  std::size_t pieces() const { return static_cast<std::size_t>(how_.choice.pieces); }
  std::size_t place_of_operand(std::size_t i) const { return made_.participants.of_operand[i]; }
  std::size_t place_of_result(std::size_t i) const { return made_.participants.of_result[i]; }
  // Whoever adds up: the owner, or the unit of the switch, who stands behind the last.
  std::size_t adder(std::size_t owner) const { return how_.unit ? size_ : owner; }
  ProcessorId processor(std::size_t place) const {
    return place < size_ ? made_.participants.ring[place] : *how_.unit;
  }
  std::string name(std::size_t place, const std::string& what) const {
    return fmt::format("{}/{}/{}", layer_.name, hardware_.processors()[processor(place)].name,
                       what);
  }

  TensorId tensor(const std::string& tensor_name, const Shape& shape, Sent sent) {
    Tensor made;
    made.name = tensor_name;
    made.type = network_.tensor(operands_.front()).type;
    made.shape = shape;
    made.size = Bytes{made.elements() * info(made.type).bytes};
    made_.sent.push_back(sent);
    return static_cast<TensorId>(first_tensor_ + index(made_.tensors.push_back(std::move(made))));
  }
  const Shape& shape_of(TensorId id) const {
    return made_.tensors[static_cast<TensorId>(index(id) - first_tensor_)].shape;
  }
  std::size_t round_of(TensorId id) const { return made_.sent[index(id) - first_tensor_].round; }

  void add(std::size_t place, Step::Does does, const std::string& step_name,
           std::vector<TensorId> inputs, std::vector<TensorId> outputs) {
    Layer layer;
    layer.name = step_name;
    layer.kind = does == Step::Does::Sum ? OpKind::AllReduce : OpKind::Opaque;
    layer.inputs = std::move(inputs);
    layer.outputs = std::move(outputs);
    made_.steps.push_back({std::move(layer), processor(place), does});
  }

  StepMaker maker() {
    return {[this](std::size_t place, std::size_t block, const std::vector<TensorId>& parts) {
              return step(place, Step::Does::Sum, fmt::format("sum{}", block), parts);
            },
            [this](std::size_t place, std::size_t block, TensorId part) {
              return step(place, Step::Does::Pass, fmt::format("pass{}", block), {part});
            }};
  }
  TensorId step(std::size_t place, Step::Does does, const std::string& what,
                const std::vector<TensorId>& parts) {
    const std::string step_name = name(place, what);
    const TensorId made =
        tensor(step_name, shape_of(parts.front()), {place, round_of(parts.front())});
    add(place, does, step_name, parts, {made});
    return made;
  }

  // A part of what participant `place` brings; its kernel hands it out when it starts.
  TensorId part(std::size_t place, const std::string& what, std::int64_t elements,
                std::size_t round) {
    const TensorId made = tensor(name(place, what), {elements}, {place, round});
    handed_out_[place].push_back(made);
    return made;
  }

  // Each participant starts its kernel, with the sum of its operands if there are several.
  void start(bool adds) {
    for (std::size_t place = 0; place < size_; ++place) {
      if (handed_out_[place].empty()) continue;
      std::vector<TensorId> inputs;
      for (std::size_t i = 0; i < operands_.size(); ++i) {
        if (place_of_operand(i) == place) inputs.push_back(operands_[i]);
      }
      if (adds && inputs.size() > 1) {
        const std::string local = name(place, "local");
        const TensorId sum = tensor(local, network_.tensor(inputs.front()).shape, {place, 0});
        add(place, Step::Does::Sum, local, std::move(inputs), {sum});
        inputs = {sum};
      }
      add(place, Step::Does::Launch, name(place, "start"), std::move(inputs),
          std::move(handed_out_[place]));
    }
  }

  void end(std::size_t place) {
    std::vector<TensorId> inputs, outputs;
    for (std::size_t i = 0; i < layer_.outputs.size(); ++i) {
      if (place_of_result(i) != place) continue;
      outputs.push_back(layer_.outputs[i]);
      for (const TensorId read : read_at_end_[i]) {
        if (std::find(inputs.begin(), inputs.end(), read) == inputs.end()) inputs.push_back(read);
      }
    }
    if (!outputs.empty()) {
      add(place, Step::Does::Pass, name(place, "end"), std::move(inputs), std::move(outputs));
    }
  }

  void all_reduce() {
    const bool by_all =
        algorithm() == CollectiveAlgorithm::Ring || algorithm() == CollectiveAlgorithm::Direct;
    const std::size_t owners = by_all ? size_ : algorithm() == CollectiveAlgorithm::Tree ? 2 : 1;
    const std::vector<std::int64_t> sizes =
        parts_of(network_.tensor(operands_.front()).elements(), owners * pieces());
    std::vector<Block> blocks;
    for (std::size_t i = 0; i < sizes.size() && sizes[i] > 0; ++i) {
      const std::size_t owner = i % owners;
      // The root of the second tree is the last leaf of the first.
      const std::size_t place =
          algorithm() == CollectiveAlgorithm::Tree ? owner * (size_ - 1) : owner;
      blocks.push_back(block_to_add(adder(place), sizes[i], i / owners, i));
    }
    start(true);
    add_up(algorithm(), size_, blocks, maker());
    spread(algorithm(), size_, blocks, maker());
    for (std::size_t i = 0; i < layer_.outputs.size(); ++i) {
      for (const Block& block : blocks) {
        read_at_end_[i].push_back(block.at[place_of_result(i)]);
      }
    }
  }

  void reduce_scatter() {
    std::vector<Block> blocks;
    std::vector<std::size_t> result_of;
    for (std::size_t piece = 0; piece < pieces(); ++piece) {
      for (std::size_t i = 0; i < layer_.outputs.size(); ++i) {
        const std::int64_t size = piece_size(layer_.outputs[i], piece);
        if (size == 0) continue;
        blocks.push_back(block_to_add(adder(place_of_result(i)), size, piece, blocks.size()));
        result_of.push_back(i);
      }
    }
    start(true);
    add_up(algorithm(), size_, blocks, maker());
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      read_at_end_[result_of[i]].push_back(blocks[i].at_owner);
    }
  }

  // Of an all-gather, and of a broadcast, which has one operand.
  void spread_operands() {
    std::vector<Block> blocks = blocks_of_operands();
    start(false);
    spread(algorithm(), size_, blocks, maker());
    for (std::size_t i = 0; i < layer_.outputs.size(); ++i) {
      for (const Block& block : blocks) read_at_end_[i].push_back(block.at[place_of_result(i)]);
    }
  }

  void gather() {
    std::vector<Block> blocks = blocks_of_operands();
    const std::size_t root = place_of_result(0);
    for (Block& block : blocks) block.goal = root;
    start(false);
    read_at_end_.front() = bring(algorithm(), size_, root, blocks, maker());
  }

  // What has the longest way around the ring goes first.
  void scatter() {
    const std::size_t root = place_of_operand(0);
    std::vector<std::size_t> farthest_first(layer_.outputs.size());
    std::iota(farthest_first.begin(), farthest_first.end(), std::size_t{0});
    const auto distance = [&](std::size_t i) {
      return (place_of_result(i) + size_ - root) % size_;
    };
    std::stable_sort(farthest_first.begin(), farthest_first.end(),
                     [&](std::size_t a, std::size_t b) { return distance(a) > distance(b); });
    std::vector<Block> blocks;
    std::vector<std::size_t> result_of;
    for (std::size_t piece = 0; piece < pieces(); ++piece) {
      for (const std::size_t i : farthest_first) {
        const std::size_t before = blocks.size();
        add_block(blocks, layer_.outputs[i], root, piece);
        if (blocks.size() == before) continue;
        blocks.back().goal = place_of_result(i);
        result_of.push_back(i);
      }
    }
    start(false);
    const std::vector<TensorId> brought = bring(algorithm(), size_, root, blocks, maker());
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      read_at_end_[result_of[i]].push_back(brought[i]);
    }
  }

  void all_to_all() {
    for (std::size_t piece = 0; piece < pieces(); ++piece) {
      for (std::size_t from = 0; from < operands_.size(); ++from) {
        const auto cuts =
            parts_of(network_.tensor(operands_[from]).elements(), layer_.outputs.size());
        for (std::size_t to = 0; to < layer_.outputs.size(); ++to) {
          const std::int64_t size = parts_of(cuts[to], pieces())[piece];
          if (size == 0) continue;
          read_at_end_[to].push_back(part(
              place_of_operand(from), fmt::format("part{}.{}.{}", piece, from, to), size, piece));
        }
      }
    }
    start(false);
  }

  std::int64_t piece_size(TensorId id, std::size_t piece) const {
    return parts_of(network_.tensor(id).elements(), pieces())[piece];
  }

  Block block_to_add(std::size_t owner, std::int64_t size, std::size_t round, std::size_t number) {
    Block block;
    block.owner = owner;
    for (std::size_t place = 0; place < size_; ++place) {
      block.own.push_back(part(place, fmt::format("part{}", number), size, round));
    }
    return block;
  }

  // A piece of a tensor; none where it has fewer elements.
  void add_block(std::vector<Block>& blocks, TensorId whole, std::size_t place, std::size_t piece) {
    const std::int64_t size = piece_size(whole, piece);
    if (size == 0) return;
    Block block;
    block.owner = place;
    block.at_owner = part(place, fmt::format("part{}", blocks.size()), size, piece);
    blocks.push_back(std::move(block));
  }

  std::vector<Block> blocks_of_operands() {
    std::vector<Block> blocks;
    for (std::size_t piece = 0; piece < pieces(); ++piece) {
      for (std::size_t i = 0; i < operands_.size(); ++i) {
        add_block(blocks, operands_[i], place_of_operand(i), piece);
      }
    }
    return blocks;
  }

  const Network& network_;
  const Hardware& hardware_;
  const Layer& layer_;
  const std::vector<TensorId> operands_;
  const HowToCollect how_;
  const std::size_t first_tensor_;
  const std::size_t size_;
  std::vector<std::vector<TensorId>> handed_out_;   // by each participant, at its start
  std::vector<std::vector<TensorId>> read_at_end_;  // for each result
  CollectiveSteps made_;
};

}  // namespace

CollectiveSteps steps_of(const Network& network, const Hardware& hardware, LayerId collective,
                         Participants participants, const HowToCollect& how,
                         std::size_t first_tensor) {
  return Maker(network, hardware, collective, std::move(participants), how, first_tensor).steps();
}

}  // namespace partita
