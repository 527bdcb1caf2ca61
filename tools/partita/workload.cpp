#include "tools/partita/workload.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "models/base/file.h"
#include "models/evaluate/evaluate.h"
#include "models/timeline/chrome_trace.h"
#include "models/timeline/vcd.h"
#include "models/workload/statistics.h"
#include "sim/side_by_side.h"
#include "tools/partita/analysis_text.h"
#include "tools/partita/commands.h"
#include "tools/partita/console.h"
#include "tools/partita/kept_parts.h"
#include "tools/partita/what_ifs.h"

namespace partita::command {
namespace {

constexpr std::size_t kMostRequests = 10'000'000;
constexpr std::size_t kSpans =
    200'000;  // layers and transfers that are kept, unless told otherwise

void print_memories(const WorkloadTimeline& record, const Hardware& hardware) {
  Table memories({"memory", "peak", "capacity"});
  for (const MemoryId id : ids<MemoryId>(hardware.memories().size())) {
    if (record.memory_peak[id] == Bytes{0}) continue;
    memories.add({hardware.memories()[id].name, to_string(record.memory_peak[id]),
                  to_string(hardware.memories()[id].capacity)});
  }
  memories.print();
}

std::size_t requests_to_keep(const WorkloadOptions& options, const WorkloadOutputs& outputs,
                             const Workload& workload) {
  const Plan& plan = *workload.requests.front().plan;
  const std::size_t spans = plan.placement().processor.size() + plan.transfers().size();
  std::size_t most = options.analysed.value_or(kSpans / spans);
  if (!outputs.trace.empty() || !outputs.vcd.empty()) most = std::max(most, options.traced);
  return std::clamp<std::size_t>(most, 1, workload.requests.size());
}

// The workload again, up to as many requests as are known, on other machines.
void try_what_ifs(const WorkloadRun& run, const Workload& workload, const WorkloadTimeline& record,
                  const sim::SimulatorOptions& how, Analysis& analysis) {
  Workload known = workload;
  known.requests.resize(run.requests.size());
  const Trial trial = [&](const Hardware& hardware, const CostTable& costs) {
    sim::Simulator simulator(run.network, hardware, costs, how);
    return goal_of(simulator.run(known), known).time;
  };
  const WorkloadGoal all = goal_of(record, workload);
  analysis.what_if_of = all.what;
  analysis.what_if_now = all.time;
  if (!run.whole) {
    const auto now = [&](std::size_t) { return trial(run.hardware, run.costs); };
    analysis.what_if_now = sim::side_by_side(1, 1, now).front();
  }
  analysis.what_ifs = what_ifs(run, analysis, *analysis.what_if_now, trial);
}

// Of traces and waves: the first requests only, and what happens until the others come.
struct Excerpt {
  std::size_t requests = 0;
  Time until{0};
  std::vector<Signal> signals;
  std::string hint;
};

Excerpt excerpt(const WorkloadRun& run, const Analysis& analysis, std::size_t most) {
  Excerpt made{std::min(most, run.requests.size()), run.until, signals_of(run.hardware, analysis),
               ""};
  if (made.requests < run.requests.size()) made.until = run.requests[made.requests].admitted;
  if (made.requests == run.requests.size() && run.whole) return made;
  for (Signal& signal : made.signals) signal.values = signal.values.up_to(made.until);
  made.hint = fmt::format(", the first {} requests: --trace-requests", made.requests);
  return made;
}

void write_files(const WorkloadOutputs& outputs, const WorkloadRun& run, const Analysis& analysis,
                 const WorkloadTimeline& record, const Excerpt& shown) {
  const auto write = [&](const std::string& file, const std::string& text, const char* tool) {
    write_file(file, text);
    fmt::print("wrote {} (open it {}{})\n", file, tool, shown.hint);
  };
  if (!outputs.analysis.empty()) {
    write_file(outputs.analysis, to_json(run, analysis, signals_of(run.hardware, analysis)));
    fmt::print("wrote {} (draw it: partita plot waiting)\n", outputs.analysis);
  }
  if (!outputs.trace.empty()) {
    std::vector<TracedRequest> traced;
    for (std::size_t i = 0; i < shown.requests; ++i) {
      traced.push_back({i, record.requests[i], run.requests[i].timeline, run.requests[i].plan});
    }
    write(outputs.trace,
          chrome_trace("simulated", traced, run.network, run.hardware, shown.signals),
          "at ui.perfetto.dev");
  }
  if (!outputs.vcd.empty()) {
    write(outputs.vcd, value_change_dump(shown.signals, shown.until), "with gtkwave");
  }
}

}  // namespace

void add_workload_options(CLI::App& app, WorkloadOptions& options) {
  add_request_options(app, options);
  app.add_option("--trace-requests", options.traced,
                 "inferences that --trace and --vcd show, at most")
      ->check(CLI::Range(std::size_t{1}, std::size_t{100'000}))
      ->capture_default_str()
      ->group(kSeveralInferences);
  app.add_option("--analysed-requests", options.analysed,
                 "inferences, from the first on, of which it is said where their time went (as "
                 "many as have some 200,000 layers and transfers); latencies are of all")
      ->check(CLI::Range(std::size_t{1}, kMostRequests))
      ->group(kSeveralInferences);
  add_seed_option(app, options.seed);
  app.get_option("--seed")->group(kSeveralInferences);
}

int simulate_workload(const WorkloadOptions& options, const Inputs& inputs, const Plan& plan,
                      const sim::SimulatorOptions& how, const WorkloadOutputs& outputs) {
  const AskedRequests asked = asked_for(options, plan);
  const Workload& workload = asked.workload;
  std::vector<Timeline> first(requests_to_keep(options, outputs, workload));
  Step step("simulate");
  sim::Simulator simulator(inputs.network, inputs.hardware, inputs.costs, how);
  std::int64_t done = 0;
  const WorkloadTimeline& record =
      simulator.run(workload, [&](std::size_t number, const Timeline& timeline) {
        if (number < first.size()) first[number] = timeline;
        constexpr std::int64_t kNow = 256;
        if (++done % kNow == 0) {
          step.progress(done, static_cast<std::int64_t>(workload.requests.size()));
        }
      });
  step.done(record.unfinished ? "never over" : to_string(record.makespan));
  const std::string reason = why_infeasible(record, inputs.network, inputs.hardware);
  if (!reason.empty()) fmt::print("infeasible: {} (nothing is written)\n", reason);
  if (record.unfinished) {  // then there is no latency to speak of
    if (outputs.json) {
      fmt::print("{}\n", nlohmann::ordered_json{{"feasible", false}, {"reason", reason}}.dump());
    }
    return kNo;
  }
  const WorkloadRun run(inputs.network, inputs.hardware, inputs.costs, workload, record, first);
  Analysis analysis(run);
  const bool is_any = run.until > Time{0};
  if (outputs.what_if && is_any) try_what_ifs(run, workload, record, how, analysis);
  print_record(record, statistics(record), asked);
  print_memories(record, inputs.hardware);
  if (is_any) {
    print_analysis(run, analysis);
  } else {
    fmt::print("  (more than {} are there at once: --analysed-requests says where more went)\n",
               first.size());
  }

  const std::string json = to_json(
      record, inputs.hardware, workload,
      {inputs.network.name(), inputs.hardware.name(), plan.method(), asked.arrivals, options.seed});
  if (reason.empty() && !outputs.out.empty()) {
    write_file(outputs.out, json);
    fmt::print("wrote {} (draw it: partita plot latency)\n", outputs.out);
  }
  if (reason.empty()) {
    write_files(outputs, run, analysis, record, excerpt(run, analysis, options.traced));
  }
  if (outputs.json) {
    using Json = nlohmann::ordered_json;
    Json line{{"simulated_ps", record.makespan.count()}, {"feasible", reason.empty()}};
    line["workload"] = Json::parse(json);
    line["workload"].erase("requests");  // they may be very many, and are in --out
    if (is_wanted("analysis")) {
      line["analysis"] = Json::parse(to_json(run, analysis));
      line["analysis"].erase("critical_path");  // likewise, and in --analysis
    }
    fmt::print("{}\n", line.dump());
  }
  return reason.empty() ? kDone : kNo;
}

}  // namespace partita::command
