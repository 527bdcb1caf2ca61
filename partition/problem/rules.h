// What the user asks of plans, one thing after the other, and what it makes of a problem.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/base/diagnostics.h"
#include "models/cost/cost_table.h"
#include "partition/problem/constraints.h"

namespace partita {

// One constraint as it was written.
struct Rule {
  enum class Kind : std::uint8_t { Pin, Bar, Together, Contiguous, Share, Limit };

  Kind kind = Kind::Contiguous;
  std::string text;                       // "--pin conv*=gpu0", "pin conv*: gpu0 (rules.yaml:3:3)"
  std::vector<LayerId> layers{};          // of a pin, bar or group
  std::vector<ProcessorId> processors{};  // of a pin: one of them; of a bar: none; of a share: it
  Constraints::Share share{};
  Constraints::Limit limit{};
};

// A problem's costs, without what pins and bars forbid, and its other constraints. Groups that
// overlap are one; of several shares of a processor, all hold.
struct Ruled {
  CostTable costs;
  Constraints constraints;
};
Ruled with_rules(const std::vector<Rule>& rules, std::size_t processors, CostTable costs);

// Makes rules of what was written, against a network and a machine. Patterns of layer names are
// those of shells (fnmatch: *, ?, [a-z]). Mistakes are recorded, and their rules left out.
class RuleMaker {
 public:
  RuleMaker(const Network& network, const Hardware& hardware, Diagnostics& diagnostics)
      : network_(network), hardware_(hardware), diagnostics_(diagnostics) {}

  // `text` is how messages call the rule.
  void place(Rule::Kind pin_or_bar, const SourceLoc& where, std::string text,
             const std::string& pattern, const std::vector<std::string>& processors);
  void together(const SourceLoc& where, std::string text, const std::vector<std::string>& patterns);
  void contiguous(std::string text);
  // "20 %"; an absent end allows everything.
  void share(const SourceLoc& where, std::string text, const std::string& processor,
             const std::optional<std::string>& least, const std::optional<std::string>& most);
  // "20 ms", "1.5 J", "2 GB": in a unit of the term.
  void limit(const SourceLoc& where, std::string text, const std::string& term,
             const std::string& most);

  std::vector<Rule> take() { return std::move(rules_); }

 private:
  std::vector<LayerId> matching(const SourceLoc& where, const std::string& pattern);
  std::optional<ProcessorId> processor(const SourceLoc& where, const std::string& name);
  std::optional<std::int64_t> millionths(const SourceLoc& where, const std::string& text);

  const Network& network_;
  const Hardware& hardware_;
  Diagnostics& diagnostics_;
  std::vector<Rule> rules_;
};

// A file of rules (YAML):
//   pin: {PATTERN: PROCESSOR, PATTERN: [PROCESSOR, ...]}    one of them
//   bar: {PATTERN: PROCESSOR, ...}                          none of them
//   together: [PATTERN, [PATTERN, ...], ...]                a group each
//   contiguous: true
//   share: {PROCESSOR: {least: 20 %, most: 60 %}}
//   limit: {TERM: "20 ms"}
void read_rules(const std::string& file, Diagnostics& diagnostics, RuleMaker& maker);

}  // namespace partita
