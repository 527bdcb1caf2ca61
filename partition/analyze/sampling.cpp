#include "partition/analyze/sampling.h"

#include <algorithm>

namespace partita::analyze {
namespace {

// Long enough for vectors and caches, short enough for many.
constexpr std::int64_t kLongestBlock = 4096;
constexpr std::int64_t kWantedBlocks = 128;

double unit(Random& random) { return static_cast<double>(random.bits() >> 11) * 0x1p-53; }

}  // namespace

SamplePlan plan_sample(std::int64_t items, std::int64_t wanted, std::uint64_t seed) {
  wanted = std::max(wanted, kLeastSample);
  if (wanted > items / 2) return {.groups = {}, .items = items};
  const std::int64_t length = std::clamp<std::int64_t>(wanted / kWantedBlocks, 16, kLongestBlock);
  const std::int64_t strata = wanted / length;
  const double blocks = static_cast<double>(items) / static_cast<double>(length);
  Random random(seed);
  std::vector<Range> chosen;
  for (std::int64_t h = 0; h < strata; ++h) {
    const double at =
        (static_cast<double>(h) + unit(random)) * blocks / static_cast<double>(strata);
    const std::int64_t begin =
        std::min(static_cast<std::int64_t>(at), (items - 1) / length) * length;
    chosen.push_back({begin, std::min(items, begin + length)});
  }
  for (std::size_t i = chosen.size() - 1; i > 0; --i) {
    std::swap(chosen[i], chosen[random.below(i + 1)]);
  }
  SamplePlan plan;
  plan.groups.resize(SamplePlan::kGroups);
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    plan.groups[i % SamplePlan::kGroups].push_back(chosen[i]);
    plan.items += chosen[i].size();
  }
  // In the order of memory.
  for (auto& group : plan.groups) {
    std::sort(group.begin(), group.end(),
              [](const Range& a, const Range& b) { return a.begin < b.begin; });
  }
  return plan;
}

}  // namespace partita::analyze
