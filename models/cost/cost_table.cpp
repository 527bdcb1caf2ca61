#include "models/cost/cost_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace partita {
namespace {

constexpr bool is_floating(DataType type) {
  return type == DataType::F32 || type == DataType::F16 || type == DataType::BF16 ||
         type == DataType::F64;
}

// Families whose work is arithmetic in the operands' own type; for the others integers are indices,
// masks and shapes, whose arithmetic is nothing beside their movement.
constexpr bool is_arithmetic(OpFamily family) {
  return family == OpFamily::Conv || family == OpFamily::Matmul || family == OpFamily::Recurrent;
}

// Type in which a layer computes: of its first floating-point operand, else of its first operand.
std::optional<DataType> compute_type(const Network& network, const Layer& layer) {
  for (const TensorId id : layer.inputs) {
    if (is_floating(network.tensor(id).type)) return network.tensor(id).type;
  }
  if (layer.inputs.empty()) return std::nullopt;
  return network.tensor(layer.inputs.front()).type;
}

bool needs_peak(DataType type, OpFamily family) {
  return is_floating(type) || is_arithmetic(family);
}

// `rate * share`, at least 1 and never above the rate.
std::int64_t share_of(std::int64_t rate, double share) {
  const double scaled = static_cast<double>(rate) * share;
  if (scaled >= static_cast<double>(rate)) return rate;
  return std::max<std::int64_t>(1, std::llround(scaled));
}

// Exactly the same where nothing is scaled.
Time time_times(Time time, double scale) {
  return std::max(1_ps, scale == 1 ? time : scaled(time, scale));
}

}  // namespace

std::optional<LayerCost> roofline(const Network& network, LayerId layer_id,
                                  const Hardware& hardware, ProcessorId processor_id) {
  const Layer& layer = network.layer(layer_id);
  const ProcessorSpec& processor = hardware.processors()[processor_id];
  const OpFamily family = info(layer.kind).family;
  if (!processor.supports[static_cast<std::size_t>(family)]) return std::nullopt;

  const Bandwidth bandwidth{share_of(hardware.memories()[processor.memory].bandwidth.value,
                                     processor.bandwidth_efficiency)};
  LayerCost cost;
  cost.traffic = layer.work.traffic();
  cost.time = std::max(cost.time, cost.traffic / bandwidth);

  const std::optional<DataType> type = compute_type(network, layer);
  if (!type) return cost;
  if (const auto& peak = processor.peak[static_cast<std::size_t>(*type)]) {
    const FlopRate rate{
        share_of(peak->value, processor.efficiency[static_cast<std::size_t>(family)])};
    cost.time = std::max(cost.time, layer.work.flops / rate);
  } else if (needs_peak(*type, family)) {
    return std::nullopt;
  }
  return cost;
}

std::string why_no_roofline(const Network& network, LayerId layer_id,
                            const ProcessorSpec& processor) {
  const Layer& layer = network.layer(layer_id);
  const OpFamily family = info(layer.kind).family;
  if (!processor.supports[static_cast<std::size_t>(family)]) {
    return fmt::format("'{}' does not support {}", processor.name, to_string(family));
  }
  const std::optional<DataType> type = compute_type(network, layer);
  if (!type || !needs_peak(*type, family) || processor.peak[static_cast<std::size_t>(*type)]) {
    return {};
  }
  std::vector<std::string_view> has;
  for (std::size_t i = 0; i < kDataTypes.size(); ++i) {
    if (processor.peak[i]) has.push_back(kDataTypes[i].name);
  }
  return fmt::format("'{}' has no peak rate of {} (it has: {})", processor.name, to_string(*type),
                     has.empty() ? "none" : fmt::format("{}", fmt::join(has, ", ")));
}

CostTable estimated_costs(const Network& network, const Hardware& hardware) {
  const auto& given = network.given_times();
  CostTable costs(network.layer_count(), hardware.processors().size());
  for (const ProcessorId processor : ids<ProcessorId>(hardware.processors().size())) {
    std::optional<std::size_t> column;
    if (given) {
      const auto& names = given->processors;
      const auto found =
          std::find(names.begin(), names.end(), hardware.processors()[processor].name);
      if (found == names.end()) continue;  // nothing runs on a processor that nobody gave times for
      column = static_cast<std::size_t>(found - names.begin());
    }
    for (const LayerId layer : network.layers()) {
      std::optional<LayerCost> cost;
      if (!column) {
        cost = roofline(network, layer, hardware, processor);
      } else if (const std::optional<Time>& time = given->times[layer][*column]) {
        cost = LayerCost{*time, network.layer(layer).work.traffic(), CostSource::Given};
      }
      if (!cost) continue;
      cost->time = time_times(cost->time, hardware.processors()[processor].time_scale);
      costs.set(layer, processor, cost);
    }
  }
  return costs;
}

CostTable rescaled(const CostTable& costs, const Hardware& before, const Hardware& after) {
  CostTable result = costs;
  for (const ProcessorId p : ids<ProcessorId>(before.processors().size())) {
    const double ratio = after.processors()[p].time_scale / before.processors()[p].time_scale;
    for (const LayerId layer : ids<LayerId>(costs.layers())) {
      std::optional<LayerCost> cost = costs(layer, p);
      if (!cost) continue;
      cost->time = time_times(cost->time, ratio);
      result.set(layer, p, cost);
    }
  }
  return result;
}

}  // namespace partita
