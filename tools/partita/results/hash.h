// SHA-256: what files and points are known by.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace partita::command {

class Hash {
 public:
  Hash();
  ~Hash();
  Hash(const Hash&) = delete;
  Hash& operator=(const Hash&) = delete;

  void add(std::string_view bytes);
  std::string digits();  // kDigits hexadecimal ones; the last thing that is asked

  static constexpr std::size_t kDigits = 64;

 private:
  void* context_;
};

std::string sha256(std::string_view bytes);

}  // namespace partita::command
