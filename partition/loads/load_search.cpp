#include "partition/loads/load_search.h"

#include <algorithm>
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
  LoadSearch(const LoadModel& model, const SearchOptions& options)
      : model_(model),
        options_(options),
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
    consider();
    for (const Assignment& start : starts) {
      state_.load(start);
      consider();
    }
    if (best_) state_.load(best_->assignment);
    std::int64_t cycle = kFirstCycle * static_cast<std::int64_t>(movable_.size());
    for (std::int64_t round = 0; !stopped() && !movable_.empty(); ++round) {
      anneal(std::min(cycle, options_.steps - steps_), round);
      if (round % 4 == 3) cycle = cycle * 3 / 2;
    }
    if (!best_) return Infeasible{"no assignment was found that fits the memories"};
    return std::move(*best_);
  }

 private:
  static constexpr std::int64_t kFirstCycle = 400;

  struct Moved {
    ItemId item;
    DeviceId before;
  };

  void anneal(std::int64_t length, std::int64_t round) {
    if (best_ && round % 4 != 0) state_.load(best_->assignment);
    halvings_of_power_ = 2 + static_cast<int>(round % 4);  // p = 4, 8, 16, 32
    rescale();
    const double hot = round % 4 == 0 ? kHot : kWarm;
    const std::int64_t first = steps_;
    const std::int64_t halving = std::max<std::int64_t>(1, length / kHalvings);
    double temperature = hot;
    std::int64_t next = first + halving / 8;
    while (!stopped() && steps_ - first < length) {
      if (steps_ >= next) {
        temperature *= 0.917004043204671;  // 2^(-1/8)
        next += halving / 8;
        rescale();
      }
      step(temperature);
    }
  }
  static constexpr double kHot = 0.5, kWarm = 0.1;
  static constexpr std::int64_t kHalvings = 10;

  // The price of one load. Multiplied out, not std::pow: the same on every machine.
  double price_of(std::int64_t load) const {
    double price = static_cast<double>(load) * scale_;
    for (int i = 0; i < halvings_of_power_; ++i) price *= price;
    return price;
  }
  void rescale() {
    scale_ =
        1 / static_cast<double>(std::max<std::int64_t>(1, best_ ? best_->value : state_.value()));
    price_ = 0;
    for (const ResourceId resource : ids<ResourceId>(prices_.size()))
      price_ += prices_[resource] = price_of(state_.load_of(resource));
    state_.forget_touched();
  }

  void step(double temperature) {
    if (steps_ % kStepsPerReport == 0) report();
    ++steps_;
    moved_.clear();
    const std::int64_t excess = state_.excess();
    propose();
    if (moved_.empty()) return;
    double change = 0;
    for (const ResourceId resource : state_.touched())
      change += price_of(state_.load_of(resource)) - prices_[resource];
    if (state_.excess() != excess)
      change += severity_ * static_cast<double>(state_.excess() - excess) / total_size();
    if (change > 0 &&
        change > temperature * static_cast<double>(random_.exponential()) / kOneVariate) {
      undo();
      return;
    }
    for (const ResourceId resource : state_.touched()) {
      const double price = price_of(state_.load_of(resource));
      price_ += price - prices_[resource];
      prices_[resource] = price;
    }
    state_.forget_touched();
    if (state_.excess() > 0) {
      severity_ *= 1.001;
    } else {
      severity_ = std::max(1.0, severity_ * 0.9999);
      consider();
    }
  }

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

  void consider() {
    if (state_.excess() > 0 || state_.broken_arcs() > 0) return;
    const std::int64_t value = state_.value();
    if (!best_ || value < best_->value) best_ = {state_.assignment(), value};
  }

  void move(ItemId item, DeviceId device) {
    if (state_.device(item) == device || !state_.can_have(item, device)) return;
    moved_.push_back({item, state_.device(item)});
    state_.move(item, device);
    if (model_.ordered) take_along(item, device);
  }
  // Those after the item may not be on earlier devices, nor those before it on later ones.
  void take_along(ItemId item, DeviceId device) {
    for (const ItemId next : after_[item]) {
      if (state_.device(next) < device) move(next, device);
    }
    for (const ItemId last : before_[item]) {
      if (state_.device(last) > device) move(last, device);
    }
  }

  void propose() {
    const std::size_t kind = random_.below(16);
    if (kind < 9) {
      const ItemId item = pick();
      move(item, target(item));
    } else if (kind < 12) {
      exchange();
    } else if (kind < 14) {
      move_block();
    } else {
      move_run();
    }
    if (model_.ordered && state_.broken_arcs() > 0) undo(), moved_.clear();
  }

  ItemId pick() { return movable_[random_.below(movable_.size())]; }

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
    const ItemId a = pick(), b = pick();
    const DeviceId of_a = state_.device(a), of_b = state_.device(b);
    if (of_a == of_b || !state_.can_have(a, of_b) || !state_.can_have(b, of_a)) return;
    move(a, of_b);
    move(b, of_a);
  }

  // Connected items of one device go to another together.
  void move_block() {
    const ItemId seed = pick();
    const DeviceId from = state_.device(seed), to = target(seed);
    if (from == to) return;
    const std::size_t size = 2 + random_.below(kMostOfBlock - 1);
    ++mark_;
    block_.assign(1, seed);
    seen_[seed] = mark_;
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
    for (const ItemId item : block_) move(item, to);
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
  Random random_;
  LoadState state_;
  std::vector<ItemId> movable_;
  IdVector<ResourceId, double> prices_;
  IdVector<ItemId, std::uint64_t> seen_;
  IdVector<ItemId, std::vector<ItemId>> after_, before_;
  std::vector<ItemId> block_;
  std::vector<Moved> moved_;
  std::optional<LoadSolution> best_;
  std::uint64_t mark_ = 0;
  double price_ = 0, scale_ = 1, severity_ = 1, total_size_ = 0;
  int halvings_of_power_ = 3;
  std::int64_t steps_ = 0;
  bool told_to_stop_ = false;
};

}  // namespace

std::variant<LoadSolution, Infeasible> search_loads(const LoadModel& model,
                                                    const SearchOptions& options,
                                                    const std::vector<Assignment>& starts) {
  return LoadSearch(model, options).run(starts);
}

}  // namespace partita::loads
