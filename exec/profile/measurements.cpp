#include "exec/profile/measurements.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

namespace partita::exec {
namespace {

// Layers in a row on one processor, before the next takes over: together these plans cut a network
// at most of its edges.
constexpr std::array<std::size_t, 3> kHandOvers{1, 2, 3};

// What depends on each kind: plans are made of layers above all, then of copies.
constexpr double kLayers = 1, kHandedOver = 0.6, kOverheads = 0.5, kSmallCopies = 0.4,
                 kInterference = 0.3, kLargeCopies = 0.2, kCopiesAtOnce = 0.1;

constexpr Bytes kSmallestCopy{4 << 10};
// The largest of the small ones is larger than caches of cores, so that a run does not find there
// what the run before has left: handing a buffer back and forth would take longer than in a network.
constexpr Bytes kSmall{4 << 20};
constexpr Bytes kSmallestAtOnce{64 << 10};
constexpr std::size_t kTinyLayers = 16;

using Way = std::pair<std::string, Bytes>;  // signature and size of a copy

std::set<Way> ways_of(const Network& network, const Hardware& hardware, const Plan& plan) {
  std::set<Way> ways;
  for (const Transfer& transfer : plan.transfers()) {
    for (const Leg& leg : *hardware.route(transfer.src, transfer.dst)) {
      ways.emplace(hardware.memories()[leg.src].name + ">" + hardware.memories()[leg.dst].name,
                   network.tensor(transfer.tensor).size);
    }
  }
  return ways;
}

bool share_something(const Hardware& hardware, ProcessorId a, ProcessorId b) {
  const ProcessorSpec &one = hardware.processors()[a], &other = hardware.processors()[b];
  return (one.package && one.package == other.package) ||
         hardware.channel_of(one.memory) == hardware.channel_of(other.memory);
}

}  // namespace

Measurements::Measurements(const std::vector<const Network*>& networks, const Hardware& hardware,
                           std::uint64_t seed, const std::string& where, Bytes largest_copy,
                           const Known& known)
    : hardware_(hardware),
      seed_(seed),
      where_(where),
      largest_copy_(largest_copy),
      whole_(*distinct_part(networks, [](const auto&, const auto&) { return false; })) {
  for (const Network* network : networks) {
    for (const Tensor& tensor : network->tensors()) {
      if (tensor.kind == TensorKind::Activation) tensor_sizes_.insert(tensor.size);
    }
  }
  whole_actor_ = &actor_of(whole_);
  lacking_ = distinct_part(networks, known);
  const bool all = lacking_ && lacking_->network.layer_count() == whole_.network.layer_count();
  if (all) {
    lacking_.reset();
    add_layers(whole_, *whole_actor_);
  } else if (lacking_) {
    add_layers(*lacking_, actor_of(*lacking_));
  }
  if (hardware_.processors().size() > 1) add_handed_over_copies();
  add_overheads();
  if (hardware_.processors().size() < 2) return;
  add_lone_copies(sizes(kSmallestCopy, std::min(kSmall, largest_copy_), 4), kSmallCopies);
  add_interference();
  add_lone_copies(sizes(kSmall * 4, largest_copy_, 4), kLargeCopies);
  add_copies_at_once();
}

void Measurements::add_layers(const DistinctPart& part, Actor& actor) {
  std::set<std::pair<std::string, std::string>> signatures;
  for (const auto& row : part.rows) {
    if (row) signatures.emplace(row->kind, row->signature);
  }
  for (const auto& each : part.subgraphs) signatures.emplace(each.row.kind, each.row.signature);
  for (const ProcessorId processor : processors()) {
    Plan plan =
        plan_of(part.network,
                possible(part, actor,
                         IdVector<LayerId, ProcessorId>(part.network.layer_count(), processor)));
    std::size_t rows = 0;
    const auto here = [&](LayerId layer) { return plan.processor(layer) == processor; };
    for (const LayerId layer : part.network.layers()) rows += part.rows[layer] && here(layer);
    for (const auto& each : part.subgraphs) {
      rows += std::all_of(each.subgraph.layers.begin(), each.subgraph.layers.end(), here);
    }
    if (rows == 0) continue;
    const std::string of = name(processor);
    Measurement measurement{
        .what = "layers on " + of,
        .importance = kLayers,
        .actor = &actor,
        .plan = std::move(plan),
        .read = {},
        .about =
            [signatures, of](const ProfileRow& row) {
              return row.processor == of && signatures.count({row.kind, row.signature}) != 0;
            },
        .rows = rows};
    add(std::move(measurement));
    list_.back().read = [this, &part, processor, &plan = list_.back().plan](const RunResult& run,
                                                                            Time) {
      return layer_readings(part, hardware_, plan, run, processor);
    };
  }
}

void Measurements::add_handed_over_copies() {
  const Network& network = whole_.network;
  for (const std::size_t length : kHandOvers) {
    IdVector<LayerId, ProcessorId> wish(network.layer_count());
    for (const LayerId layer : network.layers()) {
      wish[layer] = static_cast<ProcessorId>(index(layer) / length % hardware_.processors().size());
    }
    Plan plan = plan_of(network, possible(whole_, *whole_actor_, std::move(wish)));
    const std::set<Way> ways = ways_of(network, hardware_, plan);
    if (ways.empty()) continue;
    add({.what = fmt::format("copies, handed over after {} layers", length),
         .importance = kHandedOver,
         .actor = whole_actor_,
         .plan = std::move(plan),
         .read = {},
         .about =
             [ways](const ProfileRow& row) {
               return row.kind == "copy" && ways.count({row.signature, row.size}) != 0;
             },
         .rows = ways.size()});
    list_.back().read = [this, &plan = list_.back().plan](const RunResult& run, Time) {
      return copy_readings(whole_.network, hardware_, plan, run);
    };
  }
}

void Measurements::add_overheads() {
  Actor& tiny = actor(tiny_layers(kTinyLayers));
  for (const ProcessorId processor : processors()) {
    const std::string of = name(processor);
    if (!tiny.replayer().runs(processor, LayerId{0})) continue;
    add({.what = "overheads of " + of,
         .importance = kOverheads,
         .actor = &tiny,
         .plan = plan_of(tiny.network(), tiny.stage().seated({processor}, hardware_)),
         .read = {},
         .about =
             [of](const ProfileRow& row) {
               return row.kind == "overhead" && row.processor == of && row.signature != "launch";
             },
         .rows = 3});
    list_.back().read = [this, processor, &plan = list_.back().plan](const RunResult& run,
                                                                     Time wall) {
      return overhead_readings(hardware_, plan, run, processor, wall);
    };
  }
}

void Measurements::add_lone_copies(const std::vector<Bytes>& sizes, double importance) {
  if (sizes.empty()) return;
  Actor& chain = actor(copy_after_copy(sizes));
  // Of all pairs those that show a way that none before has shown.
  std::set<Way> shown;
  for (const ProcessorId from : processors()) {
    for (const ProcessorId to : processors()) {
      if (from == to) continue;
      Plan plan = plan_of(chain.network(), chain.stage().seated({from, to}, hardware_));
      const std::set<Way> ways = ways_of(chain.network(), hardware_, plan);
      if (std::includes(shown.begin(), shown.end(), ways.begin(), ways.end())) continue;
      shown.insert(ways.begin(), ways.end());
      add({.what = fmt::format("copies of {} to {} from {} to {}", to_string(sizes.front()),
                               to_string(sizes.back()), name(from), name(to)),
           .importance = importance,
           .actor = &chain,
           .plan = std::move(plan),
           .read = {},
           .about =
               [ways](const ProfileRow& row) {
                 return row.kind == "copy" && ways.count({row.signature, row.size}) != 0;
               },
           .rows = ways.size()});
      list_.back().read = [this, &chain, &plan = list_.back().plan](const RunResult& run, Time) {
        return copy_readings(chain.network(), hardware_, plan, run);
      };
    }
  }
}

void Measurements::add_interference() {
  // Groups of 2 are all pairs; of more, the first ones that share with the first of them.
  std::vector<std::vector<ProcessorId>> groups;
  for (const ProcessorId a : processors()) {
    std::vector<ProcessorId> group{a};
    for (const ProcessorId b : processors()) {
      if (b <= a || !share_something(hardware_, a, b)) continue;
      groups.push_back({a, b});
      group.push_back(b);
      if (a == ProcessorId{0} && group.size() > 2) groups.push_back(group);
    }
  }
  std::map<std::size_t, Actor*> actors;
  for (const std::vector<ProcessorId>& group : groups) {
    Actor*& beside = actors[group.size()];
    if (!beside) beside = &actor(side_by_side(whole_.network, whole_.order(), group.size()));
    const Network& network = beside->network();
    const std::size_t layers = whole_.network.layer_count();
    IdVector<LayerId, ProcessorId> processor(network.layer_count());
    for (const LayerId layer : network.layers()) {
      const auto once = static_cast<LayerId>(index(layer) % layers);
      processor[layer] = group[index(layer) / layers];
      for (const ProcessorId other : processors()) {
        if (whole_actor_->replayer().runs(processor[layer], once)) break;
        processor[layer] = other;
      }
    }
    std::vector<std::string> names;
    for (const ProcessorId each : group) names.push_back(name(each));
    add({.what = fmt::format("layers on {} at once", fmt::join(names, ", ")),
         .importance = kInterference,
         .actor = beside,
         .plan = plan_of(
             network, ordered_by(processor, hardware_.processors().size(), beside->stage().order)),
         .read = {},
         .about = [names](const ProfileRow& row) {
           if (row.kind != "interference" || row.level != static_cast<int>(names.size()))
             return false;
           std::string others;
           for (const std::string& each : names) {
             if (each != row.processor) others += (others.empty() ? "" : "+") + each;
           }
           return row.with == others;
         }});
    list_.back().read = [this, group](const RunResult& run, Time) {
      return interference_readings(whole_, hardware_, group, run);
    };
  }
}

void Measurements::add_copies_at_once() {
  const std::vector<Bytes> chosen = sizes(kSmallestAtOnce, Bytes{largest_copy_.value / 4}, 16);
  if (chosen.empty()) return;
  for (std::size_t level = 2; level <= hardware_.processors().size(); ++level) {
    std::vector<ProcessorId> group;
    std::set<MemoryId> memories;
    for (std::uint32_t i = 0; i < level; ++i) {
      group.push_back(ProcessorId{i});
      memories.insert(hardware_.processors()[ProcessorId{i}].memory);
    }
    if (memories.size() < level) continue;  // some would copy nothing
    Actor& together = actor(copies_at_once(level, chosen));
    add({.what = fmt::format("copies of {} processors at once", level),
         .importance = kCopiesAtOnce,
         .actor = &together,
         .plan = plan_of(together.network(), together.stage().seated(group, hardware_)),
         .read = {},
         .about = [level](const ProfileRow& row) {
           return row.kind == "copies" && row.level == static_cast<int>(level);
         }});
    list_.back().read = [this, level, &together, &plan = list_.back().plan](const RunResult& run,
                                                                            Time) {
      return copies_readings(together.network(), hardware_, plan, run, level);
    };
  }
}

Plan Measurements::plan_of(const Network& network, Placement placement) const {
  auto made = make_plan(network, hardware_, std::move(placement), "profile");
  if (const auto* bad = std::get_if<BadPlan>(&made)) throw Error(bad->reason);
  return std::get<Plan>(std::move(made));
}

Placement Measurements::possible(const DistinctPart& part, Actor& actor,
                                 IdVector<LayerId, ProcessorId> wish) const {
  for (const LayerId layer : part.network.layers()) {
    for (const ProcessorId other : processors()) {
      if (actor.replayer().runs(wish[layer], layer)) break;
      wish[layer] = other;
    }
  }
  return ordered_by(wish, hardware_.processors().size(), actor.stage().order);
}

Actor& Measurements::actor(Stage stage) {
  return *actors_.emplace_back(std::make_unique<Actor>(std::move(stage), hardware_, seed_, where_));
}

Actor& Measurements::actor_of(const DistinctPart& part) {
  return actor(
      {part.network, IdVector<LayerId, std::size_t>(part.network.layer_count(), 0), part.order()});
}

std::vector<Bytes> Measurements::sizes(Bytes from, Bytes to, std::int64_t factor) const {
  std::vector<Bytes> found;
  for (Bytes size = from; size <= to; size = size * factor) {
    if (tensor_sizes_.count(size) == 0) found.push_back(size);
  }
  return found;
}

}  // namespace partita::exec
