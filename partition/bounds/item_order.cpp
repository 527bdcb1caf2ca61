#include "partition/bounds/item_order.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace partita::bounds {
namespace {

using loads::ItemId;
using Places = IdVector<ItemId, std::size_t>;

struct Span {
  std::size_t first, last;
};

Span span_of(const SetLoad::Net& net, const Places& at) {
  Span span{at[net.producer], at[net.producer]};
  for (const ItemId item : net.consumers) {
    span.first = std::min(span.first, at[item]);
    span.last = std::max(span.last, at[item]);
  }
  return span;
}

Places places(const std::vector<ItemId>& order) {
  Places at(order.size(), 0);
  for (std::size_t i = 0; i < order.size(); ++i) at[order[i]] = i;
  return at;
}

// How many items wait at each step, those that come there and those that are done there included.
std::vector<std::size_t> waiting(const std::vector<ItemId>& order,
                                 const std::vector<SetLoad::Net>& nets) {
  const Places at = places(order);
  std::vector<std::size_t> last(order.size()), change(order.size() + 1, 0);
  for (std::size_t i = 0; i < order.size(); ++i) last[i] = i;
  for (const auto& net : nets) {
    const Span span = span_of(net, at);
    last[at[net.producer]] = std::max(last[at[net.producer]], span.last);
    for (const ItemId item : net.consumers) last[at[item]] = std::max(last[at[item]], span.last);
  }
  std::vector<std::size_t> count(order.size(), 0), done(order.size(), 0);
  std::size_t now = 0;
  for (std::size_t i = 0; i < order.size(); ++i) ++done[last[i]];
  for (std::size_t i = 0; i < order.size(); ++i) {
    count[i] = ++now;
    now -= done[i];
  }
  return count;
}

// The item next to the frontier that lets it grow least; the earliest of equal ones.
std::vector<ItemId> greedy_order(const SetLoad& load) {
  const std::size_t count = load.work.size();
  IdVector<ItemId, std::set<ItemId>> near(count);
  for (const auto& net : load.nets) {
    std::vector<ItemId> members = net.consumers;
    members.push_back(net.producer);
    for (const ItemId a : members) {
      for (const ItemId b : members) {
        if (a != b) near[a].insert(b);
      }
    }
  }
  IdVector<ItemId, std::size_t> ahead(count);  // neighbours still to come
  for (const ItemId item : ids<ItemId>(count)) ahead[item] = near[item].size();
  IdVector<ItemId, char> placed(count, 0);
  std::set<ItemId> frontier_next;  // not placed, next to a placed one
  std::vector<ItemId> order;
  std::size_t first_left = 0;
  while (order.size() < count) {
    while (first_left < count && placed[ItemId(first_left)]) ++first_left;
    auto best = ItemId(first_left);
    std::ptrdiff_t best_growth = std::numeric_limits<std::ptrdiff_t>::max();
    for (const ItemId item : frontier_next) {
      std::ptrdiff_t growth = ahead[item] > 0 ? 1 : 0;
      for (const ItemId other : near[item]) growth -= placed[other] && ahead[other] == 1 ? 1 : 0;
      if (growth < best_growth) std::tie(best, best_growth) = std::pair(item, growth);
    }
    placed[best] = 1;
    order.push_back(best);
    frontier_next.erase(best);
    for (const ItemId other : near[best]) {
      --ahead[other];
      if (!placed[other]) frontier_next.insert(other);
    }
  }
  return order;
}

std::pair<std::size_t, std::size_t> widest(const std::vector<std::size_t>& count) {
  const auto most = std::max_element(count.begin(), count.end());
  return {*most, most - count.begin()};
}

}  // namespace

ItemOrder item_order(const SetLoad& load, std::size_t width) {
  ItemOrder order{.items = {}, .nets = load.nets};
  if (load.work.empty()) return order;
  for (const ItemId item : ids<ItemId>(load.work.size())) order.items.push_back(item);
  std::vector<ItemId> greedy = greedy_order(load);
  if (widest(waiting(greedy, load.nets)).first < widest(waiting(order.items, load.nets)).first)
    order.items = std::move(greedy);

  const Places at = places(order.items);
  for (;;) {
    const auto [most, where] = widest(waiting(order.items, order.nets));
    if (most <= width) return order;
    auto cheapest = order.nets.end();
    for (auto net = order.nets.begin(); net != order.nets.end(); ++net) {
      const Span span = span_of(*net, at);
      if (span.first >= where || span.last < where) continue;
      if (cheapest == order.nets.end() ||
          net->leaving + net->entering < cheapest->leaving + cheapest->entering)
        cheapest = net;
    }
    const bool early = at[cheapest->producer] < where;
    std::erase_if(cheapest->consumers, [&](ItemId item) { return (at[item] < where) != early; });
    if (cheapest->consumers.empty()) order.nets.erase(cheapest);
  }
}

}  // namespace partita::bounds
