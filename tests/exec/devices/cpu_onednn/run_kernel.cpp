#include "tests/exec/devices/cpu_onednn/run_kernel.h"

#include <gtest/gtest.h>

#include <cstring>

#include "exec/devices/cpu_onednn/kernel.h"

namespace partita::exec {
namespace {

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

}  // namespace

std::vector<TensorValue> run_kernel(const Network& network, const OneLayer& one, Offer offer,
                                    std::string& implementation, bool skip_zeros, bool overwrite) {
  const Layer& layer = network.layer(LayerId{0});
  KernelRequest request{layer, network.tensors(), {}, skip_zeros};
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
  // Where the first result lies over an operand.
  std::optional<std::size_t> under;
  if (kernel->is_view()) under = 0;
  const std::optional<std::size_t> lost = kernel->may_overwrite();
  if (overwrite && lost && kernel->wants()[*lost] == kernel->makes()[0]) under = lost;
  for (std::size_t i = 0; i < one.results.size(); ++i) {
    outputs.emplace_back(under ? 0 : kernel->makes()[i].bytes());
    // Whatever the buffer held before must not show.
    std::memset(outputs.back().data(), 0x7f, outputs.back().size());
    out.push_back(under ? inputs[*under].data() : outputs.back().data());
  }
  kernel->prepare(in, out);
  kernel->run();
  if (!under || kernel->is_view()) kernel->run();  // again, unless its operand is gone
  std::vector<TensorValue> results;
  for (std::size_t i = 0; i < one.results.size(); ++i) {
    results.push_back(read_back(under ? inputs[*under] : outputs[i], kernel->makes()[i]));
  }
  return results;
}

}  // namespace partita::exec
