#include "tools/partita/sweep/point_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <set>
#include <system_error>

#include "tools/partita/output_files.h"
#include "tools/partita/results/hash.h"
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

// As people here would write it.
std::string shown(const fs::path& path) {
  std::error_code failed;
  const fs::path here = fs::proximate(path, failed);
  return failed || here.empty() || *here.begin() == ".." ? path.string() : here.string();
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
  const fs::path path = sweep_.file.parent_path() / text;
  const bool is_input = target.is_file || target.option == "arrivals";  // a trace, or a text
  if (!is_input || !is_file(path)) {
    return target.is_file && !text.starts_with("zoo:") ? path.string() : text;
  }
  return files_.add(fs::absolute(path).lexically_normal()).reference;
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

PointCommands::PointCommands(const Sweep& sweep, const CLI::App& verb, InputFolder& files)
    : sweep_(sweep), verb_(verb), files_(files) {
  Diagnostics diagnostics;
  std::map<std::string, SourceLoc> said;
  const auto once = [&](const Target& target, const SourceLoc& where) {
    const auto [before, is_new] = said.emplace(target.option + "=" + target.path, where);
    if (is_new) return;
    diagnostics.error(where, fmt::format("this is said at line {}, too", before->second.line));
  };
  const auto judge_flag = [&](const Target& target, const std::string& text, SourceLoc where) {
    if (target.kind != Kind::Flag || text == "true" || text == "false") return;
    diagnostics.error(std::move(where),
                      fmt::format("'{}' is true or false, not '{}'", target.option, text));
  };
  for (const FixedOption& option : sweep.fixed) {
    const Target target = this->target(option.name, option.where, diagnostics);
    once(target, option.where);
    if (option.values.empty()) {
      if (target.kind == Kind::Flag) {
        fixed_.of(target.option);
      } else {
        diagnostics.error(option.where, fmt::format("'{}' needs a value", option.name));
      }
    }
    for (const std::string& text : option.values) {
      judge_flag(target, text, option.where);
      add(target, text, fixed_);
    }
    if (option.name == "real") is_measured_ = true;
  }
  for (const Axis& axis : sweep.axes) {
    axes_.push_back(target(axis.name, axis.where, diagnostics));
    once(axes_.back(), axis.where);
    for (const SweepValue& each : axis.values) judge_flag(axes_.back(), each.text, each.where);
    if (axis.name == "real") is_measured_ = true;
  }
  gives_seeds_ = sweep.repeat > 1 || sweep.seed != 1;
  if (gives_seeds_ && option_named(verb, "seed") == nullptr) {
    diagnostics.error(
        {sweep.file.string(), 0, 0},
        fmt::format("partita {} has no --seed: all repetitions would be the same", sweep.verb));
  } else if (gives_seeds_ && said.contains("seed=")) {
    diagnostics.error(said.at("seed="), "'repeat' and 'seed' of the sweep give each point its own");
  }
  for (const std::string& name : sweep.kept_files) {
    const CLI::Option* option = option_named(verb, name);
    if (option != nullptr && option->get_group() == kOutputs) continue;
    std::vector<std::string> known;
    for (const CLI::Option* each : verb.get_options()) {
      if (each->get_group() == kOutputs) known.push_back(each->get_lnames().front());
    }
    diagnostics.error({sweep.file.string(), 0, 0},
                      fmt::format("keep: files: partita {} writes no '{}' (it writes {})",
                                  sweep.verb, name, fmt::join(known, ", ")));
  }
  diagnostics.throw_if_any();
  if (sweep.verb == "replay") is_measured_ = true;
  if (is_measured_) host_ = sha256(this_host().dump()).substr(0, kIdDigits);
  // Nobody reads what-ifs of points but where the whole analysis is kept.
  const bool keeps_analysis =
      std::any_of(sweep.kept_columns.begin(), sweep.kept_columns.end(),
                  [](const std::string& path) { return path.starts_with("analysis"); });
  if (sweep.verb == "simulate" && !said.contains("no-what-if=") && !keeps_analysis) {
    fixed_.of("no-what-if");
  }
  fixed_.of("json");
}

PointCommand PointCommands::of(const SweepPoint& point) const {
  PointCommand result;
  Words words = fixed_;
  for (std::size_t i = 0; i < axes_.size(); ++i) add(axes_[i], point.values[i].text, words);
  if (gives_seeds_) {
    result.seed = static_cast<std::int64_t>(point.seed);
    words.of("seed").push_back(std::to_string(point.seed));
  }
  if (!words.parameters.empty()) {
    for (std::string& model : words.of("model")) model = with_parameters(model, words.parameters);
  }
  // One order for all, so that places of axes in the file do not matter.
  std::sort(words.options.begin(), words.options.end());
  nlohmann::json options = nlohmann::json::object(), hashed = nlohmann::json::object();
  result.arguments.push_back(sweep_.verb);
  result.command = "partita " + sweep_.verb;
  for (auto& [option, values] : words.options) {
    if (is_unordered(option)) std::sort(values.begin(), values.end());
    options[option] = values;
    nlohmann::json& contents = hashed[option] = nlohmann::json::array();
    if (values.empty()) {
      result.arguments.push_back("--" + option);
      result.command += " --" + option;
    }
    for (const std::string& text : values) {
      result.arguments.push_back("--" + option);
      result.arguments.push_back(text);
      const InputFile* file = files_.named(text);
      contents.push_back(file == nullptr ? text : "@" + file->files.front().folder);
      result.command +=
          fmt::format(" --{} {}", option, for_shell(file == nullptr ? text : shown(file->path)));
      if (file != nullptr) {
        result.files.insert(result.files.end(), file->files.begin(), file->files.end());
      }
    }
  }
  nlohmann::json configuration{
      {"verb", sweep_.verb}, {"options", hashed}, {"version", program_version()}};
  if (!sweep_.kept_columns.empty() || !sweep_.kept_files.empty()) {
    configuration["keep"] = {{"columns", sweep_.kept_columns}, {"files", sweep_.kept_files}};
  }
  if (is_measured_) configuration["host"] = host_;
  result.id = sha256(configuration.dump()).substr(0, kIdDigits);
  configuration["options"] = options;
  result.configuration = configuration.dump();
  return result;
}

}  // namespace partita::command
