#include "partition/problem/rules.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>

namespace partita {
namespace {

// Which layers hang together; each group is named by its smallest layer.
class Groups {
 public:
  explicit Groups(std::size_t layers) : leader_(layers) {
    std::iota(leader_.begin(), leader_.end(), std::size_t{0});
  }

  void join(LayerId a, LayerId b) {
    const std::size_t of_a = leader(index(a)), of_b = leader(index(b));
    leader_[std::max(of_a, of_b)] = std::min(of_a, of_b);
  }

  std::vector<std::vector<LayerId>> of_two_and_more() {
    std::vector<std::vector<LayerId>> members(leader_.size());
    for (std::size_t i = 0; i < leader_.size(); ++i) {
      members[leader(i)].push_back(static_cast<LayerId>(i));
    }
    std::erase_if(members, [](const auto& group) { return group.size() < 2; });
    return members;
  }

 private:
  std::size_t leader(std::size_t at) {
    while (leader_[at] != at) at = leader_[at] = leader_[leader_[at]];
    return at;
  }

  std::vector<std::size_t> leader_;
};

bool contains(const std::vector<ProcessorId>& list, ProcessorId p) {
  return std::find(list.begin(), list.end(), p) != list.end();
}

void keep_to(const Rule& rule, std::size_t processors, CostTable& costs) {
  for (const ProcessorId p : ids<ProcessorId>(processors)) {
    if (contains(rule.processors, p) == (rule.kind == Rule::Kind::Pin)) continue;
    for (const LayerId layer : rule.layers) costs.set(layer, p, std::nullopt);
  }
}

struct Unit {
  std::string_view name;
  double size;
};

// Of each term, the largest first; the one of size 1 is the term's own.
std::vector<Unit> units_of(Term term) {
  switch (term) {
    case Term::Latency:
    case Term::Period:
    case Term::Imbalance:
      return {{"s", 1}, {"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}, {"ps", 1e-12}};
    case Term::EnergyUse: return {{"J", 1}, {"mJ", 1e-3}, {"uJ", 1e-6}, {"nJ", 1e-9}};
    case Term::EnergyDelay: return {{"J s", 1}};
    case Term::Transfers: return {{"GB", 1}, {"MB", 1e-3}, {"kB", 1e-6}, {"B", 1e-9}};
  }
  return {};
}

// A number and what follows it; absent where there is none, or it is negative or not finite.
std::optional<std::pair<double, std::string_view>> number_and_rest(const std::string& text) {
  double number = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  if (error != std::errc{} || !std::isfinite(number) || number < 0) return std::nullopt;
  std::string_view rest(end, static_cast<std::size_t>(last - end));
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  return std::pair{number, rest};
}

}  // namespace

Ruled with_rules(const std::vector<Rule>& rules, std::size_t processors, CostTable costs) {
  Ruled made{std::move(costs), {}};
  Groups groups(made.costs.layers());
  for (const Rule& rule : rules) {
    switch (rule.kind) {
      case Rule::Kind::Pin:
      case Rule::Kind::Bar: keep_to(rule, processors, made.costs); break;
      case Rule::Kind::Together:
        for (const LayerId layer : rule.layers) groups.join(rule.layers.front(), layer);
        break;
      case Rule::Kind::Contiguous: made.constraints.contiguous = true; break;
      case Rule::Kind::Share: {
        if (made.constraints.shares.empty()) made.constraints.shares.resize(processors);
        Constraints::Share& share = made.constraints.shares[rule.processors.front()];
        share.least = std::max(share.least, rule.share.least);
        share.most = std::min(share.most, rule.share.most);
        break;
      }
      case Rule::Kind::Limit: made.constraints.limits.push_back(rule.limit); break;
    }
  }
  made.constraints.together = groups.of_two_and_more();
  return made;
}

std::vector<LayerId> RuleMaker::matching(const SourceLoc& where, const std::string& pattern) {
  std::vector<LayerId> found;
  std::vector<std::string> names;
  for (const LayerId layer : network_.layers()) {
    const std::string& name = network_.layer(layer).name;
    if (name == pattern || fnmatch(pattern.c_str(), name.c_str(), 0) == 0) found.push_back(layer);
    names.push_back(name);
  }
  if (found.empty()) {
    const std::string near = closest(pattern, names);
    diagnostics_.error(
        where, fmt::format("no layer of the network is called '{}'{} ({} layers: '{}' to '{}')",
                           pattern, near.empty() ? "" : fmt::format(": did you mean '{}'?", near),
                           names.size(), names.front(), names.back()));
  }
  return found;
}

std::optional<ProcessorId> RuleMaker::processor(const SourceLoc& where, const std::string& name) {
  if (const auto found = hardware_.processor_named(name)) return found;
  std::vector<std::string> names;
  for (const ProcessorSpec& spec : hardware_.processors()) names.push_back(spec.name);
  diagnostics_.error(where, fmt::format("the machine has no processor '{}' (it has {})", name,
                                        fmt::join(names, ", ")));
  return std::nullopt;
}

void RuleMaker::place(Rule::Kind pin_or_bar, const SourceLoc& where, std::string text,
                      const std::string& pattern, const std::vector<std::string>& processors) {
  Rule rule{.kind = pin_or_bar, .text = std::move(text)};
  rule.layers = matching(where, pattern);
  for (const std::string& name : processors) {
    if (const auto found = processor(where, name)) rule.processors.push_back(*found);
  }
  if (processors.empty()) diagnostics_.error(where, "a list of processors that names none");
  rules_.push_back(std::move(rule));
}

void RuleMaker::together(const SourceLoc& where, std::string text,
                         const std::vector<std::string>& patterns) {
  Rule rule{.kind = Rule::Kind::Together, .text = std::move(text)};
  bool known = !patterns.empty();
  for (const std::string& pattern : patterns) {
    const std::vector<LayerId> found = matching(where, pattern);
    known = known && !found.empty();
    rule.layers.insert(rule.layers.end(), found.begin(), found.end());
  }
  std::sort(rule.layers.begin(), rule.layers.end());
  rule.layers.erase(std::unique(rule.layers.begin(), rule.layers.end()), rule.layers.end());
  if (patterns.empty() || (known && rule.layers.size() < 2)) {
    diagnostics_.error(where, fmt::format("a group needs two layers, and '{}' is {}",
                                          fmt::join(patterns, "', '"), rule.layers.size()));
  }
  rules_.push_back(std::move(rule));
}

void RuleMaker::contiguous(std::string text) {
  rules_.push_back({.kind = Rule::Kind::Contiguous, .text = std::move(text)});
}

std::optional<std::int64_t> RuleMaker::millionths(const SourceLoc& where, const std::string& text) {
  const auto read = number_and_rest(text);
  if (read && read->second == "%" && read->first <= 100) return std::llround(read->first * 1e4);
  diagnostics_.error(where,
                     fmt::format("a share is a percentage from 0 % to 100 %, not '{}'", text));
  return std::nullopt;
}

void RuleMaker::share(const SourceLoc& where, std::string text, const std::string& name,
                      const std::optional<std::string>& least,
                      const std::optional<std::string>& most) {
  Rule rule{.kind = Rule::Kind::Share, .text = std::move(text)};
  if (const auto found = processor(where, name)) rule.processors.push_back(*found);
  if (least) rule.share.least = millionths(where, *least).value_or(0);
  if (most) rule.share.most = millionths(where, *most).value_or(Constraints::kWhole);
  if (rule.share.least > rule.share.most) {
    diagnostics_.error(
        where, fmt::format("'{}' must take at least {} and at most {}", name, *least, *most));
  }
  if (!rule.processors.empty()) rules_.push_back(std::move(rule));
}

void RuleMaker::limit(const SourceLoc& where, std::string text, const std::string& term,
                      const std::string& most) {
  const auto known = std::find(kTerms.begin(), kTerms.end(), term);
  if (known == kTerms.end()) {
    diagnostics_.error(where, fmt::format("nothing that a plan costs is called '{}' (one of {})",
                                          term, fmt::join(kTerms, ", ")));
    return;
  }
  Rule rule{.kind = Rule::Kind::Limit, .text = std::move(text)};
  rule.limit.term = static_cast<Term>(known - kTerms.begin());
  std::vector<std::string_view> names;
  const auto read = number_and_rest(most);
  for (const Unit& unit : units_of(rule.limit.term)) {
    names.push_back(unit.name);
    if (!read || read->second != unit.name) continue;
    rule.limit.most = read->first * unit.size;
    rules_.push_back(std::move(rule));
    return;
  }
  diagnostics_.error(where, fmt::format("'{}' is no limit of {}: a number and one of {}", most,
                                        term, fmt::join(names, ", ")));
}

}  // namespace partita
