#include "partition/bounds/whole_work.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace partita::bounds {
namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t kPrecision = 2'000;  // T is found to such a part of it
constexpr std::int64_t kMore = 8;           // T is sought up to that part of `proved` above it

using Swap = std::vector<std::pair<std::size_t, std::size_t>>;  // resources

class Search {
 public:
  Search(const WholeWork& work, const std::vector<std::vector<std::int64_t>>& weights,
         std::int64_t most_nodes)
      : work_(work), weights_(weights), most_nodes_(most_nodes), loads_(work.resources) {
    for (std::size_t kind = 0; kind < work.kinds.size(); ++kind) {
      for (std::int64_t i = 0; i < work.kinds[kind].count; ++i) layers_.push_back(kind);
    }
    rest_.assign(weights.size(), std::vector<Wide>(layers_.size() + 1, 0));
    for (std::size_t w = 0; w < weights.size(); ++w) {
      Wide sum = 0;
      for (const std::int64_t weight : weights[w]) sum += weight;
      sum_of_weights_.push_back(sum);
      for (std::size_t i = layers_.size(); i-- > 0;)
        rest_[w][i] = rest_[w][i + 1] + cheapest(layers_[i], weights[w]);
    }
    find_swaps();
  }

  // Certainly none; false: there is one, or nobody knows.
  bool is_out_of_reach(std::int64_t limit) {
    limit_ = limit;
    return !place(0, 0) && nodes_ < most_nodes_;
  }
  bool is_spent() const { return nodes_ >= most_nodes_; }

 private:
  Wide cheapest(std::size_t kind, const std::vector<std::int64_t>& weights) const {
    std::optional<Wide> least;
    for (const auto& option : work_.kinds[kind].options) {
      Wide cost = 0;
      for (const auto& use : option.uses)
        cost += static_cast<Wide>(use.amount) * weights[use.resource];
      if (!least || cost < *least) least = cost;
    }
    return *least;
  }

  // Whether the layers from `at` on can be placed, the next on its option `first` or a later one; or the
  // nodes are spent.
  bool place(std::size_t at, std::size_t first) {
    if (++nodes_ >= most_nodes_ || at == layers_.size()) return true;
    for (std::size_t w = 0; w < weights_.size(); ++w) {
      Wide sum = rest_[w][at];
      for (std::size_t r = 0; r < loads_.size(); ++r)
        sum += static_cast<Wide>(loads_[r]) * weights_[w][r];
      if (sum > sum_of_weights_[w] * limit_) return false;
    }
    const auto& options = work_.kinds[layers_[at]].options;
    const bool more = at + 1 < layers_.size() && layers_[at + 1] == layers_[at];
    for (std::size_t i = first; i < options.size(); ++i) {
      if (!fits(options[i]) || one_before_is_alike(options, first, i)) continue;
      for (const auto& use : options[i].uses) loads_[use.resource] += use.amount;
      const bool placed = place(at + 1, more ? i : 0);
      for (const auto& use : options[i].uses) loads_[use.resource] -= use.amount;
      if (placed) return true;
    }
    return false;
  }

  bool fits(const WholeWork::Option& option) const {
    return std::all_of(option.uses.begin(), option.uses.end(), [&](const auto& use) {
      return loads_[use.resource] + use.amount <= limit_;
    });
  }

  bool one_before_is_alike(const std::vector<WholeWork::Option>& options, std::size_t first,
                           std::size_t i) const {
    for (std::size_t j = first; j < i; ++j) {
      const auto swap = swaps_.find({options[j].place, options[i].place});
      if (swap == swaps_.end()) continue;
      const bool as_busy =
          std::all_of(swap->second.begin(), swap->second.end(),
                      [&](const auto& pair) { return loads_[pair.first] == loads_[pair.second]; });
      if (as_busy) return true;
    }
    return false;
  }

  static const WholeWork::Option* at_place(const WholeWork::Kind& kind, std::size_t place) {
    const auto found = std::find_if(kind.options.begin(), kind.options.end(),
                                    [&](const auto& option) { return option.place == place; });
    return found == kind.options.end() ? nullptr : &*found;
  }

  void find_swaps() {
    std::vector<std::size_t> places;
    for (const auto& kind : work_.kinds) {
      for (const auto& option : kind.options) places.push_back(option.place);
    }
    std::sort(places.begin(), places.end());
    places.erase(std::unique(places.begin(), places.end()), places.end());
    for (const std::size_t p : places) {
      for (const std::size_t q : places) {
        if (p == q) continue;
        if (auto swap = swap_of(p, q)) swaps_.emplace(std::pair{p, q}, std::move(*swap));
      }
    }
  }

  // Which resources change places when p and q do, where that changes nothing else.
  std::optional<Swap> swap_of(std::size_t p, std::size_t q) const {
    std::map<std::size_t, std::size_t> swap;
    for (const auto& kind : work_.kinds) {
      const auto *of_p = at_place(kind, p), *of_q = at_place(kind, q);
      if ((of_p == nullptr) != (of_q == nullptr)) return std::nullopt;
      if (of_p == nullptr) continue;
      if (of_p->uses.size() != of_q->uses.size()) return std::nullopt;
      for (std::size_t i = 0; i < of_p->uses.size(); ++i) {
        const std::size_t a = of_p->uses[i].resource, b = of_q->uses[i].resource;
        for (const auto& [from, to] : {std::pair{a, b}, std::pair{b, a}}) {
          if (swap.try_emplace(from, to).first->second != to) return std::nullopt;
        }
      }
    }
    const auto swapped = [&](const WholeWork::Option& option) {
      std::vector<WholeWork::Use> uses = option.uses;
      for (auto& use : uses) {
        const auto found = swap.find(use.resource);
        if (found != swap.end()) use.resource = found->second;
      }
      std::sort(uses.begin(), uses.end());
      return uses;
    };
    const auto sorted = [](std::vector<WholeWork::Use> uses) {
      std::sort(uses.begin(), uses.end());
      return uses;
    };
    for (const auto& kind : work_.kinds) {
      for (const auto& option : kind.options) {
        const auto* image = option.place == p   ? at_place(kind, q)
                            : option.place == q ? at_place(kind, p)
                                                : &option;
        if (swapped(option) != sorted(image->uses)) return std::nullopt;
      }
    }
    return Swap(swap.begin(), swap.end());
  }

  const WholeWork& work_;
  const std::vector<std::vector<std::int64_t>>& weights_;
  const std::int64_t most_nodes_;
  std::vector<std::size_t> layers_;  // their kinds
  std::vector<std::vector<Wide>> rest_;
  std::vector<Wide> sum_of_weights_;
  std::map<std::pair<std::size_t, std::size_t>, Swap> swaps_;
  std::vector<std::int64_t> loads_;
  std::int64_t limit_ = 0, nodes_ = 0;
};

}  // namespace

std::int64_t whole_work_bound(const WholeWork& work,
                              const std::vector<std::vector<std::int64_t>>& weights,
                              std::int64_t proved, std::int64_t most_nodes) {
  Search search(work, weights, most_nodes);
  std::int64_t open = proved + proved / kMore + 1;  // nothing can be proved from there on
  const std::int64_t step = std::max<std::int64_t>(1, proved / kPrecision);
  while (open - proved > step && !search.is_spent()) {
    const std::int64_t middle = proved + (open - proved) / 2;
    if (search.is_out_of_reach(middle))
      proved = middle + 1;
    else
      open = middle;
  }
  return proved;
}

}  // namespace partita::bounds
