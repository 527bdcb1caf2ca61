// JSON written and read without a tree of it: for what is written very often.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tools/partita/results/cell.h"

namespace partita::command {

// Adds a string of JSON, with its quotes.
void add_json_text(std::string_view text, std::string& json);

// Adds an object, without blanks.
void add_flat_json(const NamedCells& cells, std::string& json);

// The object that `json` begins with, as add_flat_json() writes it; `json` is what follows it. Absent
// where it is written otherwise, or has texts with escapes in them: a parser of JSON is to read it.
std::optional<NamedCells> take_flat_json(std::string_view& json);

}  // namespace partita::command
