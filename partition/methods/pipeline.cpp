#include "partition/methods/pipeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "partition/loads/machine_loads.h"
#include "partition/problem/candidates.h"

namespace partita {
namespace {

// Runs from one cut to another that are looked at, at most: the more kinds of processors, the fewer cuts.
constexpr double kMostRuns = 4e8;
constexpr std::size_t kMostCuts = 400, kFewestCuts = 16;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

// Processors that cost the same, on memories that are the same.
struct Class {
  std::vector<ProcessorId> members;
  std::vector<std::int64_t> until;  // time of the layers before each that can be here
  std::vector<std::size_t> barred;  // layers before each that cannot
  Bytes capacity;
  std::int64_t streams = 1;
};

class Pipeline {
 public:
  Pipeline(const Problem& problem, const Delays& delays, const Candidates& candidates)
      : problem_(problem), delays_(delays), candidates_(candidates) {
    list_classes();
    if (!is_small_enough()) return;
    list_cuts();
    list_bytes();
    list_crossings();
  }

  // Kinds of processors may be too many to tell apart.
  std::size_t kinds() const { return classes_.size(); }
  bool is_small_enough() const { return runs_at(kFewestCuts) <= kMostRuns; }

  // Precondition: it is small enough.
  std::optional<IdVector<LayerId, ProcessorId>> best() {
    const std::size_t states = number_of_states();
    const std::size_t cells = states * classes_.size();
    at_.assign(cuts_.size() * cells, {});
    for (std::size_t c = 0; c < classes_.size(); ++c) extend({0, 0, c, 0}, true);
    for (std::size_t cut = 1; cut + 1 < cuts_.size(); ++cut) {
      for (std::size_t state = 0; state < states; ++state) {
        for (std::size_t last = 0; last < classes_.size(); ++last) {
          const Cell& cell = at_[cut * cells + state * classes_.size() + last];
          if (cell.value != kNever) extend({cut, state, last, cell.value}, false);
        }
      }
    }
    return placed(cells);
  }

 private:
  struct Cell {
    std::int64_t value = kNever;
    std::size_t from = 0;  // cell
  };
  struct From {
    std::size_t cut, state, last;
    std::int64_t value;
  };

  void list_cuts() {
    const std::size_t layers = problem_.network.layer_count();
    const auto most = std::clamp<std::size_t>(
        static_cast<std::size_t>(std::sqrt(kMostRuns / runs_at(1))), kFewestCuts, kMostCuts);
    const std::size_t stride = (layers + most - 1) / most;
    for (std::size_t at = 0; at < layers; at += std::max<std::size_t>(1, stride))
      cuts_.push_back(at);
    cuts_.push_back(layers);
  }

  bool same(ProcessorId p, ProcessorId q) const {
    const auto &a = problem_.hardware.processors()[p], &b = problem_.hardware.processors()[q];
    const auto& memories = problem_.hardware.memories();
    if (a.streams != b.streams || memories[a.memory].capacity != memories[b.memory].capacity ||
        (a.memory == problem_.hardware.host()) != (b.memory == problem_.hardware.host())) {
      return false;
    }
    for (const LayerId layer : problem_.network.layers()) {
      if (candidates_.has(layer, p) != candidates_.has(layer, q)) return false;
      if (candidates_.has(layer, p) && duration(problem_, layer, p) != duration(problem_, layer, q))
        return false;
    }
    return true;
  }

  void list_classes() {
    for (const ProcessorId p : ids<ProcessorId>(problem_.hardware.processors().size())) {
      const auto known = std::find_if(classes_.begin(), classes_.end(), [&](const Class& other) {
        return same(other.members.front(), p);
      });
      if (known != classes_.end()) {
        known->members.push_back(p);
        continue;
      }
      const ProcessorSpec& spec = problem_.hardware.processors()[p];
      Class made{{p},
                 {0},
                 {0},
                 problem_.hardware.memories()[spec.memory].capacity,
                 static_cast<std::int64_t>(spec.streams)};
      for (const LayerId layer : problem_.network.layers()) {
        const bool has = candidates_.has(layer, p);
        made.until.push_back(made.until.back() +
                             (has ? duration(problem_, layer, p).count() / made.streams : 0));
        made.barred.push_back(made.barred.back() + (has ? 0 : 1));
      }
      classes_.push_back(std::move(made));
    }
  }

  void list_bytes() {
    weights_until_.push_back(0);
    for (const LayerId layer : problem_.network.layers()) {
      Bytes weights;
      for (const TensorId weight : weights_of(problem_.network, layer))
        weights += problem_.network.tensor(weight).size;
      weights_until_.push_back(weights_until_.back() + weights.value);
      beside_.push_back((needed_while_running(problem_.network, layer) - weights).value);
    }
  }

  // What crosses each cut: bytes, and how long they take from a processor of one class to one of another.
  void list_crossings() {
    const std::size_t kinds = classes_.size();
    crossing_.assign(cuts_.size() * kinds * kinds, 0);
    crossing_bytes_.assign(cuts_.size(), 0);
    for (const TensorId id : ids<TensorId>(problem_.network.tensors().size())) {
      const Tensor& tensor = problem_.network.tensor(id);
      if (!tensor.producer || tensor.consumers.empty()) continue;
      const LayerId last = *std::max_element(tensor.consumers.begin(), tensor.consumers.end());
      for (std::size_t cut = 0; cut < cuts_.size(); ++cut) {
        if (cuts_[cut] <= index(*tensor.producer) || cuts_[cut] > index(last)) continue;
        crossing_bytes_[cut] += tensor.size.value;
        for (std::size_t a = 0; a < kinds; ++a) {
          for (std::size_t b = 0; b < kinds; ++b) {
            if (a == b && classes_[a].members.size() == 1) continue;
            const auto way =
                delays_.between(id, classes_[a].members.front(), classes_[b].members.back());
            crossing_[(cut * kinds + a) * kinds + b] += way ? way->count() : kNever / 1024;
          }
        }
      }
    }
  }

  // How many of each class are used, as digits.
  std::size_t number_of_states() const {
    std::size_t states = 1;
    for (const Class& of : classes_) states *= of.members.size() + 1;
    return states;
  }
  // At most, with so many cuts.
  double runs_at(std::size_t cuts) const {
    double runs =
        static_cast<double>(cuts * cuts) * static_cast<double>(classes_.size() * classes_.size());
    for (const Class& of : classes_) runs *= static_cast<double>(of.members.size() + 1);
    return runs;
  }
  std::size_t used(std::size_t state, std::size_t c) const {
    for (std::size_t i = 0; i < c; ++i) state /= classes_[i].members.size() + 1;
    return state % (classes_[c].members.size() + 1);
  }
  std::size_t with(std::size_t state, std::size_t c) const {
    std::size_t digit = 1;
    for (std::size_t i = 0; i < c; ++i) digit *= classes_[i].members.size() + 1;
    return state + digit;
  }

  // The next run, on each class, to each cut. At the start, only on the class `from.last`.
  void extend(const From& from, bool at_start) {
    const std::size_t kinds = classes_.size(), cells = number_of_states() * kinds;
    for (std::size_t c = 0; c < kinds; ++c) {
      if (at_start && c != from.last) continue;
      const Class& of = classes_[c];
      if (used(from.state, c) == of.members.size()) continue;
      const std::int64_t border =
          at_start ? 0 : crossing_[(from.cut * kinds + from.last) * kinds + c];
      const std::size_t first = cuts_[from.cut], state = with(from.state, c);
      std::int64_t beside = 0;
      for (std::size_t cut = from.cut + 1; cut < cuts_.size(); ++cut) {
        for (std::size_t layer = cuts_[cut - 1]; layer < cuts_[cut]; ++layer)
          beside = std::max(beside, beside_[layer]);
        const std::int64_t held =
            weights_until_[cuts_[cut]] - weights_until_[first] + beside + crossing_bytes_[from.cut];
        if (of.barred[cuts_[cut]] != of.barred[first] || held > of.capacity.value) break;
        const std::int64_t value =
            std::max({from.value, border, of.until[cuts_[cut]] - of.until[first]});
        if (value >= least_) break;
        Cell& cell = at_[cut * cells + state * kinds + c];
        if (value >= cell.value) continue;
        cell = {value, at_start ? kNowhere : from.cut * cells + from.state * kinds + from.last};
        if (cut + 1 == cuts_.size()) least_ = value, last_ = cut * cells + state * kinds + c;
      }
    }
  }

  std::optional<IdVector<LayerId, ProcessorId>> placed(std::size_t cells) const {
    if (least_ == kNever) return std::nullopt;
    std::vector<std::pair<std::size_t, std::size_t>> runs;  // where they end, and their classes
    for (std::size_t at = last_; at != kNowhere; at = at_[at].from)
      runs.emplace_back(at / cells, at % classes_.size());
    std::reverse(runs.begin(), runs.end());
    IdVector<LayerId, ProcessorId> processor;
    std::vector<std::size_t> next(classes_.size(), 0);
    for (const auto& [cut, c] : runs) {
      const ProcessorId p = classes_[c].members[next[c]++];
      while (processor.size() < cuts_[cut]) processor.push_back(p);
    }
    return processor;
  }
  static constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();

  const Problem& problem_;
  const Delays& delays_;
  const Candidates& candidates_;
  std::vector<std::size_t> cuts_;  // layers in front of which runs may begin, and the end
  std::vector<Class> classes_;
  std::vector<std::int64_t> weights_until_, beside_;  // bytes: before each layer, of each
  std::vector<std::int64_t> crossing_, crossing_bytes_;
  std::vector<Cell> at_;  // [cut][state][last class]
  std::int64_t least_ = kNever;
  std::size_t last_ = kNowhere;
};

}  // namespace

Outcome solve_pipeline(const Problem& problem, const SearchOptions&) {
  const Delays delays(problem.network, problem.hardware);
  const auto found = Candidates::find(problem, delays);
  if (const auto* no = std::get_if<Infeasible>(&found)) return *no;
  Pipeline search(problem, delays, std::get<Candidates>(found));
  if (!search.is_small_enough()) {
    return Infeasible{
        fmt::format("{} processors of {} kinds are more than runs of layers can be tried on",
                    problem.hardware.processors().size(), search.kinds())};
  }
  const auto processor = search.best();
  if (!processor) return Infeasible{"no runs of layers, one for each processor, fit the memories"};
  auto made =
      make_plan(problem.network, problem.hardware,
                loads::placement_of(problem.network, problem.hardware, *processor), "pipeline");
  if (const auto* bad = std::get_if<BadPlan>(&made)) return Infeasible{bad->reason};
  CostModel model(problem);
  const Judgement judged = model.judge(std::get<Plan>(made));
  if (!judged.feasible()) return Infeasible{model.why_infeasible()};
  return Solution{std::move(std::get<Plan>(made)), judged.cost, judged.value};
}

}  // namespace partita
