#include "models/base/csv.h"

#include <utility>

namespace partita {
namespace {

// Walks over the text and knows where it is.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  bool done() const { return at_ == text_.size(); }
  char peek() const { return text_[at_]; }
  bool at_line_end() const {
    return done() || peek() == '\n' ||
           (peek() == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n');
  }
  char take() {
    const char taken = text_[at_++];
    if (taken == '\n') {
      ++line_, column_ = 1;
    } else {
      ++column_;
    }
    return taken;
  }
  void take_line_end() {
    if (!done() && peek() == '\r') take();
    if (!done()) take();
  }
  int line() const { return line_; }
  int column() const { return column_; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  int column_ = 1;
};

CsvField quoted_field(Cursor& in, const std::string& file, Diagnostics& diagnostics) {
  CsvField field{{}, in.line(), in.column()};
  in.take();
  while (true) {
    if (in.done()) {
      diagnostics.error({file, field.line, field.column}, "a quote that is never closed");
      return field;
    }
    const char taken = in.take();
    if (taken != '"') {
      field.text += taken;
      continue;
    }
    if (in.done() || in.peek() != '"') break;
    field.text += in.take();
  }
  if (!in.at_line_end() && in.peek() != ',') {
    diagnostics.error({file, in.line(), in.column()},
                      "text after a closing quote (a quote inside a field is written twice)");
    while (!in.at_line_end() && in.peek() != ',') in.take();
  }
  return field;
}

CsvField plain_field(Cursor& in, const std::string& file, Diagnostics& diagnostics) {
  CsvField field{{}, in.line(), in.column()};
  bool quote_seen = false;
  while (!in.at_line_end() && in.peek() != ',') {
    if (in.peek() == '"' && !std::exchange(quote_seen, true)) {
      diagnostics.error(
          {file, in.line(), in.column()},
          "a quote in the middle of a field (quote the whole field, double the quote)");
    }
    field.text += in.take();
  }
  return field;
}

}  // namespace

std::vector<CsvRecord> parse_csv(std::string_view text, const std::string& file,
                                 Diagnostics& diagnostics) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark)
    text.remove_prefix(kByteOrderMark.size());
  std::vector<CsvRecord> records;
  Cursor in(text);
  while (!in.done()) {
    if (in.at_line_end()) {
      in.take_line_end();
      continue;
    }
    CsvRecord record;
    while (true) {
      const bool quoted = !in.at_line_end() && in.peek() == '"';
      record.fields.push_back(quoted ? quoted_field(in, file, diagnostics)
                                     : plain_field(in, file, diagnostics));
      if (in.at_line_end()) break;
      in.take();
    }
    record.end_line = in.line(), record.end_column = in.column();
    in.take_line_end();
    records.push_back(std::move(record));
  }
  return records;
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string{text};
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace partita
