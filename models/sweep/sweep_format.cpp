#include "models/sweep/sweep_format.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "models/base/quantity_pattern.h"

namespace partita {
namespace {

using Json = nlohmann::ordered_json;

// Names of axes and options (mistake_in_name() of read_axes.h).
constexpr const char* kNamePattern =
    R"(^([a-z][a-z0-9-]*|(machine|model|bind|scenario)(\.([^.]|\[[0-9]+\.\.[0-9]+\])+)+)$)";

Json scalar() { return {{"type", {"string", "number", "boolean"}}}; }
Json number() { return {{"type", {"string", "number"}}}; }
Json list_of(Json item) { return {{"type", "array"}, {"items", std::move(item)}, {"minItems", 1}}; }
Json reference_to(std::string_view section) {
  return {{"$ref", fmt::format("#/definitions/{}", section)}};
}
Json whole(int least) { return {{"type", "integer"}, {"minimum", least}}; }

Json named(Json value) {
  Json patterns;
  patterns[kNamePattern] = std::move(value);
  return {{"type", "object"},
          {"patternProperties", std::move(patterns)},
          {"additionalProperties", false}};
}

Json words(std::string_view comma_separated) {
  Json list = Json::array();
  while (!comma_separated.empty()) {
    const auto comma = comma_separated.find(", ");
    list.push_back(std::string{comma_separated.substr(0, comma)});
    comma_separated = comma == std::string_view::npos ? "" : comma_separated.substr(comma + 2);
  }
  return list;
}

Json axes() {
  const Json axis = {{"oneOf", {list_of(scalar()), reference_to("axis")}}};
  Json zip = named(axis);
  zip["minProperties"] = 2;
  Json all = named(axis);
  // A pattern of its own: "zip" is a name that an option could have, too.
  all["properties"]["zip"] = {{"oneOf", {zip, list_of(zip)}}};
  Json patterns;
  patterns[fmt::format("^(?!zip$)({})$", std::string_view{kNamePattern}.substr(
                                             1, std::string_view{kNamePattern}.size() - 2))] = axis;
  all["patternProperties"] = std::move(patterns);
  return all;
}

Json conditions() {
  Json condition = named({{"oneOf", {scalar(), list_of(scalar())}}});
  condition["minProperties"] = 1;
  return {{"type", "array"}, {"items", std::move(condition)}};
}

Json closed_section(std::string_view section);

Json prices() {
  Json map = closed_section("prices");
  Json table = {{"type", "object"}, {"additionalProperties", {{"type", "number"}, {"minimum", 0}}}};
  Json patterns;
  patterns[R"(^(?!(currency|base)$))"] = {{"anyOf", {reference_to("price"), table}}};
  map["patternProperties"] = std::move(patterns);
  return map;
}

Json schema_of(const SweepKeyInfo& key) {
  switch (key.type) {
    case SweepKeyType::Name: return {{"type", "string"}, {"pattern", "^[A-Za-z0-9_-]{1,64}$"}};
    case SweepKeyType::Text: return {{"type", "string"}};
    case SweepKeyType::Texts: return {{"type", "array"}, {"items", {{"type", "string"}}}};
    case SweepKeyType::Choice: return {{"enum", words(key.choices)}};
    case SweepKeyType::Count: return whole(1);
    case SweepKeyType::Points: return whole(2);
    case SweepKeyType::Seed: return whole(0);
    case SweepKeyType::Flag: return {{"type", "boolean"}};
    case SweepKeyType::Number: return number();
    case SweepKeyType::Price: return {{"type", "number"}, {"minimum", 0}};
    case SweepKeyType::Values: return list_of(scalar());
    case SweepKeyType::Time: return {{"type", "string"}, {"pattern", quantity_pattern<Time>()}};
    case SweepKeyType::Bytes: return {{"type", "string"}, {"pattern", quantity_pattern<Bytes>()}};
    case SweepKeyType::Options:
      return named({{"oneOf", {scalar(), {{"type", "array"}, {"items", scalar()}}}}});
    case SweepKeyType::Axes: return axes();
    case SweepKeyType::Conditions: return conditions();
    case SweepKeyType::Prices: return prices();
    case SweepKeyType::Goals:
      return {{"type", "object"}, {"additionalProperties", reference_to("goal")}};
    case SweepKeyType::Section: return reference_to(key.key);
  }
  return {};
}

Json closed_section(std::string_view section) {
  Json properties;
  Json required = Json::array();
  for (const SweepKeyInfo& key : kSweepKeys) {
    if (key.section != section) continue;
    Json value = schema_of(key);
    // Draft 7 ignores what stands beside a $ref, so the description needs a level of its own.
    if (value.contains("$ref")) value = {{"allOf", {value}}};
    if (!key.meaning.empty()) value["description"] = std::string{key.meaning};
    properties[std::string{key.key}] = std::move(value);
    if (key.required) required.push_back(std::string{key.key});
  }
  Json schema = {
      {"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

std::vector<std::string_view> sections() {
  std::vector<std::string_view> all;
  for (const SweepKeyInfo& key : kSweepKeys) {
    if (all.empty() || all.back() != key.section) all.push_back(key.section);
  }
  return all;
}

std::string type_name(const SweepKeyInfo& key) {
  switch (key.type) {
    case SweepKeyType::Name: return "name";
    case SweepKeyType::Text: return "text";
    case SweepKeyType::Texts: return "list of texts";
    case SweepKeyType::Choice: {
      std::string text;
      for (const Json& word : words(key.choices)) {
        text += fmt::format("{}`{}`", text.empty() ? "" : " ", word.get<std::string>());
      }
      return text;
    }
    case SweepKeyType::Count: return "whole number, 1 or more";
    case SweepKeyType::Points: return "whole number, 2 or more";
    case SweepKeyType::Seed: return "whole number, 0 or more";
    case SweepKeyType::Flag: return "`true` `false`";
    case SweepKeyType::Number: return "number, or quantity";
    case SweepKeyType::Price: return "number, 0 or more";
    case SweepKeyType::Values: return "list of values";
    case SweepKeyType::Time: return "time";
    case SweepKeyType::Bytes: return "size";
    case SweepKeyType::Options: return "map: option to value";
    case SweepKeyType::Axes: return "map: axis to list or range";
    case SweepKeyType::Conditions: return "list of maps: axis to condition";
    case SweepKeyType::Prices: return "map: axis to price";
    case SweepKeyType::Goals: return "map: column to goal";
    case SweepKeyType::Section: return "map";
  }
  return "";
}

}  // namespace

std::string sweep_schema() {
  Json schema = {{"$schema", "http://json-schema.org/draft-07/schema#"},
                 {"title", "A sweep of Partita"}};
  schema.update(closed_section(""));
  Json definitions;
  for (const std::string_view section : sections()) {
    if (section.empty() || section == "prices") continue;
    definitions[std::string{section}] = closed_section(section);
  }
  definitions["axis"]["oneOf"] = {{{"required", {"from", "to"}}}, {{"required", {"values"}}}};
  definitions["goal"]["anyOf"] = {{{"required", {"at_most"}}}, {{"required", {"at_least"}}}};
  schema["definitions"] = std::move(definitions);
  return schema.dump(2) + "\n";
}

std::string sweep_reference() {
  std::string text;
  for (const std::string_view section : sections()) {
    text += section.empty() ? "### The file\n\n" : fmt::format("### {}\n\n", section);
    text += "| key | value | default | meaning |\n|---|---|---|---|\n";
    for (const SweepKeyInfo& key : kSweepKeys) {
      if (key.section != section) continue;
      text += fmt::format("| `{}` | {} | {} | {} |\n", key.key, type_name(key),
                          key.required ? "**required**" : key.default_value, key.meaning);
    }
    text += "\n";
  }
  return text;
}

}  // namespace partita
