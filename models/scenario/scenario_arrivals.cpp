#include "models/scenario/scenario_arrivals.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace partita {
namespace {

constexpr double kMostShare = 100;  // of what a machine can serve: that is overload enough

// "60 %" as 0.6.
std::optional<double> share_of(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  text.remove_suffix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  double percent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), percent);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return percent / 100;
}

bool is_sound_share(double share) { return share > 0 && share <= kMostShare; }

void read_rate(const ValueReader& value, MarkovState& state) {
  const std::string text = value.as<std::string>();
  if (const auto share = share_of(text)) {
    state.share = *share;
    if (!is_sound_share(*share)) {
      value.error(
          fmt::format("rate: '{}' must be above 0 % and at most {:.0f} %", text, 100 * kMostShare));
    }
    return;
  }
  const auto parsed = parse_arrivals("poisson " + text);
  if (const auto* arrivals = std::get_if<Arrivals>(&parsed)) {
    state.per_second = arrivals->per_second;
  } else {
    value.error(fmt::format("rate: '{}' is neither like 500/s nor like 60 %", text));
  }
}

std::vector<MarkovState> read_states(const ValueReader& value) {
  std::vector<MarkovState> states;
  for (const ValueReader& item : value.list()) {
    MapReader in(item);
    MarkovState& state = states.emplace_back();
    if (const auto rate = in.required_value("rate")) read_rate(*rate, state);
    if (const auto stay = in.required_value("stay")) {
      state.stay = stay->as<Time>();
      if (state.stay == Time{0}) stay->error("stay: a state is left after some time, above 0");
    }
    in.finish();
  }
  if (value.is_list() && states.size() < 2) {
    value.error("markov: a chain has two states or more (one is 'poisson 500/s')");
  }
  return states;
}

}  // namespace

ScenarioArrivals read_arrivals(const ValueReader& value, const std::filesystem::path& file) {
  ScenarioArrivals arrivals;
  if (value.is_map()) {
    MapReader in(value);
    arrivals.text = "markov";
    if (const auto markov = in.required_value("markov")) arrivals.markov = read_states(*markov);
    in.finish();
    return arrivals;
  }
  arrivals.text = value.as<std::string>();
  constexpr std::string_view kPoisson = "poisson ";
  if (arrivals.text.starts_with(kPoisson)) {
    if (const auto share = share_of(arrivals.text.substr(kPoisson.size()))) {
      arrivals.share = *share;
      if (!is_sound_share(*share)) {
        value.error(fmt::format("arrivals: '{}' must be above 0 % and at most {:.0f} %",
                                arrivals.text, 100 * kMostShare));
      }
      return arrivals;
    }
  }
  auto parsed = parse_arrivals(arrivals.text);
  if (const auto* bad = std::get_if<BadArrivals>(&parsed)) {
    value.error(fmt::format("arrivals: {}; or 'poisson 60 %' of what the best static plan serves",
                            bad->message));
    return arrivals;
  }
  arrivals.process = std::get<Arrivals>(std::move(parsed));
  if (arrivals.process->kind == Arrivals::Kind::Saturated) {
    value.error("arrivals: 'saturated' is no service: say how requests come");
  }
  if (arrivals.process->kind == Arrivals::Kind::Trace) {
    arrivals.process->file = (file.parent_path() / arrivals.process->file).string();
  }
  return arrivals;
}

}  // namespace partita
