#include "exec/replay/measured_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

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

// When the data of each transfer's copy in was there, in nanoseconds.
std::map<std::uint32_t, std::int64_t> arrivals(
    const IdVector<ProcessorId, Ran>& rans) {
  std::map<std::uint32_t, std::int64_t> there;
  for (const Ran& ran : rans) {
    for (const Record& record : ran.records) {
      if (record.kind == Record::Kind::Pack) there[record.what] = record.finish;
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

Loss loss_of(const std::vector<Record>& records,
             const std::map<std::uint32_t, std::int64_t>& there) {
  Loss loss;
  std::int64_t idle_since = 0;
  for (const Record& record : records) {
    if (record.queued_work) continue;
    loss.add(record.finish - record.start - record.cpu - kSlack, record);
    const auto arrival = there.find(record.what);
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

// What is found first is what is told.
void disturb(RunResult& run, Disturbance cause, std::string sentence) {
  if (!run.clean) return;
  run.clean = false;
  run.cause = cause;
  run.disturbance = std::move(sentence);
}

const std::string& name_of(const Record& record, const Network& network, const Plan& plan) {
  return record.kind == Record::Kind::Layer
             ? network.layer(static_cast<LayerId>(record.what)).name
             : network.tensor(plan.transfers()[record.what].tensor).name;
}

}  // namespace

RunResult measured_run(const Network& network, const Hardware& hardware, const Plan& plan,
                       const IdVector<ProcessorId, Ran>& rans, bool shared) {
  RunResult run;
  Timeline& timeline = run.timeline;
  timeline.origin = Origin::Measured;
  timeline.layers.resize(network.layer_count());
  run.cpu.resize(network.layer_count());
  run.layer_clean.assign(network.layer_count(), true);
  struct CopyRun {
    LegSpan span;
    bool clean;
  };
  std::vector<CopyRun> copies;
  for (const ProcessorId worker : ids<ProcessorId>(rans.size())) {
    run.clock_error = std::max(run.clock_error, of_ns(rans[worker].clock_error));
    for (const Record& record : rans[worker].records) {
      const bool clean = shared || was_clean(record);
      const Time start = of_ns(record.start), finish = of_ns(record.finish);
      if (record.kind == Record::Kind::Layer) {
        const auto layer = static_cast<LayerId>(record.what);
        timeline.layers[layer] = {worker, 0, start, finish};
        timeline.makespan = std::max(timeline.makespan, finish);
        run.cpu[layer] = of_ns(record.cpu);
        run.layer_clean[layer] = clean;
      } else {
        const Transfer& transfer = plan.transfers()[record.what];
        const Leg& way = (*hardware.route(transfer.src, transfer.dst))[record.leg];
        // When its set-up was over nobody can tell from outside.
        LegSpan span{record.what,          record.leg, way.engine, std::nullopt,
                     of_ns(record.queued), start,      start,      finish};
        if (!way.engine) span.copier = worker;
        copies.push_back({span, clean});
        if (transfer.dst == hardware.host()) {
          timeline.makespan = std::max(timeline.makespan, finish);
        }
      }
    }
  }
  std::sort(copies.begin(), copies.end(), [](const CopyRun& a, const CopyRun& b) {
    return std::tie(a.span.transfer, a.span.leg) < std::tie(b.span.transfer, b.span.leg);
  });
  for (const CopyRun& copy : copies) {
    timeline.legs.push_back(copy.span);
    run.leg_clean.push_back(copy.clean);
  }
  if (shared) return run;
  const auto there = arrivals(rans);
  const auto makespan = static_cast<double>(timeline.makespan / 1ns);
  for (const ProcessorId worker : ids<ProcessorId>(rans.size())) {
    const std::string& name = hardware.processors()[worker].name;
    const Loss loss = loss_of(rans[worker].records, there);
    if (static_cast<double>(loss.sum) > kMostLost * makespan) {
      disturb(run, Disturbance::LostTime,
              fmt::format("{} lost {} us to others, {} us of them at '{}'", name, loss.sum / 1000,
                          loss.largest / 1000, name_of(*loss.where, network, plan)));
    }
    const double change = clock_change(rans[worker]);
    if (std::abs(change) > kSameClock) {
      disturb(run, Disturbance::ClockChange,
              fmt::format("the clock of {} changed by {:+.1f} %", name, 100 * change));
    }
  }
  return run;
}

}  // namespace partita::exec
