#include "models/hardware/machine_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "models/base/data_type.h"
#include "models/base/quantity_pattern.h"
#include "models/base/units.h"
#include "models/hardware/hardware.h"
#include "models/hardware/link_rates.h"
#include "models/hardware/machine_sections.h"
#include "models/network/operator.h"

namespace partita {
namespace {

using Json = nlohmann::ordered_json;

template <class Quantity>
Json quantity() {
  return {{"type", "string"}, {"pattern", quantity_pattern<Quantity>()}};
}

Json share() { return {{"type", "number"}, {"exclusiveMinimum", 0}, {"maximum", 1}}; }

Json closed_map(Json properties) {
  return {
      {"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
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

Json rates() {
  Json properties;
  for (const DataTypeInfo& type : kDataTypes)
    properties[std::string{type.name}] = quantity<FlopRate>();
  Json map = closed_map(std::move(properties));
  map["minProperties"] = 1;
  return map;
}

Json shares() {
  Json properties;
  properties["default"] = share();
  for (const std::string_view family : kOpFamilies) properties[std::string{family}] = share();
  return {{"oneOf", {share(), closed_map(std::move(properties))}}};
}

Json ratio() { return {{"type", "number"}, {"minimum", 1}, {"maximum", kMostCompression}}; }

Json ratios() {
  Json properties;
  properties["default"] = ratio();
  for (const std::string_view content : kContents) properties[std::string{content}] = ratio();
  return {{"oneOf", {ratio(), closed_map(std::move(properties))}}};
}

Json reference_to(std::string_view section) {
  return {{"$ref", fmt::format("#/definitions/{}", section)}};
}

Json schema_of(const KeyInfo& key) {
  switch (key.type) {
    case KeyType::Text:
    case KeyType::Name: return {{"type", "string"}};
    case KeyType::Ends:
      return {{"type", "array"},
              {"items", {{"type", "string"}}},
              {"minItems", 2},
              {"maxItems", 2},
              {"uniqueItems", true}};
    case KeyType::Families:
      return {{"type", "array"}, {"items", {{"enum", kOpFamilies}}}, {"uniqueItems", true}};
    case KeyType::Choice: return {{"enum", words(key.choices)}};
    case KeyType::Count: return {{"type", "integer"}, {"minimum", 1}};
    case KeyType::Index: return {{"type", "integer"}, {"minimum", 0}};
    case KeyType::Share: return share();
    case KeyType::Shares: return shares();
    case KeyType::Factor: return {{"type", "number"}, {"minimum", 1}};
    case KeyType::Scale: return {{"type", "number"}, {"exclusiveMinimum", 0}};
    case KeyType::OpenShare:
      return {{"type", "number"}, {"exclusiveMinimum", 0}, {"exclusiveMaximum", 1}};
    case KeyType::Chance: return {{"type", "number"}, {"minimum", 0}, {"exclusiveMaximum", 1}};
    case KeyType::Flag: return {{"type", "boolean"}};
    case KeyType::True: return {{"const", true}};
    case KeyType::Time: return quantity<Time>();
    case KeyType::Bytes: return quantity<Bytes>();
    case KeyType::Bandwidth: return quantity<Bandwidth>();
    case KeyType::Power: return quantity<Power>();
    case KeyType::EnergyPerByte: return quantity<EnergyPerByte>();
    case KeyType::Ratios: return ratios();
    case KeyType::Rates: return rates();
    case KeyType::Section: return reference_to(key.key);
    case KeyType::Entries:
      return {{"type", "object"}, {"additionalProperties", reference_to(key.key)}};
  }
  return {};
}

Json section_schema(std::string_view section) {
  Json properties;
  Json required = Json::array();
  for (const KeyInfo& key : kMachineKeys) {
    if (key.section != section) continue;
    Json value = schema_of(key);
    // Draft 7 ignores what stands beside a $ref, so the description needs a level of its own.
    if (value.contains("$ref")) value = {{"allOf", {value}}};
    value["description"] = std::string{key.meaning};
    properties[std::string{key.key}] = std::move(value);
    if (key.required) required.push_back(std::string{key.key});
  }
  Json schema = closed_map(std::move(properties));
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

std::vector<std::string_view> sections() {
  std::vector<std::string_view> all;
  for (const KeyInfo& key : kMachineKeys) {
    if (all.empty() || all.back() != key.section) all.push_back(key.section);
  }
  return all;
}

std::string type_name(const KeyInfo& key) {
  switch (key.type) {
    case KeyType::Text: return "text";
    case KeyType::Name: return "name";
    case KeyType::Ends: return "list of two names";
    case KeyType::Families: return "list of operator families";
    case KeyType::Choice: {
      std::string text;
      for (const Json& word : words(key.choices)) {
        text += fmt::format("{}`{}`", text.empty() ? "" : " ", word.get<std::string>());
      }
      return text;
    }
    case KeyType::Count: return "whole number, 1 or more";
    case KeyType::Index: return "whole number, 0 or more";
    case KeyType::Share: return "number above 0, at most 1";
    case KeyType::Shares: return "such a number, or a map of them";
    case KeyType::Factor: return "number, 1 or more";
    case KeyType::Scale: return "number above 0";
    case KeyType::OpenShare: return "number above 0, below 1";
    case KeyType::Chance: return "number, 0 or more, below 1";
    case KeyType::Flag: return "`true` `false`";
    case KeyType::True: return "`true`";
    case KeyType::Time: return "time";
    case KeyType::Bytes: return "size";
    case KeyType::Bandwidth: return "bandwidth";
    case KeyType::Power: return "power";
    case KeyType::EnergyPerByte: return "energy a byte";
    case KeyType::Ratios: return "number, or map of what is carried to numbers";
    case KeyType::Rates: return "map: data type to rate";
    case KeyType::Section: return "map";
    case KeyType::Entries: return "map: name to part";
  }
  return "";
}

template <class Quantity>
std::string unit_row(std::string_view quantity, std::string_view example) {
  std::string units;
  for (const std::string_view unit : unit_names<Quantity>()) {
    units += fmt::format("{}`{}`", units.empty() ? "" : " ", unit);
  }
  return fmt::format("| {} | `{}` | {} |\n", quantity, example, units);
}

}  // namespace

bool is_section(std::string_view path) {
  std::string_view section;
  KeyType type = KeyType::Section;
  while (!path.empty()) {
    const auto dot = path.find('.');
    const std::string_view word = path.substr(0, dot);
    path = dot == std::string_view::npos ? "" : path.substr(dot + 1);
    if (type == KeyType::Entries) {  // the name of one
      if (path.empty()) return false;
      type = KeyType::Section;
      continue;
    }
    const auto* const key = std::find_if(
        kMachineKeys.begin(), kMachineKeys.end(),
        [&](const KeyInfo& each) { return each.section == section && each.key == word; });
    if (type != KeyType::Section || key == kMachineKeys.end()) return false;
    section = key->key;
    type = key->type;
  }
  return type == KeyType::Section || type == KeyType::Entries || type == KeyType::Ratios ||
         type == KeyType::Shares || type == KeyType::Rates;
}

std::string machine_schema() {
  Json schema = {{"$schema", "http://json-schema.org/draft-07/schema#"},
                 {"title", "A machine of Partita"}};
  schema.update(section_schema(""));
  Json definitions;
  for (const std::string_view section : sections()) {
    if (!section.empty()) definitions[std::string{section}] = section_schema(section);
  }
  definitions["links"]["anyOf"] = {{{"required", {"bandwidth"}}},
                                   {{"required", {"kind", "generation"}}}};
  definitions["load"]["oneOf"] = {
      {{"required", {"link", "rate"}}},          {{"required", {"link", "slowdown"}}},
      {{"required", {"memory", "rate"}}},        {{"required", {"processor", "share"}}},
      {{"required", {"processor", "slowdown"}}}, {{"required", {"processor", "lost"}}}};
  definitions["memories"]["oneOf"] = {{{"required", {"bandwidth"}}}, {{"required", {"part_of"}}}};
  schema["definitions"] = std::move(definitions);
  return schema.dump(2) + "\n";
}

std::string machine_reference() {
  std::string text;
  for (const std::string_view section : sections()) {
    text += section.empty() ? "### The file\n\n" : fmt::format("### {}\n\n", section);
    text += "| key | value | default | meaning |\n|---|---|---|---|\n";
    for (const KeyInfo& key : kMachineKeys) {
      if (key.section != section) continue;
      text += fmt::format("| `{}` | {} | {} | {} |\n", key.key, type_name(key),
                          key.required ? "**required**" : key.default_value, key.meaning);
    }
    text += "\n";
  }
  text += "### Units\n\n| quantity | example | units |\n|---|---|---|\n";
  text += unit_row<Time>("time", "1.2 us") + unit_row<Bytes>("size", "24 GiB") +
          unit_row<Bandwidth>("bandwidth", "16 GB/s") + unit_row<FlopRate>("rate", "60 TFLOP/s") +
          unit_row<Power>("power", "75 W");
  text +=
      "\n### Link rates\n\n| kind | generation | up to | of one, usable each way | source |\n"
      "|---|---|---|---|---|\n";
  for (const LinkRate& rate : kLinkRates) {
    text += fmt::format("| `{}` | {} | {} {} | {}{} | {} |\n", rate.kind, rate.generation,
                        rate.most_lanes, rate.lane, to_string(usable_bandwidth(rate, 1)),
                        rate.full_duplex ? "" : " (half duplex)", rate.source);
  }
  return text;
}

}  // namespace partita
