#include "partition/methods/annealing.h"

#include <algorithm>

#include "models/base/assert.h"
#include "models/base/random.h"
#include "partition/methods/walk.h"

namespace partita {
namespace {

// Found by trying, on the published graphs (8 seeds each) and random ones of 40 to 190 layers:
// short hot cycles find the optima of small graphs; with few steps for each layer a cold start
// gains more.
constexpr std::int64_t kStepsPerLayer = 100;  // of one cycle; then the best is heated again
constexpr std::int64_t kHalvings = 6;         // of the temperature in one cycle
constexpr std::int64_t kColdness = 2'500;     // how much colder a search of few steps begins

constexpr std::int64_t kSamples = 40;  // moves that the first temperature is measured with
constexpr std::int64_t kMillion = 1'000'000;
constexpr double kOneVariate = 4294967296;  // Random::exponential() counts in 2^-32

class Annealer {
 public:
  Annealer(const Groundwork& ground, const SearchOptions& options)
      : layers_(static_cast<std::int64_t>(ground.problem.network.layer_count())),
        random_(options.seed),
        walk_(ground, options, "annealing") {}

  Outcome run(const std::vector<Plan>& starts) {
    if (!walk_.start(starts)) return walk_.result();
    const double hot = first_temperature();
    while (!walk_.budget().exhausted()) {
      walk_.return_to_best();
      const std::int64_t first = walk_.budget().steps();
      const std::int64_t cycle = std::min(walk_.budget().steps_left(), kStepsPerLayer * layers_);
      while (!walk_.budget().exhausted() && walk_.budget().steps() - first < cycle)
        step(temperature(hot, walk_.budget().steps() - first, cycle));
    }
    return walk_.result();
  }

 private:
  // A fraction of what random moves cost on average: the walk begins by going around in the
  // neighbourhood of its start, not by forgetting it.
  double first_temperature() {
    double worse = 0;
    std::int64_t count = 0;
    for (std::int64_t i = 0; i < kSamples && !walk_.budget().exhausted(); ++i) {
      if (!walk_.move(random_)) break;
      const auto found = walk_.judge();
      if (found && *found > walk_.price()) worse += *found - walk_.price(), ++count;
      walk_.reject();
    }
    if (count == 0) return 0;
    const std::int64_t all = walk_.budget().steps() + walk_.budget().steps_left();
    return worse / static_cast<double>(count) / static_cast<double>(2 + kColdness * layers_ / all);
  }

  // Halves kHalvings times, in straight lines between: no library's exp() decides anything.
  static double temperature(double hot, std::int64_t step, std::int64_t cycle) {
    const Wide progress = static_cast<Wide>(step) * kHalvings * kMillion / cycle;
    const double top = hot / static_cast<double>(std::int64_t{1} << (progress / kMillion));
    return top - top * static_cast<double>(progress % kMillion) / static_cast<double>(2 * kMillion);
  }

  void step(double temperature) {
    if (!walk_.move(random_)) return;
    // Metropolis: accept a loss with probability exp(-loss / temperature), that is, when it is
    // below an exponential variate times the temperature. Drawn first, it spares executing most of
    // what will not be accepted.
    const double allowed = temperature * static_cast<double>(random_.exponential()) / kOneVariate;
    if (walk_.judge(walk_.price() + allowed))
      walk_.accept();
    else
      walk_.reject();
  }

  std::int64_t layers_;
  Random random_;
  Walk walk_;
};

}  // namespace

Outcome anneal_from(const Groundwork& ground, const SearchOptions& options,
                    const std::vector<Plan>& starts) {
  PARTITA_ASSERT(!starts.empty(), "annealing needs a start");
  return Annealer(ground, options).run(starts);
}

Outcome anneal_from(const Problem& problem, const SearchOptions& options,
                    const std::vector<Plan>& starts) {
  auto ground = Groundwork::of(problem);
  if (auto* no = std::get_if<Infeasible>(&ground)) return std::move(*no);
  return anneal_from(*std::get<std::unique_ptr<Groundwork>>(ground), options, starts);
}

Outcome solve_annealing(const Problem& problem, const SearchOptions& options) {
  return from_quick_plans(
      problem, options,
      [](const Groundwork& ground, const SearchOptions& searched, const std::vector<Plan>& starts) {
        return anneal_from(ground, searched, starts);
      });
}

}  // namespace partita
