#include "models/hardware/repetition.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace partita {
namespace {

constexpr std::int64_t kMostCopies = 4096;

struct Range {
  std::string before, after;  // of the brackets
  std::int64_t first = 0, last = 0;
  std::string name(std::int64_t number) const { return before + std::to_string(number) + after; }
};

std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

// Absent: no repetition. A range that is malformed is an error at `where`.
std::optional<Range> range_in(const std::string& name, const SourceLoc& where,
                              Diagnostics& diagnostics) {
  const auto open = name.find('[');
  if (open == std::string::npos) return std::nullopt;
  const auto close = name.find(']', open);
  const auto dots = name.find("..", open);
  const bool has_form = close != std::string::npos && dots != std::string::npos && dots < close &&
                        name.find('[', open + 1) == std::string::npos;
  const auto part = [&](std::size_t from, std::size_t to) {
    return has_form ? number_in(std::string_view{name}.substr(from, to - from)) : std::nullopt;
  };
  const auto first = part(open + 1, dots);
  const auto last = part(dots + 2, close);
  if (!first || !last || *first < 0) {
    diagnostics.error(where, fmt::format("'{}' is no repetition (write name[first..last], "
                                         "for example tile[0..15])",
                                         name));
    return std::nullopt;
  }
  if (*last < *first || *last - *first >= kMostCopies) {
    diagnostics.error(where, fmt::format("'{}': a repetition has 1 to {} entries, the smaller "
                                         "number first",
                                         name, kMostCopies));
    return std::nullopt;
  }
  return Range{name.substr(0, open), name.substr(close + 1), *first, *last};
}

// `text` with "{i}", "{i+2}", "{i-1}" replaced; a reason where that cannot be done.
std::variant<std::string, BadQuantity> numbered(const std::string& text, std::int64_t number) {
  std::string result;
  std::size_t at = 0;
  while (true) {
    const auto open = text.find('{', at);
    result += text.substr(at, open - at);
    if (open == std::string::npos) return result;
    const auto close = text.find('}', open);
    const std::string_view inner = close == std::string::npos
                                       ? std::string_view{}
                                       : std::string_view{text}.substr(open + 1, close - open - 1);
    std::optional<std::int64_t> offset;
    if (inner == "i") {
      offset = 0;
    } else if (inner.starts_with("i+")) {
      offset = number_in(inner.substr(2));
    } else if (inner.starts_with("i-")) {
      offset = number_in(inner.substr(1));
    }
    if (!offset || std::abs(*offset) > kMostCopies) {
      return BadQuantity{
          fmt::format("'{}': expected {{i}}, {{i+1}} or {{i-1}} in a repeated entry", text)};
    }
    if (number + *offset < 0) {
      return BadQuantity{
          fmt::format("'{}' is negative in the repetition's entry {}", text, number)};
    }
    result += std::to_string(number + *offset);
    at = close + 1;
  }
}

class Expander {
 public:
  Expander(std::string file, Diagnostics& diagnostics)
      : file_(std::move(file)), diagnostics_(diagnostics) {}

  void expand(Node& section) {
    std::vector<Node::Member> members;
    for (Node::Member& member : section.members) {
      const SourceLoc where = place(member.value, member.line, member.column);
      const std::optional<Range> range = range_in(member.key, where, diagnostics_);
      if (!range) {
        add(members, std::move(member));
        continue;
      }
      for (std::int64_t i = range->first; i <= range->last; ++i) {
        Node::Member copy = member;
        copy.key = range->name(i);
        const std::size_t mistakes = diagnostics_.found().size();
        number_all(copy.value, i);
        add(members, std::move(copy));
        if (diagnostics_.found().size() > mistakes) break;  // one of a kind is enough
      }
    }
    section.members = std::move(members);
  }

 private:
  SourceLoc place(const Node& node, int line, int column) const {
    return node.origin ? SourceLoc{*node.origin, 0, 0} : SourceLoc{file_, line, column};
  }

  void add(std::vector<Node::Member>& members, Node::Member member) {
    const auto first = std::find_if(members.begin(), members.end(), [&](const Node::Member& other) {
      return other.key == member.key;
    });
    if (first == members.end()) {
      members.push_back(std::move(member));
      return;
    }
    diagnostics_.error(
        place(member.value, member.line, member.column),
        fmt::format("key '{}' is given twice (first at line {})", member.key, first->line));
  }

  void number_all(Node& node, std::int64_t number) {
    if (node.kind == Node::Kind::Scalar) {
      const auto text = numbered(node.text, number);
      if (const auto* bad = std::get_if<BadQuantity>(&text)) {
        diagnostics_.error(place(node, node.line, node.column), bad->message);
      } else {
        node.text = std::get<std::string>(text);
      }
    }
    for (Node& item : node.items) number_all(item, number);
    for (Node::Member& member : node.members) number_all(member.value, number);
  }

  std::string file_;
  Diagnostics& diagnostics_;
};

}  // namespace

Document with_repetitions(const Document& document, const std::vector<std::string>& sections,
                          Diagnostics& diagnostics) {
  Node root = document.root();
  Expander expander(document.name(), diagnostics);
  for (Node::Member& member : root.members) {
    if (std::find(sections.begin(), sections.end(), member.key) != sections.end()) {
      expander.expand(member.value);
    }
  }
  return Document::from_tree(std::move(root), document.name());
}

std::vector<std::pair<std::string, std::string>> with_repetitions(const std::string& path,
                                                                  const std::string& value) {
  Diagnostics diagnostics;
  const SourceLoc where{"--set " + path, 0, 0};
  std::vector<std::pair<std::string, std::string>> settings;
  const std::optional<Range> range = range_in(path, where, diagnostics);
  diagnostics.throw_if_any();
  if (!range) return {{path, value}};
  for (std::int64_t i = range->first; i <= range->last; ++i) {
    const auto text = numbered(value, i);
    if (const auto* bad = std::get_if<BadQuantity>(&text)) throw ConfigError(where, bad->message);
    settings.emplace_back(range->name(i), std::get<std::string>(text));
  }
  return settings;
}

}  // namespace partita
