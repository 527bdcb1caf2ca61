// Regression trees that are added up, as boosting makes them: plain data, fast to ask.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace partita::learn {

// Answers are the sum of one leaf of each tree and `base`. Asking allocates nothing.
class Forest {
 public:
  // A leaf: feature < 0, and `value` is its part of the answer. Else: left where the feature (as a
  // float) is below `value`, right otherwise.
  struct Split {
    std::int32_t feature = -1;
    float value = 0;
    std::int32_t left = 0, right = 0;  // within its tree
    friend bool operator==(const Split&, const Split&) = default;
  };
  using Tree = std::vector<Split>;

  Forest() = default;
  // Precondition: splits of a tree lead to later ones, its first is the root.
  Forest(double base, const std::vector<Tree>& trees);

  double value(const std::vector<double>& features) const;
  std::size_t trees() const { return roots_.size(); }
  double base() const { return base_; }

  // How far each feature moved the answer away from `base`: at each split, the change of the mean
  // below it goes to the feature that it asks (Saabas, "Interpreting random forests", 2014). The
  // parts and base() add up to value(). Means weigh both sides of a split alike.
  std::vector<double> parts(const std::vector<double>& features) const;

  // One line a tree: "feature<value left right" or "=value", joined by blanks; reads back exactly.
  std::vector<std::string> to_text() const;
  // What is wrong, or the forest. `features`: how many there are.
  static std::variant<Forest, std::string> from_text(double base,
                                                     const std::vector<std::string>& trees,
                                                     std::size_t features);

 private:
  double mean_below(std::size_t root, std::size_t at) const;

  double base_ = 0;
  std::vector<Split> splits_;
  std::vector<std::size_t> roots_;
};

}  // namespace partita::learn
