#include "exec/onednn/program.h"

#include <algorithm>
#include <set>

#include "models/base/assert.h"

namespace partita::exec {
namespace {

// Operators of convolutional networks, whose kernels like channel blocks.
bool likes_blocks(OpKind kind) {
  switch (kind) {
    case OpKind::Conv:
    case OpKind::ConvTranspose:
    case OpKind::BatchNormalization:
    case OpKind::Lrn:
    case OpKind::MaxPool:
    case OpKind::AveragePool:
    case OpKind::GlobalAveragePool:
    case OpKind::GlobalMaxPool: return true;
    default: return false;
  }
}

// Takes any layout and hands it on.
bool passes_on(OpKind kind) {
  if (is_collective(kind)) return false;
  return info(kind).family == OpFamily::Elementwise || kind == OpKind::Concat ||
         kind == OpKind::Identity;
}

// Whether what is done with the tensor, here or elsewhere, ends in an operator that likes blocks.
bool leads_to_blocks(const Model& model, TensorId tensor, std::set<TensorId>& seen) {
  if (!seen.insert(tensor).second) return false;
  for (const LayerId consumer : model.tensors[tensor].consumers) {
    const Layer& layer = model.layers[consumer];
    if (likes_blocks(layer.kind)) return true;
    if (!passes_on(layer.kind)) continue;
    for (const TensorId output : layer.outputs) {
      if (leads_to_blocks(model, output, seen)) return true;
    }
  }
  return false;
}

}  // namespace

void Program::prepare(Part part) {
  part_ = std::move(part);
  std::map<LayerId, Made> kept = std::move(made_);
  made_.clear();
  steps_.clear();
  reports_.clear();
  values_.clear();
  first_form_.clear();
  buffers_.clear();
  kernels_kept_ = 0;
  for (const std::vector<TensorId>* tensors : {&part_.inputs, &part_.arrivals}) {
    for (const TensorId tensor : *tensors) first_form_[tensor] = add_value(tensor, std::nullopt);
  }
  for (const LayerId layer : part_.order) add_step(layer, kept);
  for (const TensorId tensor : part_.kept) {
    buffers_[values_[first_form_.at(tensor)].buffer].last = part_.order.size();
  }
  allocate();
  std::vector<std::pair<TensorId, Layout>> wanted;
  for (const Step& step : steps_) {
    const Layer& layer = model_.layers[step.layer];
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      if (!step.inputs[i]) wanted.emplace_back(layer.inputs[i], step.kernel->wants()[i]);
    }
  }
  for (Step& step : steps_) bind(step);
  weights_.drop_others(wanted);
}

// What a layer's kernel is told about an operand.
std::optional<Layout> Program::offer(TensorId id) const {
  const Tensor& tensor = model_.tensors[id];
  if (is_constant(tensor)) return std::nullopt;
  const Value& value = values_[first_form_.at(id)];
  if (value.layout) return value.layout;
  std::set<TensorId> seen;
  if (leads_to_blocks(model_, id, seen)) return std::nullopt;
  return Layout::plain(tensor.type, tensor.shape);
}

void Program::add_step(LayerId id, std::map<LayerId, Made>& kept) {
  const Layer& layer = model_.layers[id];
  Offered offered;
  for (const TensorId input : layer.inputs) offered.push_back(offer(input));
  Made& made = made_[id];
  if (const auto before = kept.find(id);
      before != kept.end() && before->second.offered == offered) {
    made = before->second;
    ++kernels_kept_;
  } else {
    made = {offered, make_kernel({layer, model_.tensors, offered})};
  }

  Step step{id, made.kernel, {}, {}, {}};
  for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
    if (is_constant(model_.tensors[layer.inputs[i]])) {
      step.inputs.push_back(std::nullopt);
    } else {
      step.inputs.push_back(input_value(step, layer.inputs[i], made.kernel->wants()[i]));
    }
  }
  for (std::size_t i = 0; i < layer.outputs.size(); ++i) {
    const std::size_t value = add_value(layer.outputs[i], made.kernel->makes()[i]);
    if (made.kernel->is_view() && step.inputs[0]) {
      values_[value].buffer = values_[*step.inputs[0]].buffer;
    } else {
      values_[value].buffer = buffer_for(made.kernel->makes()[i].bytes(), false);
    }
    first_form_[layer.outputs[i]] = value;
    step.outputs.push_back(value);
  }
  reports_.push_back(
      {id, made.kernel->implementation(), made.kernel->makes()[0].text(), step.copies.size()});
  steps_.push_back(std::move(step));
}

// The operand as this layer wants it, copied into that layout if need be.
std::size_t Program::input_value(Step& step, TensorId tensor, const Layout& wanted) {
  const std::size_t first = first_form_.at(tensor);
  if (!values_[first].layout) {
    values_[first].layout = wanted;
    values_[first].buffer = buffer_for(wanted.bytes(), true);
  }
  for (std::size_t i = first; i < values_.size(); ++i) {
    if (values_[i].tensor == tensor && values_[i].layout == wanted) {
      use(i);
      return i;
    }
  }
  use(first);
  const std::size_t copy = add_value(tensor, wanted);
  values_[copy].buffer = buffer_for(wanted.bytes(), false);
  step.copies.push_back({first, copy, Relayout(*values_[first].layout, wanted)});
  return copy;
}

std::size_t Program::add_value(TensorId tensor, std::optional<Layout> layout) {
  values_.push_back({tensor, std::move(layout), 0});
  return values_.size() - 1;
}

// A new buffer, needed at the step that is being added; what arrives may come at any time from the
// start.
std::size_t Program::buffer_for(std::size_t bytes, bool from_start) {
  buffers_.push_back({bytes, from_start ? 0 : steps_.size(), steps_.size(), 0});
  return buffers_.size() - 1;
}

void Program::use(std::size_t value) { buffers_[values_[value].buffer].last = steps_.size(); }

void Program::allocate() {
  for (const TensorId tensor : part_.inputs) {
    // Filled once, read in every run.
    const Value& value = values_[first_form_.at(tensor)];
    if (value.layout) buffers_[value.buffer].last = part_.order.size();
  }
  const std::size_t bytes = place(buffers_);
  if (arena_.size() != bytes) arena_ = Buffer(bytes);
}

std::byte* Program::at(std::size_t value) const {
  return arena_.data() + buffers_[values_[value].buffer].offset;
}

void Program::bind(Step& step) {
  const Layer& layer = model_.layers[step.layer];
  std::vector<const std::byte*> inputs;
  std::vector<std::byte*> outputs;
  for (std::size_t i = 0; i < step.inputs.size(); ++i) {
    inputs.push_back(step.inputs[i] ? at(*step.inputs[i])
                                    : weights_.form(layer.inputs[i], step.kernel->wants()[i]));
  }
  for (const std::size_t output : step.outputs) outputs.push_back(at(output));
  for (Copy& copy : step.copies) copy.relayout.prepare(at(copy.from), at(copy.to));
  step.kernel->prepare(inputs, outputs);
}

void Program::run(std::size_t index) {
  Step& step = steps_[index];
  for (Copy& copy : step.copies) copy.relayout.run();
  step.kernel->run();
}

Relayout Program::pack(TensorId tensor, std::byte* plain) const {
  const std::size_t value = first_form_.at(tensor);
  const Layout& layout = *values_[value].layout;
  Relayout copy(layout, Layout::plain(layout.type(), layout.shape()));
  copy.prepare(at(value), plain);
  return copy;
}

Relayout Program::unpack(TensorId tensor, const std::byte* plain) {
  const std::size_t value = first_form_.at(tensor);
  PARTITA_ASSERT(values_[value].layout, "a tensor arrives that no layer here wants");
  const Layout& layout = *values_[value].layout;
  Relayout copy(Layout::plain(layout.type(), layout.shape()), layout);
  copy.prepare(plain, at(value));
  return copy;
}

}  // namespace partita::exec
