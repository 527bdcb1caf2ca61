// Layers that run at the same time slow each other down.
#pragma once

#include <algorithm>
#include <vector>

#include "models/cost/cost_table.h"
#include "models/hardware/hardware.h"
#include "partition/runtime/policy.h"

namespace partita {

// A processor of the same package, or of the same memory.
struct Neighbour {
  ProcessorId processor{};
  double slowdown = 0;  // beyond 1, of their package
  bool one_memory = false;

  // What a second of both costs each, in seconds, where they ask for these parts of their memory's
  // bandwidth.
  double loss(double demand, double other) const {
    return slowdown + (one_memory ? std::max(0.0, demand + other - 1) : 0.0);
  }
};
std::vector<std::vector<Neighbour>> neighbours_of(const Hardware& hardware);  // by processor

// The part of its memory's bandwidth that a layer asks for while it runs by itself: at most 1.
double memory_demand(const LayerCost& cost, ProcessorId processor, const Hardware& hardware);

// What requests did lately, to tell a processor that is slow from one that had company.
//
// Model: a layer takes 1 + sum over its neighbours of loss() times the part of its time that layers of
//   other requests ran there; a package counts once, however many of its processors are busy. Company
//   of its own request is in what is expected of its plan.
// Left out: copies; layers that have not been told yet.
// No allocation after construction.
class Company {
 public:
  Company(const Hardware& hardware, std::size_t layers, std::size_t in_flight);

  // Whether there can be any.
  bool matters() const { return kept_ > 0; }
  // Readings without a start are left out.
  void note(const LayerReading& reading, double demand);
  // How many times as long it took for that, at least 1.
  double stretch(const LayerReading& reading, double demand) const;

 private:
  struct Span {
    Time start{0}, finish{0};
    std::uint32_t run = 0;
    double demand = 0;
  };
  std::vector<std::vector<Neighbour>> neighbours_;
  std::size_t kept_ = 0;  // of each processor
  std::vector<std::vector<Span>> recent_;
  std::vector<std::size_t> next_;
};

}  // namespace partita
