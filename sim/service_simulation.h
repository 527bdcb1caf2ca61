// A service on the SystemC machine: requests arrive, a policy decides, weights move, in simulated
// time. No SystemC header here.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "models/scenario/scenario_requests.h"
#include "partition/runtime/service.h"
#include "sim/live.h"
#include "sim/simulate.h"

namespace partita::sim {

// What a service did, as whoever watches sees it, after each event.
using Watch = std::function<void(Time now, const Service& service)>;

struct ServiceSetting {
  std::span<const ScenarioRequest> requests;
  ServiceOptions service{};
  Time monitor_every{0};  // losses and layers of runs under way are seen so often; 0: at once
  std::optional<Adversary> adversary{};
  const CostTable* expected =
      nullptr;  // of the first class: by it the adversary knows where to hit
};

struct SimulatedService {
  ServiceRecord service;
  std::vector<std::shared_ptr<const Plan>> plans;  // that `directed` points to
  Directed directed;                               // what the machine did
  std::vector<std::optional<std::size_t>> run_of;  // of each of its requests: the service's, if any
};

// Model: the service hears of the end of a run, and of its layers' times, at once; of losses and
//   returns, and of layers of runs that go on, when the monitor looks next. A run that is cancelled
//   lets what it has begun end. Inputs that turned out to be of another class than was seen tell
//   nothing. Deciding takes no time: what it takes is measured elsewhere
//   (tools/bench runtime), and is far below a layer's.
// Left out: that weights' copies are initialised, allocated, or checked.
//
// `simulator` has a variant for each class of inputs. `watch` may be empty.
SimulatedService simulate_service(Simulator& simulator, const Network& network,
                                  const Hardware& hardware, const ServiceSetting& setting,
                                  Policy& policy, const Watch& watch = nullptr);

}  // namespace partita::sim
