// What each layer costs on each processor when it runs alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "models/hardware/hardware.h"
#include "models/network/network.h"

namespace partita {

// Where a number comes from; every figure that is printed says which.
//
// Measured: of this layer, there. Interpolated: between two measured ones that differ from it in
// size only. Learned: by a model of other layers, or other processors. Estimated: from the machine
// file's rates. Given: with the network.
enum class CostSource : std::uint8_t { Measured, Interpolated, Learned, Estimated, Given };
constexpr std::string_view to_string(CostSource source) {
  constexpr std::array<std::string_view, 5> kNames{"measured", "interpolated", "learned",
                                                   "estimated", "given"};
  return kNames[static_cast<std::size_t>(source)];
}

struct LayerCost {
  Time time{1};   // alone on the processor, without launch overhead; at least 1 ps
  Bytes traffic;  // bytes to and from the processor's memory meanwhile, for contention
  CostSource source = CostSource::Estimated;
  bool launched = true;  // false: a part of a kernel that is running, without launch overhead
  // In parts of the time. Measured: four runs of five took between these. Interpolated: what the
  // two neighbours took. Learned: the interval that holds in 90 of 100 cases.
  struct Spread {
    double low = 1, high = 1;
    friend bool operator==(const Spread&, const Spread&) = default;
  };
  std::optional<Spread> spread{};
  Time launch_overhead(const ProcessorSpec& processor) const {
    return launched ? processor.launch_overhead : Time{0};
  }
};

// Absent entries: the layer cannot run there.
class CostTable {
 public:
  CostTable(std::size_t layers, std::size_t processors)
      : processors_(processors), rows_(layers, Row(processors)) {}

  const std::optional<LayerCost>& operator()(LayerId layer, ProcessorId processor) const {
    return rows_[layer][index(processor)];
  }
  void set(LayerId layer, ProcessorId processor, std::optional<LayerCost> cost) {
    rows_[layer][index(processor)] = cost;
  }
  std::size_t layers() const { return rows_.size(); }
  std::size_t processors() const { return processors_; }

 private:
  using Row = std::vector<std::optional<LayerCost>>;
  std::size_t processors_;
  IdVector<LayerId, Row> rows_;
};

// Roofline (Williams, Waterman, Patterson, CACM 52(4), 2009):
//   time = max(flops / (peak(type) * efficiency(family)),
//              traffic / (memory bandwidth * bandwidth_efficiency))
// in whole units, each rate at least 1 a second; at least 1 ps. The type is that of the first
// floating-point operand, else of the first operand. Absent where the processor does not support
// the family or has no peak for the type; but integers outside conv, matmul and recurrent layers
// (indices, masks, shapes) take the bandwidth side alone there.
// Left out: caches (operands that a layer before has just left there), and layers too small to fill
//   the processor.
std::optional<LayerCost> roofline(const Network& network, LayerId layer, const Hardware& hardware,
                                  ProcessorId processor);

// Why there is no roofline, as the end of "the layer cannot run: ..."; empty where there is one.
std::string why_no_roofline(const Network& network, LayerId layer, const ProcessorSpec& processor);

// Given times where the network has them (columns matched to processors by name; a processor
// without a column runs nothing), else the roofline; times ProcessorSpec::time_scale.
CostTable estimated_costs(const Network& network, const Hardware& hardware);

// `costs`, which are those on `before`, on the same processors with the time scales of `after`. At
// least 1 ps each.
CostTable rescaled(const CostTable& costs, const Hardware& before, const Hardware& after);

}  // namespace partita
