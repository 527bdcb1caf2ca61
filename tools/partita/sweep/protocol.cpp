#include "tools/partita/sweep/protocol.h"

#include <fmt/format.h>

#include <array>

#include "models/base/diagnostics.h"
#include "tools/partita/results/json_text.h"

namespace partita::command {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, 3> kStatus{"done", "no", "failed"};

[[noreturn]] void refuse(std::string_view line, const char* why) {
  constexpr std::size_t kShown = 200;
  throw Error(fmt::format("no line of the protocol ({}): {}{}", why, line.substr(0, kShown),
                          line.size() > kShown ? "..." : ""));
}

template <class Read>
auto reading(std::string_view line, Read read) {
  try {
    return read(Json::parse(line));
  } catch (const Json::exception& error) {
    refuse(line, error.what());
  }
}

Status status_of(const std::string& text, std::string_view line) {
  for (std::size_t i = 0; i < kStatus.size(); ++i) {
    if (kStatus[i] == text) return static_cast<Status>(i);
  }
  refuse(line, "status");
}

// Bytes that are no UTF-8 (a name of a file) must not end a sweep.
std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Cell cell_of(const Json& value) {
  if (value.is_boolean()) return std::int64_t{value.get<bool>()};
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number()) return value.get<double>();
  if (value.is_string()) return value.get<std::string>();
  return {};
}

constexpr std::string_view kBeginning = R"({"result":)";

// What is left of a line as workers of ours write it, results first; "": somebody else's. A tree of
// them would be most of the work.
std::string without_result(std::string_view line, NamedCells& result) {
  if (!line.starts_with(kBeginning)) return {};
  std::string_view rest = line.substr(kBeginning.size());
  auto cells = take_flat_json(rest);
  if (!cells || !rest.starts_with(',')) return {};
  result = std::move(*cells);
  std::string others{rest};
  others.front() = '{';
  return others;
}

}  // namespace

std::string_view to_string(Status status) { return kStatus[static_cast<std::size_t>(status)]; }

std::string to_line(const PointQuestion& question) {
  std::string line = R"({"point":)";
  add_json_text(question.point, line);
  line += R"(,"arguments":[)";
  for (const std::string& argument : question.arguments) {
    if (line.back() != '[') line += ',';
    add_json_text(argument, line);
  }
  line += ']';
  Json rest = Json::object();
  for (const PointFile& file : question.files) {
    rest["files"].push_back(
        {{"folder", file.folder}, {"name", file.name}, {"sha256", file.sha256}});
  }
  if (!question.keep.empty()) {
    rest["keep"] = {{"columns", question.keep.columns}, {"files", question.keep.files}};
  }
  if (question.memory_limit > 0) rest["limits"]["memory"] = question.memory_limit;
  if (question.time_limit > 0) rest["limits"]["time"] = question.time_limit;
  if (rest.empty()) return line + '}';
  return line + ',' + line_of(rest).substr(1);
}

PointQuestion read_question(std::string_view line) {
  return reading(line, [](const Json& json) {
    PointQuestion question;
    json.at("point").get_to(question.point);
    json.at("arguments").get_to(question.arguments);
    if (const auto keep = json.find("keep"); keep != json.end()) {
      question.keep.columns = keep->value("columns", std::vector<std::string>{});
      question.keep.files = keep->value("files", std::vector<std::string>{});
    }
    if (const auto limits = json.find("limits"); limits != json.end()) {
      question.memory_limit = limits->value("memory", std::int64_t{0});
      question.time_limit = limits->value("time", 0.0);
    }
    if (const auto files = json.find("files"); files != json.end()) {
      for (const Json& file : *files) {
        question.files.push_back({file.at("folder").get<std::string>(),
                                  file.at("name").get<std::string>(),
                                  file.at("sha256").get<std::string>()});
      }
    }
    return question;
  });
}

std::string to_line(const PointAnswer& answer) {
  Json json{
      {"point", answer.point}, {"status", to_string(answer.status)}, {"seconds", answer.seconds}};
  if (!answer.reason.empty()) json["reason"] = answer.reason;
  if (answer.is_exhausted) json["exhausted"] = true;
  if (!answer.host.is_null()) json["host"] = answer.host;
  if (!answer.artifacts.empty()) {
    Json& artifacts = json["artifacts"] = Json::array();
    for (const Artifact& each : answer.artifacts) {
      Json artifact{{"name", each.name}};
      if (each.path.empty()) {
        artifact["base64"] = each.base64;
      } else {
        artifact["path"] = each.path;
      }
      artifacts.push_back(std::move(artifact));
    }
  }
  std::string line{kBeginning};
  add_flat_json(answer.result, line);
  return line + ',' + line_of(json).substr(1);
}

PointAnswer read_answer(std::string_view line) {
  PointAnswer answer;
  const std::string rest = without_result(line, answer.result);
  return reading(rest.empty() ? line : rest, [&](Json json) {
    json.at("point").get_to(answer.point);
    answer.status = status_of(json.at("status").get<std::string>(), line);
    answer.reason = json.value("reason", "");
    answer.seconds = json.value("seconds", 0.0);
    answer.is_exhausted = json.value("exhausted", false);
    if (const auto result = json.find("result"); result != json.end() && result->is_object()) {
      answer.result = cells_of(*result);
    }
    if (const auto host = json.find("host"); host != json.end()) answer.host = std::move(*host);
    if (const auto artifacts = json.find("artifacts"); artifacts != json.end()) {
      for (const Json& each : *artifacts) {
        answer.artifacts.push_back(
            {each.at("name").get<std::string>(), each.value("path", ""), each.value("base64", "")});
      }
    }
    return std::move(answer);
  });
}

NamedCells cells_of(const Json& flat) {
  NamedCells cells;
  cells.reserve(flat.size());
  for (const auto& [name, value] : flat.items()) cells.emplace_back(name, cell_of(value));
  return cells;
}

}  // namespace partita::command
