#include "exec/program/program.h"

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

void Program::prepare(Part part, const std::vector<Outside>& outside) {
  part_ = std::move(part);
  std::map<LayerId, Made> kept = std::move(made_);
  made_.clear();
  steps_.clear();
  reports_.clear();
  values_.clear();
  first_form_.clear();
  step_of_.clear();
  buffers_.clear();
  outside_.clear();
  outside_buffer_of_.clear();
  kernels_kept_ = 0;
  add_outside(outside);
  for (const std::vector<TensorId>* tensors : {&part_.inputs, &part_.arrivals}) {
    for (const TensorId tensor : *tensors) {
      if (first_form_.count(tensor) != 0) continue;
      first_form_[tensor] = add_value(tensor, std::nullopt);
    }
  }
  for (std::size_t step = 0; step < part_.order.size(); ++step) step_of_[part_.order[step]] = step;
  for (const LayerId layer : part_.order) add_step(layer, kept);
  for (const TensorId tensor : part_.kept) {
    buffers_[values_[first_form_.at(tensor)].buffer].last = part_.order.size();
  }
  allocate();
  std::vector<std::pair<TensorId, LayoutId>> wanted;
  for (const Step& step : steps_) {
    const Layer& layer = model_.layers[step.layer];
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      if (!step.inputs[i]) wanted.emplace_back(layer.inputs[i], step.kernel->wants()[i]);
    }
  }
  for (Step& step : steps_) bind(step);
  weights_->drop_others(wanted);
}

// What is made here gets its first form when it is made.
void Program::add_outside(const std::vector<Outside>& outside) {
  std::set<TensorId> made_here;
  for (const LayerId layer : part_.order) {
    const std::vector<TensorId>& outputs = model_.layers[layer].outputs;
    made_here.insert(outputs.begin(), outputs.end());
  }
  for (const auto& [tensor, at] : outside) {
    const std::size_t buffer = buffer_for(0, true);
    outside_[buffer] = at;
    outside_buffer_of_[tensor] = buffer;
    if (made_here.count(tensor) != 0) continue;
    const std::size_t value = add_value(tensor, device_.plain(model_.tensors[tensor]));
    values_[value].buffer = buffer;
    first_form_[tensor] = value;
  }
}

// What a layer's kernel is told about an operand.
std::optional<LayoutId> Program::offer(TensorId id) const {
  const Tensor& tensor = model_.tensors[id];
  if (is_constant(tensor)) return std::nullopt;
  const Value& value = values_[first_form_.at(id)];
  if (value.layout) return value.layout;
  std::set<TensorId> seen;
  if (leads_to_blocks(model_, id, seen)) return std::nullopt;
  return device_.plain(tensor);
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
    made = {offered,
            std::make_shared<DeviceKernel>(device_.make_kernel(layer, model_.tensors, offered))};
  }

  Step step{id, made.kernel, {}, {}, {}, {}, std::nullopt, false};
  for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
    if (is_constant(model_.tensors[layer.inputs[i]])) {
      step.inputs.push_back(std::nullopt);
    } else {
      step.inputs.push_back(input_value(step, layer.inputs[i], made.kernel->wants()[i]));
    }
  }
  for (std::size_t i = 0; i < layer.outputs.size(); ++i) add_output(step, i);
  if (made.kernel->workspace() > 0) step.workspace = buffer_for(made.kernel->workspace(), false);
  reports_.push_back({id, made.kernel->implementation(), made.kernel->is_slow(),
                      device_.text(made.kernel->makes()[0]),
                      step.copies.size() + step.exports.size()});
  steps_.push_back(std::move(step));
}

void Program::add_output(Step& step, std::size_t output) {
  const TensorId tensor = model_.layers[step.layer].outputs[output];
  const LayoutId made = step.kernel->makes()[output];
  const std::size_t value = add_value(tensor, made);
  first_form_[tensor] = value;
  step.outputs.push_back(value);
  const bool view = step.kernel->is_view() && step.inputs[0];
  const auto outside = outside_buffer_of_.find(tensor);
  const LayoutId plain = device_.plain(model_.tensors[tensor]);
  if (outside != outside_buffer_of_.end() && !view && made == plain) {
    values_[value].buffer = outside->second;
    return;
  }
  const std::optional<std::size_t> lost = step.kernel->may_overwrite();
  step.overwrites = output == 0 && !view && lost && may_be_lost(step, *lost);
  if (view || step.overwrites) {
    values_[value].buffer = values_[*step.inputs[view ? 0 : *lost]].buffer;
  } else {
    values_[value].buffer = buffer_for(device_.bytes(made), false);
  }
  if (outside == outside_buffer_of_.end()) return;
  const std::size_t copy = add_value(tensor, plain);
  values_[copy].buffer = outside->second;
  step.exports.push_back({value, copy, device_.make_copy(PARTITA_WITHIN, made, plain)});
}

// Whether the first result may lie over an operand: all that its buffer holds is made here, run by
// run, and neither another operand of this step nor anybody after it reads there.
bool Program::may_be_lost(const Step& step, std::size_t operand) const {
  if (!step.inputs[operand]) return false;
  const Value& lost = values_[*step.inputs[operand]];
  if (lost.layout != step.kernel->makes()[0] || outside_.count(lost.buffer) != 0) return false;
  const auto shares = [&](std::size_t value) { return values_[value].buffer == lost.buffer; };
  for (std::size_t i = 0; i < step.inputs.size(); ++i) {
    if (i != operand && step.inputs[i] && shares(*step.inputs[i])) return false;
  }
  const auto is_needed = [&](TensorId id) {
    const Tensor& tensor = model_.tensors[id];
    if (!tensor.producer || step_of_.count(*tensor.producer) == 0) return true;
    if (std::ranges::count(part_.kept, id) != 0) return true;
    return std::ranges::any_of(tensor.consumers, [&](LayerId consumer) {
      const auto at = step_of_.find(consumer);
      return at != step_of_.end() && at->second > steps_.size();
    });
  };
  for (std::size_t value = 0; value < values_.size(); ++value) {
    const bool is_result = value == step.outputs[0];
    if (!is_result && shares(value) && is_needed(values_[value].tensor)) return false;
  }
  return true;
}

// The operand as this layer wants it, copied into that layout if need be.
std::size_t Program::input_value(Step& step, TensorId tensor, LayoutId wanted) {
  const std::size_t first = first_form_.at(tensor);
  if (!values_[first].layout) {
    values_[first].layout = wanted;
    values_[first].buffer = buffer_for(device_.bytes(wanted), true);
  }
  for (std::size_t i = first; i < values_.size(); ++i) {
    if (values_[i].tensor == tensor && values_[i].layout == wanted) {
      use(i);
      return i;
    }
  }
  use(first);
  const std::size_t copy = add_value(tensor, wanted);
  values_[copy].buffer = buffer_for(device_.bytes(wanted), false);
  step.copies.push_back(
      {first, copy, device_.make_copy(PARTITA_WITHIN, *values_[first].layout, wanted)});
  return copy;
}

std::size_t Program::add_value(TensorId tensor, std::optional<LayoutId> layout) {
  values_.push_back({tensor, layout, 0});
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
  if (arena_.size() != bytes) arena_ = device_.allocate(bytes);
}

std::byte* Program::at(std::size_t value) const {
  const std::size_t buffer = values_[value].buffer;
  const auto outside = outside_.find(buffer);
  return outside != outside_.end() ? outside->second : arena_.data() + buffers_[buffer].offset;
}

void Program::bind(Step& step) {
  const Layer& layer = model_.layers[step.layer];
  std::vector<void*> inputs, outputs;
  for (std::size_t i = 0; i < step.inputs.size(); ++i) {
    inputs.push_back(step.inputs[i] ? at(*step.inputs[i])
                                    : weights_->form(layer.inputs[i], step.kernel->wants()[i]));
  }
  for (const std::size_t output : step.outputs) outputs.push_back(at(output));
  for (std::vector<Copy>* copies : {&step.copies, &step.exports}) {
    for (Copy& copy : *copies) copy.relayout.bind(at(copy.from), at(copy.to));
  }
  step.kernel->bind(inputs, outputs,
                    step.workspace ? arena_.data() + buffers_[*step.workspace].offset : nullptr);
}

void Program::run(std::size_t index) {
  Step& step = steps_[index];
  for (Copy& copy : step.copies) copy.relayout.run();
  if (!step.kernel->is_view()) step.kernel->run();
  for (Copy& copy : step.exports) copy.relayout.run();
}

DeviceCopy Program::pack(TensorId tensor, std::byte* plain, partita_way way) {
  const std::size_t value = first_form_.at(tensor);
  DeviceCopy copy =
      device_.make_copy(way, *values_[value].layout, device_.plain(model_.tensors[tensor]));
  copy.bind(at(value), plain);
  return copy;
}

DeviceCopy Program::unpack(TensorId tensor, const std::byte* plain) {
  const std::size_t value = first_form_.at(tensor);
  PARTITA_ASSERT(values_[value].layout, "a tensor arrives that no layer here wants");
  DeviceCopy copy =
      device_.make_copy(PARTITA_IN, device_.plain(model_.tensors[tensor]), *values_[value].layout);
  copy.bind(plain, at(value));
  return copy;
}

std::size_t Program::plain_bytes(TensorId tensor) const {
  const Tensor& plain = model_.tensors[tensor];
  return static_cast<std::size_t>(plain.elements() * info(plain.type).bytes);
}

std::size_t Program::overwritten_at(TensorId tensor) const {
  const std::size_t buffer = values_[first_form_.at(tensor)].buffer;
  if (outside_.count(buffer) != 0) return steps_.size();
  const Lifetime& kept = buffers_[buffer];
  std::size_t first = steps_.size();
  const std::optional<LayerId> producer = model_.tensors[tensor].producer;
  const auto made_at = producer ? step_of_.find(*producer) : step_of_.end();
  for (std::size_t step = made_at == step_of_.end() ? 0 : made_at->second + 1; step < first;
       ++step) {
    const Step& later = steps_[step];
    if (later.overwrites && values_[later.outputs[0]].buffer == buffer) first = step;
  }
  for (const Lifetime& other : buffers_) {
    const bool later = other.first > kept.last;
    const bool overlaps =
        other.offset < kept.offset + kept.bytes && kept.offset < other.offset + other.bytes;
    if (later && overlaps) first = std::min(first, other.first);
  }
  return first;
}

}  // namespace partita::exec
