// How long a search may go on.
#pragma once

#include <chrono>
#include <cstdint>

#include "partition/methods/methods.h"

namespace partita {

// Counts steps, looks at the clock where a time limit is given (else never: then same seed and steps
// give the same plan), and tells `SearchOptions::progress` now and then.
class Budget {
 public:
  Budget(const SearchOptions& options, std::string_view method);

  // One more plan was evaluated. `best`: the value of the best plan so far; `bound`: that no plan can
  // beat, where the method knows one.
  void step(std::optional<double> best, std::optional<double> bound = {});
  bool exhausted() const { return stopped_ || steps_ >= options_.steps; }
  // There is nothing left to try.
  void give_up() { stopped_ = true; }

  std::int64_t steps() const { return steps_; }
  // Steps that are left: by the limit of steps, or guessed from the time that each took so far; at
  // least 1.
  std::int64_t steps_left() const;
  double seconds() const;  // since it was made

 private:
  const SearchOptions& options_;
  std::string_view method_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::int64_t steps_ = 0;
  std::int64_t next_look_ = 1;
  bool stopped_ = false;
};

}  // namespace partita
