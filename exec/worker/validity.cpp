#include "exec/worker/validity.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "exec/device/lowering.h"
#include "exec/worker/shared_memory.h"

namespace partita::exec {
namespace {

void require(bool holds, const char* what) {
  if (!holds) throw Error(fmt::format("a lowered plan is damaged: {}", what));
}

std::uint64_t bytes_of(const Tensor& tensor) {
  std::uint64_t bytes = static_cast<std::uint64_t>(info(tensor.type).bytes);
  for (const std::int64_t extent : tensor.shape) {
    require(extent > 0, "a tensor has an extent that is none");
    require(!__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(extent), &bytes),
            "a tensor is too large");
  }
  return bytes;
}

constexpr std::int64_t kLongestCopy = 60'000'000'000;  // ns
constexpr double kMostSlowdown = 1000;

class OrderCheck {
 public:
  OrderCheck(const PrepareOrder& order, const Model& model) : order_(order), model_(model) {}

  void check() {
    require(order_.worker < order_.workers, "a worker's number is none");
    check_seats();
    for (const auto* list : {&order_.part.inputs, &order_.part.arrivals}) {
      for (const TensorId tensor : *list) here_.insert(known(tensor));
    }
    check_arenas();
    for (const OutsideOrder& each : order_.outside) check_outside(each);
    require(order_.slowdown >= 1 && order_.slowdown <= kMostSlowdown, "a slowdown is none");
    for (const LayerId layer : order_.part.order) check_layer(layer);
    for (const TensorId tensor : order_.part.kept) require_here(tensor);
    for (const auto* list : {&order_.packs, &order_.unpacks}) {
      for (const CopyOrder& copy : *list) check_copy(copy, list == &order_.packs);
    }
    for (const Handover& handover : order_.handovers) check_handover(handover);
    for (const auto* list : {&order_.inputs, &order_.results}) {
      for (const Placed& placed : *list) {
        require_here(placed.tensor);
        require_room(placed.offset, bytes_of(model_.tensors[placed.tensor]), of_first_seat_);
      }
    }
    check_results();
    for (const Placed& weight : order_.weights) {
      const Tensor& tensor = model_.tensors[known(weight.tensor)];
      require_room(weight.offset, bytes_of(tensor), order_.weight_bytes);
    }
  }

 private:
  void check_seats() {
    require(order_.workers < (1u << 20) && order_.seats > 0 && order_.seats <= kMostSeats,
            "it has too many seats or workers, or none");
    require(order_.shared_bytes >= seat_offset(order_.workers, order_.seats),
            "its shared memory is too small");
    const std::uint64_t others = order_.seats - 1;
    require(order_.seat_bytes % kCacheLine == 0 &&
                (others == 0 || order_.seat_bytes <= order_.shared_bytes / others),
            "seats are outside its memory");
    of_first_seat_ = order_.shared_bytes - others * order_.seat_bytes;
  }

  void check_results() const {
    for (const Placed& result : order_.results) {
      require(result.offset >= order_.results_at, "a result is not among the others");
      require_room(result.offset - order_.results_at, bytes_of(model_.tensors[result.tensor]),
                   order_.results_bytes);
    }
    require(order_.kept == 0 || order_.results_bytes <= order_.shared_bytes / order_.kept,
            "kept results are outside its memory");
    require_room(order_.kept_at, order_.kept * order_.results_bytes, order_.shared_bytes);
  }

  TensorId known(TensorId tensor) const {
    require(index(tensor) < model_.tensors.size(), "it names a tensor that there is not");
    return tensor;
  }
  void require_here(TensorId tensor) const {
    require(here_.count(known(tensor)) != 0, "it wants a tensor that is not there");
  }
  static void require_room(std::uint64_t offset, std::uint64_t bytes, std::uint64_t all) {
    require(offset <= all && bytes <= all - offset, "it places something outside its memory");
  }

  void check_arenas() {
    for (const ArenaOrder& arena : order_.arenas) {
      require(arena.owner < order_.workers, "it uses memory of a worker that there is not");
      require(arenas_.emplace(arena.owner, arena.seat_bytes).second, "an arena is there twice");
    }
  }
  // Of a seat, where a place may be.
  std::uint64_t room_of(std::uint32_t arena) const {
    if (arena == kNobody) return of_first_seat_;
    const auto found = arenas_.find(arena);
    require(found != arenas_.end(), "it uses an arena that there is not");
    return found->second;
  }

  // Others make it or bring it, unless a layer here does.
  void check_outside(const OutsideOrder& each) {
    here_.insert(known(each.tensor));
    require(outside_.insert(each.tensor).second, "a tensor lies in two places");
    require_room(each.data, bytes_of(model_.tensors[each.tensor]), room_of(each.arena));
    require(each.data % kCacheLine == 0, "a tensor lies where none can");
  }

  void require_slot(std::uint64_t slot) const {
    require_room(slot, sizeof(Slot), of_first_seat_);
    require(slot % alignof(Slot) == 0, "a slot is not where one can be");
  }

  void check_handover(const Handover& handover) const {
    switch (handover.after) {
      case Handover::After::Layer:
        require(layers_.count(LayerId{handover.which}) != 0,
                "a worker tells of a layer that is not there");
        break;
      case Handover::After::Pack:
        require(handover.which < order_.packs.size(), "a worker tells of a copy that it has not");
        break;
      case Handover::After::Unpack:
        require(handover.which < order_.unpacks.size(), "a worker tells of a copy that it has not");
        break;
      default: require(false, "a worker tells of nothing that there is");
    }
    require_slot(handover.slot);
    require(handover.receiver < order_.workers, "a worker that there is not is told of something");
  }

  void check_layer(LayerId id) {
    require(index(id) < model_.layers.size(), "it names a layer that there is not");
    require(layers_.insert(id).second, "a layer is there twice");
    for (const TensorId input : model_.layers[id].inputs) {
      if (!is_constant(model_.tensors[input])) require_here(input);
    }
    for (const TensorId output : model_.layers[id].outputs) here_.insert(output);
  }

  void check_copy(const CopyOrder& copy, bool pack) const {
    if (copy.is_weight) {
      require(!pack && copy.from_start && is_constant(model_.tensors[known(copy.tensor)]),
              "it loads a weight that is none");
    } else {
      require_here(copy.tensor);
    }
    require(!copy.in_place || (!pack && !copy.from_start), "a copy that is none is made");
    require(copy.arena == kNobody || pack, "a copy comes from where none can");
    if (!copy.in_place) {
      require_room(copy.data, bytes_of(model_.tensors[copy.tensor]), room_of(copy.arena));
    }
    require(copy.at_least >= 0 && copy.at_least <= kLongestCopy,
            "a copy takes a time that is none");
    if (!copy.from_start) require_slot(copy.slot);
    if (!pack) return;
    require(copy.after_unpack == kNobody ? layers_.count(copy.producer) != 0
                                         : copy.after_unpack < order_.unpacks.size() &&
                                               order_.unpacks[copy.after_unpack].in_place,
            "a copy follows what is not there");
    require(copy.receiver == kNobody || copy.receiver < order_.workers,
            "a copy is for a worker that there is not");
  }

  const PrepareOrder& order_;
  const Model& model_;
  std::uint64_t of_first_seat_ = 0;  // where what the first seat has must end
  std::set<TensorId> here_;
  std::set<LayerId> layers_;
  std::set<TensorId> outside_;
  std::map<std::uint32_t, std::uint64_t> arenas_;  // of each owner, the bytes of a seat
};

}  // namespace

void check(const Model& model) {
  require(model.recipes.size() == model.tensors.size(), "a tensor has no recipe");
  for (const Tensor& tensor : model.tensors) {
    require(static_cast<std::size_t>(tensor.type) < kDataTypes.size(),
            "a tensor has a type that there is not");
    const std::uint64_t bytes = bytes_of(tensor);
    if (tensor.kind == TensorKind::Constant) {
      require(tensor.values && tensor.values->size() == bytes, "a constant has other values");
    }
    require(!tensor.values || tensor.values->size() == bytes, "a weight has other values");
    for (const LayerId consumer : tensor.consumers) {
      require(index(consumer) < model.layers.size(), "a tensor names a layer that there is not");
    }
  }
  for (const Recipe& recipe : model.recipes) {
    require(static_cast<std::size_t>(recipe.type) < kDataTypes.size() &&
                recipe.distribution <= Recipe::Distribution::Mask,
            "a recipe is none");
  }
  for (const TensorId id : ids<TensorId>(model.tensors.size())) {
    const Tensor& tensor = model.tensors[id];
    require(tensor.kind != TensorKind::Weight || model.recipes[id].type == tensor.type,
            "a weight has a recipe of another type");
  }
  for (const Layer& layer : model.layers) {
    require(static_cast<std::size_t>(layer.kind) < kOperators.size(),
            "a layer has an operator that there is not");
    require(!layer.outputs.empty(), "a layer makes nothing");
    for (const auto* list : {&layer.inputs, &layer.outputs}) {
      for (const TensorId tensor : *list) {
        require(index(tensor) < model.tensors.size(), "a layer names a tensor that there is not");
      }
    }
  }
}

void check(const PrepareOrder& order, const Model& model) { OrderCheck(order, model).check(); }

void check(const std::vector<Placed>& weights, std::uint64_t bytes, const Model& model) {
  for (const Placed& weight : weights) {
    require(index(weight.tensor) < model.tensors.size(), "a tensor that there is not");
    const std::uint64_t size = bytes_of(model.tensors[weight.tensor]);
    require(size <= bytes && weight.offset <= bytes - size, "a weight lies outside its memory");
  }
}

}  // namespace partita::exec
