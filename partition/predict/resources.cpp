#include "partition/predict/resources.h"

#include "partition/predict/footprint.h"

namespace partita {
namespace {

Energy nanojoules(std::int64_t picojoules) {
  constexpr std::int64_t kPerNano = 1'000;
  return Energy{(picojoules + kPerNano - 1) / kPerNano};
}

std::optional<Resources::Use> use_of(const ProcessorSpec& spec, const LayerCost& cost,
                                     const ProfileRow* row) {
  if (row != nullptr && row->energy_pj) {
    return Resources::Use{nanojoules(*row->energy_pj), CostSource::Measured};
  }
  if (spec.active.value == 0) return std::nullopt;
  // mW x ps = 10^-15 J
  constexpr Wide kPerNano = 1'000'000;
  const Wide work = Wide{spec.active.value} * (cost.launch_overhead(spec) + cost.time).count();
  return Resources::Use{Energy{static_cast<std::int64_t>((work + kPerNano - 1) / kPerNano)},
                        CostSource::Estimated};
}

}  // namespace

std::optional<Resources> resources_of(const Network& network, const Hardware& hardware,
                                      const CostTable& costs, const Profile* profile, LayerId layer,
                                      ProcessorId processor) {
  const std::optional<LayerCost>& cost = costs(layer, processor);
  if (!cost) return std::nullopt;
  const ProcessorSpec& spec = hardware.processors()[processor];
  const ProfileRow* row =
      profile != nullptr ? profile->layer(network.signature(layer), spec.name) : nullptr;
  return Resources{*cost, footprint_of(network, {layer}), cost->traffic / cost->time,
                   use_of(spec, *cost, row)};
}

}  // namespace partita
