// Somebody who directs a simulation at random, within what is allowed.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "models/base/random.h"
#include "sim/live.h"

namespace partita::test {

// Starts requests for plans whose weights are there, cancels them, moves weights and drops those
// that nobody reads, slows processors down: at times of its own, and whenever anything is done.
class RandomDirector : public sim::Director {
 public:
  struct Options {
    Time usual{0};  // what a request takes, about
    Time unit{0};   // its own times are multiples of it, if there is one
    std::uint32_t variants = 1;
    bool slows_down = true;
    std::size_t rounds = 12;  // times of its own
  };
  // References are kept.
  RandomDirector(std::uint64_t seed, const Network& network, const Hardware& hardware,
                 const std::vector<Plan>& plans, Options options);

  // Those of the first plan, and some more.
  const std::vector<WeightPlace>& resident() const { return resident_; }

  void begin(sim::Live& live) override;
  void done(sim::Live& live, std::size_t number, const Timeline& timeline) override;
  void timer(sim::Live& live) override;

  std::map<std::size_t, Timeline> told;  // by number
  std::size_t drained = 0, relocations = 0, aborted = 0, moves = 0, drops = 0, seen = 0;

 private:
  struct Run {
    const Plan* plan = nullptr;
    Relocation relocation;
  };

  void act(sim::Live& live);
  void start(sim::Live& live);
  void relocate(sim::Live& live);
  void look(const sim::Live& live);
  Time later(Time now);
  bool is_read(const WeightPlace& place) const;
  bool all_there(const Plan& plan) const;
  std::vector<WeightPlace> weights_of(const Plan& plan) const;

  Random random_;
  const Network& network_;
  const Hardware& hardware_;
  const std::vector<Plan>& plans_;
  const Options options_;
  std::size_t rounds_left_ = 0;
  std::vector<WeightPlace> resident_;
  std::set<WeightPlace> there_, coming_;
  std::map<std::size_t, Run> under_way_;
  std::set<std::size_t> cancelled_;
};

}  // namespace partita::test
