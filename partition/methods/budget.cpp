#include "partition/methods/budget.h"

#include <algorithm>

namespace partita {
namespace {

constexpr std::int64_t kStepsPerLook = 256;  // without a clock
constexpr double kSecondsPerLook = 0.02;

}  // namespace

Budget::Budget(const SearchOptions& options, std::string_view method)
    : options_(options), method_(method) {
  if (!options_.seconds) next_look_ = kStepsPerLook;
}

void Budget::step(std::optional<double> best, std::optional<double> bound) {
  if (++steps_ < next_look_) return;
  std::int64_t pause = kStepsPerLook;
  if (options_.seconds) {
    const double passed = seconds();
    stopped_ |= passed >= *options_.seconds;
    const double per_step = passed / static_cast<double>(steps_);
    pause = std::clamp(static_cast<std::int64_t>(kSecondsPerLook / std::max(per_step, 1e-9)),
                       std::int64_t{1}, 2 * steps_);
  }
  next_look_ = steps_ + pause;
  if (options_.progress) {
    stopped_ |=
        !options_.progress({.steps = steps_, .best = best, .bound = bound, .method = method_});
  }
}

double Budget::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
}

std::int64_t Budget::steps_left() const {
  std::int64_t left = options_.steps - steps_;
  if (options_.seconds && steps_ > 0) {
    const double passed = seconds();
    const double rate = static_cast<double>(steps_) / std::max(passed, 1e-9);
    left = std::min(left, static_cast<std::int64_t>(
                              std::min(rate * std::max(0.0, *options_.seconds - passed), 1e15)));
  }
  return std::max<std::int64_t>(left, 1);
}

}  // namespace partita
