#include "tools/partita/results/hash.h"

#include <openssl/evp.h>

#include <array>

#include "models/base/diagnostics.h"

namespace partita::command {
namespace {

EVP_MD_CTX* of(void* context) { return static_cast<EVP_MD_CTX*>(context); }

// Looking for it takes longer than hashing a point.
const EVP_MD* algorithm() {
  static const EVP_MD* const found = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return found;
}

}  // namespace

Hash::Hash() : context_(EVP_MD_CTX_new()) {
  if (context_ == nullptr || algorithm() == nullptr ||
      EVP_DigestInit_ex(of(context_), algorithm(), nullptr) != 1) {
    throw Error("OpenSSL has no SHA-256");
  }
}

Hash::~Hash() { EVP_MD_CTX_free(of(context_)); }

void Hash::add(std::string_view bytes) {
  EVP_DigestUpdate(of(context_), bytes.data(), bytes.size());
}

std::string Hash::digits() {
  std::array<unsigned char, kDigits / 2> digest{};
  EVP_DigestFinal_ex(of(context_), digest.data(), nullptr);
  constexpr std::string_view kHexadecimal = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : digest) {
    text += kHexadecimal[byte >> 4U];
    text += kHexadecimal[byte & 15U];
  }
  return text;
}

std::string sha256(std::string_view bytes) {
  Hash hash;
  hash.add(bytes);
  return hash.digits();
}

}  // namespace partita::command
