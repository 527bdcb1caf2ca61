#include "partition/bounds/alike.h"

#include <algorithm>
#include <map>

namespace partita::bounds {

Alike::Alike(std::vector<std::vector<Asked>> of_resource) {
  std::map<std::vector<Asked>, std::size_t> classes;
  for (std::vector<Asked>& asked : of_resource) {
    std::sort(asked.begin(), asked.end());
    class_.push_back(classes.try_emplace(std::move(asked), classes.size()).first->second);
  }
  count_.resize(classes.size());
  for (const std::size_t one : class_) ++count_[one];
}

void Alike::level(std::vector<double>& parts) const {
  std::vector<double> sums(count_.size());
  for (std::size_t i = 0; i < parts.size(); ++i) sums[class_[i]] += parts[i];
  for (std::size_t i = 0; i < parts.size(); ++i) parts[i] = sums[class_[i]] / count_[class_[i]];
}

}  // namespace partita::bounds
