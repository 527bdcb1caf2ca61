// A network that is cut for several processors computes what the whole one does, on the same
// numbers: each rank has its columns or rows of the whole one's weights.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "exec/reference/reference.h"
#include "exec/values/values.h"
#include "models/network/onnx/zoo.h"

namespace partita {
namespace {

constexpr std::int64_t kHidden = 64, kRanks = 4;

class Weights {
 public:
  explicit Weights(const Network& whole) : whole_(whole), values_(whole, 1) {
    for (const TensorId id : ids<TensorId>(whole.tensors().size())) {
      ids_.emplace(whole.tensor(id).name, id);
    }
  }

  // Of the tensor of the cut network.
  TensorValue value(const Tensor& tensor) const {
    if (tensor.name.rfind("rank", 0) != 0) return values_.value(ids_.at(tensor.name));
    const std::size_t dot = tensor.name.find('.');
    const std::int64_t rank = std::stoll(tensor.name.substr(4, dot - 4));
    const std::string name = tensor.name.substr(dot + 1);
    if (name == "lm_head.weight") {
      const std::int64_t words = whole_.tensor(ids_.at("wte.weight")).shape.front();
      return rows("wte.weight", rank * words / kRanks, tensor.shape);
    }
    if (name.find("c_proj") != std::string::npos)
      return rows(name, rank * tensor.shape[0], tensor.shape);
    // Queries, keys and values stand side by side.
    const std::int64_t groups = name.find("c_attn") != std::string::npos ? 3 : 1;
    return columns(name, groups, rank, tensor.shape);
  }

 private:
  TensorValue rows(const std::string& name, std::int64_t first, const Shape& shape) const {
    const TensorValue all = values_.value(ids_.at(name));
    TensorValue part(all.type, shape);
    const std::size_t row = part.bytes.size() / static_cast<std::size_t>(shape[0]);
    std::copy_n(all.bytes.begin() + first * static_cast<std::int64_t>(row), part.bytes.size(),
                part.bytes.begin());
    return part;
  }
  TensorValue columns(const std::string& name, std::int64_t groups, std::int64_t rank,
                      const Shape& shape) const {
    const TensorValue all = values_.value(ids_.at(name));
    TensorValue part(all.type, shape);
    const std::int64_t own = shape.back() / groups, height = shape.size() > 1 ? shape[0] : 1;
    auto to = part.as<float>().begin();
    for (std::int64_t row = 0; row < height; ++row) {
      for (std::int64_t group = 0; group < groups; ++group) {
        const std::int64_t from = ((row * groups + group) * kRanks + rank) * own;
        to = std::copy_n(all.as<float>().begin() + from, own, to);
      }
    }
    return part;
  }

  const Network& whole_;
  const SeededValues values_;
  std::map<std::string, TensorId> ids_;
};

TEST(TensorParallel, RanksComputeTogetherWhatOneDoes) {
  const std::string spec =
      fmt::format("gpt?layers=2&hidden={}&heads=8&tokens=6&vocabulary=101", kHidden);
  const Network whole = zoo_network(spec);
  const Network cut = zoo_network(fmt::format("{}&tensor_parallel={}", spec, kRanks));
  const auto inputs = seeded_inputs(whole, 1);
  const TensorValue expected = run_reference(whole, inputs, 1).at(whole.outputs().front());

  const Weights weights(whole);
  IdVector<TensorId, TensorValue> values(cut.tensors().size());
  for (const TensorId id : ids<TensorId>(cut.tensors().size())) {
    const Tensor& tensor = cut.tensor(id);
    if (tensor.kind == TensorKind::Input) values[id] = inputs.at(whole.inputs().front());
    if (tensor.kind == TensorKind::Weight) values[id] = weights.value(tensor);
    if (tensor.kind == TensorKind::Constant) values[id] = SeededValues(cut, 1).value(id);
  }
  for (const LayerId layer : cut.layers()) {
    std::vector<const TensorValue*> operands;
    for (const TensorId input : cut.layer(layer).inputs) operands.push_back(&values[input]);
    std::vector<TensorValue> results = run_reference_layer(cut, layer, operands);
    for (std::size_t i = 0; i < results.size(); ++i) {
      values[cut.layer(layer).outputs[i]] = std::move(results[i]);
    }
  }
  const TensorValue& found = values[cut.outputs().front()];
  ASSERT_EQ(found.shape, expected.shape);
  // Sums of 64 and 256 products in another order.
  EXPECT_LT(compare(found, expected).relative, 1e-5);
}

}  // namespace
}  // namespace partita
