// JSON written without a tree of it: for what is written very often.
#pragma once

#include <string>
#include <string_view>

namespace partita::command {

// Adds a string of JSON, with its quotes.
void add_json_text(std::string_view text, std::string& json);

}  // namespace partita::command
