#include "models/sweep/describe.h"

#include <array>
#include <nlohmann/json.hpp>

#include "models/sweep/points.h"

namespace partita {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kSamplings{"product", "random", "latin_hypercube", "sobol"};

Json axis_json(const Axis& axis) {
  Json json{{"name", axis.name}, {"kind", axis.range ? "range" : "list"}, {"unit", axis.unit}};
  if (axis.range) {
    json["from"] = axis.range->from;
    json["to"] = axis.range->to;
    json["scale"] = axis.range->logarithmic ? "log" : "linear";
    json["integer"] = axis.range->integer;
    json["step"] = axis.range->step;
  }
  if (!axis.values.empty()) {
    Json values = Json::array(), numbers = Json::array();
    for (const SweepValue& value : axis.values) {
      values.push_back(value.text);
      numbers.push_back(value.number ? Json(*value.number) : Json(nullptr));
    }
    json["values"] = std::move(values);
    json["numbers"] = std::move(numbers);
  }
  json["group"] = axis.group;
  json["as"] = axis.as;
  return json;
}

Json prices_json(const Sweep& sweep) {
  if (!sweep.design.has_prices) return nullptr;
  Json axes = Json::array();
  for (const AxisPrice& price : sweep.design.prices) {
    Json& one = axes.emplace_back(Json{{"axis", sweep.axes[price.axis].name}});
    if (price.table.empty()) {
      one["per"] = price.per;
      one["price"] = price.price;
    } else {
      one["table"] = price.table;
    }
  }
  return {{"currency", sweep.design.currency}, {"base", sweep.design.base}, {"axes", axes}};
}

Json goals_json(const Sweep& sweep) {
  Json goals = Json::array();
  for (const Goal& goal : sweep.design.goals) {
    goals.push_back({{"column", goal.column},
                     {goal.at_most ? "at_most" : "at_least", goal.bound},
                     {"text", goal.text}});
  }
  return goals;
}

}  // namespace

std::string description(const Sweep& sweep) {
  Json json{{"name", sweep.name}, {"question", sweep.question}, {"body", sweep.verb}};
  json["answer"] = nullptr;
  if (sweep.answer) {
    json["answer"] = {{"column", sweep.answer->column},
                      {"better", sweep.answer->smaller_is_better ? "smaller" : "larger"}};
  }
  json["repeat"] = sweep.repeat;
  json["sampling"] = kSamplings[static_cast<std::size_t>(sweep.sampling)];
  json["with"] = Json::object();
  for (const FixedOption& option : sweep.fixed) json["with"][option.name] = option.values;
  json["axes"] = Json::array();
  for (const Axis& axis : sweep.axes) json["axes"].push_back(axis_json(axis));
  json["points"] = has_points(sweep) ? Json(points_of(sweep).size()) : Json(nullptr);
  json["prices"] = prices_json(sweep);
  json["goals"] = goals_json(sweep);
  return json.dump();
}

}  // namespace partita
