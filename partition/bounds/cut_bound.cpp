#include "partition/bounds/cut_bound.h"

#include <algorithm>
#include <limits>
#include <map>
#include <vector>

#include "partition/bounds/alike.h"
#include "partition/bounds/simplex.h"
#include "partition/problem/minimum_cut.h"

namespace partita::bounds {
namespace {

using namespace loads;
__extension__ using Wide = __int128;

constexpr int kRounds = 300;
constexpr int kPatience = 8;  // rounds without a gain before the target comes closer
constexpr double kLeastReach = 1e-4;
constexpr std::int64_t kUnit = std::int64_t{1} << 30;  // weights become whole numbers of 2^-30
constexpr std::int64_t kNever = MinimumCut::kNever;

// What is cheapest with the weights as they are, and what it takes of resources.
struct Cheapest {
  std::int64_t cost = kNever;
  std::vector<const Uses*> uses;
};

// A way across: of which tensor, and whether from the host's item, which has a device of its own.
struct Crossing {
  TariffId tariff{};
  std::optional<DeviceId> from;  // absent: any
  bool from_side = false;        // else to it
  friend auto operator<=>(const Crossing&, const Crossing&) = default;
};

class CutBound {
 public:
  CutBound(const LoadModel& model, PlaceId side, const ItemFee& fee)
      : model_(model),
        side_(side),
        fee_(fee),
        cut_(model.items.size() + 2 * model.nets.size()),
        weights_(model.resources.size()) {
    for ([[maybe_unused]] const Item& item : model.items) {
      const std::size_t at = on_side_.size();
      on_side_.push_back(cut_.add(cut_.source(), at, 0));
      elsewhere_.push_back(cut_.add(at, cut_.sink(), 0));
    }
    for (std::size_t i = 0; i < model.nets.size(); ++i) {
      const Net& net = model.nets[i];
      const std::size_t producer = index(net.producer);
      const std::size_t away = model.items.size() + 2 * i, back = away + 1;
      leaves_.push_back(cut_.add(producer, away, 0));
      comes_.push_back(cut_.add(back, producer, 0));
      for (const ItemId consumer : net.consumers) {
        cut_.add(away, index(consumer), kNever);
        cut_.add(index(consumer), back, kNever);
      }
      const auto& options = model.items[net.producer].options;
      const auto only = options.size() == 1 ? std::optional{options.front().device} : std::nullopt;
      for (const bool from_side : {true, false})
        crossings_.try_emplace({net.tariff, only, from_side});
      only_.push_back(only);
    }
  }

  std::int64_t best() {
    std::vector<double> at(weights_.size(), 0.0);
    // At first, of all that items take.
    for (const Item& item : model_.items) {
      for (const auto& option : item.options) {
        for (const Use& use : option.uses) at[index(use.resource)] = 1;
      }
    }
    project_to_simplex(at);
    const Alike alike = CutBound::alike();
    std::vector<double> best_at = at;
    std::int64_t best = 0;
    double reach = 0.5;  // how far above the best the target lies
    int without_gain = 0;
    for (int round = 0; round < kRounds && reach > kLeastReach; ++round) {
      const std::int64_t value = bound(at);
      if (static_cast<double>(value) > static_cast<double>(best) * (1 + 1e-5)) {
        without_gain = 0;
      } else if (++without_gain >= kPatience) {
        reach /= 2, without_gain = 0;
      }
      if (value > best) best = value, best_at = at;
      std::vector<double> slope = uses_of_cut();
      alike.level(slope);
      double mean = 0, length = 0;
      for (const double part : slope) mean += part / static_cast<double>(slope.size());
      for (const double part : slope) length += (part - mean) * (part - mean);
      if (length == 0) break;
      if (without_gain == 0 && round > 0 && value < best) at = best_at;
      const double wanted = static_cast<double>(best) * (1 + reach) - static_cast<double>(value);
      for (std::size_t i = 0; i < at.size(); ++i) at[i] += wanted / length * (slope[i] - mean);
      project_to_simplex(at);
    }
    return best;
  }

 private:
  // What is sent is told apart from items by its number.
  Alike alike() const {
    std::vector<std::vector<Asked>> asked(weights_.size());
    const auto ask = [&](std::size_t by, const Uses& uses) {
      for (const Use& use : uses) asked[index(use.resource)].push_back({by, use.amount});
    };
    for (const ItemId item : ids<ItemId>(model_.items.size())) {
      for (const auto& option : model_.items[item].options) ask(index(item), option.uses);
    }
    for (const TariffId tariff : ids<TariffId>(model_.tariffs.size())) {
      const std::size_t by = model_.items.size() + index(tariff);
      for (const Uses& once : model_.tariffs[tariff].once) ask(by, once);
      for (const auto& each : model_.tariffs[tariff].each) {
        for (const Uses& uses : each) ask(by, uses);
      }
    }
    return Alike(std::move(asked));
  }

  std::int64_t price(const Uses& uses) const {
    Wide sum = 0;
    for (const Use& use : uses)
      sum += static_cast<Wide>(use.amount) * weights_[index(use.resource)];
    return static_cast<std::int64_t>(std::min<Wide>(sum / kUnit, kNever));
  }

  // What the cut costs, for these weights: no largest load (and fees) is below.
  std::int64_t bound(const std::vector<double>& weights) {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i)
      sum += weights_[i] = static_cast<std::int64_t>(weights[i] * static_cast<double>(kUnit));
    // Rounded, they may sum to a little more than the unit: what is missing must not make fees dearer.
    if (sum > kUnit) *std::max_element(weights_.begin(), weights_.end()) -= sum - kUnit;
    price_items();
    for (auto& [crossing, cheapest] : crossings_) cheapest = cheapest_of(crossing);
    for (std::size_t i = 0; i < model_.nets.size(); ++i) {
      const TariffId tariff = model_.nets[i].tariff;
      cut_.set(leaves_[i], crossings_.at({tariff, only_[i], true}).cost);
      cut_.set(comes_[i], crossings_.at({tariff, only_[i], false}).cost);
    }
    return cut_.find();
  }

  void price_items() {
    options_.assign(model_.items.size(), {});
    for (const ItemId item : ids<ItemId>(model_.items.size())) {
      auto& [here, there] = options_[index(item)];
      for (const auto& option : model_.items[item].options) {
        Cheapest& of = model_.devices[option.device].place == side_ ? here : there;
        const std::int64_t cost = price(option.uses) + (fee_ ? fee_(item, option.device) : 0);
        if (cost < of.cost) of = {cost, {&option.uses}};
      }
      cut_.set(elsewhere_[index(item)], here.cost);
      cut_.set(on_side_[index(item)], there.cost);
    }
  }

  Cheapest cheapest_of(const Crossing& crossing) const {
    const Tariff& tariff = model_.tariffs[crossing.tariff];
    Cheapest best;
    for (const DeviceId from : ids<DeviceId>(model_.devices.size())) {
      const bool from_side = model_.devices[from].place == side_;
      if (from_side != crossing.from_side || (crossing.from && from != *crossing.from)) continue;
      const std::int64_t once = price(tariff.once[from]);
      for (const PlaceId to : ids<PlaceId>(model_.places.size())) {
        if ((to == side_) == from_side) continue;
        const std::int64_t cost = once + price(tariff.each[from][to]);
        if (cost < best.cost) best = {cost, {&tariff.once[from], &tariff.each[from][to]}};
      }
    }
    return best;
  }

  // What the least cut takes of each resource.
  std::vector<double> uses_of_cut() const {
    std::vector<double> sums(weights_.size(), 0.0);
    const auto take = [&](const Cheapest& what) {
      for (const Uses* uses : what.uses) {
        for (const Use& use : *uses) sums[index(use.resource)] += static_cast<double>(use.amount);
      }
    };
    for (std::size_t item = 0; item < options_.size(); ++item)
      take(cut_.is_on_source_side(item) ? options_[item].first : options_[item].second);
    for (std::size_t i = 0; i < model_.nets.size(); ++i) {
      const Net& net = model_.nets[i];
      const bool from_side = cut_.is_on_source_side(index(net.producer));
      const bool crosses = std::any_of(
          net.consumers.begin(), net.consumers.end(),
          [&](ItemId item) { return cut_.is_on_source_side(index(item)) != from_side; });
      if (crosses) take(crossings_.at({net.tariff, only_[i], from_side}));
    }
    return sums;
  }

  const LoadModel& model_;
  const PlaceId side_;
  const ItemFee& fee_;
  MinimumCut cut_;
  std::vector<MinimumCut::Arc> on_side_, elsewhere_;  // by item
  std::vector<MinimumCut::Arc> leaves_, comes_;       // by net
  std::vector<std::optional<DeviceId>> only_;         // where its producer can only be
  std::vector<std::int64_t> weights_;
  std::vector<std::pair<Cheapest, Cheapest>> options_;  // by item: on the side, elsewhere
  std::map<Crossing, Cheapest> crossings_;
};

}  // namespace

std::int64_t cut_bound(const LoadModel& model, PlaceId side, const ItemFee& fee) {
  return CutBound(model, side, fee).best();
}

}  // namespace partita::bounds
