#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "models/base/document.h"
#include "models/base/document_kind.h"
#include "models/base/file.h"
#include "models/sweep/read_axes.h"
#include "models/sweep/sampling.h"
#include "models/sweep/sweep.h"

namespace partita {
namespace {

constexpr std::int64_t kMostRepetitions = 1'000'000;
constexpr std::size_t kLongestName = 64;

std::size_t count(const ValueReader& value, std::int64_t most) {
  const auto read = value.as<std::int64_t>();
  if (read >= 1 && read <= most) return static_cast<std::size_t>(read);
  if (value.is_scalar()) {
    value.error(fmt::format("{}: '{}' must be at least 1 and at most {}", value.what(),
                            value.node().text, most));
  }
  return 1;
}

std::uint64_t read_seed(MapReader& in) {
  const auto value = in.optional_value("seed");
  if (!value) return 1;
  const auto seed = value->as<std::int64_t>();
  if (seed < 0) value->error(fmt::format("seed: '{}' must be 0 or more", value->node().text));
  return static_cast<std::uint64_t>(seed);
}

std::string read_name(const ValueReader& value) {
  const std::string name = value.as<std::string>();
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  };
  if (value.is_scalar() && (name.empty() || name.size() > kLongestName ||
                            !std::all_of(name.begin(), name.end(), is_letter))) {
    value.error(fmt::format("sweep: '{}' is no name (letters, digits, _ and -, at most {} of them)",
                            name, kLongestName));
  }
  return name;
}

std::vector<FixedOption> read_fixed(const ValueReader& value) {
  std::vector<FixedOption> fixed;
  for (const auto& [name, member] : value.entries()) {
    const std::string mistake = mistake_in_name(name);
    if (!mistake.empty()) member.error(mistake);
    FixedOption option{name, {}, member.where()};
    const bool is_plain = member.is_scalar() && !member.node().quoted;
    if (is_plain && member.node().text == "false") continue;
    if (member.is_list()) {
      for (const ValueReader& item : member.list()) option.values.push_back(item.as<std::string>());
      if (option.values.empty()) continue;
    } else if (!is_plain || member.node().text != "true") {
      option.values.push_back(member.as<std::string>());
    }
    fixed.push_back(std::move(option));
  }
  return fixed;
}

void read_sample(const ValueReader& value, Sweep& sweep) {
  MapReader in(value);
  if (const auto method = in.required_value("method")) {
    sweep.sampling =
        std::array{Sampling::Random, Sampling::LatinHypercube,
                   Sampling::Sobol}[method->one_of({"random", "latin_hypercube", "sobol"})];
  }
  if (const auto points = in.required_value("points")) {
    sweep.samples = count(*points, static_cast<std::int64_t>(kMostPlaces));
  }
  sweep.sampling_seed = read_seed(in);
  in.finish();
  if (sweep.axes.empty()) value.error("sample: there is no axis to draw values of");
  if (sweep.sampling == Sampling::Sobol && sweep.axes.size() > kMostSobolColumns) {
    value.error(fmt::format("sample: a Sobol sequence has at most {} axes", kMostSobolColumns));
  }
}

template <class Quantity>
std::optional<Quantity> read_limit(MapReader& in, const std::string& key) {
  const auto value = in.optional_value(key);
  if (!value) return std::nullopt;
  const auto limit = value->as<Quantity>();
  const bool is_read =
      std::holds_alternative<Quantity>(parse_quantity<Quantity>(value->node().text));
  if (is_read && limit == Quantity{})
    value->error(fmt::format("{}: '{}' is no limit", key, value->node().text));
  return limit;
}

void read_limits(const ValueReader& value, Sweep& sweep) {
  MapReader in(value);
  sweep.time_limit = read_limit<Time>(in, "time");
  sweep.memory_limit = read_limit<Bytes>(in, "memory");
  in.finish();
}

std::vector<std::string> read_texts(MapReader& in, const std::string& key) {
  std::vector<std::string> texts;
  for (const ValueReader& item : in.optional_list(key)) texts.push_back(item.as<std::string>());
  return texts;
}

void read_kept(const ValueReader& value, Sweep& sweep) {
  MapReader in(value);
  sweep.kept_where = value.where();
  sweep.kept_columns = read_texts(in, "columns");
  sweep.kept_files = read_texts(in, "files");
  in.finish();
}

Answer read_answer(const ValueReader& value) {
  MapReader in(value);
  Answer answer;
  answer.column = in.required<std::string>("column");
  if (const auto better = in.optional_value("better")) {
    answer.smaller_is_better = better->one_of({"smaller", "larger"}) == 0;
  }
  in.finish();
  return answer;
}

const Axis* axis_named(const Sweep& sweep, const std::string& name) {
  const auto found = std::find_if(sweep.axes.begin(), sweep.axes.end(),
                                  [&](const Axis& axis) { return axis.name == name; });
  return found != sweep.axes.end() ? &*found : nullptr;
}

void check_names(const Sweep& sweep, Diagnostics& diagnostics) {
  const auto check_scenario = [&](const std::string& name, const SourceLoc& where) {
    if (!name.starts_with(kScenarioAxis) || sweep.verb == "runtime" || sweep.verb.empty()) return;
    diagnostics.error(
        where, fmt::format("'{}': only `body: runtime` has a scenario, not {}", name, sweep.verb));
  };
  for (const Axis& axis : sweep.axes) check_scenario(axis.name, axis.where);
  for (const FixedOption& option : sweep.fixed) {
    check_scenario(option.name, option.where);
    if (const Axis* axis = axis_named(sweep, option.name)) {
      diagnostics.error(option.where, fmt::format("'{}' is an axis, too (at line {})", option.name,
                                                  axis->where.line));
    }
    if (option.name == "seed" && sweep.repeat > 1) {
      diagnostics.error(option.where, "seed: with `repeat`, each repetition has a seed of its own");
    }
  }
  const Axis* seeds = axis_named(sweep, "seed");
  if (seeds != nullptr && sweep.repeat > 1) {
    diagnostics.error(seeds->where, "seed: either an axis, or `repeat`, which derives seeds");
  }
}

void check_size(const Sweep& sweep, const SourceLoc& where, Diagnostics& diagnostics) {
  // As a real number: the product of many axes has no other type that holds it.
  auto places = static_cast<double>(sweep.repeat);
  if (sweep.sampling != Sampling::Product) {
    places *= static_cast<double>(sweep.samples);
  } else {
    for (std::size_t i = 0; i < sweep.axes.size(); ++i) {
      const bool counts = i == 0 || sweep.axes[i].group != sweep.axes[i - 1].group;
      if (counts)
        places *= static_cast<double>(std::max<std::size_t>(1, sweep.axes[i].values.size()));
    }
  }
  if (places <= static_cast<double>(kMostPlaces)) return;
  diagnostics.error(where, fmt::format("{:.3g} points are more than {}", places, kMostPlaces));
}

}  // namespace

Sweep load_sweep(const std::filesystem::path& file) {
  const Document document = Document::parse_file(file);
  refuse_other_kind(document, "sweep");
  Diagnostics diagnostics;
  Sweep sweep;
  sweep.file = file;
  sweep.text = read_file(file);
  MapReader in(read(document, diagnostics));
  if (const auto name = in.required_value("sweep")) sweep.name = read_name(*name);
  sweep.question = in.optional<std::string>("question", "");
  if (const auto body = in.required_value("body")) {
    sweep.verb = body->as<std::string>();
    sweep.verb_where = body->where();
  }
  if (const auto with = in.optional_value("with")) sweep.fixed = read_fixed(*with);
  SourceLoc axes_where = in.where();
  if (const auto axes = in.optional_value("axes")) {
    sweep.axes = read_axes(*axes);
    axes_where = axes->where();
  }
  if (const auto sample = in.optional_value("sample")) read_sample(*sample, sweep);
  if (const auto exclude = in.optional_value("exclude")) {
    sweep.exclude = read_conditions(*exclude, sweep.axes);
  }
  if (const auto only = in.optional_value("only")) {
    sweep.only = read_conditions(*only, sweep.axes);
  }
  if (const auto repeat = in.optional_value("repeat")) {
    sweep.repeat = count(*repeat, kMostRepetitions);
  }
  sweep.seed = read_seed(in);
  if (const auto limits = in.optional_value("limits")) read_limits(*limits, sweep);
  if (const auto keep = in.optional_value("keep")) read_kept(*keep, sweep);
  if (const auto answer = in.optional_value("answer")) sweep.answer = read_answer(*answer);
  if (const auto prices = in.optional_value("prices")) {
    read_prices(*prices, sweep.axes, sweep.design);
  }
  if (const auto goals = in.optional_value("goals")) read_goals(*goals, sweep.design);
  in.finish();
  check_names(sweep, diagnostics);
  check_size(sweep, axes_where, diagnostics);
  diagnostics.throw_if_any();
  return sweep;
}

}  // namespace partita
