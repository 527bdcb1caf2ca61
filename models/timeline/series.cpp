#include "models/timeline/series.h"

#include <algorithm>

namespace partita {

std::size_t Series::points_until(Time time) const {
  const auto after = std::upper_bound(points_.begin(), points_.end(), time,
                                      [](Time t, const Point& point) { return t < point.at; });
  return static_cast<std::size_t>(after - points_.begin());
}

std::int64_t Series::at(Time time) const {
  const std::size_t count = points_until(time);
  return count == 0 ? 0 : points_[count - 1].value;
}

std::int64_t Series::peak() const {
  std::int64_t peak = 0;
  for (const Point& point : points_) peak = std::max(peak, point.value);
  return peak;
}

Series Series::up_to(Time end) const {
  const auto count = static_cast<std::ptrdiff_t>(points_until(end));
  Series cut;
  cut.points_.assign(points_.begin(), points_.begin() + count);
  cut.area_.assign(area_.begin(), area_.begin() + count);
  return cut;
}

Wide Series::area(Time until) const {
  const std::size_t count = points_until(until);
  if (count == 0) return 0;
  const Point& last = points_[count - 1];
  return area_[count - 1] + static_cast<Wide>(last.value) * (until - last.at).count();
}

Series Changes::series() const {
  std::vector<Series::Point> changes = changes_;
  std::stable_sort(changes.begin(), changes.end(),
                   [](const Series::Point& a, const Series::Point& b) { return a.at < b.at; });
  Series series;
  std::int64_t value = 0, written = 0;
  Wide area = 0;
  for (std::size_t i = 0; i < changes.size();) {
    const Time at = changes[i].at;
    for (; i < changes.size() && changes[i].at == at; ++i) value += changes[i].value;
    if (value == written) continue;
    if (!series.points_.empty()) {
      area += static_cast<Wide>(written) * (at - series.points_.back().at).count();
    }
    series.points_.push_back({at, value});
    series.area_.push_back(area);
    written = value;
  }
  return series;
}

}  // namespace partita
