#include "partition/loads/load_search.h"

#include <algorithm>
#include <array>
#include <compare>
#include <numeric>
#include <optional>

#include "models/base/assert.h"
#include "models/base/random.h"
#include "partition/loads/load_state.h"

namespace partita::loads {
namespace {

constexpr std::int64_t kStepsPerReport = 1024;
constexpr double kOneVariate = 4294967296;  // Random::exponential() counts in 2^-32
constexpr std::size_t kMostOfBlock = 12;    // items

class LoadSearch {
 public:
  LoadSearch(const LoadModel& model, const SearchOptions& options, std::int64_t limit)
      : model_(model),
        options_(options),
        limit_(limit),
        random_(options.seed),
        state_(model),
        prices_(model.resources.size()),
        seen_(model.items.size()),
        after_(model.items.size()),
        before_(model.items.size()) {
    for (const ItemId item : ids<ItemId>(model.items.size())) {
      if (model.items[item].options.size() > 1) movable_.push_back(item);
    }
    for (const auto& arc : model.arcs) {
      after_[arc.from].push_back(arc.to);
      before_[arc.to].push_back(arc.from);
    }
  }

  std::variant<LoadSolution, Infeasible> run(const std::vector<Assignment>& starts) {
    const Assignment first = state_.assignment();
    consider();
    for (const Assignment& start : starts) {
      state_.load(start);
      consider();
    }
    // No move mends an order that is broken.
    if (best_ || state_.broken_arcs() > 0) state_.load(best_ ? best_->assignment : first);
    list_bonds();
    std::int64_t cycle =
        std::min({kFirstCycle * static_cast<std::int64_t>(movable_.size()), kMostOfFirstCycle,
                  std::max<std::int64_t>(1, options_.steps / 8)});
    for (std::int64_t round = 0; !stopped() && !movable_.empty(); ++round) {
      anneal(std::min(cycle, options_.steps - steps_), round);
      if (round % 4 == 3) cycle = cycle * 3 / 2;
    }
    if (!best_) return Infeasible{"no assignment was found that fits the memories"};
    return std::move(*best_);
  }

 private:
  static constexpr std::int64_t kFirstCycle = 400;  // steps for each item
  static constexpr std::int64_t kMostOfFirstCycle = 2'000'000;

  struct Moved {
    ItemId item;
    DeviceId before;
  };
  struct Merit {                                       // the less, the better
    std::int64_t value = 0, crossings = 0, total = 0;  // the largest load, ..., of all loads
    friend auto operator<=>(const Merit&, const Merit&) = default;
  };
  struct Bond {
    double weight;
    ItemId a, b;
  };
  using Unit = std::vector<ItemId>;  // that moves as one

  // From the best so far, or from where the last round ended; hot or warm; with whole clusters of
  // items first, then with smaller ones, in the end with single items.
  void anneal(std::int64_t length, std::int64_t round) {
    const bool anew = limit_ > 0 ? round % 4 == 3 : round % 4 < 2;
    if (best_ && !anew) state_.load(best_->assignment);
    doublings_of_power_ = limit_ > 0 || round % 4 == 3 ? 5 : 3;  // p = 32, or 8
    if (limit_ > 0)
      price_of_crossing_ = kCrossing[static_cast<std::size_t>(round) % kCrossing.size()];
    const std::size_t levels = random_.below(kMostLevels + 1);
    make_units(levels);
    rescale();
    double temperature = anew ? hot() : round % 4 == 2 ? kWarm : kCool;
    const std::int64_t first = steps_;
    const std::int64_t part = std::max<std::int64_t>(
        1, length / (8 * kHalvings));  // then it cools by an eighth of an octave
    std::size_t level = levels;
    for (std::int64_t parts = 0; !stopped() && parts < 8 * kHalvings; ++parts) {
      const auto wanted = levels - static_cast<std::size_t>(parts) * (levels + 1) /
                                       static_cast<std::size_t>(8 * kHalvings);
      if (wanted != level) make_units(level = wanted);
      rescale();
      const std::int64_t last = std::min(first + (parts + 1) * part, options_.steps);
      while (!stopped() && steps_ < last) step(temperature);
      temperature *= 0.917004043204671;  // 2^(-1/8)
    }
  }
  static constexpr double kHot = 0.5, kWarm = 0.1, kCool = 0.02;
  static constexpr std::int64_t kHalvings = 10;
  static constexpr std::size_t kMostLevels = 3;
  static constexpr std::array kCrossing{0.1, 0.02, 0.5};

  // So hot that most moves are made, where they cost much: items are large, or few.
  double hot() {
    double worse = 0;
    std::int64_t count = 0;
    for (std::int64_t i = 0; i < kSamples && steps_ < options_.steps; ++i, ++steps_) {
      moved_.clear();
      propose();
      const double change = price_of_change();
      if (change > 0) worse += change, ++count;
      undo();
    }
    return count == 0 ? kHot : std::max(kHot, worse / static_cast<double>(4 * count));
  }
  static constexpr std::int64_t kSamples = 40;

  // What producer and consumer cost when they part, spread over the consumers.
  void list_bonds() {
    std::vector<std::int64_t> cost;
    for (const Tariff& tariff : model_.tariffs) {
      std::int64_t most = 0;
      for (const DeviceId from : ids<DeviceId>(model_.devices.size())) {
        for (const Uses& each : tariff.each[from]) {
          std::int64_t sum = 0;
          for (const Uses* uses : {&each, &tariff.once[from]}) {
            for (const Use& use : *uses) sum += use.amount;
          }
          most = std::max(most, sum);
        }
      }
      cost.push_back(most);
    }
    for (const Net& net : model_.nets) {
      const auto share =
          static_cast<double>(cost[index(net.tariff)]) / static_cast<double>(net.consumers.size());
      for (const ItemId consumer : net.consumers) bonds_.push_back({share, net.producer, consumer});
    }
    for (const auto& arc : model_.arcs) bonds_.push_back({0, arc.from, arc.to});
  }

  // Clusters of items that sit on one device, about a 2^level-th of all items in number: bonds are
  // taken up the heaviest first, each made heavier or lighter at random (heavy-edge matching: Karypis,
  // Kumar, "A fast and high quality multilevel scheme", SIAM J. Sci. Comput. 20(1), 1998).
  void make_units(std::size_t level) {
    IdVector<ItemId, ItemId> leader;
    for (const ItemId item : ids<ItemId>(model_.items.size())) leader.push_back(item);
    const auto find = [&](ItemId item) {
      while (leader[item] != item) item = leader[item] = leader[leader[item]];
      return item;
    };
    if (level > 0) {
      std::vector<std::pair<double, std::size_t>> order;
      for (std::size_t i = 0; i < bonds_.size(); ++i) {
        const double luck = static_cast<double>(1 + random_.below(1024));
        order.emplace_back(-(bonds_[i].weight + 1) * luck, i);
      }
      std::sort(order.begin(), order.end());
      IdVector<ItemId, std::size_t> size(model_.items.size(), 1);
      const std::size_t most = std::size_t{2} << level;
      std::size_t units = model_.items.size();
      for (const auto& [key, i] : order) {
        if (units <= model_.items.size() >> level) break;
        const ItemId a = find(bonds_[i].a), b = find(bonds_[i].b);
        if (a == b || state_.device(a) != state_.device(b) || size[a] + size[b] > most) continue;
        leader[b] = a;
        size[a] += size[b];
        --units;
      }
    }
    units_.clear();
    IdVector<ItemId, std::size_t> number(model_.items.size(), kNoUnit);
    for (const ItemId item : movable_) {
      std::size_t& unit = number[find(item)];
      if (unit == kNoUnit) {
        unit = units_.size();
        units_.emplace_back();
      }
      units_[unit].push_back(item);
    }
  }
  static constexpr auto kNoUnit = static_cast<std::size_t>(-1);

  // The price of one load. Multiplied out, not std::pow: the same on every machine.
  double price_of(std::int64_t load) const {
    double price = static_cast<double>(load) * scale_;
    for (int i = 0; i < doublings_of_power_; ++i) price *= price;
    return price;
  }
  void rescale() {
    const std::int64_t unit = limit_ > 0 ? limit_ : best_ ? best_->value : state_.value();
    scale_ = 1 / static_cast<double>(std::max<std::int64_t>(1, unit));
    for (const ResourceId resource : ids<ResourceId>(prices_.size()))
      prices_[resource] = price_of(state_.load_of(resource));
    paid_crossings_ = state_.crossings();
    state_.forget_touched();
  }

  // Of all loads that were touched since they were paid for.
  double price_of_change() const {
    double change = price_of_crossing_ * static_cast<double>(state_.crossings() - paid_crossings_);
    for (const ResourceId resource : state_.touched())
      change += price_of(state_.load_of(resource)) - prices_[resource];
    return change;
  }

  void step(double temperature) {
    if (steps_ % kStepsPerReport == 0) report();
    ++steps_;
    weigh_excess();
    moved_.clear();
    const std::int64_t excess = state_.excess();
    propose();
    if (moved_.empty()) return;
    double change = price_of_change();
    if (state_.excess() != excess)
      change += severity_ * static_cast<double>(state_.excess() - excess) / total_size();
    if (change > 0 &&
        change > temperature * static_cast<double>(random_.exponential()) / kOneVariate) {
      undo();
      return;
    }
    for (const ResourceId resource : state_.touched())
      prices_[resource] = price_of(state_.load_of(resource));
    paid_crossings_ = state_.crossings();
    state_.forget_touched();
    consider();
  }
  // Room in memories costs more and more while it lacks, up to where nothing moves any more: then it is
  // cheap again, and the state finds another way (strategic oscillation: Glover, "Tabu search, part I",
  // ORSA Journal on Computing 1(3), 1989).
  void weigh_excess() {
    const double slowly = 1 / (10.0 * static_cast<double>(movable_.size()));
    severity_ = std::max(1.0, severity_ * (state_.excess() > 0 ? 1 + slowly : 1 - slowly / 2));
    if (severity_ > kMostSeverity) severity_ = 1;
  }
  static constexpr double kMostSeverity = 1e4;

  double total_size() {
    if (total_size_ == 0) {
      total_size_ = 1;
      for (const Item& item : model_.items) total_size_ += static_cast<double>(item.size.value);
      for (const Holding& holding : model_.holdings)
        total_size_ += static_cast<double>(holding.size.value);
    }
    return total_size_;
  }

  void undo() {
    for (auto moved = moved_.rbegin(); moved != moved_.rend(); ++moved)
      state_.move(moved->item, moved->before);
    state_.forget_touched();
  }

  // Of equal largest loads, the one with less to do altogether.
  void consider() {
    if (state_.excess() > 0 || state_.broken_arcs() > 0) return;
    const std::int64_t value = state_.value();
    const std::int64_t counted = std::max(value, limit_);
    if (best_ && counted > least_.value) return;
    const Merit merit{
        counted, limit_ > 0 ? state_.crossings() : 0,
        std::accumulate(state_.loads().begin(), state_.loads().end(), std::int64_t{0})};
    if (best_ && merit >= least_) return;
    best_ = {state_.assignment(), value};
    least_ = merit;
  }

  void move(ItemId item, DeviceId device) {
    std::size_t next = moved_.size();
    put(item, device);
    if (!model_.ordered) return;
    // Those after an item may not be on earlier devices, nor those before it on later ones.
    for (; next < moved_.size(); ++next) {
      const ItemId at = moved_[next].item;
      for (const ItemId later : after_[at]) {
        if (state_.device(later) < device) put(later, device);
      }
      for (const ItemId earlier : before_[at]) {
        if (state_.device(earlier) > device) put(earlier, device);
      }
    }
  }
  void put(ItemId item, DeviceId device) {
    if (state_.device(item) == device || !state_.can_have(item, device)) return;
    moved_.push_back({item, state_.device(item)});
    state_.move(item, device);
  }

  void propose() {
    const std::size_t kind = random_.below(16);
    if (kind < 9) {
      const Unit& unit = pick();
      move(unit, target(unit[random_.below(unit.size())]));
    } else if (kind < 12) {
      exchange();
    } else if (kind < 14) {
      move_block();
    } else {
      move_run();
    }
    if (model_.ordered && state_.broken_arcs() > 0) undo(), moved_.clear();
  }

  const Unit& pick() { return units_[random_.below(units_.size())]; }
  void move(const Unit& unit, DeviceId device) {
    for (const ItemId item : unit) move(item, device);
  }

  // Half of the time where a neighbour is, else anywhere. Its own device if there is no other.
  DeviceId target(ItemId item) {
    const auto neighbours = state_.neighbours(item);
    if (!neighbours.empty() && random_.one_in(2)) {
      const DeviceId device = state_.device(neighbours[random_.below(neighbours.size())]);
      if (device != state_.device(item) && state_.can_have(item, device)) return device;
    }
    const auto& options = model_.items[item].options;
    return options[random_.below(options.size())].device;
  }

  void exchange() {
    const Unit &a = pick(), &b = pick();
    const DeviceId of_a = state_.device(a.front()), of_b = state_.device(b.front());
    if (of_a == of_b) return;
    move(a, of_b);
    move(b, of_a);
  }

  // Connected items of one device go to another together.
  void move_block() {
    const Unit& seed = pick();
    const DeviceId from = state_.device(seed.front());
    const DeviceId to = target(seed[random_.below(seed.size())]);
    if (from == to) return;
    const std::size_t size = seed.size() + 1 + random_.below(kMostOfBlock);
    ++mark_;
    block_ = seed;
    for (const ItemId item : seed) seen_[item] = mark_;
    for (std::size_t i = 0; i < block_.size() && block_.size() < size; ++i) {
      const auto neighbours = state_.neighbours(block_[i]);
      for (std::size_t j = 0, at = neighbours.empty() ? 0 : random_.below(neighbours.size());
           j < neighbours.size() && block_.size() < size; ++j, ++at) {
        const ItemId next = neighbours[at % neighbours.size()];
        if (seen_[next] == mark_ || state_.device(next) != from) continue;
        seen_[next] = mark_;
        block_.push_back(next);
      }
    }
    move(block_, to);
  }

  // Items that follow each other in the graph's order.
  void move_run() {
    const std::size_t count = movable_.size();
    const std::size_t first = random_.below(count);
    const std::size_t length = std::min(count - first, 2 + random_.below(kMostOfBlock));
    const DeviceId to = target(movable_[first]);
    for (std::size_t i = first; i < first + length; ++i) move(movable_[i], to);
  }

  void report() {
    if (!options_.progress) return;
    Progress progress{.steps = steps_, .method = "loads"};
    if (best_) progress.best = static_cast<double>(best_->value);
    told_to_stop_ = !options_.progress(progress);
  }
  bool stopped() const { return told_to_stop_ || steps_ >= options_.steps; }

  const LoadModel& model_;
  const SearchOptions& options_;
  const std::int64_t limit_;
  Random random_;
  LoadState state_;
  std::vector<ItemId> movable_;
  IdVector<ResourceId, double> prices_;
  IdVector<ItemId, std::uint64_t> seen_;
  IdVector<ItemId, std::vector<ItemId>> after_, before_;
  std::vector<Bond> bonds_;
  std::vector<Unit> units_;
  Unit block_;
  std::vector<Moved> moved_;
  std::optional<LoadSolution> best_;
  Merit least_;  // of the best
  double price_of_crossing_ = 0;
  std::int64_t paid_crossings_ = 0;
  std::uint64_t mark_ = 0;
  double scale_ = 1, severity_ = 1, total_size_ = 0;
  int doublings_of_power_ = 3;
  std::int64_t steps_ = 0;
  bool told_to_stop_ = false;
};

}  // namespace

std::variant<LoadSolution, Infeasible> search_loads(const LoadModel& model,
                                                    const SearchOptions& options,
                                                    const std::vector<Assignment>& starts,
                                                    std::int64_t limit) {
  return LoadSearch(model, options, limit).run(starts);
}

}  // namespace partita::loads
