// Text whose letters are those of ASCII, whatever the locale.
#pragma once

#include <string>
#include <string_view>

namespace partita {

// Large letters as small ones: as SQLite compares names.
inline std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

}  // namespace partita
