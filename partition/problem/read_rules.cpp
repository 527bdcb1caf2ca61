#include <fmt/format.h>

#include "models/base/document.h"
#include "partition/problem/rules.h"

namespace partita {
namespace {

// A text, or a list of texts.
std::vector<std::string> texts(const ValueReader& value) {
  if (!value.is_list()) return {value.as<std::string>()};
  std::vector<std::string> all;
  for (const ValueReader& each : value.list()) all.push_back(each.as<std::string>());
  return all;
}

// As people find it again: "pin conv*: gpu0 (rules.yaml:3:3)".
std::string called(const char* what, const std::string& rest, const SourceLoc& where) {
  return fmt::format("{} {} ({})", what, rest, to_string(where));
}

void read_share(const std::string& name, const ValueReader& value, RuleMaker& maker) {
  MapReader ends = value.map();
  const auto least = ends.optional<std::string>("least");
  const auto most = ends.optional<std::string>("most");
  ends.finish();
  if (!least && !most) value.error("a share needs least, most, or both");
  std::string text = name;
  if (least) text += " least " + *least;
  if (most) text += " most " + *most;
  maker.share(value.where(), called("share", text, value.where()), name, least, most);
}

}  // namespace

void read_rules(const std::string& file, Diagnostics& diagnostics, RuleMaker& maker) {
  const Document document = Document::parse_file(file);
  MapReader rules(read(document, diagnostics));
  const auto places = [&](const char* key, Rule::Kind kind) {
    for (const auto& [pattern, value] : rules.optional_entries(key)) {
      const std::vector<std::string> names = texts(value);
      maker.place(
          kind, value.where(),
          called(key, fmt::format("{}: {}", pattern, fmt::join(names, ", ")), value.where()),
          pattern, names);
    }
  };
  places("pin", Rule::Kind::Pin);
  places("bar", Rule::Kind::Bar);
  for (const ValueReader& value : rules.optional_list("together")) {
    const std::vector<std::string> patterns = texts(value);
    maker.together(value.where(),
                   called("together", fmt::format("{}", fmt::join(patterns, ", ")), value.where()),
                   patterns);
  }
  if (const auto value = rules.optional_value("contiguous"); value && value->as<bool>()) {
    maker.contiguous(fmt::format("contiguous ({})", to_string(value->where())));
  }
  for (const auto& [name, value] : rules.optional_entries("share")) read_share(name, value, maker);
  for (const auto& [term, value] : rules.optional_entries("limit")) {
    const auto most = value.as<std::string>();
    maker.limit(value.where(), called("limit", term + ": " + most, value.where()), term, most);
  }
  rules.finish();
}

}  // namespace partita
