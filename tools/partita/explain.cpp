#include "tools/partita/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tools/partita/console.h"
#include "tools/partita/value_text.h"

namespace partita::command {
namespace {

constexpr std::size_t kBottlenecks = 3;

std::string name_of_part(const Problem& problem, const PlanPart& part) {
  const std::string& first = problem.network.layer(part.layers.front()).name;
  if (part.layers.size() == 1) return first;
  return fmt::format("{} .. {} ({} layers)", first, problem.network.layer(part.layers.back()).name,
                     part.layers.size());
}

// "+3.2 %" of the plan's value.
std::string difference(double value, double of) {
  if (of <= 0) return fmt::format("{:+.4g}", value - of);
  return fmt::format("{:+.3g} %", (value - of) / of * 100);
}

const std::string& name_of(const Problem& problem, ProcessorId p) {
  return problem.hardware.processors()[p].name;
}
const std::string& name_of(const Problem& problem, MemoryId memory) {
  return problem.hardware.memories()[memory].name;
}

}  // namespace

void print_explanation(const Problem& problem, const Plan& plan, const Explanation& explanation,
                       const LowerBound& bound) {
  const auto value = [&](double is) { return value_text(problem.objective, is); };
  fmt::print("  why here: what {} would be with a part elsewhere, the rest as it is\n",
             value(explanation.value));
  Table table({"part", "on", "work", "next best", "value then", "difference"});
  for (const PlanPart& part : explanation.parts) {
    std::vector<std::string> row{name_of_part(problem, part), name_of(problem, part.processor),
                                 to_string(part.work)};
    if (part.elsewhere) {
      row.insert(row.end(), {name_of(problem, *part.elsewhere), value(part.value_there),
                             difference(part.value_there, explanation.value)});
    } else {
      row.insert(row.end(), {"nowhere", "", ""});
    }
    table.add(std::move(row));
  }
  table.print();
  for (const PlanPart& part : explanation.parts) {
    if (part.elsewhere || part.why_nowhere.empty()) continue;
    fmt::print("  {}: {}\n", name_of_part(problem, part), part.why_nowhere);
  }
  if (explanation.more_parts > 0) {
    fmt::print("  ({} smaller parts were not moved)\n", explanation.more_parts);
  }
  Time makespan{0};
  for (const PartTime& part : explanation.path_parts) makespan += part.time;
  std::string text;
  for (std::size_t i = 0; i < std::min(kBottlenecks, explanation.path_parts.size()); ++i) {
    const PartTime& part = explanation.path_parts[i];
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ",
                        partita::name_of(part.part, problem.hardware),
                        percent(seconds(part.time) / seconds(makespan)));
  }
  fmt::print("  critical path: {} steps; {}\n", explanation.path.size(), text);
  for (const CriticalCopy& copy : explanation.copies) {
    const Transfer& transfer = plan.transfers()[copy.transfer];
    const Tensor& tensor = problem.network.tensor(transfer.tensor);
    fmt::print("    copy of {} ({}) from {} to {}: {} of it\n", tensor.name, to_string(tensor.size),
               name_of(problem, transfer.src), name_of(problem, transfer.dst),
               to_string(copy.on_path));
  }
  if (!bound.limit.empty()) {
    fmt::print("  what limits the bound of {}: {}\n", value(bound.value), bound.limit);
  }
  for (const NumberChange& change : explanation.changes) {
    fmt::print("  what if: {}: {} ({})\n", change.what, value(change.value),
               difference(change.value, explanation.value));
  }
  if (explanation.changes.empty()) {
    fmt::print("  what if: none of {} better numbers of the machine helps this plan\n",
               explanation.tried_changes);
  }
}

nlohmann::json explanation_json(const Problem& problem, const Plan& plan,
                                const Explanation& explanation, const LowerBound& bound) {
  using nlohmann::json;
  json parts = json::array(), copies = json::array(), changes = json::array(), path = json::array();
  for (const PlanPart& part : explanation.parts) {
    json layers = json::array();
    for (const LayerId layer : part.layers) layers.push_back(problem.network.layer(layer).name);
    json each{{"layers", std::move(layers)},
              {"processor", name_of(problem, part.processor)},
              {"work_ps", part.work.count()}};
    if (part.elsewhere) {
      each["next_best"] = name_of(problem, *part.elsewhere);
      each["value_there"] = part.value_there;
    } else {
      each["why_nowhere"] = part.why_nowhere;
    }
    parts.push_back(std::move(each));
  }
  for (const CriticalCopy& copy : explanation.copies) {
    const Transfer& transfer = plan.transfers()[copy.transfer];
    copies.push_back({{"tensor", problem.network.tensor(transfer.tensor).name},
                      {"bytes", problem.network.tensor(transfer.tensor).size.value},
                      {"from", name_of(problem, transfer.src)},
                      {"to", name_of(problem, transfer.dst)},
                      {"on_path_ps", copy.on_path.count()}});
  }
  for (const PartTime& part : explanation.path_parts) {
    path.push_back(
        {{"what", partita::name_of(part.part, problem.hardware)}, {"time_ps", part.time.count()}});
  }
  for (const NumberChange& change : explanation.changes) {
    changes.push_back({{"what", change.what}, {"value", change.value}});
  }
  return {{"value", explanation.value},       {"parts", std::move(parts)},
          {"critical_path", std::move(path)}, {"critical_copies", std::move(copies)},
          {"bound_limit", bound.limit},       {"what_if", std::move(changes)}};
}

}  // namespace partita::command
