#include "partition/bounds/packing_bound.h"

#include <ClpSimplex.hpp>
#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "partition/bounds/best_set.h"

namespace partita::bounds {
namespace {

using namespace loads;
__extension__ using Wide = __int128;

// How precisely B is found, as a part of it; rounds of the first pass, and how they grow from pass
// to pass; up to how many items it is worth to begin with every run of them.
constexpr std::int64_t kPrecision = 10'000;
constexpr int kFirstRounds = 40, kMoreRounds = 4, kMostRounds = 10'000;
constexpr std::size_t kMostRuns = 1'000;
constexpr double kSmoothing = 0.5;
// Of an item's greatest price: what counts as zero in the LP.
constexpr double kNothing = 1e-7;

// Devices that no load tells apart.
struct Kind {
  SetLoad load;
  BestSet sets;
  std::int64_t devices = 1;
};

std::vector<Kind> kinds_of(const LoadModel& model) {
  std::vector<Kind> kinds;
  for (const DeviceId device : ids<DeviceId>(model.devices.size())) {
    SetLoad load = set_load(model, device, busiest_resource(model, device));
    const auto same = std::find_if(kinds.begin(), kinds.end(),
                                   [&](const Kind& kind) { return kind.load == load; });
    if (same != kinds.end())
      ++same->devices;
    else
      kinds.push_back({load, BestSet(load)});
  }
  return kinds;
}

// The LP: sets, in fractions, no more of a kind than it has devices; min of what they leave
// uncovered or cover too often.
class Master {
 public:
  Master(std::size_t items, const std::vector<Kind>& kinds) : items_(items) {
    lp_.setLogLevel(0);
    lp_.resize(static_cast<int>(items + kinds.size()), 0);
    for (std::size_t i = 0; i < items; ++i) {
      lp_.setRowBounds(static_cast<int>(i), 1, 1);
      for (const double sign : {1.0, -1.0}) add({{static_cast<int>(i), sign}}, 1);
    }
    for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
      lp_.setRowBounds(static_cast<int>(items + kind), -COIN_DBL_MAX,
                       static_cast<double>(kinds[kind].devices));
    }
  }

  void add_set(std::size_t kind, const std::vector<ItemId>& set, std::int64_t load) {
    std::vector<std::pair<int, double>> column{{static_cast<int>(items_ + kind), 1}};
    for (const ItemId item : set) column.emplace_back(static_cast<int>(index(item)), 1);
    columns_.emplace_back(lp_.numberColumns(), load);
    add(column, 0);
  }
  void limit(std::int64_t capacity) {
    for (const auto& [column, load] : columns_)
      lp_.setColumnUpper(column, load <= capacity ? COIN_DBL_MAX : 0);
  }
  double solve() {
    lp_.primal();
    return lp_.objectiveValue();
  }
  double price(ItemId item) const { return lp_.getRowPrice()[index(item)]; }
  double price_of_kind(std::size_t kind) const { return -lp_.getRowPrice()[items_ + kind]; }

 private:
  void add(const std::vector<std::pair<int, double>>& column, double cost) {
    std::vector<int> rows;
    std::vector<double> values;
    for (const auto& [row, value] : column) {
      rows.push_back(row);
      values.push_back(value);
    }
    lp_.addColumn(static_cast<int>(rows.size()), rows.data(), values.data(), 0, COIN_DBL_MAX, cost);
  }

  std::size_t items_;
  ClpSimplex lp_;
  std::vector<std::pair<int, std::int64_t>> columns_;  // column, load
};

class Search {
 public:
  Search(const LoadModel& model, const PackingMore& more)
      : count_(model.items.size()),
        kinds_(kinds_of(model)),
        master_(count_, kinds_),
        more_(more),
        unit_(BestSet::kMostPrize / static_cast<std::int64_t>(std::max<std::size_t>(count_, 1))),
        centre_(count_, 0.0) {
    for (const Kind& kind : kinds_) devices_ += kind.devices;
    // Prices to begin with: what an item is to the most frequent kind of device.
    const Kind& first =
        *std::max_element(kinds_.begin(), kinds_.end(),
                          [](const Kind& a, const Kind& b) { return a.devices < b.devices; });
    std::int64_t most = 1;
    for (const auto& work : first.load.work) most = std::max(most, work.value_or(0));
    for (const ItemId item : ids<ItemId>(count_)) {
      centre_[item] =
          static_cast<double>(first.load.work[item].value_or(most)) / static_cast<double>(most);
    }
  }

  // Some device has each item.
  std::int64_t least_load() const {
    IdVector<ItemId, std::int64_t> least(count_, BestSet::kNever);
    for (const Kind& kind : kinds_) {
      const auto of_kind = kind.sets.least_loads();
      for (const ItemId item : ids<ItemId>(count_))
        least[item] = std::min(least[item], of_kind[item]);
    }
    return *std::max_element(least.begin(), least.end());
  }

  bool going() const { return !more_ || more_(); }

  enum class Verdict { Refuted, Covered, Unknown };
  // Whether prices prove that no assignment stays within `capacity`; Covered: none do.
  Verdict judge(std::int64_t capacity, int rounds) {
    add_runs(capacity);
    master_.limit(capacity);
    bool grew = false;
    double proved = priced(centre_, capacity, 0, grew);
    bool precise = false;
    for (int round = 0; proved <= 0 && round < rounds; ++round) {
      if (!going()) return Verdict::Unknown;
      const double uncovered = master_.solve();
      if (uncovered < kNothing) return Verdict::Covered;
      grew = false;
      for (const double weight : {kSmoothing, 0.0}) {
        IdVector<ItemId, double> at(count_);
        for (const ItemId item : ids<ItemId>(count_))
          at[item] = weight * centre_[item] + (1 - weight) * master_.price(item);
        // Sets need not be the best while what the prices prove is far from what the LP says.
        const double slack = precise ? 0 : std::min(-proved, uncovered) / (4.0 * devices_);
        const double value = priced(at, capacity, slack, grew);
        if (value > proved) {
          proved = value;
          centre_ = std::move(at);
        }
        if (grew || proved > 0) break;
      }
      if (!grew && proved <= 0) {
        if (precise) return Verdict::Covered;
        precise = true;
      }
    }
    return proved > 0 ? Verdict::Refuted : Verdict::Unknown;
  }

 private:
  // Along the order of the items, from each one the longest run within the capacity.
  void add_runs(std::int64_t capacity) {
    if (count_ > kMostRuns) return;
    for (std::size_t kind = 0; kind < kinds_.size(); ++kind) {
      const SetLoad& load = kinds_[kind].load;
      std::size_t reached = 0;
      for (std::size_t first = 0; first < count_; ++first) {
        IdVector<ItemId, char> members(count_, 0);
        std::vector<ItemId> run, best;
        std::int64_t work = 0, best_load = 0;
        for (std::size_t at = first; at < count_; ++at) {
          const auto item = ItemId(at);
          if (!load.work[item]) break;
          work += *load.work[item];
          if (work > capacity) break;
          run.push_back(item);
          members[item] = 1;
          if (at < reached) continue;  // within the run of the one before
          const std::int64_t now = load.of(members);
          if (now > capacity) continue;
          best = run;
          best_load = now;
        }
        if (best.empty()) continue;
        reached = first + best.size();
        master_.add_set(kind, best, best_load);
      }
    }
  }

  // By how much these prices prove that `capacity` is out of reach, in greatest prices of an item
  // (not above zero: nothing proved); adds sets that improve the LP.
  double priced(const IdVector<ItemId, double>& at, std::int64_t capacity, double slack,
                bool& grew) {
    Prizes prize(count_);
    Wide left = 0;
    for (const ItemId item : ids<ItemId>(count_)) {
      prize[item] = whole(std::clamp(at[item], -1.0, 1.0));
      left += prize[item];
    }
    for (std::size_t kind = 0; kind < kinds_.size(); ++kind) {
      Prizes now = prize;
      // After the best set, some that hardly touch it: the LP needs sets that go together.
      for (std::int64_t nth = 0; nth < std::min<std::int64_t>(kinds_[kind].devices, 3); ++nth) {
        const BestSet::Answer answer =
            kinds_[kind].sets.best(now, capacity, {.slack = whole(std::max(slack, 0.0))});
        if (nth == 0) left -= Wide{kinds_[kind].devices} * answer.at_most;
        if (answer.set.empty()) break;
        double gain = -master_.price_of_kind(kind);
        IdVector<ItemId, char> members(count_, 0);
        for (const ItemId item : answer.set) {
          gain += master_.price(item);
          members[item] = 1;
          now[item] = -std::abs(now[item]);
        }
        const std::int64_t load = kinds_[kind].load.of(members);
        if (gain <= kNothing || load > capacity)
          continue;  // labels that became one may promise more
        master_.add_set(kind, answer.set, load);
        grew = true;
      }
    }
    return static_cast<double>(left) / static_cast<double>(unit_);
  }

  // In whole numbers. Whatever the LP says, what is no number must not reach the proof.
  std::int64_t whole(double price) const {
    if (!std::isfinite(price)) return 0;
    return static_cast<std::int64_t>(std::floor(price * static_cast<double>(unit_)));
  }

  std::size_t count_;
  std::vector<Kind> kinds_;
  double devices_ = 0;
  Master master_;
  const PackingMore& more_;
  std::int64_t unit_;
  IdVector<ItemId, double> centre_;  // the prices that prove most
};

}  // namespace

std::int64_t packing_bound(const LoadModel& model, std::int64_t reached, const PackingMore& more,
                           std::int64_t proved) {
  if (model.items.empty()) return proved;
  using Verdict = Search::Verdict;
  Search search(model, more);
  std::int64_t bound = std::max(proved, search.least_load());
  std::int64_t open = reached;  // there and beyond, nothing can be proved
  const auto ask = [&](std::int64_t capacity, int rounds) {
    const Verdict verdict = search.judge(capacity, rounds);
    if (verdict == Verdict::Refuted) bound = capacity + 1;
    if (verdict == Verdict::Covered) open = capacity;
    return verdict;
  };
  const std::int64_t step = std::max<std::int64_t>(1, reached / kPrecision);
  for (int rounds = kFirstRounds; rounds <= kMostRounds && search.going(); rounds *= kMoreRounds) {
    if (bound >= open || ask(open - 1, rounds) == Verdict::Refuted) break;
    // Not proved in this pass, but perhaps in the next.
    for (std::int64_t beyond = open - 1; beyond - bound >= step && search.going();) {
      const std::int64_t middle = bound + (beyond - bound) / 2;
      if (ask(middle, rounds) != Verdict::Refuted) beyond = middle;
    }
    if (open - bound <= step) break;
  }
  return bound;
}

}  // namespace partita::bounds
