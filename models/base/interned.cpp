#include "models/base/interned.h"

#include <atomic>
#include <deque>
#include <functional>
#include <ostream>
#include <utility>
#include <vector>

namespace partita {
namespace {

// Held for a look-up, and hardly ever by two at once: spinning is enough.
class Locked {
 public:
  explicit Locked(std::atomic_flag& flag) : flag_(flag) {
    while (flag_.test_and_set(std::memory_order_acquire)) {
    }
  }
  ~Locked() { flag_.clear(std::memory_order_release); }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

 private:
  std::atomic_flag& flag_;
};

// Open addresses with linear probing, at most half full. With the hash beside it, a text that is
// another one is hardly ever looked at.
class Texts {
 public:
  static std::size_t hash_of(std::string_view text) { return std::hash<std::string_view>{}(text); }

  const std::string& kept(std::string_view text, std::size_t hash) {
    if (2 * (texts_.size() + 1) > slots_.size()) grow();
    std::size_t at = hash & (slots_.size() - 1);
    for (; slots_[at].text != nullptr; at = (at + 1) & (slots_.size() - 1)) {
      if (slots_[at].hash == hash && *slots_[at].text == text) return *slots_[at].text;
    }
    slots_[at] = {hash, &texts_.emplace_back(text)};
    return texts_.back();
  }

  // Asks for the memory that kept() will look at: slots, then strings, then characters, each of
  // which says where the next is.
  void fetch(std::span<const std::size_t> hashes) const {
    if (slots_.empty()) return;
    const auto slot_of = [this](std::size_t hash) { return &slots_[hash & (slots_.size() - 1)]; };
    for (const std::size_t hash : hashes) __builtin_prefetch(slot_of(hash));
    for (const std::size_t hash : hashes) __builtin_prefetch(slot_of(hash)->text);
    for (const std::size_t hash : hashes) {
      const Slot* slot = slot_of(hash);
      if (slot->text == nullptr || slot->hash != hash) continue;
      constexpr std::size_t kLine = 64;  // of a cache
      for (std::size_t at = 0; at < slot->text->size(); at += kLine) {
        __builtin_prefetch(slot->text->data() + at);
      }
    }
  }

 private:
  struct Slot {
    std::size_t hash = 0;
    const std::string* text = nullptr;
  };

  void grow() {
    constexpr std::size_t kLeast = 256;
    const std::size_t more = slots_.empty() ? kLeast : 2 * slots_.size();
    for (const Slot& slot : std::exchange(slots_, std::vector<Slot>(more))) {
      if (slot.text == nullptr) continue;
      std::size_t at = slot.hash & (more - 1);
      while (slots_[at].text != nullptr) at = (at + 1) & (more - 1);
      slots_[at] = slot;
    }
  }

  std::deque<std::string> texts_;  // which keeps addresses
  std::vector<Slot> slots_;
};

// What there is one of.
struct Shared {
  std::atomic_flag flag;
  Texts texts;
};
Shared& shared() {
  static auto& one = *new Shared;  // never taken down: objects that die later stand for its texts
  return one;
}

}  // namespace

const std::string& Interned::kept(std::string_view text) {
  Shared& all = shared();
  const Locked locked(all.flag);
  return all.texts.kept(text, Texts::hash_of(text));
}

std::vector<Interned> Interned::all(std::span<const std::string_view> texts) {
  std::vector<std::size_t> hashes;
  hashes.reserve(texts.size());
  for (const std::string_view text : texts) hashes.push_back(Texts::hash_of(text));
  std::vector<Interned> found;
  found.reserve(texts.size());
  Shared& all = shared();
  const Locked locked(all.flag);
  all.texts.fetch(hashes);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    found.push_back(Interned(&all.texts.kept(texts[i], hashes[i])));
  }
  return found;
}

std::ostream& operator<<(std::ostream& out, Interned text) { return out << text.text(); }

}  // namespace partita
