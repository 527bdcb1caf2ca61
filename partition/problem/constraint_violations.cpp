#include "partition/problem/constraint_violations.h"

#include <fmt/format.h>

#include <deque>
#include <optional>

namespace partita {
namespace {

class Checker {
 public:
  Checker(const Plan& plan, const Problem& problem) : plan_(plan), problem_(problem) {}

  std::vector<std::string> run() {
    for (const LayerId layer : problem_.network.layers()) may_run(layer);
    if (!broken_.empty()) return std::move(broken_);  // shares need all times
    for (const auto& group : problem_.constraints.together) is_together(group);
    if (problem_.constraints.contiguous) {
      for (const ProcessorId p : processors()) is_contiguous(p);
    }
    if (!problem_.constraints.shares.empty()) {
      for (const ProcessorId p : processors()) has_its_share(p);
    }
    return std::move(broken_);
  }

 private:
  ids<ProcessorId> processors() const {
    return ids<ProcessorId>(problem_.hardware.processors().size());
  }
  const std::string& name(ProcessorId p) const { return problem_.hardware.processors()[p].name; }
  const std::string& name(LayerId layer) const { return problem_.network.layer(layer).name; }

  void may_run(LayerId layer) {
    const ProcessorId p = plan_.processor(layer);
    if (problem_.costs(layer, p)) return;
    broken_.push_back(fmt::format("layer '{}' may not run on '{}'", name(layer), name(p)));
  }

  void is_together(const std::vector<LayerId>& group) {
    for (const LayerId layer : group) {
      if (plan_.processor(layer) == plan_.processor(group.front())) continue;
      broken_.push_back(fmt::format(
          "layers '{}' and '{}' stay together, but are on '{}' and '{}'", name(group.front()),
          name(layer), name(plan_.processor(group.front())), name(plan_.processor(layer))));
      return;
    }
  }

  // Goes forward from all layers elsewhere that read what the processor made, as long as it stays
  // elsewhere: it must not meet one of the processor's.
  void is_contiguous(ProcessorId p) {
    IdVector<LayerId, bool> seen(problem_.network.layer_count());
    std::deque<LayerId> open;
    const auto visit = [&](LayerId layer) {
      for (const LayerId next : problem_.network.successors(layer)) {
        if (plan_.processor(next) == p || seen[next]) continue;
        seen[next] = true;
        open.push_back(next);
      }
    };
    for (const LayerId layer : plan_.order(p)) visit(layer);
    while (!open.empty()) {
      const LayerId layer = open.front();
      open.pop_front();
      for (const LayerId next : problem_.network.successors(layer)) {
        if (plan_.processor(next) != p) continue;
        broken_.push_back(
            fmt::format("the layers of '{}' are not contiguous: a path leaves them and comes back "
                        "from '{}' (on '{}') to '{}'",
                        name(p), name(layer), name(plan_.processor(layer)), name(next)));
        return;
      }
      visit(layer);
    }
  }

  void has_its_share(ProcessorId p) {
    const auto work_of = [&](ProcessorId at) {
      Wide sum = 0;
      for (const LayerId layer : plan_.order(at)) {
        const LayerCost& cost = *problem_.costs(layer, at);
        sum += cost.time.count();
        if (cost.launched) sum += problem_.hardware.processors()[at].launch_overhead.count();
      }
      return sum;
    };
    Wide all = 0;
    for (const ProcessorId other : processors()) all += work_of(other);
    const Wide mine = work_of(p) * Constraints::kWhole;
    const Constraints::Share& share = problem_.constraints.shares[p];
    const auto tell = [&](const char* what, std::int64_t allowed) {
      broken_.push_back(fmt::format("'{}' does {:.4g} % of the layer time, {} the {:.4g} % that {}",
                                    name(p), static_cast<double>(mine / all) / 1e4, what,
                                    static_cast<double>(allowed) / 1e4,
                                    what[0] == 'l' ? "it must" : "it may"));
    };
    if (mine < share.least * all) tell("less than", share.least);
    if (mine > share.most * all) tell("more than", share.most);
  }

  const Plan& plan_;
  const Problem& problem_;
  std::vector<std::string> broken_;
};

}  // namespace

std::vector<std::string> constraint_violations(const Plan& plan, const Problem& problem) {
  return Checker(plan, problem).run();
}

}  // namespace partita
