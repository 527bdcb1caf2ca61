#include "partition/learn/links.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace partita::learn {

std::vector<std::size_t> sizes_to_measure(const std::vector<Bytes>& sizes, std::size_t count) {
  if (sizes.empty() || count == 0) return {};
  const auto log_of = [](Bytes size) { return std::log(static_cast<double>(size.value)); };
  const auto [least, most] = std::minmax_element(sizes.begin(), sizes.end());
  const double low = log_of(*least), high = log_of(*most);
  std::set<std::size_t> chosen;
  for (std::size_t i = 0; i < count; ++i) {
    const double part = count == 1 ? 0.5 : static_cast<double>(i) / static_cast<double>(count - 1);
    const double wanted = low + part * (high - low);
    const auto nearest = std::min_element(sizes.begin(), sizes.end(), [&](Bytes a, Bytes b) {
      return std::abs(log_of(a) - wanted) < std::abs(log_of(b) - wanted);
    });
    chosen.insert(static_cast<std::size_t>(nearest - sizes.begin()));
  }
  return {chosen.begin(), chosen.end()};
}

std::vector<Regime> learn_link(const std::vector<MeasuredCopy>& copies) {
  return join_regimes(copies);
}

}  // namespace partita::learn
