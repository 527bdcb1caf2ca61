#include "partition/methods/list_schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "models/base/assert.h"

namespace partita {
namespace {

// The reserve of a memory that overflows doubles, from a small part of it on; after this often
// nothing is left.
constexpr int kMostAttempts = 12;
constexpr std::int64_t kFirstReserve = 256;  // of the capacity
constexpr std::size_t kLayersPerLook = 64;   // at the clock

const Infeasible kNoTime{"no plan was found in the time there was"};

}  // namespace

Reserve unlimited_memory(const Hardware& hardware) {
  constexpr Bytes kMoreThanAnyNetwork{std::int64_t{1} << 61};
  return Reserve(hardware.memories().size(), Bytes{} - kMoreThanAnyNetwork);
}

ListSchedule::ListSchedule(const Problem& problem, const Delays& delays, const Reserve& reserve)
    : problem_(problem),
      delays_(delays),
      reserve_(reserve),
      processor_(problem.network.layer_count()),
      span_(problem.network.layer_count()),
      resident_(problem.hardware.memories().size(),
                std::vector<bool>(problem.network.tensors().size())),
      weights_(problem.hardware.memories().size()),
      visited_(problem.constraints.contiguous ? problem.network.layer_count() : 0,
               problem.hardware.processors().size()),
      left_(visited_) {
  if (!problem.constraints.together.empty()) {
    leader_.resize(problem.network.layer_count());
    taken_.resize(problem.network.layer_count());
  }
  for (const std::vector<LayerId>& group : problem.constraints.together) {
    for (const LayerId layer : group) leader_[layer] = group.front();
  }
  for (const ProcessorSpec& spec : problem.hardware.processors())
    streams_.push_back(std::vector<Stream>(static_cast<std::size_t>(spec.streams)));
}

std::optional<Time> ListSchedule::inputs_there(LayerId layer, ProcessorId processor) const {
  const MemoryId memory = problem_.hardware.processors()[processor].memory;
  Time ready{0};
  for (const TensorId input : problem_.network.layer(layer).inputs) {
    const Tensor& tensor = problem_.network.tensor(input);
    std::optional<Time> arrival;
    if (tensor.producer) {
      const auto from = processor_[*tensor.producer];
      if (!from) continue;
      if (const auto delay = delays_.to_memory(input, *from, memory))
        arrival = span_[*tensor.producer].finish + *delay;
    } else {
      arrival = tensor.kind == TensorKind::Input ? delays_.from_host(input, memory) : Time{0};
    }
    if (!arrival) return std::nullopt;
    ready = std::max(ready, *arrival);
  }
  return ready;
}

const ListSchedule::Needs& ListSchedule::needs(LayerId layer) const {
  if (needs_.of != layer) {
    needs_ = {layer, needed_while_running(problem_.network, layer),
              weights_of(problem_.network, layer)};
  }
  return needs_;
}

Bytes ListSchedule::missing(LayerId layer, ProcessorId processor) const {
  const Network& network = problem_.network;
  const MemoryId memory = problem_.hardware.processors()[processor].memory;
  Bytes needed = weights_[memory] + reserve_[memory] + needs(layer).running;
  for (const TensorId weight : needs(layer).weights) {
    if (resident(weight, memory)) needed -= network.tensor(weight).size;
  }
  return std::max(Bytes{}, needed - problem_.hardware.memories()[memory].capacity);
}

bool ListSchedule::closed(LayerId layer, ProcessorId processor) const {
  if (!leader_.empty() && leader_[layer]) {
    const auto& taken = taken_[*leader_[layer]];
    if (taken && *taken != processor) return true;
  }
  if (!problem_.constraints.contiguous) return false;
  const auto& before = problem_.network.predecessors(layer);
  return std::any_of(before.begin(), before.end(), [&](LayerId other) {
    return left_.has(other, processor) ||
           (visited_.has(other, processor) && processor_[other] != processor);
  });
}

std::optional<ListSchedule::Slot> ListSchedule::earliest(LayerId layer, ProcessorId processor,
                                                         Gaps gaps) const {
  if (closed(layer, processor)) return std::nullopt;
  const auto ready = inputs_there(layer, processor);
  if (!ready || missing(layer, processor) > Bytes{}) return std::nullopt;
  const LayerCost& cost = *problem_.costs(layer, processor);
  const Time duration = cost.launch_overhead(problem_.hardware.processors()[processor]) + cost.time;
  std::optional<Slot> best;
  for (std::size_t s = 0; s < streams_[processor].size(); ++s) {
    const Stream& stream = streams_[processor][s];
    Time start = *ready;
    if (gaps == Gaps::Leave) {
      if (!stream.empty()) start = std::max(start, stream.back().finish);
    } else {
      // Those that end before it could start leave no gap that it could use.
      auto busy = std::partition_point(stream.begin(), stream.end(),
                                       [&](const Busy& b) { return b.finish <= start; });
      for (; busy != stream.end() && start + duration > busy->start; ++busy)
        start = std::max(start, busy->finish);
    }
    if (!best || start < best->start) best = Slot{start, start + duration, s};
  }
  return best;
}

std::optional<Time> ListSchedule::delivered(LayerId layer, ProcessorId processor,
                                            const Slot& slot) const {
  Time last = slot.finish;
  for (const TensorId output : problem_.network.layer(layer).outputs) {
    if (!problem_.network.tensor(output).is_output) continue;
    const auto delay = delays_.to_host(output, processor);
    if (!delay) return std::nullopt;
    last = std::max(last, slot.finish + *delay);
  }
  return last;
}

void ListSchedule::place(LayerId layer, ProcessorId processor, const Slot& slot) {
  Stream& stream = streams_[processor][slot.stream];
  const Busy busy{slot.start, slot.finish};
  const auto behind = std::upper_bound(stream.begin(), stream.end(), busy.start,
                                       [](Time start, const Busy& b) { return start < b.start; });
  stream.insert(behind, busy);
  processor_[layer] = processor;
  span_[layer] = busy;
  Placed placed{layer, slot.stream, {}, false};
  if (!leader_.empty() && leader_[layer]) {
    placed.leads = !taken_[*leader_[layer]];
    taken_[*leader_[layer]] = processor;
  }
  if (problem_.constraints.contiguous) {
    visited_.add(layer, processor);
    for (const LayerId other : problem_.network.predecessors(layer)) {
      if (!processor_[other]) continue;
      left_.add_all(layer, other);
      left_.add_all_but(layer, visited_, other, *processor_[other]);
      visited_.add_all(layer, other);
    }
  }
  const MemoryId memory = problem_.hardware.processors()[processor].memory;
  for (const TensorId weight : needs(layer).weights) {
    if (resident(weight, memory)) continue;
    resident_[memory][index(weight)] = true;
    weights_[memory] += problem_.network.tensor(weight).size;
    placed.weights.push_back(weight);
  }
  placed_.push_back(std::move(placed));
}

void ListSchedule::take_back() {
  const Placed& last = placed_.back();
  const ProcessorId processor = *processor_[last.layer];
  Stream& stream = streams_[processor][last.stream];
  stream.erase(std::find_if(stream.begin(), stream.end(), [&](const Busy& busy) {
    return busy.start == span_[last.layer].start;
  }));
  processor_[last.layer].reset();
  if (last.leads) taken_[*leader_[last.layer]].reset();
  if (problem_.constraints.contiguous) {
    visited_.clear(last.layer);
    left_.clear(last.layer);
  }
  const MemoryId memory = problem_.hardware.processors()[processor].memory;
  for (const TensorId weight : last.weights) {
    resident_[memory][index(weight)] = false;
    weights_[memory] -= problem_.network.tensor(weight).size;
  }
  placed_.pop_back();
}

std::optional<Time> ListSchedule::place_first_finisher(LayerId layer, const Candidates& candidates,
                                                       Gaps gaps) {
  std::optional<ProcessorId> best;
  Slot best_slot;
  Time best_end{0};
  for (const ProcessorId p : candidates[layer]) {
    const auto slot = earliest(layer, p, gaps);
    const auto end = slot ? delivered(layer, p, *slot) : std::nullopt;
    if (!end || (best && *end >= best_end)) continue;
    best = p, best_slot = *slot, best_end = *end;
  }
  if (!best) return std::nullopt;
  place(layer, *best, best_slot);
  return best_end;
}

std::string ListSchedule::why_not(LayerId layer, const Candidates& candidates) const {
  std::string text;
  for (const ProcessorId p : candidates[layer]) {
    const ProcessorSpec& spec = problem_.hardware.processors()[p];
    const Bytes lacking = missing(layer, p);
    const std::string& memory = problem_.hardware.memories()[spec.memory].name;
    if (!text.empty()) text += "; ";
    if (closed(layer, p)) {
      text += fmt::format("constraints keep it from '{}'", spec.name);
    } else if (lacking > Bytes{}) {
      text += fmt::format("on '{}' it lacks {} B of '{}'", spec.name, lacking.value, memory);
    } else {
      text += fmt::format("its inputs have no way to '{}'", memory);
    }
  }
  return fmt::format("no place is left for layer '{}': {}", problem_.network.layer(layer).name,
                     text);
}

std::vector<LayerId> ListSchedule::sequence() const {
  std::vector<LayerId> by_start;
  for (const LayerId layer : problem_.network.layers()) by_start.push_back(layer);
  std::stable_sort(by_start.begin(), by_start.end(),
                   [&](LayerId a, LayerId b) { return span_[a].start < span_[b].start; });
  return by_start;
}

Placement ListSchedule::placement() const {
  const std::size_t count = problem_.network.layer_count();
  const std::vector<LayerId> by_start = sequence();
  IdVector<LayerId, ProcessorId> processor(count);
  IdVector<LayerId, double> rank(count);
  for (std::size_t i = 0; i < count; ++i) {
    rank[by_start[i]] = static_cast<double>(i);
    processor[by_start[i]] = *processor_[by_start[i]];
  }
  return ordered_by(processor, problem_.hardware.processors().size(), rank);
}

std::variant<Placement, Infeasible> place_in_order(
    ListSchedule schedule, const Candidates& candidates, const std::vector<LayerId>& order,
    const std::function<bool(ListSchedule&, LayerId)>& place, const Deadline& deadline) {
  std::size_t placed = 0;
  for (const LayerId layer : order) {
    if (placed++ % kLayersPerLook == 0 && deadline.passed()) return kNoTime;
    if (!place(schedule, layer)) return Infeasible{schedule.why_not(layer, candidates)};
  }
  return schedule.placement();
}

Outcome fitting_plan(const Problem& problem, const std::string& method,
                     const std::function<PlaceAll(const Delays&, const Candidates&)>& prepare,
                     const Deadline& deadline) {
  const Delays delays(problem.network, problem.hardware);
  auto candidates = Candidates::find(problem, delays);
  if (auto* no = std::get_if<Infeasible>(&candidates)) return std::move(*no);
  const PlaceAll place_all = prepare(delays, std::get<Candidates>(candidates));
  const auto& memories = problem.hardware.memories();
  CostModel model(problem);
  Reserve reserve(memories.size());
  std::string overflow;
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    if (deadline.passed()) return kNoTime;
    auto placed = place_all(reserve);
    if (auto* no = std::get_if<Infeasible>(&placed)) return std::move(*no);
    auto made = make_plan(problem.network, problem.hardware, std::move(std::get<Placement>(placed)),
                          method);
    if (const auto* bad = std::get_if<BadPlan>(&made)) return Infeasible{bad->reason};
    const Judgement found = model.judge(std::get<Plan>(made));
    if (found.feasible()) return Solution{std::move(std::get<Plan>(made)), found.cost, found.value};
    overflow = model.why_infeasible();
    if (!found.finishes) break;  // room would not help
    for (const MemoryId memory : ids<MemoryId>(memories.size())) {
      const Bytes capacity = memories[memory].capacity;
      const Bytes over = model.timeline().memory_peak[memory] - capacity;
      if (over <= Bytes{}) continue;
      reserve[memory] = std::max(
          {reserve[memory] + over, reserve[memory] * 2, Bytes{capacity.value / kFirstReserve}});
    }
  }
  return Infeasible{overflow};
}

}  // namespace partita
