// A YAML or JSON file as a tree in which every value knows its line and column, and the readers
// that turn it into checked structs. JSON files are read as YAML, of which JSON is a subset: one
// reader, one kind of message. The only place that sees yaml-cpp is document.cpp.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "models/base/diagnostics.h"
#include "models/base/units.h"

namespace partita {

struct Node {
  enum class Kind { Null, Scalar, List, Map };
  struct Member;

  Kind kind = Kind::Null;
  std::string text;     // of a scalar
  bool quoted = false;  // a quoted scalar is a string even where it looks like a number
  std::vector<Node> items;
  std::vector<Member> members;  // in file order; keys are unique
  int line = 0;
  int column = 0;
  // Where an override came from ("--set links.pcie0.latency"); empty for values of the file.
  std::shared_ptr<const std::string> origin;
};
struct Node::Member {
  std::string key;
  int line = 0;
  int column = 0;
  Node value;
};

// A parsed file. Errors of syntax, doubled keys and unreadable files are ConfigErrors with their
// place.
class Document {
 public:
  static Document parse_file(const std::filesystem::path& file);
  static Document parse_text(std::string_view text, std::string name);
  // A tree made from that of another document (by filling in a template, say); its nodes keep their
  // places.
  static Document from_tree(Node root, std::string name);

  // Overrides or adds one value: path "processors.gpu0.peak.bf16", value "2 PFLOP/s" (YAML). Maps
  // on the way that are missing are made where `may_be_made` says so of their path. `option` is what
  // the user said it with. Throws ConfigError{"--set ...", ...} naming the first key that is missing
  // for good.
  void set(const std::string& path, const std::string& value,
           const std::function<bool(std::string_view)>& may_be_made = nullptr,
           std::string_view option = "--set");

  const Node& root() const { return root_; }
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  Node root_;
};

class MapReader;

// One value of a document: where it stands, and typed readings of it. A wrong value is recorded in
// the diagnostics and read as T{}, so that reading goes on and one run lists all mistakes.
class ValueReader {
 public:
  ValueReader(const Node& node, const std::string& file, Diagnostics& diagnostics, std::string what)
      : node_(&node), file_(&file), diagnostics_(&diagnostics), what_(std::move(what)) {}

  SourceLoc where() const;
  const std::string& what() const { return what_; }  // the key, for messages
  const Node& node() const { return *node_; }
  bool is_scalar() const { return node_->kind == Node::Kind::Scalar; }
  bool is_map() const { return node_->kind == Node::Kind::Map; }
  bool is_list() const { return node_->kind == Node::Kind::List; }

  // T: std::string, bool, int, std::int64_t, double (finite), Time, Bytes, Flops, Bandwidth,
  // FlopRate, Power, EnergyPerByte.
  template <class T>
  T as() const;

  // One of `names`; the message lists them.
  std::size_t one_of(const std::vector<std::string>& names) const;

  MapReader map() const;
  std::vector<ValueReader> list() const;
  // Members of a map whose keys are names that the user chose, in file order.
  std::vector<std::pair<std::string, ValueReader>> entries() const;

  void error(const std::string& message) const { diagnostics_->error(where(), message); }
  Diagnostics& diagnostics() const { return *diagnostics_; }
  const std::string& file() const { return *file_; }

 private:
  friend class MapReader;
  const Node* node_;
  const std::string* file_;
  Diagnostics* diagnostics_;
  std::string what_;
};

// A map with known keys. Ask for each key once, then finish(): it reports the keys nobody asked
// for.
class MapReader {
 public:
  explicit MapReader(const ValueReader& value);

  template <class T>
  T required(const std::string& key) {
    const auto value = required_value(key);
    return value ? value->template as<T>() : T{};
  }
  template <class T>
  T optional(const std::string& key, T default_value) {
    const auto value = optional_value(key);
    return value ? value->template as<T>() : default_value;
  }
  template <class T>
  std::optional<T> optional(const std::string& key) {
    const auto value = optional_value(key);
    return value ? std::optional<T>{value->template as<T>()} : std::nullopt;
  }
  std::optional<ValueReader> required_value(const std::string& key);  // records the error if absent
  std::optional<ValueReader> optional_value(const std::string& key);
  std::vector<ValueReader> optional_list(const std::string& key);
  std::vector<std::pair<std::string, ValueReader>> optional_entries(const std::string& key);

  void finish();
  SourceLoc where() const { return value_.where(); }
  void error(const std::string& message) const { value_.error(message); }

 private:
  ValueReader value_;
  std::vector<std::string> known_;
};

// Starts reading: the document's root as a value.
inline ValueReader read(const Document& document, Diagnostics& diagnostics) {
  return {document.root(), document.name(), diagnostics, "file"};
}

}  // namespace partita
