// CSV as RFC 4180 has it, with the place of every field.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/diagnostics.h"

namespace partita {

// `Text` is std::string, or std::string_view where it may stand in the file's text.
template <class Text>
struct CsvFieldOf {
  Text text;  // without its quotes
  int line = 0;
  int column = 0;  // counted in bytes, from 1
};

template <class Text>
struct CsvRecordOf {
  std::vector<CsvFieldOf<Text>> fields;
  int end_line = 0;  // where the record ends: the place of a field that is missing
  int end_column = 0;
};
using CsvField = CsvFieldOf<std::string>;
using CsvRecord = CsvRecordOf<std::string>;
using CsvRecordView = CsvRecordOf<std::string_view>;

// One record after the other, without a copy of the text: for files of millions of lines.
//
// Lines may end in LF or CRLF, the last one in nothing; empty ones are skipped, and a byte order
// mark. A quote that is never closed, or stands in the middle of a field, is recorded at its place.
class CsvReader {
 public:
  // `text` and `diagnostics` must outlive the reader.
  CsvReader(std::string_view text, std::string file, Diagnostics& diagnostics);

  // Reads a record into `record`, whose fields stand as long as the text and the reader. False:
  // there is none.
  bool next(CsvRecordView& record);

 private:
  std::string_view quoted_field();
  std::string_view plain_field();
  bool at_line_end() const;
  int column(const char* at) const { return static_cast<int>(at - line_start_) + 1; }

  const char* at_;
  const char* end_;
  const char* line_start_;
  int line_ = 1;
  std::string file_;
  Diagnostics& diagnostics_;
  std::deque<std::string> unquoted_;  // fields in which quotes were doubled; keeps addresses
};

// All records at once; what CsvReader says.
std::vector<CsvRecord> parse_csv(std::string_view text, const std::string& file,
                                 Diagnostics& diagnostics);

// `text` as one field: quoted where it must be.
std::string csv_field(std::string_view text);

}  // namespace partita
