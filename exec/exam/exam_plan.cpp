#include "exec/exam/exam_plan.h"

#include <algorithm>

namespace partita::exec {

MedianInterval measured_interval(const ExamPlan& plan) {
  if (const auto interval = median_interval(plan.makespans)) return *interval;
  const auto [least, most] = std::minmax_element(plan.makespans.begin(), plan.makespans.end());
  return {*least, *most};
}

}  // namespace partita::exec
