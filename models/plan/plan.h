// A plan: which processor runs which layer, in which order, and in which order results are sent.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "models/hardware/hardware.h"
#include "models/network/network.h"
#include "models/plan/collective_choice.h"

namespace partita {

// Move one tensor from where it is made to one other memory. The contract fixes these: one for each
// (tensor, destination memory) that some consumer, or the host for a network output, needs.
struct Transfer {
  TensorId tensor{};
  MemoryId src{}, dst{};
  // The higher go first: in the queue of an engine, and on links that keep priorities.
  std::int32_t priority = 0;
  friend bool operator==(const Transfer&, const Transfer&) = default;
};

// Layers on `memory` read a tensor where it lies, in `home`: across links that allow loads, and
// without a transfer. Weights among them lie in the host's memory, and not where they are read.
struct InPlace {
  TensorId tensor{};
  MemoryId memory{}, home{};
  friend auto operator<=>(const InPlace&, const InPlace&) = default;
};

// From 0, the usual one, which the traffic of others has too: below it, a copy could starve.
constexpr std::int32_t kMostPriority = 7;

constexpr Content content_of(const Tensor& tensor) {
  if (tensor.stays) return Content::Weight;  // of a cold start
  return tensor.kind == TensorKind::Input ? Content::Input : Content::Activation;
}

// What a method decides. A Plan is this, checked and with its transfers derived.
struct Placement {
  IdVector<LayerId, ProcessorId> processor;
  IdVector<ProcessorId, std::vector<LayerId>> order;  // of each processor's layers
};

// A placement that can be executed: every layer on one processor, once in its order; the orders and
// the graph together have no cycle; every transfer has a route. Only make_plan() and load_plan()
// make one; unpack_plan() (plan_pack.h) makes another's copy.
class Plan {
 public:
  const std::string& method() const { return method_; }  // "heft", ...; for people
  const Placement& placement() const { return placement_; }
  ProcessorId processor(LayerId layer) const { return placement_.processor[layer]; }
  const std::vector<LayerId>& order(ProcessorId processor) const {
    return placement_.order[processor];
  }

  // All transfers. Those that no layer precedes (network inputs from the host) come first; then
  // producer by producer in the layers' numbering. The index in this list is the transfer's plan
  // order, which breaks ties.
  const std::vector<Transfer>& transfers() const { return transfers_; }
  // Indices into transfers() of those that are posted when `layer` ends, in the order in which they
  // are queued.
  struct Range {
    std::uint32_t first = 0, last = 0;
  };
  Range transfers_of(LayerId layer) const { return of_layer_[layer]; }
  Range input_transfers() const { return of_inputs_; }

  // Ascending.
  const std::vector<InPlace>& in_place() const { return in_place_; }
  // Where layers on `memory` read the tensor: there, or in place.
  MemoryId read_from(TensorId tensor, MemoryId memory) const {
    if (in_place_.empty()) return memory;
    const auto found =
        std::lower_bound(in_place_.begin(), in_place_.end(), InPlace{tensor, memory, MemoryId{0}});
    const bool is = found != in_place_.end() && found->tensor == tensor && found->memory == memory;
    return is ? found->home : memory;
  }

  // Collectives that are done in steps; all others are central. Executions know layers only: what
  // they get is with_collectives() (models/collectives) of a plan, which has none of these left.
  using Collectives = std::map<LayerId, CollectiveChoice>;
  const Collectives& collectives() const { return collectives_; }

 private:
  friend std::variant<Plan, struct BadPlan> make_plan(const Network&, const Hardware&, Placement,
                                                      std::string);
  friend Plan with_transfer_order(const Network&, Plan, const std::vector<Transfer>&);
  friend Plan unpack_plan(std::span<const std::uint32_t>&);
  friend Plan with_choices(Plan, const Collectives&);
  friend std::variant<Plan, BadPlan> with_reads_in_place(const Network&, const Hardware&,
                                                         const Plan&, const std::vector<InPlace>&);

  std::string method_;
  Placement placement_;
  std::vector<Transfer> transfers_;
  IdVector<LayerId, Range> of_layer_;
  Range of_inputs_;
  std::vector<InPlace> in_place_;
  Collectives collectives_;
};

// Why a placement is no plan: "layers a, b, c wait for each other", "no route from hbm0 to sram3
// for tensor x".
struct BadPlan {
  std::string reason;
};

// Derives the transfers; those of one producer are queued by their first consumer in the layers'
// numbering, then by destination memory.
std::variant<Plan, BadPlan> make_plan(const Network& network, const Hardware& hardware,
                                      Placement placement, std::string method);

// The same plan with the transfers of each producer queued in the order in which `wanted` lists
// them, and with the priorities that it gives.
// Precondition: but for priorities, `wanted` holds the same transfers as the plan.
Plan with_transfer_order(const Network& network, Plan plan, const std::vector<Transfer>& wanted);

// The same plan with its collectives done so. Precondition: all of them are collectives.
Plan with_choices(Plan plan, const Plan::Collectives& collectives);

// Where layers on `memory` could read the tensor in place: where it lies, if that is another memory
// and the way from there is one leg whose links all allow loads. Else why not, as a sentence.
std::variant<MemoryId, BadPlan> home_for(const Network& network, const Hardware& hardware,
                                         const Placement& placement, TensorId tensor,
                                         MemoryId memory);

// The same plan with these reads in place, and no others; their homes may be left out. Transfers
// stay in the plan's order, those that come back behind the others of their producer.
std::variant<Plan, BadPlan> with_reads_in_place(const Network& network, const Hardware& hardware,
                                                const Plan& plan,
                                                const std::vector<InPlace>& in_place);

// The same, but of `wanted` only what can be read in place with this placement.
Plan with_possible_reads_in_place(const Network& network, const Hardware& hardware,
                                  const Plan& plan, const std::vector<InPlace>& wanted);

// The same plan for a cold start: `network` is with_cold_weights() of the plan's. Weights are
// queued at the start among the inputs, by their first consumer; results in the plan's order.
// Inputs and results keep their priorities; what is read in place stays so.
std::variant<Plan, BadPlan> with_cold_start(const Network& network, const Hardware& hardware,
                                            const Plan& plan);

// All layers on one processor, in the layers' numbering.
Placement all_on(const Network& network, const Hardware& hardware, ProcessorId processor);

// Orders each processor's layers by `rank`, the smallest first, ties by layer number.
Placement ordered_by(const IdVector<LayerId, ProcessorId>& processor, std::size_t processors,
                     const IdVector<LayerId, double>& rank);

// JSON, version 1; see plan_json.cpp for the format. Reading checks everything against the network
// and the machine: all mistakes are reported with their place (ConfigError).
std::string to_json(const Plan& plan, const Network& network, const Hardware& hardware);
Plan load_plan(const std::string& file, const Network& network, const Hardware& hardware);

}  // namespace partita
