// A whole number that changes in steps over time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/base/units.h"

namespace partita {

// Made by Changes. Zero before its first point; each value holds until the next point, the last one
// for ever.
class Series {
 public:
  struct Point {
    Time at{0};
    std::int64_t value = 0;
    friend bool operator==(const Point&, const Point&) = default;
  };

  const std::vector<Point>& points() const { return points_; }
  std::int64_t at(Time time) const;
  std::int64_t peak() const;     // the largest value, at least 0
  Series up_to(Time end) const;  // the same without the points after `end`
  // The sum over time: of B/s in 10^-12 B, of mW in 10^-15 J. Precondition: from <= until.
  Wide integral(Time from, Time until) const { return area(until) - area(from); }

 private:
  friend class Changes;

  std::size_t points_until(Time time) const;  // how many are not after `time`
  Wide area(Time until) const;                // from the first point on

  std::vector<Point> points_;
  std::vector<Wide> area_;  // before each point
};

// Collects changes in any order.
class Changes {
 public:
  void add(Time at, std::int64_t change) { changes_.push_back({at, change}); }
  void add(Time from, Time until, std::int64_t value) {
    add(from, value);
    add(until, -value);
  }
  // Changes of one instant count together, so what comes as something goes is never seen twice.
  Series series() const;

 private:
  std::vector<Series::Point> changes_;
};

// A series with its name, as trace viewers show it.
struct Signal {
  std::string group;  // "links"
  std::string name;   // "pcie0>"
  std::string unit;   // "B/s"
  Series values;
};

}  // namespace partita
