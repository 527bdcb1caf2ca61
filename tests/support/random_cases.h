// Random networks, machines, costs and placements for property tests: the same seed gives the same
// case on any machine.
#pragma once

#include <cstdint>

#include "models/cost/cost_table.h"
#include "models/hardware/hardware.h"
#include "models/network/network.h"
#include "models/plan/plan.h"
#include "models/timeline/workload.h"

namespace partita::test {

struct CaseOptions {
  std::size_t min_layers = 1, max_layers = 40;
  std::size_t max_processors = 8;
  // All times are multiples of a coarse unit and all sizes equal, so that many things happen at the
  // same instant.
  bool ties = false;
  // Some engines with several channels, chunks, a completion or read requests; some links with bit
  // errors, few credits, compression, priorities or loads across them; some streams that share the
  // processor; some processors that sleep; some switches that add up or multicast.
  bool details = false;
  // Others use the machine, too: traffic, slowdowns, processors that go and (most of them) return.
  bool load = false;
  // Each layer reads one of the few weights that are shared, not one layer in four.
  bool share_weights = false;
};

// A DAG of opaque layers: min_layers .. max_layers of them, 1-3 inputs of the network, layers with
// one or two results, weights that may be shared, results that nobody reads, empty tensors, and in
// one network of five tensors of given time.
Network random_network(std::uint64_t seed, const CaseOptions& options = {});

// The same structure with other sizes of activations, inputs and workspaces, and other times where
// they are given.
Network random_variant(std::uint64_t seed, const Network& network, const CaseOptions& options = {});

// 1 .. max_processors processors on shared, partial or own memories; with a switch (with
// peer-to-peer or without), two switches, a ring, a star around the host's memory or links between
// all; full or half duplex; engines for one direction, for both, or none; packages; 1-3 streams; a
// host or none; in one machine of three, links with regimes. There is a way between any two
// memories that hold processors or are the host's.
Hardware random_hardware(std::uint64_t seed, const CaseOptions& options = {});

// The same machine, of which every part takes power; every second processor sleeps.
Hardware with_power(const Hardware& plain);

// Every layer on every processor. Some layers have no traffic; the others ask for up to three times
// the bandwidth.
CostTable random_costs(std::uint64_t seed, const Network& network, const Hardware& hardware,
                       const CaseOptions& options = {});

// Any processor for each layer, orders that the graph allows. Always a plan on a machine of
// random_hardware().
Placement random_placement(std::uint64_t seed, const Network& network, const Hardware& hardware);

// The same with the transfers of each layer queued in a random order; with details, half of them
// have priorities, and half of the plans read some tensors in place.
Plan random_plan(std::uint64_t seed, const Network& network, const Hardware& hardware,
                 const CaseOptions& options = {});

// 1 .. 12 requests for any of `plans` (kept by reference): at once, in groups, spread over about as
// much time as they take, or saturated; at most 1 .. 5 in flight, or any number.
Workload random_workload(std::uint64_t seed, const std::vector<Plan>& plans, Time makespan,
                         const CaseOptions& options = {});

}  // namespace partita::test
