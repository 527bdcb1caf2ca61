#include "exec/program/weight_store.h"

#include <algorithm>
#include <set>

#include "models/base/assert.h"

namespace partita::exec {
const WeightStore::Form* WeightStore::find(TensorId tensor) const {
  for (const Form& form : forms_) {
    if (form.tensor == tensor) return &form;
  }
  return nullptr;
}

bool WeightStore::holds(TensorId tensor) const { return find(tensor) != nullptr; }

// Done when it returns.
void WeightStore::copy(partita_way way, LayoutId from, const void* src, LayoutId to, void* dst) {
  DeviceCopy copy = device_.make_copy(way, from, to);
  copy.bind(src, dst);
  copy.run();
  device_.synchronize();
}

std::vector<std::byte> WeightStore::plain_values(TensorId id) const {
  const Tensor& tensor = model_.tensors[id];
  if (tensor.values) return *tensor.values;
  std::vector<std::byte> values(static_cast<std::size_t>(tensor.elements()) *
                                static_cast<std::size_t>(info(tensor.type).bytes));
  fill(model_.recipes[id], 0, values);
  return values;
}

// Memory for one more form.
void* WeightStore::add(TensorId tensor, LayoutId layout) {
  forms_.push_back({tensor, layout, device_.allocate(device_.bytes(layout))});
  return forms_.back().values.data();
}

void* WeightStore::form(TensorId tensor, LayoutId layout) {
  for (const Form& form : forms_) {
    if (form.tensor == tensor && form.layout == layout) return form.values.data();
  }
  if (const Form* other = find(tensor)) {
    const LayoutId from = other->layout;
    const void* values = other->values.data();
    void* to = add(tensor, layout);
    copy(PARTITA_WITHIN, from, values, layout, to);
    return to;
  }
  const std::vector<std::byte> plain = plain_values(tensor);
  void* to = add(tensor, layout);
  copy(PARTITA_IN, device_.plain(model_.tensors[tensor]), plain.data(), layout, to);
  return to;
}

void WeightStore::take(TensorId tensor, const std::byte* plain) {
  const LayoutId layout = device_.plain(model_.tensors[tensor]);
  copy(PARTITA_IN, layout, plain, layout, add(tensor, layout));
}

void WeightStore::give(TensorId tensor, std::byte* plain) {
  const Form* form = find(tensor);
  PARTITA_ASSERT(form != nullptr, "a weight that is not here cannot be given away");
  copy(PARTITA_OUT, form->layout, form->values.data(), device_.plain(model_.tensors[tensor]),
       plain);
}

std::vector<DeviceCopy> WeightStore::loads(TensorId tensor, const std::byte* plain) {
  const LayoutId from = device_.plain(model_.tensors[tensor]);
  std::vector<DeviceCopy> copies;
  for (const Form& form : forms_) {
    if (form.tensor != tensor) continue;
    copies.push_back(device_.make_copy(PARTITA_IN, from, form.layout));
    copies.back().bind(plain, form.values.data());
  }
  return copies;
}

void WeightStore::drop_others(const std::vector<std::pair<TensorId, LayoutId>>& wanted) {
  std::erase_if(forms_, [&](const Form& form) {
    return std::find(wanted.begin(), wanted.end(), std::pair(form.tensor, form.layout)) ==
           wanted.end();
  });
}

std::vector<TensorId> WeightStore::held() const {
  std::set<TensorId> tensors;
  for (const Form& form : forms_) tensors.insert(form.tensor);
  return {tensors.begin(), tensors.end()};
}

std::size_t WeightStore::bytes() const {
  std::size_t sum = 0;
  for (const Form& form : forms_) sum += form.values.size();
  return sum;
}

}  // namespace partita::exec
