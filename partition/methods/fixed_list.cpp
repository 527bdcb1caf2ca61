#include "partition/methods/fixed_list.h"

#include <algorithm>
#include <queue>
#include <tuple>

#include "partition/bounds/paths.h"

namespace partita {
namespace {

class FixedList {
 public:
  FixedList(const Problem& problem, const Delays& delays,
            const IdVector<LayerId, ProcessorId>& processor)
      : problem_(problem), delays_(delays), processor_(processor) {}

  Placement run() {
    find_tails();
    const Network& network = problem_.network;
    const std::size_t count = network.layer_count();
    missing_.resize(count);
    ready_at_.resize(count);
    waiting_.resize(problem_.hardware.processors().size());
    free_at_.assign(waiting_.size(), Time{0});
    placement_.processor = processor_;
    placement_.order.resize(waiting_.size());
    for (const LayerId layer : network.layers()) {
      missing_[layer] = network.predecessors(layer).size();
      ready_at_[layer] = given(layer);
      if (missing_[layer] == 0) events_.push({ready_at_[layer], kReady, index(layer)});
    }
    while (!events_.empty()) {
      const Time now = std::get<0>(events_.top());
      concerned_.clear();
      while (!events_.empty() && std::get<0>(events_.top()) == now) {
        concerned_.push_back(see_to(events_.top()));
        events_.pop();
      }
      for (const ProcessorId p : concerned_) start(p, now);
    }
    return std::move(placement_);
  }

 private:
  // A layer whose inputs have come, or a processor that is free; the earliest first.
  using Event = std::tuple<Time, int, std::size_t>;
  static constexpr int kReady = 0, kFree = 1;

  Time delay(TensorId tensor, LayerId from, LayerId to) const {
    return delays_.between(tensor, processor_[from], processor_[to]).value_or(Time{0});
  }

  void find_tails() {
    const Network& network = problem_.network;
    tail_.resize(network.layer_count());
    for (std::size_t i = network.layer_count(); i-- > 0;) {
      const auto layer = static_cast<LayerId>(i);
      Time after{0};
      for (const TensorId output : network.layer(layer).outputs) {
        for (const LayerId to : network.tensor(output).consumers)
          after = std::max(after, delay(output, layer, to) + tail_[to]);
        if (network.tensor(output).is_output)
          after = std::max(after, delays_.to_host(output, processor_[layer]).value_or(Time{0}));
      }
      tail_[layer] = duration(problem_, layer, processor_[layer]) + after;
    }
  }

  Time given(LayerId layer) const {
    Time ready{0};
    const MemoryId here = problem_.hardware.processors()[processor_[layer]].memory;
    for (const TensorId input : problem_.network.layer(layer).inputs) {
      if (problem_.network.tensor(input).kind == TensorKind::Input)
        ready = std::max(ready, delays_.from_host(input, here).value_or(Time{0}));
    }
    return ready;
  }

  // Whom it concerns.
  ProcessorId see_to(const Event& event) {
    const auto [now, kind, number] = event;
    if (kind == kFree) return static_cast<ProcessorId>(number);
    const auto layer = static_cast<LayerId>(number);
    waiting_[processor_[layer]].push({tail_[layer], -static_cast<std::int64_t>(number)});
    return processor_[layer];
  }

  void start(ProcessorId p, Time now) {
    if (free_at_[p] > now || waiting_[p].empty()) return;
    const auto layer = static_cast<LayerId>(-std::get<1>(waiting_[p].top()));
    waiting_[p].pop();
    placement_.order[p].push_back(layer);
    const Time end = now + duration(problem_, layer, p);
    free_at_[p] = end;
    events_.push({end, kFree, index(p)});
    for (const TensorId output : problem_.network.layer(layer).outputs) {
      for (const LayerId to : problem_.network.tensor(output).consumers)
        ready_at_[to] = std::max(ready_at_[to], end + delay(output, layer, to));
    }
    for (const LayerId to : problem_.network.successors(layer)) {
      if (--missing_[to] == 0) events_.push({ready_at_[to], kReady, index(to)});
    }
  }

  const Problem& problem_;
  const Delays& delays_;
  const IdVector<LayerId, ProcessorId>& processor_;
  Placement placement_;
  IdVector<LayerId, Time> tail_, ready_at_;
  IdVector<LayerId, std::size_t> missing_;
  // The longest tail first, then the lowest number.
  IdVector<ProcessorId, std::priority_queue<std::pair<Time, std::int64_t>>> waiting_;
  IdVector<ProcessorId, Time> free_at_;
  std::vector<ProcessorId> concerned_;  // at this instant
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
};

}  // namespace

Placement fixed_list(const Problem& problem, const Delays& delays,
                     const IdVector<LayerId, ProcessorId>& processor) {
  return FixedList(problem, delays, processor).run();
}

}  // namespace partita
