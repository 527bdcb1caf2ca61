// Resources that are asked for the same.
#pragma once

#include <compare>
#include <cstdint>
#include <vector>

namespace partita::bounds {

// Somebody takes so much of a resource, in one of its ways to be done.
struct Asked {
  std::size_t by = 0;
  std::int64_t amount = 0;
  friend auto operator<=>(const Asked&, const Asked&) = default;
};

// Of each resource, a class: those of one class are asked for the same amounts by the same.
// Where to exchange two resources changes nothing, some best weights are equal in each class: the mean of
// the best ones under all exchanges is no worse, as bounds are concave in the weights. A subgradient that
// follows one cheapest way of many alike would go to and fro between them; its mean over each class does
// not.
class Alike {
 public:
  explicit Alike(std::vector<std::vector<Asked>> of_resource);

  // To the mean of each class.
  void level(std::vector<double>& parts) const;

 private:
  std::vector<std::size_t> class_;
  std::vector<double> count_;  // by class
};

}  // namespace partita::bounds
