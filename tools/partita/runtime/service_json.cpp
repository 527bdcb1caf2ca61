#include "tools/partita/runtime/service_json.h"

#include <algorithm>
#include <cmath>

#include "models/hardware/describe.h"

namespace partita::command {
namespace {

using Json = nlohmann::ordered_json;

double milliseconds(Time time) { return seconds(time) * 1e3; }
double rounded(double value) { return std::round(value * 1e6) / 1e6; }

Json load_of(const ServiceCase& of, Time end) {
  constexpr std::size_t kMost = 1000;
  Json all = Json::array();
  for (const LoadSpec& load : of.hardware().load()) {
    Json entry{{"name", load.name},
               {"on", load_part(of.hardware(), load.effect)},
               {"what", load_text(load.effect)}};
    Json& held = entry["windows_ps"] = Json::array();
    for (const Window& window : windows(load, end, kMost)) {
      held.push_back({window.from.count(), window.until.count()});
    }
    all.push_back(std::move(entry));
  }
  return all;
}

Json requests_of(const ServiceCase& of, const ServiceRecord& record) {
  Json arrival = Json::array(), answered = Json::array(), what = Json::array(),
       seen = Json::array(), attempts = Json::array(), shed = Json::array();
  for (std::size_t i = 0; i < record.requests.size(); ++i) {
    const RequestRecord& request = record.requests[i];
    arrival.push_back(request.arrival.count());
    answered.push_back(request.done ? request.answered.count() : -1);
    what.push_back(of.requests()[i].input_class);
    seen.push_back(request.input_class);
    attempts.push_back(request.attempts);
    shed.push_back(request.shed);
  }
  return {{"arrival_ps", arrival}, {"answered_ps", answered}, {"class", what},
          {"seen", seen},          {"attempts", attempts},    {"shed", shed}};
}

Json decisions_of(const ServiceRecord& record) {
  Json all = Json::array();
  for (const DecisionRecord& each : record.decisions) {
    all.push_back({{"when_ps", each.when.count()},
                   {"switched", each.switched},
                   {"configuration", each.configuration},
                   {"reason", each.reason}});
  }
  return all;
}

Json migrations_of(const ServiceRecord& record) {
  Json all = Json::array();
  for (const RelocationRecord& each : record.relocations) {
    all.push_back({{"asked_ps", each.asked.count()},
                   {"done_ps", each.done.count()},
                   {"bytes", each.bytes.value},
                   {"configuration", each.configuration},
                   {"aborted", each.aborted}});
  }
  return all;
}

Json row_of(const ServiceCase& of, const Outcome& outcome) {
  Json row{{"name", of.scenario().name},
           {"machine", of.is_here() ? ServiceCase::kHere : of.hardware().name()},
           {"execution", outcome.execution},
           {"policy", outcome.policy},
           {"mean_ms", rounded(milliseconds(outcome.mean))},
           {"p99_ms", rounded(milliseconds(outcome.latency.p99))},
           {"cost_ms", rounded(outcome.cost_ms)}};
  row["regret_percent"] = outcome.regret ? Json(rounded(100 * *outcome.regret)) : Json();
  row["behind_best_percent"] = rounded(100 * outcome.behind);
  row["requests"] = outcome.record.requests.size();
  row["answered"] = outcome.answered;
  row["shed"] = outcome.shed;
  row["lost"] = outcome.lost;
  row["duplicated"] = outcome.record.duplicates;
  row["migrations"] = outcome.migrations;
  row["decision_p99_us"] = rounded(seconds(outcome.decision_p99) * 1e6);
  row["disturbed"] = of.scenario().disturbed();
  return row;
}

}  // namespace

Json rows_of(const ServiceCase& of, const std::vector<Outcome>& outcomes) {
  Json rows = Json::array();
  for (const Outcome& outcome : outcomes) rows.push_back(row_of(of, outcome));
  return rows;
}

std::string service_json(const ServiceCase& of, const std::vector<Outcome>& outcomes) {
  Time end{0};
  for (const Outcome& outcome : outcomes) {
    for (const RequestRecord& request : outcome.record.requests) {
      end = std::max({end, request.arrival, request.answered});
    }
  }
  Json classes = Json::array();
  for (const ScenarioClass& each : of.scenario().classes) classes.push_back(each.name);
  Json service{{"service", 1},
               {"scenario", of.scenario().name},
               {"about", of.scenario().about},
               {"machine", of.hardware().name()},
               {"network", of.scenario().network},
               {"capacity_per_second", of.capacity()},
               {"classes", classes},
               {"load", load_of(of, end)}};
  Json& policies = service["policies"] = Json::array();
  for (const Outcome& outcome : outcomes) {
    Json policy = row_of(of, outcome);
    policy["first_configuration"] = outcome.first;
    policy["requests"] = requests_of(of, outcome.record);
    policy["decisions"] = decisions_of(outcome.record);
    policy["relocations"] = migrations_of(outcome.record);
    policies.push_back(std::move(policy));
  }
  return service.dump() + "\n";
}

}  // namespace partita::command
