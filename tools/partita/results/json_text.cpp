#include "tools/partita/results/json_text.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace partita::command {
namespace {

void add_cell(const Cell& cell, std::string& json) {
  if (const auto* text = std::get_if<std::string>(&cell)) return add_json_text(*text, json);
  if (const auto* number = std::get_if<std::int64_t>(&cell)) {
    json += std::to_string(*number);
  } else if (const auto* real = std::get_if<double>(&cell)) {
    json += nlohmann::json(*real).dump();  // with a point, or it would come back as a whole number
  } else {
    json += "null";
  }
}

class FlatReader {
 public:
  explicit FlatReader(std::string_view json) : rest_(json) {}

  // False: it is not written so.
  bool read(NamedCells& cells) {
    if (!skip("{")) return false;
    if (skip("}")) return true;
    do {
      auto& [name, cell] = cells.emplace_back();
      if (!read_text(name) || !skip(":") || !read_cell(cell)) return false;
    } while (skip(","));
    return skip("}");
  }

  std::string_view rest() const { return rest_; }

 private:
  bool skip(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  bool read_text(std::string& text) {
    if (!skip("\"")) return false;
    std::size_t end = 0;
    while (end < rest_.size() && rest_[end] != '"' && rest_[end] != '\\') ++end;
    text = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return skip("\"");
  }

  bool read_cell(Cell& cell) {
    if (rest_.starts_with('"')) return read_text(cell.emplace<std::string>());
    if (skip("null")) return true;
    return read_number<std::int64_t>(cell) || read_number<double>(cell);
  }

  template <class Number>
  bool read_number(Cell& cell) {
    Number number{};
    const char* const end = rest_.data() + rest_.size();
    const auto [stop, error] = std::from_chars(rest_.data(), end, number);
    if (error != std::errc{} || stop == end || (*stop != ',' && *stop != '}')) return false;
    rest_.remove_prefix(static_cast<std::size_t>(stop - rest_.data()));
    cell = number;
    return true;
  }

  std::string_view rest_;
};

}  // namespace

void add_json_text(std::string_view text, std::string& json) {
  const bool is_plain = std::all_of(text.begin(), text.end(), [](char c) {
    return c >= ' ' && c <= '~' && c != '"' && c != '\\';
  });
  if (is_plain) {
    json += '"';
    json += text;
    json += '"';
    return;
  }
  // Bytes that are no UTF-8 (a name of a file) must not end a sweep.
  json += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void add_flat_json(const NamedCells& cells, std::string& json) {
  json += '{';
  for (const auto& [name, cell] : cells) {
    if (json.back() != '{') json += ',';
    add_json_text(name, json);
    json += ':';
    add_cell(cell, json);
  }
  json += '}';
}

std::optional<NamedCells> take_flat_json(std::string_view& json) {
  FlatReader reader(json);
  NamedCells cells;
  if (!reader.read(cells)) return std::nullopt;
  json = reader.rest();
  return cells;
}

}  // namespace partita::command
