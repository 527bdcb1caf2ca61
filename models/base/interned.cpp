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
  const std::string& kept(std::string_view text) {
    if (2 * (texts_.size() + 1) > slots_.size()) grow();
    const std::size_t hash = std::hash<std::string_view>{}(text);
    std::size_t at = hash & (slots_.size() - 1);
    for (; slots_[at].text != nullptr; at = (at + 1) & (slots_.size() - 1)) {
      if (slots_[at].hash == hash && *slots_[at].text == text) return *slots_[at].text;
    }
    slots_[at] = {hash, &texts_.emplace_back(text)};
    return texts_.back();
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

}  // namespace

const std::string& Interned::kept(std::string_view text) {
  static std::atomic_flag flag;
  static auto& texts = *new Texts;  // never taken down: objects that die later stand for its texts
  const Locked locked(flag);
  return texts.kept(text);
}

std::ostream& operator<<(std::ostream& out, Interned text) { return out << text.text(); }

}  // namespace partita
