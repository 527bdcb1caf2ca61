#include "partition/learn/physics/physics.h"

#include "partition/learn/physics/kinds.h"

namespace partita::learn {

namespace {

// Where nobody says it for the type, that of another one is nearer than none.
double rate_of(const DeviceFeatures& device, DataType type, bool product) {
  if (const auto rate = device.rate(type, product)) return *rate;
  for (std::size_t other = 0; other < kDataTypes.size(); ++other) {
    if (const auto rate = device.rate(static_cast<DataType>(other), product)) return *rate;
  }
  return 1;
}

}  // namespace

Datasheet::Datasheet(const DeviceFeatures& device, DataType type, bool product)
    : rate(rate_of(device, type, product)), bandwidth(static_cast<double>(device.bandwidth.value)) {
  if (device.l2) l2 = static_cast<double>(device.l2->value);
  if (device.units) units = *device.units;
  if (device.clock) clock = *device.clock;
  if (device.lanes) lanes = *device.lanes;
}

const FitHabits& row_habits() {
  static const FitHabits kHabits{.deviation = 0.05,
                                 .device_count = 50,
                                 .carry = FitHabits::Carry::Median,
                                 .neighbour_deviation = 0.1,
                                 .neighbour_reach = 0.5,
                                 .neighbour_noise = 0.03,
                                 .turns = 6};
  return kHabits;
}

const Physics& physics_of(const LayerFeatures& layer, const DeviceFeatures& device) {
  if (device.is_core()) {
    const bool product = layer.is_product() || layer.family == OpFamily::Recurrent;
    return product ? core_product_physics() : core_stream_physics();
  }
  const bool on_matrix_units = layer.type == DataType::F16 || layer.type == DataType::BF16;
  switch (layer.family) {
    case OpFamily::Conv:
    case OpFamily::Recurrent: return product_physics();
    case OpFamily::Matmul:
      if (layer.weights <= 0) return batched_physics();
      return on_matrix_units ? matrix_unit_physics() : product_physics();
    case OpFamily::Norm: return norm_physics();
    case OpFamily::Softmax: return softmax_physics();
    case OpFamily::Elementwise:
    case OpFamily::Pool:
    case OpFamily::Movement: break;
  }
  return stream_physics();
}

const Physics* physics_named(std::string_view name) {
  for (const Physics* each : {&stream_physics(), &norm_physics(), &softmax_physics(),
                              &product_physics(), &batched_physics(), &matrix_unit_physics(),
                              &core_product_physics(), &core_stream_physics()}) {
    if (each->name() == name) return each;
  }
  return nullptr;
}

}  // namespace partita::learn
