#include "exec/replay/measured_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "exec/device/lowering.h"

namespace partita::exec {
namespace {

// Reading three clocks takes about a microsecond itself.
constexpr std::int64_t kSlack = 3'000;  // ns
// What a sleeping worker takes to wake up on a quiet machine, generously.
constexpr std::int64_t kWakeUp = 100'000;  // ns

Time of_ns(std::int64_t count) { return std::chrono::nanoseconds(count); }

bool was_clean(const Record& record) {
  if (record.queued_work) return true;
  const std::int64_t wall = record.finish - record.start;
  return record.switches == 0 &&
         static_cast<double>(wall - kSlack) <= kMostWallPerCpu * static_cast<double>(record.cpu);
}

// A transfer of a request.
using Sent = std::pair<std::uint32_t, std::uint32_t>;
Sent sent(const Record& record) { return {record.request, record.what}; }

// When the data of each transfer's copy in was there, in nanoseconds.
std::map<Sent, std::int64_t> arrivals(const IdVector<ProcessorId, Ran>& rans) {
  std::map<Sent, std::int64_t> there;
  for (const Ran& ran : rans) {
    for (const Record& record : ran.records) {
      if (record.kind == Record::Kind::Pack) there[sent(record)] = record.finish;
    }
  }
  return there;
}

// Time that one worker lost to others, and where most of it.
struct Loss {
  std::int64_t sum = 0, largest = 0;
  const Record* where = nullptr;
  void add(std::int64_t lost, const Record& record) {
    if (lost <= 0) return;
    sum += lost;
    if (lost <= largest) return;
    largest = lost;
    where = &record;
  }
};

Loss loss_of(const std::vector<Record>& records, const std::map<Sent, std::int64_t>& there) {
  Loss loss;
  std::int64_t idle_since = 0;
  for (const Record& record : records) {
    if (record.queued_work) continue;
    loss.add(record.finish - record.start - record.cpu - kSlack, record);
    const auto arrival = there.find(sent(record));
    if (record.kind == Record::Kind::Unpack && arrival != there.end()) {
      loss.add(record.queued - std::max(arrival->second, idle_since) - kWakeUp, record);
    }
    idle_since = record.finish;
  }
  return loss;
}

// Of a worker's core during a run: 0.05 is 5 % faster than before.
double clock_change(const Ran& ran) {
  if (ran.chain_before == 0) return 0;
  return static_cast<double>(ran.chain_before) / static_cast<double>(ran.chain_after) - 1;
}

const std::string& name_of(const Record& record, const Network& network, const Plan& plan) {
  return record.kind == Record::Kind::Layer
             ? network.layer(static_cast<LayerId>(record.what)).name
             : network.tensor(plan.transfers()[record.what].tensor).name;
}

struct MadeCopy {
  LegSpan span;
  bool clean;
};

MadeCopy copy_of(const Record& record, ProcessorId worker, bool clean, const Hardware& hardware,
                 const Plan& plan) {
  const Transfer& transfer = plan.transfers()[record.what];
  const Leg& way = (*hardware.route(transfer.src, transfer.dst))[record.leg];
  const Time start = of_ns(record.start);
  // When its set-up was over nobody can tell from outside.
  LegSpan span{record.what,          record.leg, way.engine, std::nullopt,
               of_ns(record.queued), start,      start,      of_ns(record.finish)};
  if (!way.engine) span.copier = worker;
  return {span, clean};
}

void add_layer(RunResult& run, const Record& record, ProcessorId worker, bool clean) {
  const auto layer = static_cast<LayerId>(record.what);
  const Time finish = of_ns(record.finish);
  run.timeline.layers[layer] = {worker, 0, of_ns(record.start), finish};
  run.timeline.makespan = std::max(run.timeline.makespan, finish);
  run.cpu[layer] = of_ns(record.cpu);
  run.layer_clean[layer] = clean;
}

// Of each request, but for whether it is clean as a whole.
std::vector<RunResult> inferences(const Network& network, const Hardware& hardware,
                                  const Plan& plan, const IdVector<ProcessorId, Ran>& rans,
                                  std::size_t count, bool shared) {
  std::vector<RunResult> runs(count);
  std::vector<std::vector<MadeCopy>> copies(count);
  for (RunResult& run : runs) {
    run.timeline.origin = Origin::Measured;
    run.timeline.layers.resize(network.layer_count());
    run.cpu.resize(network.layer_count());
    run.layer_clean.assign(network.layer_count(), true);
  }
  for (const ProcessorId worker : ids<ProcessorId>(rans.size())) {
    for (const Record& record : rans[worker].records) {
      RunResult& run = runs.at(record.request);
      const bool clean = shared || was_clean(record);
      if (record.kind == Record::Kind::Layer) {
        add_layer(run, record, worker, clean);
        continue;
      }
      copies[record.request].push_back(copy_of(record, worker, clean, hardware, plan));
      if (plan.transfers()[record.what].dst == hardware.host()) {
        run.timeline.makespan = std::max(run.timeline.makespan, of_ns(record.finish));
      }
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    std::sort(copies[i].begin(), copies[i].end(), [](const MadeCopy& a, const MadeCopy& b) {
      return std::tie(a.span.transfer, a.span.leg) < std::tie(b.span.transfer, b.span.leg);
    });
    for (const MadeCopy& copy : copies[i]) {
      runs[i].timeline.legs.push_back(copy.span);
      runs[i].leg_clean.push_back(copy.clean);
    }
  }
  return runs;
}

// Weights of a cold start that the first request brings, as a younger one sees them: there when they
// have come, and when it has.
void add_shared_legs(Timeline& timeline, const Timeline& first, Time admitted,
                     const Network& network, const Plan& plan) {
  for (const LegSpan& brought : first.legs) {
    if (!is_constant(network.tensor(plan.transfers()[brought.transfer].tensor))) continue;
    const Time there = std::max(admitted, brought.finish);
    timeline.legs.push_back({.transfer = brought.transfer,
                             .leg = brought.leg,
                             .engine = std::nullopt,
                             .copier = std::nullopt,
                             .queued = there,
                             .start = there,
                             .data = there,
                             .finish = there});
  }
  std::sort(timeline.legs.begin(), timeline.legs.end(), [](const LegSpan& a, const LegSpan& b) {
    return std::tie(a.transfer, a.leg) < std::tie(b.transfer, b.leg);
  });
}

// The first thing that disturbed the workers in a run that took so long.
Quality quality_of(const IdVector<ProcessorId, Ran>& rans, Time makespan, bool shared,
                   const Network& network, const Hardware& hardware, const Plan& plan) {
  Quality quality;
  for (const Ran& ran : rans) {
    quality.clock_error = std::max(quality.clock_error, of_ns(ran.clock_error));
  }
  const auto disturb = [&](Disturbance cause, std::string sentence) {
    if (!quality.clean) return;
    quality.clean = false;
    quality.cause = cause;
    quality.disturbance = std::move(sentence);
  };
  const auto there = arrivals(rans);
  for (const ProcessorId worker : ids<ProcessorId>(shared ? 0 : rans.size())) {
    const std::string& name = hardware.processors()[worker].name;
    const Loss loss = loss_of(rans[worker].records, there);
    if (static_cast<double>(loss.sum) > kMostLost * static_cast<double>(makespan / 1ns)) {
      disturb(Disturbance::LostTime,
              fmt::format("{} lost {} us to others, {} us of them at '{}'", name, loss.sum / 1000,
                          loss.largest / 1000, name_of(*loss.where, network, plan)));
    }
    const double change = clock_change(rans[worker]);
    if (std::abs(change) > kSameClock) {
      disturb(Disturbance::ClockChange,
              fmt::format("the clock of {} changed by {:+.1f} %", name, 100 * change));
    }
  }
  return quality;
}

// Of intervals, each instant once.
Time covered(std::vector<std::pair<Time, Time>> intervals) {
  std::sort(intervals.begin(), intervals.end());
  Time sum{0}, until{0};
  for (const auto& [start, finish] : intervals) {
    sum += std::max(Time{0}, finish - std::max(start, until));
    until = std::max(until, finish);
  }
  return sum;
}

IdVector<ProcessorId, Time> busy_times(const std::vector<Timeline>& timelines,
                                       const Hardware& hardware) {
  IdVector<ProcessorId, std::vector<std::pair<Time, Time>>> works(hardware.processors().size());
  for (const Timeline& timeline : timelines) {
    for (const LayerSpan& span : timeline.layers) {
      works[span.processor].emplace_back(span.start, span.finish);
    }
    for (const LegSpan& span : timeline.legs) {
      if (span.copier) works[*span.copier].emplace_back(span.start, span.finish);
    }
  }
  IdVector<ProcessorId, Time> busy;
  for (auto& intervals : works) busy.push_back(covered(std::move(intervals)));
  return busy;
}

}  // namespace

RunResult measured_run(const Network& network, const Hardware& hardware, const Plan& plan,
                       const IdVector<ProcessorId, Ran>& rans, bool shared) {
  RunResult run = std::move(inferences(network, hardware, plan, rans, 1, shared).front());
  const Time makespan = run.timeline.makespan;
  for (const Ran& ran : rans) {
    run.counters.push_back({ran.counters.energy, ran.counters.clock, ran.counters.unnoted});
  }
  static_cast<Quality&>(run) = quality_of(rans, makespan, shared, network, hardware, plan);
  return run;
}

StreamResult measured_stream(const Network& network, const Hardware& hardware,
                             const Workload& workload, const IdVector<ProcessorId, Ran>& rans,
                             bool shared) {
  const Plan& plan = *workload.requests.front().plan;
  StreamResult stream;
  for (RunResult& run :
       inferences(network, hardware, plan, rans, workload.requests.size(), shared)) {
    stream.timelines.push_back(std::move(run.timeline));
  }
  std::multiset<Time, std::greater<>> ends;  // the last `in_flight` of those before
  Time admitted{0};
  for (std::size_t i = 0; i < stream.timelines.size(); ++i) {
    Timeline& timeline = stream.timelines[i];
    if (!workload.saturated) admitted = std::max(admitted, workload.requests[i].arrival);
    if (ends.size() == workload.in_flight) admitted = std::max(admitted, *std::prev(ends.end()));
    RequestSpan span{workload.saturated ? admitted : workload.requests[i].arrival, admitted,
                     Time::max(), timeline.makespan};
    if (i > 0) {
      add_shared_legs(timeline, stream.timelines.front(), admitted, network, plan);
    }
    for (const LayerSpan& layer : timeline.layers) span.start = std::min(span.start, layer.start);
    stream.record.requests.push_back(span);
    stream.record.makespan = std::max(stream.record.makespan, span.finish);
    ends.insert(span.finish);
    if (ends.size() > workload.in_flight) ends.erase(std::prev(ends.end()));
  }
  stream.record.busy = busy_times(stream.timelines, hardware);
  static_cast<Quality&>(stream) =
      quality_of(rans, stream.record.makespan, shared, network, hardware, plan);
  // Workers without layers know of no seats.
  stream.seats.assign(stream.timelines.size(), 0);
  for (const Ran& ran : rans) {
    for (std::size_t i = 0; i < stream.seats.size(); ++i) {
      stream.seats[i] = std::max<std::size_t>(stream.seats[i], ran.seats.at(i));
    }
  }
  return stream;
}

}  // namespace partita::exec
