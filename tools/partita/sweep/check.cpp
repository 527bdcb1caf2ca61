#include "tools/partita/sweep/check.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <span>

#include "tools/partita/command_line.h"
#include "tools/partita/inputs.h"
#include "tools/partita/kept_parts.h"
#include "tools/partita/sweep/lines.h"
#include "tools/partita/sweep/worker_process.h"

namespace partita::command {
namespace {

using Json = nlohmann::json;

// A value that an axis takes, and a point that has it.
struct Probe {
  std::size_t axis = 0;
  std::size_t point = 0;
};

// A million points need not all be made to find each value of each list once.
constexpr std::size_t kMostSeen = 200'000;
constexpr std::size_t kMostProbes = 500;

// For each value of a list its first point; for each range that of its least and largest value.
std::vector<Probe> probes_of(const Sweep& sweep, const SweepPoints& points) {
  std::vector<std::map<std::string, Probe>> lists(sweep.axes.size());
  struct Ends {
    double least = 0, most = 0;
    Probe first, last;
  };
  std::vector<std::optional<Ends>> ranges(sweep.axes.size());
  const std::size_t count = points.size();
  const std::size_t stride = count / kMostSeen + 1;
  for (std::size_t number = 0; number < count; number += stride) {
    const SweepPoint point = points[number];
    for (std::size_t axis = 0; axis < sweep.axes.size(); ++axis) {
      const SweepValue& value = point.values[axis];
      if (!sweep.axes[axis].range || !value.number) {
        lists[axis].try_emplace(value.text, Probe{axis, number});
        continue;
      }
      auto& ends = ranges[axis];
      const Probe here{axis, number};
      if (!ends) ends = Ends{*value.number, *value.number, here, here};
      if (*value.number < ends->least) ends->least = *value.number, ends->first = here;
      if (*value.number > ends->most) ends->most = *value.number, ends->last = here;
    }
  }
  std::vector<Probe> probes{{0, 0}};
  for (std::size_t axis = 0; axis < sweep.axes.size(); ++axis) {
    for (const auto& [text, probe] : lists[axis]) probes.push_back(probe);
    if (ranges[axis]) {
      probes.push_back(ranges[axis]->first);
      probes.push_back(ranges[axis]->last);
    }
  }
  if (probes.size() > kMostProbes) probes.resize(kMostProbes);
  return probes;
}

// What a verb says of its input; nothing: it is right.
std::vector<std::string> said_of(const std::vector<std::string>& words) {
  std::vector<std::string> messages;
  try {
    CommandLine line(*command_named(words.front()));
    messages = line.parse(words);
    if (messages.empty()) line.run_parsed();
  } catch (const OnlyInput&) {
  } catch (const ConfigError& error) {
    for (const Diagnostic& each : error.diagnostics()) messages.push_back(to_string(each));
  } catch (const std::exception& error) {
    messages.emplace_back(error.what());
  }
  return messages;
}

// Takes the option that a message begins with ("--method: ...", "--set links.a.latency: ...") out of
// the words; its name, or "" where it begins with none that is there.
std::string leave_out(const std::string& message, std::vector<std::string>& words) {
  const std::string name = message.substr(0, message.find_first_of(": "));
  if (!name.starts_with("--")) return "";
  const std::string subject = message.substr(0, message.find(':'));
  for (auto word = words.begin(); word != words.end(); ++word) {
    if (*word != name) continue;
    const auto value = word + 1;
    const bool has_value = value != words.end() && !value->starts_with("--");
    // Of options that are given several times, the one that is meant.
    const bool is_meant =
        subject == name || (has_value && (name + " " + *value).starts_with(subject));
    if (!is_meant) continue;
    words.erase(word, has_value ? value + 1 : value);
    return name;
  }
  return "";
}

// All that a verb says of its input, as a list. Many verbs end at the first option that is wrong: it
// is left out then, and what remains is read again.
Json mistakes_in(std::vector<std::string> words) {
  Json all = Json::array();
  std::set<std::string> gone;
  while (true) {
    bool goes_on = false;
    for (const std::string& message : said_of(words)) {
      // That something is missing which was left out follows from that.
      const bool follows = std::any_of(gone.begin(), gone.end(), [&](const std::string& name) {
        return message.find(name) != std::string::npos &&
               std::find(words.begin(), words.end(), name) == words.end();
      });
      if (follows || std::find(all.begin(), all.end(), message) != all.end()) continue;
      all.push_back(message);
      const std::string name = leave_out(message, words);
      if (name.empty()) continue;
      gone.insert(name);
      goes_on = true;
    }
    if (!goes_on) return all;
  }
}

int read_inputs(std::span<const Probe> probes, const SweepPoints& points,
                const PointCommands& commands, const std::string& folder, int out,
                Console& console) {
  const Capture capture(console);
  remember_inputs(true);
  want_only_input(true);
  std::map<std::size_t, Json> said;  // by point
  for (const Probe& probe : probes) {
    Json& messages = said[probe.point];
    if (messages.is_null()) {
      std::vector<std::string> words = commands.of(points[probe.point]).arguments;
      for (std::string& word : words) word = with_folder(word, folder);
      messages = mistakes_in(words);
      for (Json& each : messages) each = without_folders(each.get<std::string>(), folder);
    }
    const std::string line = messages.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (!write_all(out, line + "\n")) break;
  }
  return 0;
}

// What the place in the sweep file says already: "--set links.a.b: error: ", "arguments: error: ".
std::string without_option(const std::string& message) {
  constexpr std::string_view kMark = ": error: ";
  const auto mark = message.find(kMark);
  if (mark == std::string::npos) return message;
  const bool is_option = message.starts_with("--") || message.starts_with("arguments");
  return is_option ? message.substr(mark + kMark.size()) : message;
}

// How messages about this axis or option are told apart from others: by what the verb calls it.
std::vector<std::string> names_in_messages(const std::string& name) {
  const auto dot = name.find('.');
  if (dot == std::string::npos) return {"--" + name};
  const std::string rest = name.substr(dot + 1);
  if (name.starts_with("machine.")) return {"--set " + rest};
  if (name.starts_with("scenario.")) return {"--scenario-set " + rest};
  if (name.starts_with("bind.")) return {"'" + rest + "'", rest + "="};
  return {"'" + rest + "'", rest + "="};
}

bool names(const std::string& message, const std::string& name) {
  for (const std::string& text : names_in_messages(name)) {
    const auto at = message.find(text);
    if (at == std::string::npos) continue;
    const auto end = at + text.size();
    const bool goes_on =
        end < message.size() && (std::isalnum(static_cast<unsigned char>(message[end])) != 0 ||
                                 message[end] == '_' || message[end] == '-');
    if (!goes_on || text.back() == '=') return true;
  }
  return false;
}

// How much a message speaks of a value of this axis or option: of what the verb calls it, or of the
// value itself, the longer the more.
std::size_t mentions(const std::string& message, const std::string& name,
                     const std::string& value) {
  constexpr std::size_t kNamed = 1000, kTelling = 2;  // one character is there by chance
  std::size_t score = names(message, name) ? kNamed : 0;
  const std::string file = std::filesystem::path(value).filename().string();
  for (const std::string& text : {value, file}) {
    if (text.size() < kTelling || message.find(text) == std::string::npos) continue;
    score += text.size();
    break;
  }
  return score;
}

// The place of the sweep file that brings a mistake in, and what stands there.
struct Culprit {
  SourceLoc where;
  std::string what;
  std::string of_range{};  // the value, where it is one of a range
};

// Whether it is the first of its kind: what is wrong with one end of a range is wrong with the other,
// too, in the same words but for the value.
bool is_new(const Culprit& culprit, std::string message, std::set<std::string>& said) {
  const std::string& value = culprit.of_range;
  if (value.empty()) return true;
  for (auto at = message.find(value); at != std::string::npos; at = message.find(value, at)) {
    message.erase(at, value.size());
  }
  return said.insert(to_string(culprit.where) + message).second;
}

// Of a message that the probes `wrong` have. Values that points without any mistake (`right`) have, too,
// are hardly to blame; of the others, the one that the message speaks of most.
Culprit culprit(const Sweep& sweep, const SweepPoints& points, const std::vector<Probe>& probes,
                const std::set<std::size_t>& wrong, const std::set<std::size_t>& right,
                const std::string& message) {
  std::vector<std::set<std::string>> elsewhere(sweep.axes.size());
  for (const std::size_t i : right) {
    const SweepPoint point = points[probes[i].point];
    for (std::size_t axis = 0; axis < sweep.axes.size(); ++axis) {
      elsewhere[axis].insert(point.values[axis].text);
    }
  }
  Culprit found{sweep.verb_where, "body: " + sweep.verb};
  std::size_t most = 0;
  const auto consider = [&](std::size_t score, const SourceLoc& where, const std::string& name,
                            const std::string& value, bool is_of_range) {
    if (score <= most) return;
    most = score;
    found = {where, fmt::format("{}: {}", name, value), is_of_range ? value : ""};
  };
  constexpr std::size_t kHere = 10'000;  // more than any mention
  const SweepPoint first = points[probes[*wrong.begin()].point];
  for (std::size_t i = 0; i < sweep.axes.size(); ++i) {
    const Axis& axis = sweep.axes[i];
    const SweepValue& value = first.values[i];
    const bool is_alone = !elsewhere[i].contains(value.text) && !right.empty();
    consider(mentions(message, axis.name, value.text) + (is_alone ? kHere : 0),
             value.where.line > 0 ? value.where : axis.where, axis.name, value.text,
             axis.range.has_value());
  }
  for (const FixedOption& option : sweep.fixed) {
    for (const std::string& value : option.values) {
      consider(mentions(message, option.name, value), option.where, option.name, value,
               /*is_of_range=*/false);
    }
  }
  return found;
}

}  // namespace

void check_points(const Sweep& sweep, const SweepPoints& points, const PointCommands& commands,
                  const InputFolder& files) {
  const std::vector<Probe> probes = probes_of(sweep, points);
  const std::string folder = files.path().string();
  // Who reads may be killed by somebody who means something else. One that reads nothing so often in a
  // row has fallen over what it reads.
  constexpr int kAttempts = 3;
  std::vector<std::string> lines;
  std::string how_it_ended;
  for (int attempts = 0; lines.size() < probes.size() && attempts < kAttempts; ++attempts) {
    const std::span<const Probe> left = std::span(probes).subspan(lines.size());
    WorkerProcess reader([&](int, int out, Console& console) {
      return read_inputs(left, points, commands, folder, out, console);
    });
    while (lines.size() < probes.size() && !reader.has_ended()) {
      pollfd file{reader.out(), POLLIN, 0};
      poll(&file, 1, -1);
      for (std::string& line : reader.receive()) {
        lines.push_back(std::move(line));
        attempts = 0;
      }
    }
    if (lines.size() < probes.size()) how_it_ended = reader.end().in_words;
  }
  std::map<std::string, std::set<std::size_t>> wrong;  // probes, by message
  for (std::size_t i = 0; i < lines.size(); ++i) {
    for (const Json& each : Json::parse(lines[i])) wrong[each.get<std::string>()].insert(i);
  }
  std::set<std::size_t> right;
  for (std::size_t i = 0; i < lines.size(); ++i) right.insert(i);
  for (const auto& [message, where] : wrong) {
    for (const std::size_t each : where) right.erase(each);
  }
  Diagnostics diagnostics;
  std::set<std::string> said;  // of ranges
  for (const auto& [message, where] : wrong) {
    const Culprit found = culprit(sweep, points, probes, where, right, message);
    if (!is_new(found, message, said)) continue;
    diagnostics.error(found.where, fmt::format("{}: {}", found.what, without_option(message)));
  }
  if (lines.size() < probes.size()) {
    const PointCommand last = commands.of(points[probes[lines.size()].point]);
    diagnostics.error(sweep.verb_where, fmt::format("reading what a point names ended by {}: {}",
                                                    how_it_ended, last.command));
  }
  diagnostics.throw_if_any();
}

}  // namespace partita::command
