#include "exec/profile/samples.h"

#include <algorithm>
#include <cmath>

#include "models/base/assert.h"

namespace partita::exec {
namespace {

Time percentile(const std::vector<Time>& sorted, double share) {
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

}  // namespace

void Samples::add(Time time, bool clean) { (clean ? clean_ : disturbed_).push_back(time); }

void Samples::summarise(ProfileRow& row) const {
  PARTITA_ASSERT(all() > 0, "nothing was measured");
  std::vector<Time> sorted = clean_;
  if (sorted.empty()) sorted = {*std::min_element(disturbed_.begin(), disturbed_.end())};
  std::sort(sorted.begin(), sorted.end());
  row.samples = static_cast<int>(sorted.size());
  row.discarded = static_cast<int>(all() - sorted.size());
  row.min = sorted.front();
  row.p10 = percentile(sorted, 0.1);
  row.median = percentile(sorted, 0.5);
  row.p90 = percentile(sorted, 0.9);
}

}  // namespace partita::exec
