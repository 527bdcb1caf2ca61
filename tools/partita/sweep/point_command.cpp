#include "tools/partita/sweep/point_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <set>
#include <system_error>

#include "tools/partita/output_files.h"
#include "tools/partita/results/hash.h"
#include "tools/partita/results/json_text.h"
#include "tools/partita/sweep/program.h"

namespace partita::command {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMachine = "machine.", kModel = "model.", kBind = "bind.",
                           kScenario = "scenario.";

std::vector<std::string> names_of(const CLI::App& verb) {
  std::vector<std::string> names;
  for (const CLI::Option* option : verb.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      if (name != "help") names.push_back(name);
    }
  }
  return names;
}

const CLI::Option* option_named(const CLI::App& verb, const std::string& name) {
  for (const CLI::Option* option : verb.get_options()) {
    const auto& names = option->get_lnames();
    if (std::find(names.begin(), names.end(), name) != names.end()) return option;
  }
  return nullptr;
}

bool is_flag(const CLI::Option& option) { return option.get_items_expected_max() == 0; }

// What its value names is read.
bool reads_file(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  return option.get_group() != kOutputs && (type == "FILE" || type == "NETWORK");
}

bool is_file(const fs::path& path) {
  std::error_code failed;
  return fs::is_regular_file(path, failed);
}

std::string with_parameters(std::string model,
                            const std::vector<std::pair<std::string, std::string>>& parameters) {
  for (const auto& [name, value] : parameters) {
    model += fmt::format("{}{}={}", model.find('?') == std::string::npos ? '?' : '&', name, value);
  }
  return model;
}

// Whose values may stand in any order.
bool is_unordered(const std::string& option) {
  return option == "set" || option == "bind" || option == "scenario-set";
}

}  // namespace

const std::vector<std::string>& swept_verbs() {
  static const std::vector<std::string> verbs{"partition", "simulate", "predict", "replay",
                                              "runtime"};
  return verbs;
}

std::string for_shell(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,+%@";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

std::vector<std::string>& PointCommands::Words::of(const std::string& option) {
  for (auto& [name, values] : options) {
    if (name == option) return values;
  }
  return options.emplace_back(option, std::vector<std::string>{}).second;
}

void PointCommands::Settings::add(const std::string& option, const std::string& path,
                                  const SourceLoc& where, Diagnostics& diagnostics) {
  const auto [before, is_new] = lines_.emplace(option + " " + path, where.line);
  if (is_new) return;
  diagnostics.error(where, fmt::format("'{}' is set at line {}, too", path, before->second));
}

PointCommands::Target PointCommands::target(const std::string& name, const SourceLoc& where,
                                            Diagnostics& diagnostics) const {
  const auto setting = [&](std::string_view prefix, const std::string& option) {
    if (option_named(verb_, option) == nullptr) {
      diagnostics.error(where,
                        fmt::format("'{}': partita {} has no --{}", name, sweep_.verb, option));
    }
    return Target{Kind::Setting, option, name.substr(prefix.size()), false};
  };
  if (name.starts_with(kMachine)) return setting(kMachine, "set");
  if (name.starts_with(kBind)) return setting(kBind, "bind");
  if (name.starts_with(kScenario)) return setting(kScenario, "scenario-set");
  if (name.starts_with(kModel)) {
    Target parameter = setting(kModel, "model");
    parameter.kind = Kind::ModelParameter;
    return parameter;
  }
  const CLI::Option* option = option_named(verb_, name);
  if (option == nullptr || name == "help") {
    const std::vector<std::string> known = names_of(verb_);
    const std::string guess = closest(name, known);
    diagnostics.error(
        where, guess.empty()
                   ? fmt::format("partita {} has no option '{}' (known: {}; and machine.PATH, "
                                 "model.PARAMETER, bind.NAME, scenario.PATH)",
                                 sweep_.verb, name, fmt::join(known, ", "))
                   : fmt::format("partita {} has no option '{}': did you mean '{}'?", sweep_.verb,
                                 name, guess));
    return {Kind::Option, name, "", false};
  }
  if (option->get_group() == kOutputs) {
    diagnostics.error(where, fmt::format("'{}' would be written by every point: 'keep: {{files: "
                                         "[{}]}}' keeps it with the results",
                                         name, name));
  }
  if (name == "json") {
    diagnostics.error(where, "'json': points always end with one line of JSON");
  }
  return {is_flag(*option) ? Kind::Flag : Kind::Option, name, "", reads_file(*option)};
}

std::string PointCommands::value(const Target& target, const std::string& text) const {
  const bool may_be_file = target.is_file || target.option == "arrivals";  // a trace, or a text
  if (!may_be_file) return text;
  const auto known = references_.find(text);
  if (known != references_.end()) return known->second;
  const fs::path path = sweep_.file.parent_path() / text;
  std::string reference = text;
  if (is_file(path)) {
    reference = files_.add(fs::absolute(path).lexically_normal()).reference;
  } else if (target.is_file && !text.starts_with("zoo:")) {
    reference = path.string();
  }
  return references_[text] = reference;
}

void PointCommands::add(const Target& target, const std::string& text, Words& words) const {
  switch (target.kind) {
    case Kind::Flag:
      if (text == "true") words.of(target.option);
      break;
    case Kind::Setting:
      words.of(target.option).push_back(fmt::format("{}={}", target.path, text));
      break;
    case Kind::ModelParameter: words.parameters.emplace_back(target.path, text); break;
    case Kind::Option: words.of(target.option).push_back(value(target, text)); break;
  }
}

void PointCommands::judge_flag(const Target& target, const std::string& text,
                               const SourceLoc& where, Diagnostics& diagnostics) {
  if (target.kind != Kind::Flag || text == "true" || text == "false") return;
  diagnostics.error(where, fmt::format("'{}' is true or false, not '{}'", target.option, text));
}

void PointCommands::read_fixed(const FixedOption& option, Settings& settings,
                               Diagnostics& diagnostics) {
  const Target target = this->target(option.name, option.where, diagnostics);
  if (option.values.empty() && target.kind == Kind::Flag) fixed_.of(target.option);
  if (option.values.empty() && target.kind != Kind::Flag) {
    diagnostics.error(option.where, fmt::format("'{}' needs a value", option.name));
  }
  for (const std::string& text : option.values) {
    judge_flag(target, text, option.where, diagnostics);
    add(target, text, fixed_);
    if (is_unordered(option.name)) {  // "set: [links.a.latency=1 us]"
      settings.add(option.name, text.substr(0, text.find('=')), option.where, diagnostics);
    }
    if (option.name == "real" && text == "true") is_measured_ = true;
  }
  if (option.name == "real" && option.values.empty()) is_measured_ = true;
  if (target.kind == Kind::Setting) {
    settings.add(target.option, target.path, option.where, diagnostics);
  }
}

void PointCommands::read_axis(const Axis& axis, Settings& settings, Diagnostics& diagnostics) {
  axes_.push_back(target(axis.name, axis.where, diagnostics));
  // Each value would be refused alone, and none would say what the axis lacks.
  const bool is_rate = axis.unit == "/s";
  if ((axis.name == "arrivals" || axis.name == "scenario.arrivals") && axis.as.empty() &&
      (is_rate || axis.unit == "s")) {
    diagnostics.error(
        axis.where, fmt::format("{}: these values do not say how requests arrive: {} {}as: '{}'}}",
                                axis.name, is_rate ? "a rate needs" : "a period needs",
                                axis.range ? "{from: ..., to: ..., " : "{values: [...], ",
                                is_rate ? "poisson {}" : "every {}"));
  }
  const Target& target = axes_.back();
  for (const SweepValue& each : axis.values) {
    judge_flag(target, each.text, each.where, diagnostics);
  }
  if (axis.name == "real") is_measured_ = true;
  if (target.kind == Kind::Setting) {
    settings.add(target.option, target.path, axis.where, diagnostics);
  }
}

void PointCommands::check_kept(Diagnostics& diagnostics) const {
  std::vector<std::string> known;
  for (const CLI::Option* each : verb_.get_options()) {
    if (each->get_group() == kOutputs) known.push_back(each->get_lnames().front());
  }
  for (const std::string& name : sweep_.kept_files) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    diagnostics.error(sweep_.kept_where,
                      fmt::format("keep: files: partita {} writes no '{}' (it writes {})",
                                  sweep_.verb, name, fmt::join(known, ", ")));
  }
}

// What stands around the options in a configuration, keys in ascending order.
void PointCommands::write_around() {
  nlohmann::json first = nlohmann::json::object();
  if (is_measured_) first["host"] = sha256(this_host().dump()).substr(0, kIdDigits);
  if (!sweep_.kept_columns.empty() || !sweep_.kept_files.empty()) {
    first["keep"] = {{"columns", sweep_.kept_columns}, {"files", sweep_.kept_files}};
  }
  before_ = first.dump();
  before_.pop_back();
  before_ += first.empty() ? R"("options":{)" : R"(,"options":{)";
  const nlohmann::json last{{"verb", sweep_.verb}, {"version", program_version()}};
  after_ = "}," + last.dump().substr(1);
}

PointCommands::PointCommands(const Sweep& sweep, const CLI::App& verb, InputFolder& files)
    : sweep_(sweep), verb_(verb), files_(files), is_measured_(sweep.verb == "replay") {
  Diagnostics diagnostics;
  Settings settings;
  for (const FixedOption& option : sweep.fixed) read_fixed(option, settings, diagnostics);
  for (const Axis& axis : sweep.axes) read_axis(axis, settings, diagnostics);
  gives_seeds_ = sweep.repeat > 1 || sweep.seed != 1;
  if (gives_seeds_ && option_named(verb, "seed") == nullptr) {
    diagnostics.error(
        {sweep.file.string(), 0, 0},
        fmt::format("partita {} has no --seed: all repetitions would be the same", sweep.verb));
  }
  check_kept(diagnostics);
  diagnostics.throw_if_any();
  write_around();
  // Nobody reads what-ifs of points but where the whole analysis is kept.
  const bool keeps_analysis =
      std::any_of(sweep.kept_columns.begin(), sweep.kept_columns.end(),
                  [](const std::string& path) { return path.starts_with("analysis"); });
  if (sweep.verb == "simulate" && !keeps_analysis) fixed_.of("no-what-if");
  fixed_.of("json");
}

PointCommands::Words PointCommands::words_of(const SweepPoint& point) const {
  Words words = fixed_;
  for (std::size_t i = 0; i < axes_.size(); ++i) add(axes_[i], point.values[i].text, words);
  if (gives_seeds_) words.of("seed").push_back(std::to_string(point.seed));
  if (!words.parameters.empty()) {
    for (std::string& model : words.of("model")) model = with_parameters(model, words.parameters);
  }
  // One order for all, so that places of axes in the file do not matter.
  std::sort(words.options.begin(), words.options.end());
  for (auto& [option, values] : words.options) {
    if (is_unordered(option)) std::sort(values.begin(), values.end());
  }
  return words;
}

std::string PointCommands::configuration(const Words& words, bool with_names) const {
  std::string text = before_;
  for (const auto& [option, values] : words.options) {
    if (text.size() > before_.size()) text += ',';
    add_json_text(option, text);
    text += ":[";
    for (const std::string& value : values) {
      if (text.back() != '[') text += ',';
      const InputFile* file = with_names ? nullptr : files_.named(value);
      add_json_text(file == nullptr ? value : "@" + file->files.front().folder, text);
    }
    text += ']';
  }
  return text + after_;
}

std::string PointCommands::id_of(const SweepPoint& point) const {
  return sha256(configuration(words_of(point), false)).substr(0, kIdDigits);
}

// That the sweep, or an axis or option of this name, gives.
std::optional<std::int64_t> PointCommands::seed_of(const Words& words) {
  const auto found = std::find_if(words.options.begin(), words.options.end(),
                                  [](const auto& option) { return option.first == "seed"; });
  if (found == words.options.end() || found->second.size() != 1) return std::nullopt;
  const std::string& text = found->second.front();
  std::int64_t seed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(seed)
                                                                  : std::nullopt;
}

PointCommand PointCommands::of(const SweepPoint& point, std::string id) const {
  const Words words = words_of(point);
  PointCommand result;
  result.id = std::move(id);
  result.configuration = configuration(words, true);
  result.seed = seed_of(words);
  result.arguments.push_back(sweep_.verb);
  result.command = "partita " + sweep_.verb;
  for (const auto& [option, values] : words.options) {
    if (values.empty()) {
      result.arguments.push_back("--" + option);
      result.command += " --" + option;
    }
    for (const std::string& text : values) {
      result.arguments.push_back("--" + option);
      result.arguments.push_back(text);
      const InputFile* file = files_.named(text);
      result.command +=
          fmt::format(" --{} {}", option, for_shell(file == nullptr ? text : file->shown));
      if (file != nullptr) {
        result.files.insert(result.files.end(), file->files.begin(), file->files.end());
      }
    }
  }
  return result;
}

}  // namespace partita::command
