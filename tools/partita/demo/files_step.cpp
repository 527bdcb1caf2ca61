#include <fmt/format.h>

#include "models/analysis/analysis.h"
#include "models/timeline/chrome_trace.h"
#include "sim/simulate.h"
#include "tools/partita/console.h"
#include "tools/partita/demo/job.h"
#include "tools/partita/plotting.h"
#include "tools/partita/what_ifs.h"

namespace partita::command {
namespace {

const PlanRecord& best_plan(const Job& job) {
  const PlanRecord* best = nullptr;
  for (const PlanRecord& record : job.plans) {
    if (record.random) continue;
    if (best == nullptr || record.predicted.makespan < best->predicted.makespan) best = &record;
  }
  return *best;
}

void write_plans(Job& job) {
  for (const PlanRecord& record : job.plans) {
    const auto write = [&](const char* what, const Timeline& timeline, const Hardware& hardware) {
      job.write(fmt::format("timelines/{}.{}.json", record.name, what),
                to_json(timeline, job.network, hardware, record.plan));
    };
    job.write(fmt::format("plans/{}.json", record.name),
              to_json(record.plan, job.network, *job.hardware));
    write("simulated", record.simulated, *job.hardware);
    if (record.calibrated) write("calibrated", *record.calibrated, *job.calibrated);
    if (record.measured) write("measured", record.measured->timeline, *job.hardware);
  }
}

void write_trace(Job& job) {
  const PlanRecord& best = best_plan(job);
  std::vector<NamedTimeline> shown{
      {"simulated", best.simulated, job.network, *job.hardware, best.plan}};
  if (best.calibrated) {
    shown.push_back({"simulated, calibrated machine", *best.calibrated, job.network,
                     *job.calibrated, best.plan});
  }
  if (best.measured) {
    shown.push_back({"measured", best.measured->timeline, job.network, *job.hardware, best.plan});
  }
  job.write("trace.json", chrome_trace(shown));
}

// Where the time of the best plan went, and what would save some: partita report shows it.
void write_analyses(Job& job) {
  const PlanRecord& best = best_plan(job);
  const auto write = [&](const char* file, const PlanRun& run, const Analysis& analysis) {
    job.write(file, to_json(run, analysis, signals_of(*job.hardware, analysis)));
  };
  const PlanRun simulated{best.simulated, job.network, *job.hardware, best.plan, *job.costs};
  Analysis analysis(simulated);
  analysis.what_ifs =
      what_ifs(simulated, analysis, best.simulated.makespan,
               [&](const Hardware& hardware, const CostTable& costs) {
                 return sim::Simulator(job.network, hardware, costs).run(best.plan).makespan;
               });
  write("analysis.json", simulated, analysis);
  if (best.measured) {
    const PlanRun measured{best.measured->timeline, job.network, *job.hardware, best.plan,
                           *job.costs};
    write("analysis_measured.json", measured, Analysis(measured));
  }
}

void draw_figure(Job& job, const std::string& kind, std::vector<std::string> files) {
  const std::filesystem::path figure = job.options.out / "figures" / kind;
  std::vector<std::string> arguments{kind};
  arguments.insert(arguments.end(), files.begin(), files.end());
  arguments.insert(arguments.end(), {"--out", figure.string()});
  if (draw(arguments) != 0) {
    job.notes.push_back(fmt::format("the figure {} could not be drawn", kind));
    return;
  }
  job.files.push_back(figure.string() + ".pdf");
  job.files.push_back(figure.string() + ".png");
}

}  // namespace

void files_step(Job& job) {
  Step step("files");
  write_plans(job);
  write_trace(job);
  write_analyses(job);
  job.write("summary.json", summary_file(job));
  const PlanRecord& best = best_plan(job);
  const auto timeline = [&](const char* what) {
    return (job.options.out / "timelines" / fmt::format("{}.{}.json", best.name, what)).string();
  };
  std::vector<std::string> shown{timeline(best.calibrated ? "calibrated" : "simulated")};
  if (best.measured) shown.push_back(timeline("measured"));
  const std::string summary = (job.options.out / "summary.json").string();
  try {
    draw_figure(job, "gantt", shown);
    draw_figure(job, "bars", {summary});
    if (job.calibrated) draw_figure(job, "calibration", {summary});
    draw_figure(job, "adapt", {summary});
  } catch (const Error& error) {
    job.notes.push_back(fmt::format("no figures: {}", error.what()));
  }
  step.done(fmt::format("{} in {}", job.files.size(), job.options.out.string()));
}

}  // namespace partita::command
