#include "tools/partita/results/json_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace partita::command {

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

}  // namespace partita::command
