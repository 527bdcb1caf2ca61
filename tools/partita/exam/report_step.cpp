#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "models/base/file.h"
#include "tools/partita/commands.h"
#include "tools/partita/console.h"
#include "tools/partita/exam/exam.h"
#include "tools/partita/plotting.h"

namespace partita::command {
namespace {

using Json = nlohmann::ordered_json;

double in_percent(double ratio) { return ratio * 100; }

Json shares_json(const exec::TimeShares& shares, double unit) {
  return {{"compute", shares.compute * unit},
          {"copies", shares.copies * unit},
          {"overhead", shares.overhead * unit},
          {"waiting", shares.waiting * unit}};
}

Json score_json(const exec::Score& score) {
  return {{"plans", score.pairs},
          {"mape_percent", in_percent(score.mape)},
          {"bias_percent", in_percent(score.bias)},
          {"p90_percent", in_percent(score.p90)}};
}

// Mean over the changes, so that one with many plans counts once. None where all was too noisy.
std::optional<double> what_if_error(const Exam& exam) {
  double sum = 0;
  std::size_t count = 0;
  for (const WhatIfRun& run : exam.what_ifs) {
    if (run.score.pairs > 0) sum += in_percent(run.score.mape), ++count;
  }
  if (count == 0) return std::nullopt;
  return sum / static_cast<double>(count);
}

Json or_null(std::optional<double> number) { return number ? Json(*number) : Json(); }

// What nothing was measured of is no number.
std::string of_pairs(const exec::Score& score, double ratio) {
  return score.pairs == 0 ? "too noisy" : percent(ratio);
}

Json plan_json(const exec::JudgedPlan& plan) {
  const MedianInterval interval = exec::measured_interval(*plan.plan);
  return {{"name", plan.plan->name},
          {"held_out", plan.plan->held_out},
          {"predicted_before_ps", plan.before.count()},
          {"predicted_ps", plan.after.count()},
          {"measured_ps", plan.plan->measured.makespan.count()},
          {"measured_low_ps", interval.low.count()},
          {"measured_high_ps", interval.high.count()},
          {"error_seconds", shares_json(plan.error, 1)}};
}

Json told_apart_json(const exec::RankingToldApart& ranking) {
  return {{"kendall_tau", ranking.pairs > 0 ? Json(ranking.tau) : Json()},
          {"pairs", ranking.pairs},
          {"all_pairs", ranking.all}};
}

// verdict.json, which the figures are drawn from.
Json verdict_json(const Exam& exam) {
  const exec::Verdict& verdict = *exam.verdict;
  Json networks = Json::array();
  for (const exec::JudgedNetwork& judged : verdict.networks) {
    Json plans = Json::array();
    for (const exec::JudgedPlan& plan : judged.plans) plans.push_back(plan_json(plan));
    networks.push_back({{"network", judged.network->network.name()},
                        {"kendall_tau", judged.tau},
                        {"told_apart", told_apart_json(judged.told_apart)},
                        {"predicted_best", judged.predicted_best},
                        {"measured_best", judged.measured_best},
                        {"best_is_best", judged.best_is_best},
                        {"regret_percent", in_percent(judged.regret)},
                        {"plans", std::move(plans)}});
  }
  Json what_ifs = Json::array();
  for (const WhatIfRun& run : exam.what_ifs) {
    Json plans = Json::array();
    for (const WhatIfRun::Plan& plan : run.plans) {
      plans.push_back({{"network", plan.network},
                       {"name", plan.name},
                       {"as_it_was_ps", plan.as_it_was.count()},
                       {"predicted_ps", plan.predicted.count()},
                       {"measured_ps", plan.measured.count()}});
    }
    what_ifs.push_back({{"name", run.what_if.name},
                        {"change", run.what_if.change},
                        {"score", score_json(run.score)},
                        {"plans", std::move(plans)}});
  }
  Json numbers = Json::array();
  for (const exec::Change& change : verdict.calibration.changes) {
    numbers.push_back({{"parameter", change.parameter},
                       {"before", change.before},
                       {"after", change.after},
                       {"low", change.low},
                       {"high", change.high}});
  }
  Json ambiguous = Json::array();
  for (const exec::Ambiguity& pair : verdict.calibration.ambiguous)
    ambiguous.push_back({pair.first, pair.second, pair.correlation});
  return {{"verdict", 1},
          {"machine", exam.machine.name()},
          {"description", exam.machine.description()},
          {"before", score_json(verdict.before)},
          {"after", score_json(verdict.after)},
          {"kendall_tau", verdict.tau},
          {"told_apart", told_apart_json(verdict.told_apart)},
          {"error_percent", shares_json(verdict.error, 100)},
          {"numbers", std::move(numbers)},
          {"not_told_apart", std::move(ambiguous)},
          {"not_told", verdict.calibration.untold},
          {"networks", std::move(networks)},
          {"what_ifs", std::move(what_ifs)},
          {"notes", exam.notes}};
}

void print_numbers(const exec::Calibration& calibration) {
  Table numbers({"number", "before", "after", "90 % of resampled fits"});
  for (const exec::Change& change : calibration.changes) {
    numbers.add({change.parameter, change.before, change.after,
                 change.low.empty() ? "" : fmt::format("{} .. {}", change.low, change.high)});
  }
  numbers.print();
  for (const exec::Ambiguity& pair : calibration.ambiguous) {
    fmt::print("  these plans cannot tell {} from {} (correlation {:.2f})\n", pair.first,
               pair.second, pair.correlation);
  }
  if (calibration.untold.empty()) return;
  fmt::print("  no plan says anything about {}\n", fmt::join(calibration.untold, ", "));
}

std::string told_apart(const exec::RankingToldApart& ranking) {
  if (ranking.pairs == 0) return fmt::format("none of {}", ranking.all);
  return fmt::format("{:.3f} ({} of {})", ranking.tau, ranking.pairs, ranking.all);
}

void print_verdict(const Exam& exam) {
  const exec::Verdict& verdict = *exam.verdict;
  Table table({"network", "held-out plans", "error before", "after", "bias", "90 % below", "tau",
               "of pairs told apart", "best predicted", "best measured", "costs"});
  for (const exec::JudgedNetwork& judged : verdict.networks) {
    std::vector<exec::Pair> before, after;
    for (const exec::JudgedPlan& plan : judged.plans) {
      if (!plan.plan->held_out) continue;
      const double measured = seconds(plan.plan->measured.makespan);
      before.push_back({seconds(plan.before), measured});
      after.push_back({seconds(plan.after), measured});
    }
    const exec::Score was = exec::score(before), is = exec::score(after);
    table.add({judged.network->network.name(), std::to_string(is.pairs), of_pairs(was, was.mape),
               of_pairs(is, is.mape), of_pairs(is, is.bias), of_pairs(is, is.p90),
               fmt::format("{:.3f}", judged.tau), told_apart(judged.told_apart),
               judged.predicted_best,
               judged.best_is_best ? judged.measured_best + " (equal)" : judged.measured_best,
               percent(judged.regret)});
  }
  table.add(
      {"all", std::to_string(verdict.after.pairs), of_pairs(verdict.before, verdict.before.mape),
       of_pairs(verdict.after, verdict.after.mape), of_pairs(verdict.after, verdict.after.bias),
       of_pairs(verdict.after, verdict.after.p90), fmt::format("{:.3f}", verdict.tau),
       told_apart(verdict.told_apart), "", "", ""});
  table.print();
  if (verdict.after.pairs == 0) return;
  fmt::print(
      "  error by kind: compute {}, copies {}, overhead {}, waiting {} of the measured time\n",
      percent(verdict.error.compute), percent(verdict.error.copies),
      percent(verdict.error.overhead), percent(verdict.error.waiting));
}

void print_what_ifs(const Exam& exam) {
  if (exam.what_ifs.empty()) return;
  Table table({"what if", "plans", "error", "bias", "worst of nine in ten"});
  for (const WhatIfRun& run : exam.what_ifs) {
    table.add({run.what_if.change, std::to_string(run.score.pairs),
               of_pairs(run.score, run.score.mape), of_pairs(run.score, run.score.bias),
               of_pairs(run.score, run.score.p90)});
  }
  table.print();
}

void draw_figure(Exam& exam, const std::string& kind) {
  const std::filesystem::path figure = exam.options.folder / "figures" / kind;
  try {
    if (draw({kind, (exam.options.folder / "verdict.json").string(), "--out", figure.string()}) ==
        0) {
      exam.files.push_back(figure.string() + ".pdf");
      exam.files.push_back(figure.string() + ".png");
      return;
    }
    exam.notes.push_back(fmt::format("the figure {} could not be drawn", kind));
  } catch (const Error& error) {
    exam.notes.push_back(fmt::format("no figure {}: {}", kind, error.what()));
  }
}

}  // namespace

void Exam::write(const std::filesystem::path& relative, std::string_view text) {
  write_file(options.folder / relative, text);
  files.push_back(options.folder / relative);
}

void report_step(Exam& exam) {
  exam.write("verdict.json", verdict_json(exam).dump(1) + "\n");
  draw_figure(exam, "exam");
  if (!exam.what_ifs.empty()) draw_figure(exam, "what_if");
  print_numbers(exam.verdict->calibration);
  print_verdict(exam);
  print_what_ifs(exam);
  for (const std::string& note : exam.notes) fmt::print("  note: {}\n", note);
  for (const auto& file : exam.files) fmt::print("wrote {}\n", file.string());
  if (!exam.options.json) return;
  const exec::Verdict& verdict = *exam.verdict;
  std::size_t clean = verdict.clean_runs, discarded = verdict.discarded_runs;
  for (const WhatIfRun& run : exam.what_ifs) clean += run.clean, discarded += run.discarded;
  const bool judged = verdict.after.pairs > 0;
  Json line{{"held_out_plans", verdict.after.pairs},
            {"makespan_mape_percent", judged ? Json(in_percent(verdict.after.mape)) : Json()},
            {"kendall_tau", judged ? Json(verdict.tau) : Json()},
            {"kendall_tau_told_apart",
             verdict.told_apart.pairs > 0 ? Json(verdict.told_apart.tau) : Json()}};
  if (!exam.what_ifs.empty()) line["what_if_error_percent"] = or_null(what_if_error(exam));
  line["clean_runs"] = clean;
  line["discarded_runs"] = discarded;
  fmt::print("{}\n", line.dump());
}

int run_exam(const ExamOptions& options) {
  Exam exam = measured_exam(options);
  judge_step(exam);
  if (options.what_if) what_if_step(exam);
  report_step(exam);
  if (exam.verdict->after.pairs > 0) return kDone;
  throw Error(
      "this computer is too busy with other work to be measured: of no held-out plan there are "
      "enough clean runs");
}

}  // namespace partita::command
