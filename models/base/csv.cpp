#include "models/base/csv.h"

#include <cstring>
#include <utility>

namespace partita {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// As std::find(), which takes four bytes at a time; memchr() takes what the processor has.
const char* find(const char* from, const char* end, char wanted) {
  const void* found = std::memchr(from, wanted, static_cast<std::size_t>(end - from));
  return found != nullptr ? static_cast<const char*>(found) : end;
}

}  // namespace

CsvReader::CsvReader(std::string_view text, std::string file, Diagnostics& diagnostics)
    : file_(std::move(file)), diagnostics_(diagnostics) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  at_ = line_start_ = text.data();
  end_ = at_ + text.size();
}

bool CsvReader::at_line_end() const {
  return at_ == end_ || *at_ == '\n' || (*at_ == '\r' && at_ + 1 != end_ && at_[1] == '\n');
}

bool CsvReader::next(CsvRecordView& record) {
  const auto take_line_end = [this] {
    if (at_ != end_ && *at_ == '\r') ++at_;
    if (at_ != end_) ++at_;
    line_start_ = at_;
    ++line_;
  };
  while (at_ != end_ && at_line_end()) take_line_end();
  if (at_ == end_) return false;

  record.fields.clear();
  while (true) {
    auto& field = record.fields.emplace_back();
    field.line = line_, field.column = column(at_);
    field.text = at_ != end_ && *at_ == '"' ? quoted_field() : plain_field();
    if (at_ == end_ || *at_ != ',') break;
    ++at_;
  }
  record.end_line = line_, record.end_column = column(at_);
  take_line_end();
  return true;
}

std::string_view CsvReader::quoted_field() {
  const int opened_line = line_, opened_column = column(at_);
  std::string_view text{++at_, 0};
  std::string* joined = nullptr;  // the text, once a doubled quote was met
  while (true) {
    const char* stop = find(at_, end_, '"');
    // A field may hold line ends; columns behind it count from the last one.
    for (const char* at = at_; (at = find(at, stop, '\n')) != stop;) {
      line_start_ = ++at;
      ++line_;
    }
    if (joined != nullptr) joined->append(at_, stop);
    text = joined != nullptr ? std::string_view{*joined}
                             : std::string_view{text.data(), static_cast<std::size_t>(stop - at_)};
    at_ = stop;
    if (at_ == end_) {
      diagnostics_.error({file_, opened_line, opened_column}, "a quote that is never closed");
      return text;
    }
    ++at_;
    if (at_ == end_ || *at_ != '"') break;
    if (joined == nullptr) joined = &unquoted_.emplace_back(text);
    *joined += *at_++;
  }
  if (!at_line_end() && *at_ != ',') {
    diagnostics_.error({file_, line_, column(at_)},
                       "text after a closing quote (a quote inside a field is written twice)");
    while (!at_line_end() && *at_ != ',') ++at_;
  }
  return text;
}

std::string_view CsvReader::plain_field() {
  const char *const from = at_, *quote = nullptr;
  const char* at = from;  // a member would be written at each byte
  for (; at != end_; ++at) {
    if (*at > ',') continue;  // most of all bytes
    if (*at == ',' || *at == '\n') break;
    if (*at == '"' && quote == nullptr) quote = at;
    if (*at == '\r' && at + 1 != end_ && at[1] == '\n') break;
  }
  at_ = at;
  if (quote != nullptr) {
    diagnostics_.error(
        {file_, line_, column(quote)},
        "a quote in the middle of a field (quote the whole field, double the quote)");
  }
  return {from, static_cast<std::size_t>(at_ - from)};
}

std::vector<CsvRecord> parse_csv(std::string_view text, const std::string& file,
                                 Diagnostics& diagnostics) {
  std::vector<CsvRecord> records;
  CsvReader reader(text, file, diagnostics);
  for (CsvRecordView view; reader.next(view);) {
    CsvRecord& record = records.emplace_back();
    record.end_line = view.end_line, record.end_column = view.end_column;
    record.fields.reserve(view.fields.size());
    for (const auto& field : view.fields) {
      record.fields.push_back({std::string{field.text}, field.line, field.column});
    }
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
