#include "tests/partition/brute_force.h"

#include <algorithm>

namespace partita::test {
namespace {

class Search {
 public:
  Search(const Network& network, const Hardware& hardware, const CostTable& costs)
      : network_(network),
        hardware_(hardware),
        costs_(costs),
        evaluator_(network, hardware, costs),
        placement_{IdVector<LayerId, ProcessorId>(network.layer_count()),
                   IdVector<ProcessorId, std::vector<LayerId>>(hardware.processors().size())} {}

  std::optional<Optimum> run() {
    assign(0);
    return best_;
  }

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
    if (next == placement_.order.size()) return evaluate();
    std::vector<LayerId>& layers = placement_.order[static_cast<ProcessorId>(next)];
    const std::vector<LayerId> before = layers;
    do {
      order(next + 1);
    } while (std::next_permutation(layers.begin(), layers.end()));
    layers = before;
  }

  void evaluate() {
    auto made = make_plan(network_, hardware_, placement_, "brute force");
    const Plan* plan = std::get_if<Plan>(&made);
    if (plan == nullptr) return;
    const Timeline& timeline = evaluator_.run(*plan);
    if (!exceeded_capacity(timeline, hardware_).empty()) return;
    if (!best_) best_ = Optimum{timeline.makespan, 0};
    best_->makespan = std::min(best_->makespan, timeline.makespan);
    ++best_->plans;
  }

  const Network& network_;
  const Hardware& hardware_;
  const CostTable& costs_;
  Evaluator evaluator_;
  Placement placement_;
  std::optional<Optimum> best_;
};

}  // namespace

std::optional<Optimum> best_of_all_plans(const Network& network, const Hardware& hardware,
                                         const CostTable& costs) {
  return Search(network, hardware, costs).run();
}

}  // namespace partita::test
