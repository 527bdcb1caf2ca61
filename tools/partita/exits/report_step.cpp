#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tools/partita/console.h"
#include "tools/partita/exits/job.h"

namespace partita::command {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kTail = 0.95;

Json times_json(const std::vector<Time>& times) {
  if (times.empty()) return nullptr;
  return {{"mean_ps", inputs::mean(times).count()},
          {"p95_ps", inputs::quantile(times, kTail).count()}};
}

std::vector<std::string> cells(const std::vector<Time>& times) {
  if (times.empty()) return {"-", "-"};
  return {to_string(inputs::mean(times)), to_string(inputs::quantile(times, kTail))};
}

std::string error_text(const EffectRecord& record, double error) {
  // A Brier score is no share of anything.
  return record.what == "exit" ? fmt::format("{:.3f}", error) : percent(error);
}

void print_effects(const ExitsJob& job) {
  fmt::print("Do the values matter? Errors of what was not learned from (exit: Brier score):\n");
  Table table({"what", "model", "with features", "without", "shuffled", "p", "effect"});
  for (const EffectRecord& each : job.effects) {
    const inputs::ValueEffect& effect = each.effect;
    table.add({fmt::format("{} ({})", each.what, each.source), std::string(to_string(each.model)),
               error_text(each, effect.with), error_text(each, effect.without),
               error_text(each, effect.median_shuffled()), fmt::format("{:.2g}", effect.p_value),
               effect.present ? "present" : "absent"});
  }
  table.print();
}

void print_policies(const ExitsJob& job) {
  fmt::print("Where to start, for {} images that nobody learned from:\n", job.judge_by.count());
  Table table({"plans", "depth", "right", "predicted mean", "p95", "simulated mean", "p95",
               "replayed mean", "p95"});
  for (const PolicyRecord& each : job.policies) {
    std::vector<std::string> row{each.policy.name, fmt::format("{:.2f}", each.depth),
                                 each.right ? percent(*each.right) : "-", to_string(*each.expected),
                                 to_string(*each.expected_tail)};
    for (const auto* times : {&each.simulated, &each.replayed}) {
      for (std::string& cell : cells(*times)) row.push_back(std::move(cell));
    }
    table.add(std::move(row));
  }
  table.print();
}

}  // namespace

void print_exits(const ExitsJob& job) {
  print_effects(job);
  print_policies(job);
  if (job.between_stages) {
    fmt::print("from stage to stage: {} (measured{})\n", to_string(*job.between_stages),
               job.hand_over_source == "measured" ? "" : ", " + job.hand_over_source);
  }
  fmt::print("the analyzer took {} an image (measured)\n", to_string(job.judge_by.analysis));
  for (const std::string& note : job.notes) fmt::print("note: {}\n", note);
}

std::string exits_json(const ExitsJob& job) {
  Json exits = Json::array();
  for (std::size_t k = 0; k < job.parts.exits(); ++k) {
    std::size_t leave = 0;
    for (const auto& sure : job.judged.sure) leave += inputs::leaves_at(sure, 0) == k ? 1 : 0;
    exits.push_back({{"direct_simulated_ps", job.simulated.direct[k].count()},
                     {"onward_simulated_ps", job.simulated.onward[k].count()},
                     {"leave", leave}});
  }
  Json effects = Json::array();
  for (const EffectRecord& each : job.effects) {
    effects.push_back({{"what", each.what},
                       {"source", each.source},
                       {"model", to_string(each.model)},
                       {"with", each.effect.with},
                       {"without", each.effect.without},
                       {"shuffled", each.effect.shuffled},
                       {"p_value", each.effect.p_value},
                       {"present", each.effect.present}});
  }
  Json policies = Json::array();
  for (const PolicyRecord& each : job.policies) {
    policies.push_back(
        {{"name", each.policy.name},
         {"mean_depth", each.depth},
         {"right", each.right ? Json(*each.right) : Json(nullptr)},
         {"predicted",
          {{"mean_ps", each.expected->count()}, {"p95_ps", each.expected_tail->count()}}},
         {"simulated", times_json(each.simulated)},
         {"replayed", times_json(each.replayed)}});
  }
  return Json{
      {"images", {{"learned_from", job.learn_from.count()}, {"judged_by", job.judge_by.count()}}},
      {"confidence", job.options.confidence},
      {"hand_over_ps", job.hand_over.count()},
      {"hand_over", job.hand_over_source},
      {"between_stages_ps", job.between_stages ? Json(job.between_stages->count()) : Json(nullptr)},
      {"analysis_ps", job.judge_by.analysis.count()},
      {"real_runs", job.runs},
      {"disturbed_runs", job.disturbed},
      {"exits", std::move(exits)},
      {"effects", std::move(effects)},
      {"policies", std::move(policies)}}
      .dump();
}

}  // namespace partita::command
