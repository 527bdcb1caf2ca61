// Many parts from one entry of a machine file.
#pragma once

#include "models/base/document.h"

namespace partita {

// Replaces each entry `name[first..last]` of the named top-level maps by last - first + 1 entries
// in which "{i}", and "{i+2}", "{i-1}", in its texts is the entry's number:  "tile[0..15]: {memory:
// "sram{i}"}"  gives tile0 ... tile15. Every copy keeps the line and column of what it was made
// from. Records ranges that are none, numbers below zero, and names that exist already.
Document with_repetitions(const Document& document, const std::vector<std::string>& sections,
                          Diagnostics& diagnostics);

// The same for an override: "processors.tile[0..3].streams" becomes four paths, each with its
// value. Throws ConfigError.
std::vector<std::pair<std::string, std::string>> with_repetitions(const std::string& path,
                                                                  const std::string& value);

}  // namespace partita
