#include "exec/worker/blame.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "exec/worker/worker_protocol.h"

namespace partita::exec {
namespace {

using namespace std::chrono_literals;

constexpr auto kBetween = 20ms;

Suspect seen(const SharedMemory& shared, std::size_t workers, std::size_t worker) {
  const auto& pulse = shared.as<Pulse>(
      pulse_offset(static_cast<std::uint32_t>(workers), static_cast<std::uint32_t>(worker)));
  return {worker, pulse.state.load(), pulse.what.load(), now_ns() - pulse.since.load()};
}

std::string name_in(const std::vector<std::string>& names, std::uint32_t number) {
  return number < names.size() ? names[number] : fmt::format("number {}", number);
}

}  // namespace

std::optional<Suspect> who_hangs(const SharedMemory& shared, std::size_t workers,
                                 const std::vector<std::size_t>& missing,
                                 std::chrono::milliseconds listen) {
  const std::int64_t begin = now_ns();
  std::vector<Suspect> suspects;
  const auto listened = [&] { return std::chrono::nanoseconds(now_ns() - begin); };
  // May look around yet.
  const auto unheard = [](const Suspect& one) { return one.state == Pulse::State::Waits; };
  do {
    std::this_thread::sleep_for(kBetween);
    suspects.clear();
    for (const std::size_t worker : missing) {
      const Suspect now = seen(shared, workers, worker);
      const bool looks_around =
          now.state == Pulse::State::Waits && std::chrono::nanoseconds(now.silent) < listened();
      if (!looks_around) suspects.push_back(now);
    }
  } while (std::any_of(suspects.begin(), suspects.end(), unheard) && listened() < listen);
  if (suspects.empty()) return std::nullopt;
  return *std::max_element(suspects.begin(), suspects.end(),
                           [](const Suspect& a, const Suspect& b) { return a.silent < b.silent; });
}

Names names_in(const Writer& model) {
  Reader in(model.bytes());
  Model it;
  read(in, it);
  Names names;
  for (const Layer& layer : it.layers) names.layers.push_back(layer.name);
  for (const Tensor& tensor : it.tensors) names.tensors.push_back(tensor.name);
  return names;
}

std::string in_words(const Suspect& suspect, const Names& names) {
  const std::int64_t ago = suspect.silent / 1'000'000;
  switch (suspect.state) {
    case Pulse::State::Waits:
      return fmt::format("; it waited for others, and was last awake {} ms ago", ago);
    case Pulse::State::Layer:
      return fmt::format("; it began layer '{}' {} ms ago", name_in(names.layers, suspect.what),
                         ago);
    case Pulse::State::Copy:
      return fmt::format("; it began to copy '{}' {} ms ago", name_in(names.tensors, suspect.what),
                         ago);
    case Pulse::State::Copies: return fmt::format("; its device has ended no copy for {} ms", ago);
  }
  return "";
}

}  // namespace partita::exec
