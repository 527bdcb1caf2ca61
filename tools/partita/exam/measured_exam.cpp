#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "exec/exam/draw_plans.h"
#include "exec/exam/exam_files.h"
#include "exec/profile/measured_machine.h"
#include "exec/profile/profiler.h"
#include "models/base/document.h"
#include "models/base/file.h"
#include "models/hardware/load_hardware.h"
#include "partition/predict/predictor.h"
#include "tools/partita/console.h"
#include "tools/partita/exam/exam.h"
#include "tools/partita/inputs.h"
#include "tools/partita/interrupt.h"
#include "tools/partita/outputs.h"
#include "tools/partita/workers.h"

namespace partita::command {
namespace {

constexpr std::int64_t kVersion = 1;
const std::vector<std::string> kModels{"zoo:inception_v1", "zoo:resnet50", "zoo:bert"};
constexpr int kRounds = 3;

std::filesystem::path settings_file(const ExamOptions& options) {
  return options.folder / "exam.json";
}

// The settings of an exam stay what they were when it began: a folder holds one exam.
//   {"exam": 1, "models": ["zoo:resnet50"], "plans": 18, "repetitions": 12, "seed": 1}
ExamOptions with_settings_of_folder(ExamOptions options) {
  const std::filesystem::path file = settings_file(options);
  if (!std::filesystem::exists(file)) {
    if (options.models.empty()) options.models = kModels;
    return options;
  }
  const Document document = Document::parse_file(file);
  Diagnostics diagnostics;
  MapReader in(read(document, diagnostics));
  const auto version = in.required_value("exam");
  if (version && version->as<std::int64_t>() != kVersion) {
    version->error(fmt::format("exam: version {} is written here, this program reads {}",
                               version->node().text, kVersion));
  }
  std::vector<std::string> models;
  const auto listed = in.required_value("models");
  if (listed) {
    for (const ValueReader& model : listed->list()) models.push_back(model.as<std::string>());
  }
  const auto same = [&](const char* key, std::int64_t asked) {
    const auto value = in.required_value(key);
    if (value && value->is_scalar() && value->as<std::int64_t>() != asked) {
      value->error(fmt::format("{}: this exam was begun with {}, not {}; choose another folder",
                               key, value->node().text, asked));
    }
  };
  same("plans", options.plans);
  same("repetitions", options.repetitions);
  same("seed", static_cast<std::int64_t>(options.seed));
  in.finish();
  if (listed && !options.models.empty() && options.models != models) {
    listed->error("models: this exam was begun with other networks; choose another folder");
  }
  diagnostics.throw_if_any();
  options.models = std::move(models);
  return options;
}

// Their replays lie in folders of their names.
void require_different_names(const std::vector<Network>& networks) {
  std::set<std::string> names;
  for (const Network& network : networks) {
    if (names.insert(network.name()).second) continue;
    throw ConfigError({"--model", 0, 0},
                      fmt::format("two networks are called '{}'", network.name()));
  }
}

// Machine and profile: the folder's, or measured now.
std::pair<Hardware, Profile> profiled_machine(const ExamOptions& options,
                                              const std::vector<Network>& networks) {
  const auto machine_file = options.folder / "machine.yaml";
  const auto profile_file = options.folder / "profile.csv";
  if (std::filesystem::exists(machine_file)) {
    if (!options.machine.empty() || !options.overrides.empty()) {
      throw ConfigError({machine_file.string(), 0, 0},
                        "this exam has its machine already; leave out --machine and --set, or "
                        "choose another folder");
    }
    return {load_hardware(machine_file.string()), Profile::load(profile_file.string())};
  }
  Step step("profile");
  Hardware machine = machine_of_workers(options.machine, options.overrides, options.worker);
  std::vector<const Network*> all;
  for (const Network& network : networks) all.push_back(&network);
  const Interrupt interrupt;
  exec::ProfileOptions how;
  how.time_limit = std::chrono::milliseconds(
      std::llround(1000 * options.budget * static_cast<double>(networks.size())));
  how.file = profile_file.string();
  how.where = options.worker;
  how.stop = [&] { return interrupt.asked(); };
  how.progress = [&](const std::string& what, double done) {
    step.progress(static_cast<std::int64_t>(done * 100), 100, what);
  };
  exec::ProfileResult profile = exec::profile(all, machine, options.seed, how);
  if (profile.stopped) throw Error("interrupted; the same command goes on from here");
  machine = HardwareBuilder::build(exec::measured_machine(all, machine, profile.profile));
  // Last: whoever sees it finds the profile, too.
  write_file(machine_file, to_yaml(machine));
  step.done(fmt::format("{} rows, {} clean samples, {} discarded", profile.profile.rows().size(),
                        profile.samples, profile.discarded));
  return {std::move(machine), std::move(profile.profile)};
}

void replay_plans(Exam& exam, exec::ExamNetwork& network) {
  Step step("replay");
  exec::Replayer replayer(network.network, exam.machine, exam.options.seed,
                          {.where = exam.options.worker});
  require_environment(replayer, exam);
  exec::DrawOptions draw;
  draw.plans = static_cast<std::size_t>(exam.options.plans);
  draw.seed = exam.options.seed;
  network.plans = exec::draw_plans(network.network, exam.machine, network.costs, draw);

  exec::RepeatOptions repeat;
  repeat.warm_up = 2;
  repeat.repetitions = exam.options.repetitions;
  repeat.time_limit = std::chrono::milliseconds(400 * exam.options.repetitions);
  const OutputJudge judge(network.network, exam.options.seed);
  double difference = 0;
  std::vector<const Plan*> plans;
  for (const exec::ExamPlan& plan : network.plans) plans.push_back(&plan.plan);
  std::int64_t turns = 0;
  std::vector<exec::ReplayResult> results =
      replayer.run_in_turns(plans, repeat, kRounds, [&](std::size_t plan, int round) {
        step.progress(++turns, static_cast<std::int64_t>(kRounds * plans.size()),
                      network.plans[plan].name);
        if (round + 1 == kRounds)
          difference = std::max(difference, judge.difference(replayer.outputs()));
      });
  std::size_t clean = 0, discarded = 0;
  for (std::size_t i = 0; i < results.size(); ++i) {
    exec::ExamPlan& plan = network.plans[i];
    plan.measured = std::move(results[i].timeline);
    plan.makespans = std::move(results[i].makespans);
    plan.clean = results[i].clean;
    plan.discarded = results[i].discarded;
    plan.trustworthy = results[i].trustworthy;
    clean += plan.clean;
    discarded += plan.discarded;
  }
  step.done(
      fmt::format("{} plans, {} clean runs, {} discarded; outputs within {:.1e} of the "
                  "reference",
                  plans.size(), clean, discarded, difference));
}

}  // namespace

void require_environment(const exec::Replayer& replayer, const Exam& exam) {
  Diagnostics wrong;
  for (const ProcessorId p : ids<ProcessorId>(exam.machine.processors().size())) {
    const std::string& name = exam.machine.processors()[p].name;
    for (const ProfileRow& row : exam.profile.rows()) {
      // Rows that name none go with any.
      if (row.processor != name || row.environment.empty()) continue;
      if (row.environment == replayer.environment(p)) continue;
      wrong.error({(exam.options.folder / "profile.csv").string(), 0, 0},
                  fmt::format("processor '{}' was profiled elsewhere (environment {}, here it is "
                              "{}): what is measured here does not belong to it; choose another "
                              "folder",
                              name, row.environment, replayer.environment(p)));
      break;
    }
  }
  wrong.throw_if_any();
}

Exam measured_exam(const ExamOptions& given) {
  const ExamOptions options = with_settings_of_folder(given);
  InputOptions inputs;
  inputs.bindings = options.bindings;
  std::vector<Network> networks = load_models(inputs, options.models);
  require_different_names(networks);
  const nlohmann::ordered_json settings{{"exam", kVersion},
                                        {"models", options.models},
                                        {"plans", options.plans},
                                        {"repetitions", options.repetitions},
                                        {"seed", options.seed}};
  write_file(settings_file(options), settings.dump(1) + "\n");
  auto [machine, profile] = profiled_machine(options, networks);
  Exam exam{options, std::move(machine), std::move(profile), {}, {}, {}, {}, {}};
  for (std::size_t i = 0; i < networks.size(); ++i) {
    CostTable costs = predicted_costs(networks[i], exam.machine, exam.profile);
    exam.networks.push_back({options.models[i], std::move(networks[i]), std::move(costs), {}});
    exec::ExamNetwork& network = exam.networks.back();
    const auto folder = options.folder / "replays" / network.network.name();
    if (exec::has_replays(folder)) {
      network.plans = exec::load_replays(folder, network.network, exam.machine);
      fmt::print("  {}: {} plans are in {}\n", network.network.name(), network.plans.size(),
                 folder.string());
    } else {
      replay_plans(exam, network);
      exec::save_replays(folder, network.network, exam.machine, network.plans);
    }
  }
  return exam;
}

}  // namespace partita::command
