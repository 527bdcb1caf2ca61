#include "exec/exam/exam_files.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "models/base/document.h"
#include "models/base/file.h"

namespace partita::exec {
namespace {

constexpr std::int64_t kVersion = 1;

std::filesystem::path list_of(const std::filesystem::path& folder) {
  return folder / "replays.json";
}
std::filesystem::path plan_file(const std::filesystem::path& folder, const std::string& name) {
  return folder / (name + ".plan.json");
}
std::filesystem::path timeline_file(const std::filesystem::path& folder, const std::string& name) {
  return folder / (name + ".measured.json");
}

class ReplayReader {
 public:
  ReplayReader(const std::filesystem::path& folder, const Network& network,
               const Hardware& hardware)
      : folder_(folder),
        network_(network),
        hardware_(hardware),
        document_(Document::parse_file(list_of(folder))) {}

  std::vector<ExamPlan> read_plans() {
    MapReader in(read(document_, diagnostics_));
    const auto version = in.required_value("replays");
    if (version && version->as<std::int64_t>() != kVersion) {
      version->error(fmt::format("replays: version {} is written here, this program reads {}",
                                 version->node().text, kVersion));
    }
    std::vector<ExamPlan> plans;
    if (const auto list = in.required_value("plans")) {
      for (const ValueReader& item : list->list()) read_plan(item, plans);
    }
    in.finish();
    std::vector<Diagnostic> all = diagnostics_.found();
    all.insert(all.end(), mistakes_.begin(), mistakes_.end());
    if (!all.empty()) throw ConfigError(std::move(all));
    return plans;
  }

 private:
  void read_plan(const ValueReader& item, std::vector<ExamPlan>& plans) {
    MapReader in(item);
    const auto name = in.required<std::string>("name");
    const auto held_out = in.required<bool>("held_out");
    const auto clean = in.required_value("clean");
    const auto discarded = in.required_value("discarded");
    const auto trustworthy = in.required<bool>("trustworthy");
    std::vector<Time> makespans;
    if (const auto list = in.required_value("makespans_ps")) {
      for (const ValueReader& each : list->list()) makespans.push_back(Time{positive(each)});
      if (list->is_list() && makespans.empty()) list->error("makespans_ps: there is none");
    }
    in.finish();
    if (name.empty() || !clean || !discarded) return;
    const std::size_t clean_runs = count(*clean), discarded_runs = count(*discarded);
    try {
      Plan plan = load_plan(plan_file(folder_, name), network_, hardware_);
      const std::string file = timeline_file(folder_, name);
      Timeline measured = load_timeline(file, network_, hardware_, plan);
      for (const std::string& broken : violations(measured, network_, hardware_, plan)) {
        mistakes_.push_back({{file, 0, 0}, "no execution of this plan looks like this: " + broken});
      }
      plans.push_back({name, std::move(plan), held_out, std::move(measured), std::move(makespans),
                       clean_runs, discarded_runs, trustworthy});
    } catch (const ConfigError& error) {
      mistakes_.insert(mistakes_.end(), error.diagnostics().begin(), error.diagnostics().end());
    }
  }

  static std::int64_t positive(const ValueReader& value) {
    const auto number = value.as<std::int64_t>();
    if (value.is_scalar() && number <= 0)
      value.error(fmt::format("{}: {} is no time", value.what(), value.node().text));
    return number;
  }
  static std::size_t count(const ValueReader& value) {
    const auto number = value.as<std::int64_t>();
    if (number < 0) value.error(fmt::format("{}: {} is negative", value.what(), number));
    return static_cast<std::size_t>(std::max<std::int64_t>(0, number));
  }

  const std::filesystem::path& folder_;
  const Network& network_;
  const Hardware& hardware_;
  const Document document_;
  Diagnostics diagnostics_;
  std::vector<Diagnostic> mistakes_;  // in other files
};

}  // namespace

void save_replays(const std::filesystem::path& folder, const Network& network,
                  const Hardware& hardware, const std::vector<ExamPlan>& plans) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const ExamPlan& plan : plans) {
    write_file(plan_file(folder, plan.name), to_json(plan.plan, network, hardware));
    write_file(timeline_file(folder, plan.name),
               to_json(plan.measured, network, hardware, plan.plan));
    nlohmann::ordered_json makespans = nlohmann::ordered_json::array();
    for (const Time each : plan.makespans) makespans.push_back(each.count());
    list.push_back({{"name", plan.name},
                    {"held_out", plan.held_out},
                    {"clean", plan.clean},
                    {"discarded", plan.discarded},
                    {"trustworthy", plan.trustworthy},
                    {"makespans_ps", std::move(makespans)}});
  }
  const nlohmann::ordered_json root{{"replays", kVersion}, {"plans", std::move(list)}};
  write_file(list_of(folder), root.dump(1) + "\n");
}

bool has_replays(const std::filesystem::path& folder) {
  return std::filesystem::exists(list_of(folder));
}

std::vector<ExamPlan> load_replays(const std::filesystem::path& folder, const Network& network,
                                   const Hardware& hardware) {
  return ReplayReader(folder, network, hardware).read_plans();
}

}  // namespace partita::exec
