#include "tests/partition/brute_force.h"

#include <algorithm>

namespace partita::test {
namespace {

class Search {
 public:
  Search(const Network& network, const Hardware& hardware, const CostTable& costs,
         const std::function<void(const Plan&)>& visit)
      : network_(network),
        hardware_(hardware),
        costs_(costs),
        visit_(visit),
        placement_{IdVector<LayerId, ProcessorId>(network.layer_count()),
                   IdVector<ProcessorId, std::vector<LayerId>>(hardware.processors().size())} {}

  void run() { assign(0); }

 private:
  void assign(std::size_t next) {
    if (next == network_.layer_count()) return order(0);
    const auto layer = static_cast<LayerId>(next);
    for (const ProcessorId p : ids<ProcessorId>(hardware_.processors().size())) {
      if (!costs_(layer, p)) continue;
      placement_.processor[layer] = p;
      placement_.order[p].push_back(layer);
      assign(next + 1);
      placement_.order[p].pop_back();
    }
  }

  void order(std::size_t next) {
    if (next == placement_.order.size()) return make();
    std::vector<LayerId>& layers = placement_.order[static_cast<ProcessorId>(next)];
    const std::vector<LayerId> before = layers;
    do {
      order(next + 1);
    } while (std::next_permutation(layers.begin(), layers.end()));
    layers = before;
  }

  void make() {
    auto made = make_plan(network_, hardware_, placement_, "brute force");
    if (const Plan* plan = std::get_if<Plan>(&made)) visit_(*plan);
  }

  const Network& network_;
  const Hardware& hardware_;
  const CostTable& costs_;
  const std::function<void(const Plan&)>& visit_;
  Placement placement_;
};

}  // namespace

void for_all_plans(const Network& network, const Hardware& hardware, const CostTable& costs,
                   const std::function<void(const Plan&)>& visit) {
  Search(network, hardware, costs, visit).run();
}

std::optional<Optimum> best_of_all_plans(const Network& network, const Hardware& hardware,
                                         const CostTable& costs) {
  Evaluator evaluator(network, hardware, costs);
  std::optional<Optimum> best;
  for_all_plans(network, hardware, costs, [&](const Plan& plan) {
    const Timeline& timeline = evaluator.run(plan);
    if (!exceeded_capacity(timeline, hardware).empty()) return;
    if (!best) best = Optimum{timeline.makespan, 0};
    best->makespan = std::min(best->makespan, timeline.makespan);
    ++best->plans;
  });
  return best;
}

}  // namespace partita::test
