#include "partition/inputs/exit_parts.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/base/diagnostics.h"
#include "models/network/part.h"

namespace partita::inputs {
namespace {

std::vector<TensorId> activations(const Network& network, const std::vector<std::string>& names,
                                  const std::string& where, Diagnostics& diagnostics) {
  std::vector<TensorId> found;
  for (const std::string& name : names) {
    const auto id = tensor_named(network, name);
    if (!id) {
      diagnostics.error({where}, fmt::format("the network has no tensor '{}'", name));
    } else if (network.tensor(*id).kind != TensorKind::Activation) {
      diagnostics.error({where}, fmt::format("'{}' is computed by no layer", name));
    } else {
      found.push_back(*id);
    }
  }
  return found;
}

void check_logits(const Network& network, const std::vector<TensorId>& logits,
                  const std::string& where, Diagnostics& diagnostics) {
  for (const TensorId id : logits) {
    const Tensor& tensor = network.tensor(id);
    const bool is_row = !tensor.shape.empty() && tensor.shape.back() == tensor.elements();
    if (is_row && tensor.type == DataType::F32) continue;
    diagnostics.error({where}, fmt::format("'{}' is not one row of f32 numbers", tensor.name));
  }
}

}  // namespace

ExitParts cut_at_exits(const Network& network, const ExitNames& names, const std::string& where) {
  Diagnostics diagnostics;
  if (names.logits.empty() || names.features.size() + 1 != names.logits.size()) {
    diagnostics.error(
        {where},
        fmt::format("{} exits have {} tensors between them, not {}", names.logits.size(),
                    std::max<std::size_t>(names.logits.size(), 1) - 1, names.features.size()));
  }
  if (network.inputs().size() != 1) {
    diagnostics.error({where},
                      fmt::format("the network has {} inputs, not one", network.inputs().size()));
  }
  const std::vector<TensorId> logits = activations(network, names.logits, where, diagnostics);
  const std::vector<TensorId> features = activations(network, names.features, where, diagnostics);
  check_logits(network, logits, where, diagnostics);
  diagnostics.throw_if_any();

  ExitParts parts;
  for (std::size_t k = 0; k < logits.size(); ++k) {
    std::vector<TensorId> made{logits[k]};
    if (k < features.size()) made.push_back(features[k]);
    const auto part = [&](const std::string& how, const std::vector<TensorId>& from) {
      return part_of(network, fmt::format("{} {} exit {}", network.name(), how, k + 1), from, made);
    };
    parts.direct.push_back(part("direct to", {}));
    if (k == 0) {
      parts.onward.push_back(parts.direct.front());
      continue;
    }
    parts.onward.push_back(part("on to", {features[k - 1]}));
    const std::vector<TensorId>& inputs = parts.onward.back().inputs();
    if (inputs.size() != 1 || parts.onward.back().tensor(inputs[0]).name != names.features[k - 1]) {
      diagnostics.error({where},
                        fmt::format("exit {} needs more than '{}'", k + 1, names.features[k - 1]));
    }
  }
  diagnostics.throw_if_any();
  return parts;
}

}  // namespace partita::inputs
