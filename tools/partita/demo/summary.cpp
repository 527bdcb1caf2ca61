#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "tools/partita/console.h"
#include "tools/partita/demo/job.h"

namespace partita::command {
namespace {

using Json = nlohmann::ordered_json;

double relative(Time value, Time reference) {
  return static_cast<double>((value - reference).count()) / static_cast<double>(reference.count());
}

// The best of the methods by its own prediction; random plans are no candidates.
const PlanRecord& chosen(const Job& job) {
  const PlanRecord* best = &job.plans.front();
  for (const PlanRecord& record : job.plans) {
    if (!record.random && record.predicted.makespan < best->predicted.makespan) best = &record;
  }
  return *best;
}

double gap(const Job& job) { return relative(chosen(job).predicted.makespan, job.bound.value); }

Json nothing_or(const std::optional<double>& ratio) {
  return ratio ? Json(*ratio * 100) : Json(nullptr);
}

Json adapt_json(const Job& job) {
  for (const AdaptRecord& record : job.adapt) {
    if (record.execution == "simulated" && job.adapt.size() > 1) continue;
    return {{"execution", record.execution},
            {"before_ms", milliseconds(record.before)},
            {"static_ms", milliseconds(record.disturbed)},
            {"adapted_ms", milliseconds(record.adapted)},
            {"switched", record.answer() != nullptr}};
  }
  return nullptr;
}

Json plan_json(const PlanRecord& record) {
  return {{"name", record.name},
          {"predicted_ps", record.predicted.makespan.count()},
          {"simulated_ps", record.simulated.makespan.count()},
          {"measured_ps",
           record.measured ? Json(record.measured->timeline.makespan.count()) : Json(nullptr)}};
}

Json series(const AdaptRecord& record, const ServiceStream& result, const char* policy) {
  const bool adapts = &result == &record.adapts;
  Json latency = Json::array();
  for (const Time time : result.latency) latency.push_back(milliseconds(time));
  return {{"policy", policy},
          {"execution", record.execution == "real" ? "real" : "simulated"},
          {"disturbance", record.disturbance},
          {"latency_ms", latency},
          {"disturbed_from", record.disturbed_from},
          {"switched_at",
           adapts && record.answer() != nullptr ? Json(record.answer()->before) : Json(nullptr)}};
}

std::string measured_text(const PlanRecord& record) {
  return record.measured ? to_string(record.measured->timeline.makespan) : "-";
}

void print_plans(const Job& job) {
  Table table(
      {"plan", "predicted", "simulated", "measured", "calibrated", "error before", "after"});
  for (const PlanRecord& record : job.plans) {
    if (record.random) continue;
    std::vector<std::string> row{record.name, to_string(record.predicted.makespan),
                                 to_string(record.simulated.makespan), measured_text(record)};
    if (record.measured && record.calibrated) {
      const Time measured = record.measured->timeline.makespan;
      row.push_back(to_string(record.calibrated->makespan));
      row.push_back(percent(relative(record.predicted.makespan, measured)));
      row.push_back(percent(relative(record.calibrated->makespan, measured)));
    }
    table.add(row);
  }
  table.print();
}

// Files at the top by name; of a folder its name and how many there are, so that the list fits on a
// screen.
void print_files(const Job& job) {
  std::map<std::string, std::size_t> folders;
  for (const std::filesystem::path& file : job.files) {
    const std::filesystem::path shown = file.lexically_relative(job.options.out);
    if (shown.has_parent_path()) {
      ++folders[shown.parent_path().string()];
    } else {
      fmt::print("  {}\n", shown.string());
    }
  }
  for (const auto& [folder, count] : folders) fmt::print("  {}/ ({} files)\n", folder, count);
}

// Splitting pays if the best plan uses more than one processor and is really faster than the best
// single one.
std::string verdict(const Job& job) {
  const PlanRecord& single = job.plans.front();
  const PlanRecord& best = chosen(job);
  const bool measured = single.measured && best.measured;
  const Time one = measured ? single.measured->timeline.makespan : single.simulated.makespan;
  const Time split = measured ? best.measured->timeline.makespan : best.simulated.makespan;
  const char* label = measured ? "measured" : "simulated";
  if (&single == &best || split >= one) {
    return fmt::format("splitting does not pay here: {} alone takes {} ({}), {} takes {}",
                       job.best_single, to_string(one), label, best.name, to_string(split));
  }
  return fmt::format("splitting pays: {} takes {}, {} alone {} ({}: {:.2f} x faster)", best.name,
                     to_string(split), job.best_single, to_string(one), label,
                     static_cast<double>(one.count()) / static_cast<double>(split.count()));
}

}  // namespace

std::string summary_line(const Job& job) {
  Json plans = Json::array();
  for (const PlanRecord& record : job.plans) plans.push_back(plan_json(record));
  const Json line{{"network", job.network.name()},
                  {"machine", job.hardware->name()},
                  {"plans", plans},
                  {"lower_bound_ps", job.bound.value.count()},
                  {"gap", gap(job)},
                  {"error_before_percent", nothing_or(job.error_before)},
                  {"error_after_percent", nothing_or(job.error_after)},
                  {"adapt", adapt_json(job)},
                  {"output", std::filesystem::absolute(job.options.out).string()}};
  return line.dump();
}

std::string summary_file(const Job& job) {
  Json plans = Json::array();
  for (const PlanRecord& record : job.plans) {
    Json plan = plan_json(record);
    plan["method"] = record.plan.method();
    plan["random"] = record.random;
    plan["used_in_fit"] = record.used_in_fit;
    plan["calibrated_ps"] =
        record.calibrated ? Json(record.calibrated->makespan.count()) : Json(nullptr);
    plan["measured_low_ps"] = nullptr;
    plan["measured_high_ps"] = nullptr;
    if (record.measured && !record.measured->makespans.empty()) {
      auto sorted = record.measured->makespans;
      std::sort(sorted.begin(), sorted.end());
      plan["measured_low_ps"] = sorted.front().count();
      plan["measured_high_ps"] = sorted[sorted.size() * 9 / 10].count();
    }
    plans.push_back(plan);
  }
  Json streams = Json::array();
  for (const AdaptRecord& record : job.adapt) {
    streams.push_back(series(record, record.stays, "static"));
    streams.push_back(series(record, record.adapts, "adapted"));
  }
  const Json summary{
      {"summary", 1},
      {"network", job.network.name()},
      {"machine", job.hardware->name()},
      {"seed", job.options.seed},
      {"plans", plans},
      {"lower_bound_ps", job.bound.value.count()},
      {"lower_bound_limit", job.bound.limit},
      {"gap", gap(job)},
      {"output_difference", job.output_difference ? Json(*job.output_difference) : Json(nullptr)},
      {"error_before_percent", nothing_or(job.error_before)},
      {"error_after_percent", nothing_or(job.error_after)},
      {"adapt", {{"series", streams}}},
      {"notes", job.notes}};
  return summary.dump(2) + "\n";
}

void print_summary(const Job& job) {
  fmt::print("\n{} on {}\n", job.network.name(), job.hardware->name());
  print_plans(job);
  fmt::print("  lower bound {} ({}), gap {}\n", to_string(job.bound.value), job.bound.limit,
             percent(gap(job)));
  fmt::print("  {}\n", verdict(job));
  if (job.output_difference) {
    fmt::print("  outputs differ from the reference executor by at most {:.1e} (relative)\n",
               *job.output_difference);
  }
  if (job.error_before && job.error_after) {
    fmt::print("  error on plans not used in the fit: {} before calibration, {} after\n",
               percent(*job.error_before), percent(*job.error_after));
  }
  for (const AdaptRecord& record : job.adapt) {
    fmt::print("  adapt ({}): {} undisturbed; {}: {} with the old plan, {}\n", record.execution,
               to_string(record.before), record.disturbance, to_string(record.disturbed),
               record.adapts.switches.empty() ? "no better plan was found"
                                              : to_string(record.adapted) + " with the new one");
  }
  for (const std::string& note : job.notes) fmt::print("  note: {}\n", note);
  fmt::print("\nfiles in {}:\n", job.options.out.string());
  print_files(job);
}

}  // namespace partita::command
