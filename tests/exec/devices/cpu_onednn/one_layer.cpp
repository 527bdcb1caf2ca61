#include "tests/exec/devices/cpu_onednn/one_layer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "exec/devices/cpu_onednn/kernel.h"
#include "exec/reference/reference.h"

namespace partita::exec {
namespace {

Network network_of(const OneLayer& one) {
  NetworkBuilder builder("one layer");
  Layer layer;
  layer.name = "layer";
  layer.kind = one.kind;
  layer.attributes = one.attributes;
  for (const Operand& operand : one.operands) {
    Tensor tensor;
    tensor.name = "operand " + std::to_string(layer.inputs.size());
    tensor.kind = operand.constant ? TensorKind::Constant : TensorKind::Input;
    tensor.type = operand.value.type;
    tensor.shape = operand.value.shape;
    if (operand.constant) {
      tensor.values = std::make_shared<const std::vector<std::byte>>(operand.value.bytes);
    }
    layer.inputs.push_back(builder.add_tensor(tensor));
  }
  for (const auto& [type, shape] : one.results) {
    Tensor tensor;
    tensor.name = "result " + std::to_string(layer.outputs.size());
    tensor.type = type;
    tensor.shape = shape;
    layer.outputs.push_back(builder.add_tensor(tensor));
    builder.add_output(layer.outputs.back());
  }
  builder.add_layer(std::move(layer));
  return builder.build({"test"});
}

std::optional<Layout> offered(const TensorValue& value, Offer offer) {
  if (offer == Offer::Free) return std::nullopt;
  if (offer == Offer::Plain || value.type != DataType::F32) {
    return Layout::plain(value.type, value.shape);
  }
  return convolution_layout(value.shape);
}

Buffer laid_out(const std::byte* plain, const Layout& layout) {
  Buffer buffer(layout.bytes());
  Relayout copy(Layout::plain(layout.type(), layout.shape()), layout);
  copy.prepare(plain, buffer.data());
  copy.run();
  return buffer;
}

TensorValue read_back(const Buffer& buffer, const Layout& layout) {
  TensorValue value(layout.type(), layout.shape());
  Relayout copy(layout, Layout::plain(layout.type(), layout.shape()));
  copy.prepare(buffer.data(), value.bytes.data());
  copy.run();
  return value;
}

std::vector<TensorValue> run_kernel(const Network& network, const OneLayer& one, Offer offer,
                                    std::string& implementation) {
  const Layer& layer = network.layer(LayerId{0});
  KernelRequest request{layer, network.tensors(), {}};
  for (const Operand& operand : one.operands) {
    request.offered.push_back(operand.constant ? std::nullopt : offered(operand.value, offer));
  }
  const auto kernel = make_kernel(request);
  implementation = kernel->implementation();
  std::vector<Buffer> inputs, outputs;
  std::vector<const std::byte*> in;
  std::vector<std::byte*> out;
  for (std::size_t i = 0; i < one.operands.size(); ++i) {
    // Whoever copies an operand into the wanted layout knows it by the tensor's own shape.
    EXPECT_EQ(kernel->wants()[i].shape(), one.operands[i].value.shape) << to_string(one.kind);
    inputs.push_back(laid_out(one.operands[i].value.bytes.data(), kernel->wants()[i]));
    in.push_back(inputs.back().data());
  }
  for (std::size_t i = 0; i < one.results.size(); ++i) {
    outputs.emplace_back(kernel->is_view() ? 0 : kernel->makes()[i].bytes());
    // Whatever the buffer held before must not show.
    std::memset(outputs.back().data(), 0x7f, outputs.back().size());
    out.push_back(kernel->is_view() ? const_cast<std::byte*>(in[0]) : outputs.back().data());
  }
  kernel->prepare(in, out);
  kernel->run();
  kernel->run();
  std::vector<TensorValue> results;
  for (std::size_t i = 0; i < one.results.size(); ++i) {
    results.push_back(read_back(kernel->is_view() ? inputs[0] : outputs[i], kernel->makes()[i]));
  }
  return results;
}

}  // namespace

Judged judge(const OneLayer& one, Offer offer) {
  const Network network = network_of(one);
  std::vector<const TensorValue*> operands;
  for (const Operand& operand : one.operands) operands.push_back(&operand.value);
  const auto expected = run_reference_layer(network, LayerId{0}, operands);
  Judged judged;
  judged.results = run_kernel(network, one, offer, judged.implementation);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const Difference difference = compare(judged.results[i], expected[i]);
    judged.difference = std::max(judged.difference, difference.relative);
  }
  return judged;
}

std::int64_t Draw::integer(std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(high - low + 1));
}

TensorValue Draw::floats(Shape shape, double low, double high) {
  TensorValue value(DataType::F32, std::move(shape));
  for (float& x : value.as<float>()) {
    x = static_cast<float>(low + (high - low) * static_cast<double>(engine_()) / 4294967296.0);
  }
  return value;
}

TensorValue Draw::integers(DataType type, Shape shape, std::int64_t low, std::int64_t high) {
  TensorValue value(DataType::F64, std::move(shape));
  for (double& x : value.as<double>()) x = static_cast<double>(integer(low, high));
  return converted(value, type);
}

}  // namespace partita::exec
