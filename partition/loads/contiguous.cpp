#include "partition/loads/contiguous.h"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/strong_components.hpp>
#include <limits>
#include <map>
#include <utility>

#include "models/base/assert.h"
#include "partition/loads/downsets.h"

namespace partita::loads {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

std::int64_t sum(const Uses& uses) {
  std::int64_t total = 0;
  for (const Use& use : uses) total += use.amount;
  return total;
}

// Devices that cost the same.
struct Kind {
  std::vector<std::int64_t> time;        // of each item; kNever: not here
  std::vector<std::int64_t> once, each;  // of each tariff
  std::optional<Bytes> capacity;
  std::vector<DeviceId> devices;

  bool same_as(const Kind& other) const {
    return time == other.time && once == other.once && each == other.each &&
           capacity == other.capacity;
  }
};

// What a device gets from others, whoever they are.
std::int64_t receiving(const LoadModel& model, const Tariff& tariff, DeviceId device) {
  for (const DeviceId from : ids<DeviceId>(model.devices.size())) {
    if (from != device) return sum(tariff.each[from][model.devices[device].place]);
  }
  return 0;
}

std::vector<Kind> kinds_of(const LoadModel& model) {
  std::vector<Kind> kinds;
  for (const DeviceId device : ids<DeviceId>(model.devices.size())) {
    Kind kind;
    kind.capacity = model.places[model.devices[device].place].capacity;
    for (const Item& item : model.items) {
      kind.time.push_back(kNever);
      for (const auto& option : item.options) {
        if (option.device == device) kind.time.back() = sum(option.uses);
      }
    }
    for (const Tariff& tariff : model.tariffs) {
      kind.once.push_back(sum(tariff.once[device]));
      kind.each.push_back(receiving(model, tariff, device));
    }
    const auto same = std::find_if(kinds.begin(), kinds.end(),
                                   [&](const Kind& other) { return other.same_as(kind); });
    const auto place = same == kinds.end() ? kinds.insert(same, std::move(kind)) : same;
    place->devices.push_back(device);
  }
  return kinds;
}

// Items that wait for each other in a circle are one block; blocks and what must come before each.
struct Blocks {
  std::vector<std::vector<std::size_t>> items;
  std::vector<std::vector<std::uint32_t>> before;
};
Blocks blocks_of(const LoadModel& model) {
  boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS> graph(model.items.size());
  for (const auto& arc : model.arcs) boost::add_edge(index(arc.from), index(arc.to), graph);
  std::vector<int> component(model.items.size());
  const int count = boost::strong_components(
      graph,
      boost::make_iterator_property_map(component.begin(), boost::get(boost::vertex_index, graph)));
  Blocks blocks;
  blocks.items.resize(static_cast<std::size_t>(count));
  blocks.before.resize(static_cast<std::size_t>(count));
  for (std::size_t item = 0; item < component.size(); ++item)
    blocks.items[static_cast<std::size_t>(component[item])].push_back(item);
  for (const auto& arc : model.arcs) {
    const int from = component[index(arc.from)], to = component[index(arc.to)];
    if (from != to)
      blocks.before[static_cast<std::size_t>(to)].push_back(static_cast<std::uint32_t>(from));
  }
  for (auto& list : blocks.before) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
  }
  return blocks;
}

// One part that grows and shrinks item by item, and what it would cost each kind of device.
class Part {
 public:
  Part(const LoadModel& model, const std::vector<Kind>& kinds)
      : model_(model),
        kinds_(kinds),
        produced_(model.items.size()),
        consumed_(model.items.size()),
        holdings_(model.items.size()),
        inside_(model.items.size()),
        consumers_(model.nets.size()),
        users_(model.holdings.size()),
        work_(kinds.size()),
        sent_(kinds.size()),
        barred_(kinds.size()) {
    for (std::size_t net = 0; net < model.nets.size(); ++net) {
      produced_[index(model.nets[net].producer)].push_back(net);
      for (const ItemId consumer : model.nets[net].consumers)
        consumed_[index(consumer)].push_back(net);
    }
    for (std::size_t holding = 0; holding < model.holdings.size(); ++holding) {
      for (const ItemId user : model.holdings[holding].users)
        holdings_[index(user)].push_back(holding);
    }
  }

  void add(std::size_t item) { change(item, 1); }
  void remove(std::size_t item) { change(item, -1); }

  // kNever where the kind cannot have it.
  std::int64_t load(std::size_t kind) const {
    if (barred_[kind] > 0) return kNever;
    if (kinds_[kind].capacity && held_ > kinds_[kind].capacity->value) return kNever;
    return work_[kind] + sent_[kind];
  }
  // No part that holds this one has less.
  std::int64_t least() const {
    std::int64_t least = kNever;
    for (std::size_t kind = 0; kind < kinds_.size(); ++kind) {
      if (barred_[kind] == 0) least = std::min(least, work_[kind]);
    }
    return least;
  }

 private:
  void change(std::size_t item, int sign) {
    for (const std::size_t net : consumed_[item]) pay(net, -1);
    for (const std::size_t net : produced_[item]) pay(net, -1);
    inside_[item] = sign > 0;
    for (const std::size_t net : consumed_[item]) consumers_[net] += static_cast<std::size_t>(sign);
    for (const std::size_t net : consumed_[item]) pay(net, 1);
    for (const std::size_t net : produced_[item]) pay(net, 1);
    for (std::size_t kind = 0; kind < kinds_.size(); ++kind) {
      if (const std::int64_t time = kinds_[kind].time[item]; time == kNever) {
        barred_[kind] += sign;
      } else {
        work_[kind] += sign * time;
      }
    }
    held_ += sign * model_.items[ItemId(item)].size.value;
    for (const std::size_t holding : holdings_[item]) {
      const bool was = users_[holding] > 0;
      users_[holding] += sign;
      if (was != (users_[holding] > 0)) held_ += sign * model_.holdings[holding].size.value;
    }
  }
  void pay(std::size_t net, int sign) {
    const Net& of = model_.nets[net];
    const bool makes = inside_[index(of.producer)];
    if (makes ? consumers_[net] == of.consumers.size() : consumers_[net] == 0) return;
    for (std::size_t kind = 0; kind < kinds_.size(); ++kind) {
      const auto& tariff = makes ? kinds_[kind].once : kinds_[kind].each;
      sent_[kind] += sign * tariff[index(of.tariff)];
    }
  }

  const LoadModel& model_;
  const std::vector<Kind>& kinds_;
  std::vector<std::vector<std::size_t>> produced_, consumed_, holdings_;
  std::vector<char> inside_;
  std::vector<std::size_t> consumers_;  // of each net, inside
  std::vector<int> users_;
  std::vector<std::int64_t> work_, sent_;
  std::vector<int> barred_;  // items that the kind cannot have
  std::int64_t held_ = 0;
};

class Split {
 public:
  explicit Split(const LoadModel& model)
      : model_(model), kinds_(kinds_of(model)), blocks_(blocks_of(model)), part_(model, kinds_) {
    PARTITA_ASSERT(!model.ordered || kinds_.size() == 1, "stages of a pipeline are equal");
    for (const Kind& kind : kinds_) {
      stride_.push_back(combinations_);
      combinations_ *= kind.devices.size() + 1;
    }
  }

  std::variant<LoadSolution, Infeasible, TooLarge> run(std::size_t most) {
    // A chain of downsets, one block more each, is soon split, and nothing worse is of interest then.
    most_ = kNever;
    const auto chain = Downsets::find(in_a_row(), most);
    if (!chain) return TooLarge{most};  // no graph with as many blocks has fewer
    solve(*chain);
    most_ = best();
    const auto downsets = Downsets::find(blocks_.before, most);
    if (!downsets) return TooLarge{most};
    solve(*downsets);
    if (best() == kNever) return Infeasible{"no contiguous split fits the memories"};
    return LoadSolution{assignment(), best()};
  }

 private:
  struct State {
    std::int64_t value = kNever;
    std::uint32_t before = 0;  // the downset that the last part was added to
    std::uint32_t kind = 0;    // of device of the last part
  };
  State& state(std::size_t set, std::size_t used) { return states_[set * combinations_ + used]; }

  std::vector<std::vector<std::uint32_t>> in_a_row() const {
    std::vector<std::vector<std::uint32_t>> row(blocks_.items.size());
    // Components are numbered against the edges' direction.
    for (std::uint32_t block = 0; block + 1 < row.size(); ++block) row[block].push_back(block + 1);
    return row;
  }

  void solve(const Downsets& downsets) {
    downsets_ = &downsets;
    sets_ = downsets.size();
    states_.assign(sets_ * combinations_, {});
    seen_.assign(sets_, 0);
    state(0, 0).value = 0;
    parents_.assign(sets_, {});
    for (std::uint32_t set = 0; set < sets_; ++set) {
      for (const Downsets::Step& step : downsets.steps(set))
        parents_[step.set] = {set, step.vertex};
    }
    for (std::uint32_t set = 0; set + 1 < sets_; ++set) {
      bool reached = false;
      for (std::size_t used = 0; used < combinations_; ++used)
        reached = reached || state(set, used).value < kNever;
      if (reached) grow(set);
    }
  }

  // Visits all downsets that hold `from`, each once: the part is what they have beyond it. A stack of its
  // own, since they may lie as deep as the graph has blocks.
  void grow(std::uint32_t from) {
    struct Visit {
      std::uint32_t set, added;  // the block that it has more than the one below it
      std::size_t next = 0;      // of its steps
    };
    std::vector<Visit> stack{{from, 0}};
    while (!stack.empty()) {
      Visit& visit = stack.back();
      const auto& steps = downsets_->steps(visit.set);
      if (visit.next == steps.size()) {
        if (stack.size() > 1) take_out(visit.added);
        stack.pop_back();
        continue;
      }
      const Downsets::Step step = steps[visit.next++];
      if (std::exchange(seen_[step.set], from + 1) == from + 1) continue;
      for (const std::size_t item : blocks_.items[step.vertex]) part_.add(item);
      // What a part computes only grows with it.
      const std::int64_t least = part_.least();
      if (least == kNever || least > most_) {
        take_out(step.vertex);
        continue;
      }
      offer(from, step.set);
      stack.push_back({step.set, step.vertex});
    }
  }
  void take_out(std::uint32_t block) {
    for (const std::size_t item : blocks_.items[block]) part_.remove(item);
  }

  void offer(std::uint32_t from, std::uint32_t to) {
    for (std::uint32_t kind = 0; kind < kinds_.size(); ++kind) {
      const std::int64_t load = part_.load(kind);
      if (load > most_ || load == kNever) continue;
      for (std::size_t used = 0; used < combinations_; ++used) {
        if (used / stride_[kind] % (kinds_[kind].devices.size() + 1) == kinds_[kind].devices.size())
          continue;
        const std::int64_t before = state(from, used).value;
        if (before > most_ || before == kNever) continue;
        State& after = state(to, used + stride_[kind]);
        const std::int64_t value = std::max(before, load);
        if (value < after.value) after = {value, from, kind};
      }
    }
  }

  std::int64_t best() {
    std::int64_t least = kNever;
    for (std::size_t used = 0; used < combinations_; ++used)
      least = std::min(least, state(sets_ - 1, used).value);
    return least;
  }

  Assignment assignment() {
    std::size_t used = 0;
    while (state(sets_ - 1, used).value != best()) ++used;
    Assignment found(model_.items.size());
    auto set = static_cast<std::uint32_t>(sets_ - 1);
    while (set != 0) {
      const State at = state(set, used);
      used -= stride_[at.kind];
      // The first part goes to the first device of its kind.
      const std::size_t number = used / stride_[at.kind] % (kinds_[at.kind].devices.size() + 1);
      for (const std::uint32_t block : between(at.before, set)) {
        for (const std::size_t item : blocks_.items[block])
          found[ItemId(item)] = kinds_[at.kind].devices[number];
      }
      set = at.before;
    }
    return found;
  }
  // What the larger downset has beyond the smaller one.
  std::vector<std::uint32_t> between(std::uint32_t smaller, std::uint32_t larger) const {
    std::vector<char> inside(blocks_.items.size());
    for (std::uint32_t set = larger; set != 0; set = parents_[set].first)
      inside[parents_[set].second] = 1;
    for (std::uint32_t set = smaller; set != 0; set = parents_[set].first)
      inside[parents_[set].second] = 0;
    std::vector<std::uint32_t> blocks;
    for (std::uint32_t block = 0; block < inside.size(); ++block) {
      if (inside[block] != 0) blocks.push_back(block);
    }
    return blocks;
  }

  const LoadModel& model_;
  const std::vector<Kind> kinds_;
  const Blocks blocks_;
  Part part_;
  std::vector<std::size_t> stride_;  // of each kind, in the number that tells how many are used
  std::size_t combinations_ = 1;
  std::int64_t most_ = kNever;  // no part may have more

  const Downsets* downsets_ = nullptr;
  std::size_t sets_ = 0;
  std::vector<State> states_;
  std::vector<std::uint32_t> seen_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>>
      parents_;  // of each downset: one less, and what
};

}  // namespace

bool is_separable(const LoadModel& model) {
  std::vector<std::optional<DeviceId>> of_place(model.places.size());
  for (const DeviceId device : ids<DeviceId>(model.devices.size())) {
    auto& owner = of_place[index(model.devices[device].place)];
    if (owner) return false;
    owner = device;
  }
  // Of each resource, the only device whose load it is.
  std::vector<std::optional<DeviceId>> of_resource(model.resources.size());
  std::vector<std::optional<ResourceId>> of_device(model.devices.size());
  const auto owns = [&](DeviceId device, const Uses& uses) {
    for (const Use& use : uses) {
      auto& owner = of_resource[index(use.resource)];
      auto& resource = of_device[index(device)];
      if (!owner) owner = device;
      if (!resource) resource = use.resource;
      if (*owner != device || *resource != use.resource) return false;
    }
    return true;
  };
  for (const Item& item : model.items) {
    if (item.beside.value > 0) return false;
    for (const auto& option : item.options) {
      if (!owns(option.device, option.uses)) return false;
    }
  }
  for (const Tariff& tariff : model.tariffs) {
    for (const DeviceId from : ids<DeviceId>(model.devices.size())) {
      if (!owns(from, tariff.once[from])) return false;
      for (const DeviceId to : ids<DeviceId>(model.devices.size())) {
        const Uses& uses = tariff.each[from][model.devices[to].place];
        if (from == to) continue;
        if (!owns(to, uses) || sum(uses) != receiving(model, tariff, to)) return false;
      }
    }
  }
  return true;
}

std::variant<LoadSolution, Infeasible, TooLarge> best_contiguous(const LoadModel& model,
                                                                 std::size_t most_downsets) {
  PARTITA_ASSERT(is_separable(model), "a device's load depends on its own items only");
  return Split(model).run(most_downsets);
}

}  // namespace partita::loads
