#include "models/base/document.h"

#include <fmt/format.h>
#include <yaml-cpp/anchor.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <sstream>

#include "models/base/did_you_mean.h"

namespace partita {
namespace {

// Aliases are copied, so a few lines of them could ask for any amount of memory ("billion laughs").
constexpr std::size_t kMostAliasedNodes = 1'000'000;
constexpr int kDeepestNesting = 200;
constexpr std::uintmax_t kLargestFile = 512u << 20;

std::size_t count(const Node& node) {
  std::size_t total = 1;
  for (const Node& item : node.items) total += count(item);
  for (const Node::Member& member : node.members) total += count(member.value);
  return total;
}

// Builds our tree from yaml-cpp's events: faster than its node graph, and a doubled key can be seen
// (yaml-cpp 0.7 keeps both silently).
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::string file, Diagnostics& diagnostics)
      : file_(std::move(file)), diagnostics_(diagnostics) {}

  Node take() { return std::move(root_); }
  const std::optional<YAML::Mark>& last_quoted() const { return last_quoted_; }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(at(mark, Node::Kind::Null), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      throw ConfigError(loc(mark), "an alias inside the value that it names");
    }
    aliased_ += count(found->second);
    if (aliased_ > kMostAliasedNodes)
      throw ConfigError(loc(mark), "aliases expand to more than a million values");
    add(found->second, 0);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node node = at(mark, Node::Kind::Scalar);
    node.text = value;
    node.quoted = tag == "!";
    if (node.quoted) last_quoted_ = mark;
    add(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(at(mark, Node::Kind::List), anchor, mark);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(at(mark, Node::Kind::Map), anchor, mark);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Node node;
    YAML::anchor_t anchor;
    std::optional<Node> key;
    std::map<std::string, int> lines;  // of the keys so far
  };

  SourceLoc loc(const YAML::Mark& mark) const { return {file_, mark.line + 1, mark.column + 1}; }

  static Node at(const YAML::Mark& mark, Node::Kind kind) {
    Node node;
    node.kind = kind;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    return node;
  }

  void open(Node node, YAML::anchor_t anchor, const YAML::Mark& mark) {
    if (stack_.size() >= kDeepestNesting) {
      throw ConfigError(loc(mark), fmt::format("nested more than {} deep", kDeepestNesting));
    }
    stack_.push_back({std::move(node), anchor, std::nullopt, {}});
  }

  void close() {
    Open done = std::move(stack_.back());
    stack_.pop_back();
    add(std::move(done.node), done.anchor);
  }

  void add(Node node, YAML::anchor_t anchor) {
    if (anchor != 0) anchors_[anchor] = node;
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = stack_.back();
    if (parent.node.kind == Node::Kind::List) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.key) {
      parent.key = std::move(node);
    } else {
      add_member(parent, std::move(node));
    }
  }

  void add_member(Open& parent, Node value) {
    const Node key = *std::exchange(parent.key, std::nullopt);
    if (key.kind != Node::Kind::Scalar) {
      diagnostics_.error({file_, key.line, key.column}, "a key must be a plain word");
      return;
    }
    const auto [first, is_new] = parent.lines.emplace(key.text, key.line);
    if (!is_new) {
      diagnostics_.error(
          {file_, key.line, key.column},
          fmt::format("key '{}' is given twice (first at line {})", key.text, first->second));
      return;
    }
    // An absent value is nowhere; its mark is that of whatever comes next.
    if (value.kind == Node::Kind::Null) value.line = key.line, value.column = key.column;
    parent.node.members.push_back({key.text, key.line, key.column, std::move(value)});
  }

  std::string file_;
  Diagnostics& diagnostics_;
  std::vector<Open> stack_;
  std::map<YAML::anchor_t, Node> anchors_;
  std::size_t aliased_ = 0;
  std::optional<YAML::Mark> last_quoted_;
  Node root_;
};

std::string_view line_of(std::string_view text, int line) {
  for (; line > 0; --line) text.remove_prefix(std::min(text.find('\n') + 1, text.size()));
  return text.substr(0, text.find('\n'));
}

// yaml-cpp 0.7 takes a quote that is never closed to reach to the end of the file, and says
// nothing. Only the last quoted text of a file can be such a one.
bool is_never_closed(std::string_view text, const YAML::Mark& mark) {
  const std::string_view line = line_of(text, mark.line);
  if (static_cast<std::size_t>(mark.column) >= line.size()) return false;
  const char* const begin = line.data() + mark.column;
  const char quote = *begin;
  if (quote != '"' && quote != '\'') return false;  // an anchor or a tag stands before it
  for (const char* at = begin + 1; at < text.data() + text.size(); ++at) {
    if (quote == '"' && *at == '\\') {
      ++at;
    } else if (*at == quote) {
      if (quote == '"' || at + 1 == text.data() + text.size() || at[1] != quote) return false;
      ++at;  // '' is a quote inside single quotes
    }
  }
  return true;
}

// What of yaml-cpp's says that a text has no quotes which needs them.
constexpr std::pair<std::string_view, std::string_view> kHints[] = {
    {"flow not found", "a bracket is not closed, or a text with brackets in it needs quotes"},
    {"unknown token", "a text that begins with > % or @, or holds ? inside brackets, needs quotes"},
    {"anchor is not defined", "a text that begins with * needs quotes"},
    {"in block scalar", "a text that begins with > or | needs quotes"},
};

// yaml-cpp says what it stumbled over, which is often not what was wrong.
Diagnostic syntax_error(std::string_view text, const std::string& file,
                        const YAML::Exception& error) {
  for (int line = 0; line <= error.mark.line; ++line) {
    const std::string_view here = line_of(text, line);
    const auto indent = here.substr(0, here.find_first_not_of(" \t"));
    const auto tab = indent.find('\t');
    if (tab != std::string_view::npos && indent.size() < here.size()) {
      return {{file, line + 1, static_cast<int>(tab) + 1},
              "syntax: indented with a tab, where YAML wants spaces"};
    }
  }
  std::string message = "syntax: " + error.msg;
  for (const auto& [said, hint] : kHints) {
    if (error.msg.find(said) != std::string::npos) message += fmt::format(" ({})", hint);
  }
  return {{file, error.mark.line + 1, error.mark.column + 1}, std::move(message)};
}

// With a mark of its order of bytes, or without: then every other byte of a plain letter is 0.
bool is_utf_16(std::string_view text) {
  if (text.size() < 2) return false;
  const std::string_view first = text.substr(0, 2);
  return first == "\xFF\xFE" || first == "\xFE\xFF" || (first[0] == '\0') != (first[1] == '\0');
}

const char* kind_name(const Node& node) {
  switch (node.kind) {
    case Node::Kind::Null: return "nothing";
    case Node::Kind::Scalar: return "a single value";
    case Node::Kind::List: return "a list";
    case Node::Kind::Map: return "a map";
  }
  return "";
}

std::string written(const Node& node) {
  return node.kind == Node::Kind::Scalar ? fmt::format("'{}'", node.text)
                                         : std::string{kind_name(node)};
}

template <class Number>
std::optional<Number> number_in(const std::string& text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

template <class Number>
Number read_number(const ValueReader& value, const char* expected) {
  if (value.is_scalar() && !value.node().quoted) {
    if (const auto number = number_in<Number>(value.node().text)) {
      if constexpr (std::is_floating_point_v<Number>) {
        if (std::isfinite(*number)) return *number;
      } else {
        return *number;
      }
    }
  }
  value.error(
      fmt::format("{}: expected {}, not {}", value.what(), expected, written(value.node())));
  return Number{};
}

template <class Quantity>
Quantity read_quantity(const ValueReader& value) {
  if (!value.is_scalar()) {
    value.error(fmt::format("{}: expected a number with a unit, not {}", value.what(),
                            written(value.node())));
    return Quantity{};
  }
  const auto parsed = parse_quantity<Quantity>(value.node().text);
  if (const auto* bad = std::get_if<BadQuantity>(&parsed)) {
    value.error(value.what() + ": " + bad->message);
    return Quantity{};
  }
  return std::get<Quantity>(parsed);
}

}  // namespace

Document Document::parse_text(std::string_view text, std::string name) {
  Document document;
  document.name_ = std::move(name);
  Diagnostics diagnostics;
  TreeBuilder builder(document.name_, diagnostics);
  std::istringstream in{std::string{text}};
  try {
    YAML::Parser parser(in);
    if (!parser.HandleNextDocument(builder))
      throw ConfigError({document.name_, 0, 0}, "the file is empty");
    document.root_ = builder.take();
    TreeBuilder rest(document.name_, diagnostics);
    if (parser.HandleNextDocument(rest)) {
      const Node second = rest.take();
      diagnostics.error({document.name_, second.line, second.column},
                        "a second document ('---') in one file");
    }
    if (builder.last_quoted() && is_never_closed(text, *builder.last_quoted())) {
      const YAML::Mark& mark = *builder.last_quoted();
      throw ConfigError({document.name_, mark.line + 1, mark.column + 1},
                        "syntax: a quote that is never closed");
    }
  } catch (const YAML::Exception& error) {
    const Diagnostic diagnostic = syntax_error(text, document.name_, error);
    diagnostics.error(diagnostic.where, diagnostic.message);
  }
  diagnostics.throw_if_any();
  return document;
}

Document Document::from_tree(Node root, std::string name) {
  Document document;
  document.name_ = std::move(name);
  document.root_ = std::move(root);
  return document;
}

Document Document::parse_file(const std::filesystem::path& file) {
  const SourceLoc whole{file.string(), 0, 0};
  std::error_code failed;
  const auto status = std::filesystem::status(file, failed);
  if (!std::filesystem::exists(status)) throw ConfigError(whole, "no such file");
  if (std::filesystem::is_directory(status)) throw ConfigError(whole, "is a folder, not a file");
  const auto size = std::filesystem::file_size(file, failed);
  if (!failed && size > kLargestFile) throw ConfigError(whole, "larger than 512 MiB");
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf()) || in.bad()) {
    if (!failed && size == 0) throw ConfigError(whole, "the file is empty");
    throw ConfigError(whole, "cannot be read");
  }
  std::string content = text.str();
  if (is_utf_16(content)) {
    throw ConfigError(whole, "this text is UTF-16: save it as UTF-8");
  }
  return parse_text(content, file.string());
}

void Document::set(const std::string& path, const std::string& value,
                   const std::function<bool(std::string_view)>& may_be_made,
                   std::string_view option) {
  const std::string source = fmt::format("{} {}", option, path);
  const SourceLoc where{source, 0, 0};
  Node replacement = Document::parse_text(value.empty() ? "''" : value, source).root_;
  const auto origin = std::make_shared<const std::string>(source);
  const auto mark = [&](auto& self, Node& node) -> void {
    node.origin = origin;
    for (Node& item : node.items) self(self, item);
    for (Node::Member& member : node.members) self(self, member.value);
  };
  mark(mark, replacement);

  Node* map = &root_;
  std::string_view rest = path;
  std::string reached;
  while (true) {
    const auto dot = rest.find('.');
    const std::string key{rest.substr(0, dot)};
    if (map->kind != Node::Kind::Map) {
      throw ConfigError(
          where, fmt::format("'{}' is {}, so it has no '{}'", reached, kind_name(*map), key));
    }
    if (key.empty()) throw ConfigError(where, "an empty name in the path (write a.b.c=value)");
    auto found = std::find_if(map->members.begin(), map->members.end(),
                              [&](const Node::Member& member) { return member.key == key; });
    const bool last = dot == std::string_view::npos;
    if (found == map->members.end() && last) {
      map->members.push_back({key, 0, 0, std::move(replacement)});
      return;
    }
    const std::string here = reached + (reached.empty() ? "" : ".") + key;
    if (found == map->members.end() && may_be_made && may_be_made(here)) {
      Node made;
      made.kind = Node::Kind::Map;
      made.origin = origin;
      found = map->members.insert(found, {key, 0, 0, std::move(made)});
    }
    if (found == map->members.end()) {
      std::string known;
      for (const Node::Member& member : map->members)
        known += (known.empty() ? "" : ", ") + member.key;
      throw ConfigError(
          where, fmt::format("there is no '{}' {} (known: {})", key,
                             reached.empty() ? "at the top" : "in '" + reached + "'", known));
    }
    if (last) {
      found->value = std::move(replacement);
      return;
    }
    map = &found->value;
    reached = here;
    rest.remove_prefix(dot + 1);
  }
}

SourceLoc ValueReader::where() const {
  if (node_->origin) return {*node_->origin, 0, 0};
  return {*file_, node_->line, node_->column};
}

template <>
std::string ValueReader::as<std::string>() const {
  if (is_scalar()) return node_->text;
  error(fmt::format("{}: expected a text, not {}", what_, written(*node_)));
  return {};
}
template <>
bool ValueReader::as<bool>() const {
  if (is_scalar() && !node_->quoted) {
    if (node_->text == "true") return true;
    if (node_->text == "false") return false;
  }
  error(fmt::format("{}: expected true or false, not {}", what_, written(*node_)));
  return false;
}
template <>
std::int64_t ValueReader::as<std::int64_t>() const {
  return read_number<std::int64_t>(*this, "a whole number");
}
template <>
int ValueReader::as<int>() const {
  return read_number<int>(*this, "a whole number");
}
template <>
double ValueReader::as<double>() const {
  return read_number<double>(*this, "a number");
}
template <>
Time ValueReader::as<Time>() const {
  return read_quantity<Time>(*this);
}
template <>
Bytes ValueReader::as<Bytes>() const {
  return read_quantity<Bytes>(*this);
}
template <>
Flops ValueReader::as<Flops>() const {
  return read_quantity<Flops>(*this);
}
template <>
Bandwidth ValueReader::as<Bandwidth>() const {
  return read_quantity<Bandwidth>(*this);
}
template <>
FlopRate ValueReader::as<FlopRate>() const {
  return read_quantity<FlopRate>(*this);
}
template <>
Power ValueReader::as<Power>() const {
  return read_quantity<Power>(*this);
}
template <>
EnergyPerByte ValueReader::as<EnergyPerByte>() const {
  return read_quantity<EnergyPerByte>(*this);
}

std::size_t ValueReader::one_of(const std::vector<std::string>& names) const {
  if (is_scalar()) {
    const auto found = std::find(names.begin(), names.end(), node_->text);
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  }
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
  error(fmt::format("{}: {} is none of {}", what_, written(*node_), all));
  return 0;
}

MapReader ValueReader::map() const { return MapReader(*this); }

std::vector<ValueReader> ValueReader::list() const {
  if (node_->kind != Node::Kind::List) {
    error(fmt::format("{}: expected a list, not {}", what_, written(*node_)));
    return {};
  }
  std::vector<ValueReader> values;
  for (const Node& item : node_->items) values.emplace_back(item, *file_, *diagnostics_, what_);
  return values;
}

std::vector<std::pair<std::string, ValueReader>> ValueReader::entries() const {
  if (node_->kind != Node::Kind::Map) {
    error(fmt::format("{}: expected a map, not {}", what_, written(*node_)));
    return {};
  }
  std::vector<std::pair<std::string, ValueReader>> values;
  for (const Node::Member& member : node_->members) {
    values.emplace_back(member.key, ValueReader(member.value, *file_, *diagnostics_, member.key));
  }
  return values;
}

MapReader::MapReader(const ValueReader& value) : value_(value) {
  if (!value.is_map()) {
    value.error(fmt::format("{}: expected a map, not {}", value.what(), written(value.node())));
  }
}

std::optional<ValueReader> MapReader::optional_value(const std::string& key) {
  known_.push_back(key);
  for (const Node::Member& member : value_.node().members) {
    if (member.key == key)
      return ValueReader(member.value, *value_.file_, *value_.diagnostics_, key);
  }
  return std::nullopt;
}

std::optional<ValueReader> MapReader::required_value(const std::string& key) {
  auto value = optional_value(key);
  if (!value && value_.is_map()) {
    value_.error(fmt::format("{}: the key '{}' is missing", value_.what(), key));
  }
  return value;
}

std::vector<ValueReader> MapReader::optional_list(const std::string& key) {
  const auto value = optional_value(key);
  return value ? value->list() : std::vector<ValueReader>{};
}

std::vector<std::pair<std::string, ValueReader>> MapReader::optional_entries(
    const std::string& key) {
  const auto value = optional_value(key);
  return value ? value->entries() : std::vector<std::pair<std::string, ValueReader>>{};
}

void MapReader::finish() {
  for (const Node::Member& member : value_.node().members) {
    if (std::find(known_.begin(), known_.end(), member.key) != known_.end()) continue;
    std::string all;
    for (const std::string& key : known_) all += (all.empty() ? "" : ", ") + key;
    const SourceLoc where = member.value.origin
                                ? SourceLoc{*member.value.origin, 0, 0}
                                : SourceLoc{*value_.file_, member.line, member.column};
    value_.diagnostics_->error(where, fmt::format("unknown key '{}'{} (known: {})", member.key,
                                                  did_you_mean(member.key, known_), all));
  }
}

}  // namespace partita
