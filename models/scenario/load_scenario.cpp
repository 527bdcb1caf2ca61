#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/base/document.h"
#include "models/base/document_kind.h"
#include "models/hardware/load_hardware.h"
#include "models/scenario/scenario.h"
#include "models/scenario/scenario_arrivals.h"

namespace partita {
namespace {

constexpr std::int64_t kMostRequests = 10'000'000;
constexpr std::int64_t kMostInFlight = 1024;

std::string names_of(const std::vector<ScenarioClass>& classes) {
  std::string text;
  for (const ScenarioClass& each : classes) text += (text.empty() ? "" : ", ") + each.name;
  return text;
}

std::size_t count(MapReader& in, const std::string& key, std::int64_t instead, std::int64_t most,
                  bool required = false) {
  const auto value = required ? in.required_value(key) : in.optional_value(key);
  if (!value) return static_cast<std::size_t>(instead);
  const auto read = value->as<std::int64_t>();
  if (read < 1 || read > most) {
    value->error(
        fmt::format("{}: '{}' must be at least 1 and at most {}", key, value->node().text, most));
    return static_cast<std::size_t>(instead);
  }
  return static_cast<std::size_t>(read);
}

void read_names(const ValueReader& value, Scenario& scenario) {
  MapReader in(value);
  scenario.name = in.optional<std::string>("name", scenario.file.stem().string());
  scenario.about = in.optional<std::string>("about", "");
  in.finish();
}

std::vector<ScenarioClass> read_classes(MapReader& in) {
  std::vector<ScenarioClass> classes;
  const auto inputs = in.optional_value("inputs");
  if (!inputs) return {{"all", "", "", in.where()}};
  for (const auto& [name, value] : inputs->entries()) {
    MapReader one(value);
    ScenarioClass& read = classes.emplace_back();
    read.name = name;
    read.where = value.where();
    read.network = one.optional<std::string>("network", "");
    read.leaves_after = one.optional<std::string>("leaves_after", "");
    if (!read.network.empty() && !read.leaves_after.empty()) {
      value.error(name + ": inputs have other sizes (network), or leave early (leaves_after)");
    }
    one.finish();
  }
  if (classes.empty()) inputs->error("inputs: at least one class is needed, or no such key");
  if (classes.empty()) classes.push_back({"all", "", "", inputs->where()});
  return classes;
}

std::vector<double> even(const std::vector<ScenarioClass>& classes) {
  return std::vector<double>(classes.size(), 1 / static_cast<double>(classes.size()));
}

void read_mix(const ValueReader& value, Scenario& scenario) {
  for (const ValueReader& item : value.list()) {
    MapReader in(item);
    Mix& mix = scenario.mix.emplace_back();
    mix.from = in.optional<Time>("from", Time{0});
    double sum = 0;
    for (const ScenarioClass& each : scenario.classes) {
      const auto share = in.optional_value(each.name);
      mix.shares.push_back(share ? share->as<double>() : 0);
      sum += mix.shares.back();
      if (share && !(mix.shares.back() >= 0 && mix.shares.back() <= 1)) {
        share->error(fmt::format("{}: {} is no share from 0 to 1", each.name, share->node().text));
      }
    }
    in.finish();
    if (item.is_map() && std::abs(sum - 1) > 1e-6) {
      item.error(fmt::format("mix: the shares of {} add up to {:g}, not 1",
                             names_of(scenario.classes), sum));
    }
    const std::size_t entries = scenario.mix.size();
    if (entries == 1 && mix.from != Time{0}) {
      item.error(fmt::format("mix: the first entry holds from 0 on, not {}", exact_text(mix.from)));
    } else if (entries > 1 && mix.from <= scenario.mix[entries - 2].from) {
      item.error(fmt::format("mix: from {} does not come after {}: times ascend",
                             exact_text(mix.from), exact_text(scenario.mix[entries - 2].from)));
    }
  }
}

std::optional<Adversary> read_adversary(MapReader& scenario) {
  const auto value = scenario.optional_value("adversary");
  if (!value) return std::nullopt;
  MapReader in(*value);
  Adversary adversary;
  if (const auto slowdown = in.required_value("slowdown")) {
    adversary.slowdown = slowdown->as<double>();
    if (!(adversary.slowdown > 1 && adversary.slowdown <= kMostSlowdown)) {
      slowdown->error(fmt::format("slowdown: {} must be above 1 and at most {:.0f}",
                                  slowdown->node().text, kMostSlowdown));
    }
  }
  adversary.after = in.optional<Time>("after", Time{0});
  in.finish();
  return adversary;
}

void read_load_and_halts(MapReader& in, const Hardware& hardware, Scenario& scenario) {
  if (const auto load = in.optional_value("load")) scenario.load = read_load(*load, hardware);
  scenario.stops.assign(scenario.load.size(), false);
  for (const ValueReader& item : in.optional_list("halts")) {
    const std::string name = item.as<std::string>();
    const auto found = std::find_if(scenario.load.begin(), scenario.load.end(),
                                    [&](const LoadSpec& each) { return each.name == name; });
    if (found == scenario.load.end() || !std::holds_alternative<Lost>(found->effect)) {
      item.error(fmt::format("halts: '{}' is no entry of load that loses a processor", name));
    } else {
      scenario.stops[static_cast<std::size_t>(found - scenario.load.begin())] = true;
    }
  }
}

// Whether at some time no processor is there, and never comes back.
void refuse_end_of_all(MapReader& in, const Hardware& hardware, const Scenario& scenario) {
  IdVector<ProcessorId, bool> gone(hardware.processors().size(), false);
  for (const LoadSpec& each : scenario.load) {
    const auto* lost = std::get_if<Lost>(&each.effect);
    if (lost != nullptr && !each.until && index(lost->processor) < gone.size()) {
      gone[lost->processor] = true;
    }
  }
  if (std::all_of(gone.begin(), gone.end(), [](bool each) { return each; })) {
    in.error("load: every processor is lost for ever: nobody is left to answer");
  }
}

void apply(const std::string& setting, Document& document, Diagnostics& diagnostics) {
  constexpr const char* kOption = "--scenario-set";
  const auto equals = setting.find('=');
  if (equals == std::string::npos) {
    diagnostics.error({fmt::format("{} {}", kOption, setting), 0, 0}, "expected path=value");
    return;
  }
  try {
    document.set(setting.substr(0, equals), setting.substr(equals + 1), nullptr, kOption);
  } catch (const ConfigError& error) {
    for (const Diagnostic& found : error.diagnostics()) {
      diagnostics.error(found.where, found.message);
    }
  }
}

}  // namespace

LoadedScenario load_scenario(const std::filesystem::path& file,
                             const std::function<Hardware(const Scenario&)>& machine,
                             const std::vector<std::string>& overrides) {
  Document document = Document::parse_file(file);
  refuse_other_kind(document, "scenario");
  Diagnostics diagnostics;
  for (const std::string& setting : overrides) apply(setting, document, diagnostics);
  Scenario scenario;
  scenario.file = file;
  MapReader in(read(document, diagnostics));
  if (const auto names = in.required_value("scenario")) read_names(*names, scenario);
  if (const auto network = in.required_value("network")) {
    scenario.network = network->as<std::string>();
    scenario.network_where = network->where();
  }
  if (const auto value = in.required_value("machine")) {
    scenario.machine = value->as<std::string>();
    scenario.machine_where = value->where();
  }
  scenario.classes = read_classes(in);
  if (const auto mix = in.optional_value("mix")) read_mix(*mix, scenario);
  if (scenario.mix.empty()) scenario.mix.push_back({Time{0}, even(scenario.classes)});
  if (const auto analyzer = in.optional_value("analyzer")) {
    scenario.analyzer = analyzer->as<double>();
    if (!(scenario.analyzer >= 0 && scenario.analyzer <= 1)) {
      analyzer->error(
          fmt::format("analyzer: {} is no share from 0 to 1 (of inputs whose class it "
                      "sees rightly)",
                      analyzer->node().text));
    }
  }
  if (const auto arrivals = in.required_value("arrivals")) {
    scenario.arrivals = read_arrivals(*arrivals, file);
  }
  scenario.requests = count(in, "requests", 1, kMostRequests, true);
  scenario.in_flight = count(in, "in_flight", 1, kMostInFlight);
  scenario.queue = count(in, "queue", 64, kMostRequests);
  scenario.monitor = in.optional<Time>("monitor", Time{0});
  scenario.adversary = read_adversary(in);
  scenario.seed = static_cast<std::uint64_t>(in.optional<std::int64_t>("seed", 1));

  std::optional<Hardware> hardware;
  if (!scenario.machine.empty()) {
    try {
      hardware = machine(scenario);
    } catch (const ConfigError& error) {  // its mistakes and ours at once
      for (const Diagnostic& each : error.diagnostics()) {
        const bool has_place = each.where.line > 0;  // else there is no such file
        diagnostics.error(has_place ? each.where : scenario.machine_where,
                          has_place ? each.message : "machine: " + to_string(each));
      }
    }
  }
  if (!hardware) {
    in.optional_value("load");
    in.optional_value("halts");
    in.finish();
    diagnostics.throw_if_any();
  }
  read_load_and_halts(in, *hardware, scenario);
  in.finish();
  refuse_end_of_all(in, *hardware, scenario);
  HardwareParts parts = hardware->parts();
  parts.load = scenario.load;
  std::optional<Hardware> loaded = HardwareBuilder::build(std::move(parts), diagnostics);
  diagnostics.throw_if_any();
  return {std::move(scenario), std::move(*loaded)};
}

}  // namespace partita
