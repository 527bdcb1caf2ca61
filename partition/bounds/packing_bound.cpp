#include "partition/bounds/packing_bound.h"

#include <algorithm>
#include <coin/ClpSimplex.hpp>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "partition/bounds/best_set.h"
#include <chrono>
static double now_(){return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();}
static double t_lp,t_price; static long n_price;

namespace partita::bounds {
namespace {

using namespace loads;

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

// Which of so many sets, in fractions, cover every item once: min of what stays uncovered or is covered
// too often.
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
    columns_.push_back({lp_.numberColumns(), load});
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
  std::size_t sets() const { return columns_.size(); }

 private:
  struct Column {
    int at;
    std::int64_t load;
  };
  void add(const std::vector<std::pair<int, double>>& column, double cost) {
    std::vector<int> rows;
    std::vector<double> values;
    for (const auto& [row, value] : column) rows.push_back(row), values.push_back(value);
    lp_.addColumn(static_cast<int>(rows.size()), rows.data(), values.data(), 0, COIN_DBL_MAX, cost);
  }

  std::size_t items_;
  ClpSimplex lp_;
  std::vector<Column> columns_;
};

class Search {
 public:
  Search(const LoadModel& model, const PackingBound::More& more)
      : count_(model.items.size()),
        kinds_(kinds_of(model)),
        master_(count_, kinds_),
        more_(more),
        unit_(BestSet::kMostPrize / static_cast<std::int64_t>(std::max<std::size_t>(count_, 1))),
        centre_(count_, 0.0) {
    std::int64_t most = 1;
    const Kind& first = *std::max_element(kinds_.begin(), kinds_.end(), [](const Kind& a, const Kind& b) { return a.devices < b.devices; });
    for (const auto& work : first.load.work) most = std::max(most, work.value_or(0));
    for (const ItemId item : ids<ItemId>(count_)) centre_[item] = static_cast<double>(first.load.work[item].value_or(most)) / static_cast<double>(most);
    if (getenv("PB_LOG")) for (auto& k : kinds_) fprintf(stderr, "kind x%ld width %zu\n", (long)k.devices, k.sets.width());
  }

  // Whether prices prove that no assignment stays within `capacity`.
  bool refutes(std::int64_t capacity) {
    master_.limit(capacity);
    double centre_value = -1e300;
    double smooth = 0.7;
    for (int round = 0; round < 3000 && (!more_ || more_()); ++round) {
      double t0_=now_(); const double uncovered = master_.solve(); t_lp+=now_()-t0_;
      if (getenv("PB_LOG") && round % 20 == 0) fprintf(stderr, "  B %.6g round %d z %.6g centre %.6g sets %zu lp %.2f price %.2f n %ld\n", (double)capacity, round, uncovered, centre_value, master_.sets(), t_lp,t_price,n_price);
      if (uncovered < 1e-7) return false;
      bool grew = false;
      for (const double weight : {round == 0 ? 1.0 : smooth, 0.0}) {
        IdVector<ItemId, double> at(count_);
        for (const ItemId item : ids<ItemId>(count_)) {
          at[item] = weight * centre_[item] + (1 - weight) * master_.price(item);
        }
        std::int64_t devices = 0;
        for (const Kind& kind : kinds_) devices += kind.devices;
        const double gap = std::clamp(std::max(-centre_value, 0.0), 0.0, uncovered) ;
        const auto slack = static_cast<std::int64_t>(gap * static_cast<double>(unit_) / static_cast<double>(4 * devices));
        const double value = priced(at, capacity, slack, grew);
        if (value > 0) return true;
        if (value > centre_value) {
          centre_value = value;
          centre_ = at;
        }
        if (grew) break;
        if (weight == 0.0) return false;  // the LP's optimum, and not enough
      }
    }
    return false;
  }

 private:
  // What the prices prove, in units of an item's greatest price; adds sets that improve the LP.
  double priced(const IdVector<ItemId, double>& at, std::int64_t capacity, std::int64_t slack, bool& grew) {
    Prizes prize(count_);
    __extension__ using Wide = __int128;
    Wide left = 0;
    for (const ItemId item : ids<ItemId>(count_)) {
      prize[item] = static_cast<std::int64_t>(
          std::floor(std::clamp(at[item], -1.0, 1.0) * static_cast<double>(unit_)));
      left += prize[item];
    }
    for (std::size_t kind = 0; kind < kinds_.size(); ++kind) {
      Prizes now = prize;
      for (std::int64_t device = 0; device < kinds_[kind].devices; ++device) {
        double t1_=now_();
        const BestSet::Answer answer =
            kinds_[kind].sets.best(now, capacity, device == 0 ? -1 : 0, slack);
        t_price+=now_()-t1_;++n_price;
        if (device == 0) left -= Wide{kinds_[kind].devices} * answer.at_most;
        if (!answer.set || answer.set->empty()) break;
        double gain = -master_.price_of_kind(kind);
        IdVector<ItemId, char> members(count_, 0);
        for (const ItemId item : *answer.set) {
          gain += master_.price(item);
          members[item] = 1;
          now[item] = -std::abs(now[item]);
        }
        if (gain > 1e-9) {
          master_.add_set(kind, *answer.set, kinds_[kind].load.of(members));
          grew = true;
        }
      }
    }
    return static_cast<double>(left) / static_cast<double>(unit_);
  }

  std::size_t count_;
  std::vector<Kind> kinds_;
  Master master_;
  const PackingBound::More& more_;
  std::int64_t unit_;
  IdVector<ItemId, double> centre_;
};

}  // namespace

LoadBound PackingBound::find(const LoadModel& model, std::int64_t reached, const More& more) {
  Search search(model, more);
  LoadBound bound{.value = 0, .limit = "packing of devices"};
  if (search.refutes(reached - 1)) {
    bound.value = reached;
    return bound;
  }
  std::int64_t open = reached - 1;  // not refuted
  while (open - bound.value > std::max<std::int64_t>(1, reached / 20'000) && (!more || more())) {
    const std::int64_t middle = bound.value + (open - bound.value) / 2;
    if (search.refutes(middle))
      bound.value = middle + 1;
    else
      open = middle;
  }
  return bound;
}

}  // namespace partita::bounds
