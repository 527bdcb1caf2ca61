// The constants that a processor holds, each in the layouts that its kernels want.
#pragma once

#include <cstddef>
#include <list>
#include <utility>
#include <vector>

#include "exec/onednn/layout.h"
#include "exec/onednn/model.h"

namespace partita::exec {

// Weights are made from their recipes when they are first wanted, unless somebody who had them gave
// them before; they are laid out once for each layout, and their row-major form is dropped unless
// some kernel wants just that.
class WeightStore {
 public:
  // The model must outlive this.
  explicit WeightStore(const Model& model) : model_(model) {}

  // The values in this layout; the pointer stays good until drop_others() drops the form.
  const std::byte* form(TensorId tensor, const Layout& layout);

  // Row-major values from and to somebody else's memory. Precondition of give: holds(tensor).
  void take(TensorId tensor, const std::byte* plain);
  void give(TensorId tensor, std::byte* plain);
  bool holds(TensorId tensor) const;

  // Forgets every form that is not among the wanted ones.
  void drop_others(const std::vector<std::pair<TensorId, Layout>>& wanted);

  std::vector<TensorId> held() const;  // ascending
  std::size_t bytes() const;

 private:
  struct Form {
    TensorId tensor;
    Layout layout;
    Buffer values;
  };
  const Form* find(TensorId tensor) const;
  Buffer plain_values(TensorId tensor) const;

  const Model& model_;
  std::list<Form> forms_;
};

}  // namespace partita::exec
