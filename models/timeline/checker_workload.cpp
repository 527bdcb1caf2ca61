// What only several requests have: admissions, ages, a record.
#include <algorithm>
#include <functional>
#include <set>

#include "models/timeline/checker.h"

namespace partita::checking {

std::vector<std::string> Checker::check(const WorkloadTimeline& record, const Workload& workload) {
  if (!sound()) return std::move(found_);
  follow_weights(workload);
  check_weights();
  std::vector<std::string> before = check(record.memory_peak);
  if (!before.empty()) return before;
  check_admissions(record, workload);
  check_ages();
  check_record(record);
  return std::move(found_);
}

void Checker::check_admissions(const WorkloadTimeline& record, const Workload& workload) {
  std::multiset<Time, std::greater<>> ends;  // of the requests before, the last first
  Time before{0};
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const RequestSpan& span = record.requests[i];
    const Time arrival = workload.saturated ? span.admitted : workload.requests[i].arrival;
    Time due = std::max(workload.saturated ? Time{0} : arrival, before);
    // Those that ended later than this one are fewer than may be in flight.
    if (i >= workload.in_flight) due = std::max(due, *std::prev(ends.end()));
    if (span.arrival != arrival || span.admitted != due) {
      found("request {} arrives at {} ps and is admitted at {} ps, not at {} and {} ps", i,
            span.arrival.count(), span.admitted.count(), arrival.count(), due.count());
    }
    before = span.admitted;
    ends.insert(span.finish);
    if (ends.size() > workload.in_flight) ends.erase(std::prev(ends.end()));
  }
}

void Checker::check_ages() {
  std::vector<std::map<std::pair<TensorId, MemoryId>, Time>> arrival;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    look_at(i);
    arrival.push_back(arrivals());
  }
  for (const ProcessorId id : ids<ProcessorId>(hardware_.processors().size())) {
    const std::vector<Time> ends = ends_on(id);
    for (std::size_t younger = 1; younger < parts_.size(); ++younger) {
      look_at(younger);
      for (const LayerId layer : order(id)) {
        look_at(younger);
        if (!has_begun(layer)) continue;
        Time chosen = first_start(layer);
        if (!exact_) {
          const auto after = std::upper_bound(ends.begin(), ends.end(), chosen);
          chosen = after == ends.begin() ? Time{0} : *std::prev(after);
        }
        for (std::size_t older = 0; older < younger; ++older) {
          look_at(older);
          if (timeline().makespan <= chosen) continue;
          if (at_->cancelled && gone() <= chosen) continue;
          check_passed_over(id, chosen, arrival[older], younger);
        }
      }
    }
  }
}

// When each layer of a processor ended. Copies are left out: devices make them while they have
// chosen already.
std::vector<Time> Checker::ends_on(ProcessorId id) {
  std::vector<Time> ends;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    look_at(i);
    for (const LayerId layer : order(id)) {
      if (has_ended(layer)) ends.push_back(timeline().layers[layer].finish);
    }
  }
  std::sort(ends.begin(), ends.end());
  return ends;
}

void Checker::check_passed_over(ProcessorId id, Time at,
                                const std::map<std::pair<TensorId, MemoryId>, Time>& arrival,
                                std::size_t younger) {
  const std::vector<LayerId>& order = this->order(id);
  const auto next = std::find_if(order.begin(), order.end(),
                                 [&](LayerId layer) { return first_start(layer) > at; });
  if (next == order.end() || at < at_->admitted) return;
  for (const TensorId input : network().layer(*next).inputs) {
    const std::optional<Time> since = there(*next, input, arrival);
    if (!since || *since > at || (!exact_ && is_told_of(id, input))) return;
  }
  found("{} passes over layer {} at {} ps for request {}", name(id), name(*next), at.count(),
        younger);
}

// Somebody else has made it here, or brought it.
bool Checker::is_told_of(ProcessorId id, TensorId input) const {
  const std::optional<LayerId> maker = network().tensor(input).producer;
  const MemoryId here = hardware_.processors()[id].memory;
  const std::optional<MemoryId> src = maker ? memory_of(*maker) : hardware_.host();
  if (!src || (maker && plan().processor(*maker) == id)) return false;
  if (*src == here) return maker.has_value();
  const Leg& last = hardware_.route(*src, here)->back();
  if (!last.engine) return (maker && *src == last.src) || last.copier != id;
  for (const ProcessorId other : ids<ProcessorId>(index(id))) {
    if (hardware_.processors()[other].memory == here) return true;  // the engine is that one's
  }
  return hardware_.engines()[*last.engine].memory != here;
}

void Checker::check_record(const WorkloadTimeline& record) {
  Time last{0};
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    look_at(i);
    Time first = timeline().makespan;
    for (const LayerId id : layers()) {
      if (has_ended(id)) first = std::min(first, timeline().layers[id].start);
    }
    for (const LegSpan& span : timeline().legs) {
      if (relocates() && has_ended(span)) first = std::min(first, span.start);
    }
    const RequestSpan& span = record.requests[i];
    if (span.start != first || span.finish != timeline().makespan) {
      found("request {} is said to run from {} to {} ps, its timeline from {} to {} ps", i,
            span.start.count(), span.finish.count(), first.count(), timeline().makespan.count());
    }
    last = std::max(last, span.finish);
  }
  if (record.makespan != last) {
    found("the last request is said to end at {} ps, it does at {} ps", record.makespan.count(),
          last.count());
  }
  for (const ProcessorId id : ids<ProcessorId>(hardware_.processors().size())) {
    const Time busy = busy_time(id);
    if (record.busy[id] != busy) {
      found("{} is said to be busy for {} ps, it is for {} ps", name(id), record.busy[id].count(),
            busy.count());
    }
  }
}

Time Checker::busy_time(ProcessorId id) {
  std::vector<Interval> intervals = copies_by(id);
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    look_at(i);
    for (const LayerId layer : order(id)) {
      if (!has_ended(layer)) continue;
      intervals.push_back({timeline().layers[layer].start, timeline().layers[layer].finish, ""});
    }
    for (const Interruption& each : timeline().interrupted) {
      if (each.processor == id && each.layer) intervals.push_back({each.start, each.lost, ""});
    }
  }
  std::sort(intervals.begin(), intervals.end(),
            [](const Interval& a, const Interval& b) { return a.start < b.start; });
  Time busy{0}, until{0};
  for (const Interval& one : intervals) {
    busy += std::max(Time{0}, one.finish - std::max(one.start, until));
    until = std::max(until, one.finish);
  }
  return busy;
}

}  // namespace partita::checking

namespace partita {

using checking::Checker;
using checking::Part;

std::vector<std::string> violations(const WorkloadTimeline& record,
                                    const std::vector<Timeline>& timelines, const Network& network,
                                    const Hardware& hardware, const Workload& workload) {
  return violations(record, timelines, std::vector{&network}, hardware, workload);
}

std::vector<std::string> violations(const WorkloadTimeline& record,
                                    const std::vector<Timeline>& timelines,
                                    const std::vector<const Network*>& variants,
                                    const Hardware& hardware, const Workload& workload) {
  const std::size_t count = workload.requests.size();
  if (record.requests.size() != count || timelines.size() != count) {
    return {fmt::format("{} requests have {} records and {} timelines", count,
                        record.requests.size(), timelines.size())};
  }
  std::vector<Part> parts;
  for (std::size_t i = 0; i < count; ++i) {
    const Request& request = workload.requests[i];
    Part part{&timelines[i], request.plan, record.requests[i].admitted, variants[request.variant]};
    part.cancelled = request.cancelled;
    part.relocation = request.relocation;
    if (request.relocation != nullptr) {
      for (const Relocation::Move& move : request.relocation->moves) {
        part.moves.push_back({move.weight, move.src, move.dst, checking::kBelowAll});
      }
    }
    parts.push_back(std::move(part));
  }
  Checker checker(std::move(parts), *variants.front(), hardware);
  if (record.unfinished) return checker.check(*record.unfinished, record.makespan);
  return checker.check(record, workload);
}

}  // namespace partita
