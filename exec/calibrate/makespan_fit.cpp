#include "exec/calibrate/makespan_fit.h"

#include <cmath>

#include "exec/calibrate/parameter.h"
#include "models/evaluate/evaluate.h"

namespace partita::exec {
namespace {

// What moves: the parameters that spans say least about, because what processors do to each other
// depends on who runs beside whom.
bool is_moved(const std::string& path) {
  return path.ends_with(".time_scale") || path.ends_with(".slowdown") ||
         path.starts_with("memories.");
}

}  // namespace

double makespan_error(const Hardware& before, const Hardware& hardware,
                      const std::vector<Subject>& subjects) {
  double sum = 0;
  std::size_t count = 0;
  for (const Subject& subject : subjects) {
    if (subject.observations.empty()) continue;
    const CostTable costs = rescaled(subject.costs, before, hardware);
    Evaluator evaluator(subject.network, hardware, costs);
    for (const Observation& observation : subject.observations) {
      const auto measured = static_cast<double>(observation.measured.makespan.count());
      const auto predicted = static_cast<double>(evaluator.run(observation.plan).makespan.count());
      sum += std::fabs(predicted - measured) / measured;
    }
    count += subject.observations.size();
  }
  return count == 0 ? 0 : sum / static_cast<double>(count);
}

HardwareParts refined(const Hardware& before, HardwareParts parts,
                      const std::vector<Subject>& subjects) {
  const auto error = [&](const HardwareParts& of) {
    return makespan_error(before, HardwareBuilder::build(of), subjects);
  };
  double best = error(parts);
  for (const double step : {1.2, 1.1, 1.05, 1.02, 1.01}) {
    for (const Parameter& parameter : parameters(parts)) {
      if (!is_moved(parameter.path)) continue;
      for (const double factor : {step, 1 / step}) {
        for (int repeat = 0; repeat < 10; ++repeat) {
          HardwareParts tried = parts;
          parameter.set(tried, parameter.get(tried) * factor);
          const double tried_error = error(tried);
          if (tried_error >= best * 0.999) break;
          best = tried_error;
          parts = std::move(tried);
        }
      }
    }
  }
  return parts;
}

}  // namespace partita::exec
