#include "exec/profile/readings.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace partita::exec {
namespace {

struct Interval {
  Time start{0}, finish{0};
};

// How much of `span` lies in `others`, which do not overlap.
double share_in(const Interval& span, const std::vector<Interval>& others) {
  if (span.finish <= span.start) return 0;
  Time common{0};
  for (const Interval& other : others) {
    const Time from = std::max(span.start, other.start), to = std::min(span.finish, other.finish);
    if (to > from) common += to - from;
  }
  return seconds(common) / seconds(span.finish - span.start);
}

// A clock may tick too slowly to see that something took time.
Time at_least_a_tick(Time time) { return std::max(time, 1_ps); }

Reading reading(ProfileRow row, std::string processor, Time time, bool clean) {
  row.processor = std::move(processor);
  return {std::move(row), at_least_a_tick(time), clean};
}

ProfileRow overhead(const std::string& what) {
  ProfileRow row;
  row.kind = "overhead";
  row.signature = what;
  return row;
}

ProcessorId copier_of(const LegSpan& span, const Leg& way, const Hardware& hardware) {
  if (span.copier) return *span.copier;
  const MemoryId memory = hardware.engines()[*way.engine].memory;
  for (const ProcessorId id : ids<ProcessorId>(hardware.processors().size())) {
    if (hardware.processors()[id].memory == memory) return id;
  }
  return ProcessorId{0};  // the host's, whose copies all are made for the first
}

struct Copy {
  ProcessorId copier;
  Interval span;
};

Copy copy_of(const LegSpan& span, const Hardware& hardware, const Plan& plan, ProfileRow& row,
             const Network& network) {
  const Transfer& transfer = plan.transfers()[span.transfer];
  const Leg& way = (*hardware.route(transfer.src, transfer.dst))[span.leg];
  row.signature = hardware.memories()[way.src].name + ">" + hardware.memories()[way.dst].name;
  row.size = network.tensor(transfer.tensor).size;
  return {copier_of(span, way, hardware), {span.start, span.finish}};
}

}  // namespace

std::vector<Reading> layer_readings(const DistinctPart& part, const Hardware& hardware,
                                    const Plan& plan, const RunResult& run, ProcessorId processor) {
  const std::string& name = hardware.processors()[processor].name;
  const auto& spans = run.timeline.layers;
  std::vector<Reading> readings;
  for (const LayerId layer : plan.order(processor)) {
    if (!part.rows[layer]) continue;
    readings.push_back(reading(*part.rows[layer], name, spans[layer].finish - spans[layer].start,
                               run.layer_clean[layer]));
  }
  for (const auto& [subgraph, row] : part.subgraphs) {
    bool here = true, clean = true;
    for (const LayerId layer : subgraph.layers) {
      here = here && plan.processor(layer) == processor;
      clean = clean && run.layer_clean[layer];
    }
    if (!here) continue;
    const Time start = spans[subgraph.layers.front()].start;
    readings.push_back(reading(row, name, spans[subgraph.layers.back()].finish - start, clean));
  }
  const std::vector<LayerId>& order = plan.order(processor);
  for (std::size_t i = 1; i < order.size(); ++i) {
    readings.push_back(reading(overhead("launch"), name,
                               spans[order[i]].start - spans[order[i - 1]].finish,
                               run.layer_clean[order[i]]));
  }
  return readings;
}

std::vector<Reading> copy_readings(const Network& network, const Hardware& hardware,
                                   const Plan& plan, const RunResult& run) {
  std::vector<Reading> readings;
  for (std::size_t i = 0; i < run.timeline.legs.size(); ++i) {
    const LegSpan& span = run.timeline.legs[i];
    ProfileRow row;
    row.kind = "copy";
    const Copy copy = copy_of(span, hardware, plan, row, network);
    readings.push_back(reading(std::move(row), hardware.processors()[copy.copier].name,
                               span.finish - span.start, run.leg_clean[i]));
  }
  return readings;
}

std::vector<Reading> copies_readings(const Network& network, const Hardware& hardware,
                                     const Plan& plan, const RunResult& run, std::size_t level) {
  std::vector<Copy> copies;
  std::vector<ProfileRow> rows;
  std::map<ProcessorId, std::vector<Interval>> busy;
  for (const LegSpan& span : run.timeline.legs) {
    ProfileRow& row = rows.emplace_back();
    row.kind = "copies";
    row.level = static_cast<int>(level);
    copies.push_back(copy_of(span, hardware, plan, row, network));
    if (copies.back().span.finish > copies.back().span.start) {
      busy[copies.back().copier].push_back(copies.back().span);
    }
  }
  std::vector<Reading> readings;
  for (std::size_t i = 0; i < copies.size(); ++i) {
    std::size_t beside = 0;
    for (const auto& [other, spans] : busy) {
      if (other != copies[i].copier && share_in(copies[i].span, spans) >= kTogether) ++beside;
    }
    if (beside + 1 < level) continue;
    readings.push_back(reading(std::move(rows[i]), hardware.processors()[copies[i].copier].name,
                               copies[i].span.finish - copies[i].span.start, run.leg_clean[i]));
  }
  return readings;
}

std::vector<Reading> interference_readings(const DistinctPart& part, const Hardware& hardware,
                                           const std::vector<ProcessorId>& processors,
                                           const RunResult& run) {
  const std::size_t layers = part.network.layer_count();
  std::vector<std::vector<Interval>> busy(processors.size());
  std::vector<std::string> with(processors.size());
  for (std::size_t seat = 0; seat < processors.size(); ++seat) {
    for (std::size_t i = 0; i < layers; ++i) {
      const LayerSpan& span = run.timeline.layers[static_cast<LayerId>(seat * layers + i)];
      // One that had to run elsewhere takes no time here.
      const bool here = span.processor == processors[seat];
      busy[seat].push_back(here ? Interval{span.start, span.finish} : Interval{});
    }
    for (std::size_t other = 0; other < processors.size(); ++other) {
      if (other == seat) continue;
      with[seat] += (with[seat].empty() ? "" : "+") + hardware.processors()[processors[other]].name;
    }
  }
  std::vector<Reading> readings;
  for (std::size_t seat = 0; seat < processors.size(); ++seat) {
    for (const LayerId layer : part.network.layers()) {
      if (!part.rows[layer]) continue;
      const Interval& span = busy[seat][index(layer)];
      bool together = span.finish > span.start;
      for (std::size_t other = 0; other < processors.size(); ++other) {
        together = together && (other == seat || share_in(span, busy[other]) >= kTogether);
      }
      if (!together) continue;
      ProfileRow row = *part.rows[layer];
      row.kind = "interference";
      row.level = static_cast<int>(processors.size());
      row.with = with[seat];
      row.footprint.reset();
      const auto there = static_cast<LayerId>(seat * layers + index(layer));
      readings.push_back(reading(std::move(row), hardware.processors()[processors[seat]].name,
                                 span.finish - span.start, run.layer_clean[there]));
    }
  }
  return readings;
}

std::vector<Reading> overhead_readings(const Hardware& hardware, const Plan& plan,
                                       const RunResult& run, ProcessorId processor, Time wall) {
  const std::string& name = hardware.processors()[processor].name;
  const std::vector<LayerId>& order = plan.order(processor);
  std::vector<Reading> readings;
  for (const LayerId layer : order) {
    const LayerSpan& span = run.timeline.layers[layer];
    readings.push_back(
        reading(overhead("tiny layer"), name, span.finish - span.start, run.layer_clean[layer]));
  }
  readings.push_back(
      reading(overhead("start"), name, run.timeline.layers[order.front()].start, run.clean));
  readings.push_back(reading(overhead("run"), name, wall - run.timeline.makespan, run.clean));
  return readings;
}

}  // namespace partita::exec
