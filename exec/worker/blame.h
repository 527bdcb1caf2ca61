// Which of some workers that do not answer keeps the others waiting.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "exec/worker/shared_memory.h"
#include "exec/worker/wire.h"

namespace partita::exec {

struct Suspect {
  std::size_t worker = 0;
  Pulse::State state = Pulse::State::Waits;
  std::uint32_t what = 0;   // layer or tensor
  std::int64_t silent = 0;  // ns since it last was seen to do anything
};

// Of the workers `missing`, in the memory of a plan that they run.
//
// Model: who waits for others lives as long as it looks around after its nap; so of those who wait
//   and look around none is to blame. Of the others it is who has been silent for longest: whoever
//   merely is slow has begun something later.
// Listens for at most so long. Absent: all wait, and all look around.
std::optional<Suspect> who_hangs(const SharedMemory& shared, std::size_t workers,
                                 const std::vector<std::size_t>& missing,
                                 std::chrono::milliseconds listen = std::chrono::seconds(1));

// Of a network's layers and tensors, by number.
struct Names {
  std::vector<std::string> layers, tensors;
};
Names names_in(const Writer& model);  // a Model as it is sent

// "; it began layer 'conv3' 1487 ms ago".
std::string in_words(const Suspect& suspect, const Names& names);

}  // namespace partita::exec
