// Text that stands in memory once, however many hold it: eight bytes each, compared by address.
#pragma once

#include <fmt/format.h>

#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace partita {

// For the few distinct texts that millions of rows repeat. What was interned stays until the program
// ends. Any thread may intern.
class Interned {
 public:
  Interned() : text_(&kept("")) {}
  Interned(std::string_view text) : text_(&kept(text)) {}  // NOLINT: stands for the text
  Interned(const std::string& text) : Interned(std::string_view{text}) {}  // NOLINT
  Interned(const char* text) : Interned(std::string_view{text}) {}         // NOLINT

  // What the constructor gives, of many at once: they wait for memory together, not in turn.
  static std::vector<Interned> all(std::span<const std::string_view> texts);

  operator const std::string&() const { return *text_; }  // NOLINT: likewise
  operator std::string_view() const { return *text_; }    // NOLINT
  const std::string& text() const { return *text_; }
  bool empty() const { return text_->empty(); }
  std::size_t size() const { return text_->size(); }
  // Differs from that of every other text.
  const void* address() const { return text_; }

  friend bool operator==(Interned a, Interned b) { return a.text_ == b.text_; }
  friend bool operator==(Interned a, std::string_view b) { return *a.text_ == b; }
  friend bool operator==(Interned a, const std::string& b) { return *a.text_ == b; }
  friend bool operator==(Interned a, const char* b) { return *a.text_ == b; }
  friend auto operator<=>(Interned a, Interned b) { return *a.text_ <=> *b.text_; }
  friend std::ostream& operator<<(std::ostream& out, Interned text);

 private:
  explicit Interned(const std::string* text) : text_(text) {}
  static const std::string& kept(std::string_view text);
  const std::string* text_;
};

}  // namespace partita

template <>
struct fmt::formatter<partita::Interned> : fmt::formatter<std::string_view> {
  auto format(partita::Interned text, fmt::format_context& context) const {
    return fmt::formatter<std::string_view>::format(text.text(), context);
  }
};
