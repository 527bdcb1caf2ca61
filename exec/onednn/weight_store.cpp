#include "exec/onednn/weight_store.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "models/base/assert.h"

namespace partita::exec {
namespace {

void copy(const Layout& from, const std::byte* src, const Layout& to, std::byte* dst) {
  Relayout relayout(from, to);
  relayout.prepare(src, dst);
  relayout.run();
}

Layout plain_of(const Tensor& tensor) { return Layout::plain(tensor.type, tensor.shape); }

}  // namespace

const WeightStore::Form* WeightStore::find(TensorId tensor) const {
  for (const Form& form : forms_) {
    if (form.tensor == tensor) return &form;
  }
  return nullptr;
}

bool WeightStore::holds(TensorId tensor) const { return find(tensor) != nullptr; }

Buffer WeightStore::plain_values(TensorId id) const {
  const Tensor& tensor = model_.tensors[id];
  const Layout plain = plain_of(tensor);
  Buffer values(plain.bytes());
  if (tensor.kind == TensorKind::Constant) {
    std::memcpy(values.data(), tensor.values->data(), plain.bytes());
  } else {
    fill(model_.recipes[id], 0, {values.data(), plain.bytes()});
  }
  return values;
}

const std::byte* WeightStore::form(TensorId tensor, const Layout& layout) {
  for (const Form& form : forms_) {
    if (form.tensor == tensor && form.layout == layout) return form.values.data();
  }
  Buffer laid_out;
  if (const Form* other = find(tensor)) {
    laid_out = Buffer(layout.bytes());
    copy(other->layout, other->values.data(), layout, laid_out.data());
  } else {
    Buffer plain = plain_values(tensor);
    if (layout.is_plain()) {
      laid_out = std::move(plain);
    } else {
      laid_out = Buffer(layout.bytes());
      copy(plain_of(model_.tensors[tensor]), plain.data(), layout, laid_out.data());
    }
  }
  forms_.push_back({tensor, layout, std::move(laid_out)});
  return forms_.back().values.data();
}

void WeightStore::take(TensorId tensor, const std::byte* plain) {
  const Layout layout = plain_of(model_.tensors[tensor]);
  Buffer values(layout.bytes());
  std::memcpy(values.data(), plain, layout.bytes());
  forms_.push_back({tensor, layout, std::move(values)});
}

void WeightStore::give(TensorId tensor, std::byte* plain) {
  const Form* form = find(tensor);
  PARTITA_ASSERT(form != nullptr, "a weight that is not here cannot be given away");
  copy(form->layout, form->values.data(), plain_of(model_.tensors[tensor]), plain);
}

void WeightStore::drop_others(const std::vector<std::pair<TensorId, Layout>>& wanted) {
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
