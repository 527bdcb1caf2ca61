// CSV as RFC 4180 has it, with the place of every field.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "models/base/diagnostics.h"

namespace partita {

struct CsvField {
  std::string text;  // without its quotes
  int line = 0;
  int column = 0;  // counted in bytes, from 1
};

// One record; empty lines are skipped.
struct CsvRecord {
  std::vector<CsvField> fields;
  int end_line = 0;  // where the record ends: the place of a field that is missing
  int end_column = 0;
};

// Lines may end in LF or CRLF, the last one in nothing; a byte order mark is skipped. A quote that
// is never closed, or stands in the middle of a field, is recorded at its place.
std::vector<CsvRecord> parse_csv(std::string_view text, const std::string& file,
                                 Diagnostics& diagnostics);

// `text` as one field: quoted where it must be.
std::string csv_field(std::string_view text);

}  // namespace partita
